"""Parsing of requests, and responses."""
