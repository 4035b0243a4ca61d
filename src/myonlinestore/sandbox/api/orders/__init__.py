"""Orders, payments and credit orders."""
