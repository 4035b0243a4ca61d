"""Seeded stores: realistic Dutch shop data, the same for the same seed."""
