"""Categories and their tree."""
