"""Databases and file formats that a mirror writes to."""
