"""Integration with pydantic: core schemas and generated BaseModel classes."""
