"""Decoding and encoding of JSON."""
