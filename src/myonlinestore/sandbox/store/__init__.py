"""The state of a sandbox store."""
