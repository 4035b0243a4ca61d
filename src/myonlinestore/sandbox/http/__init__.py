"""HTTP: requests, responses, validation."""
