"""The malformed shapes of live responses."""
