"""File destinations: JSON Lines and Parquet."""
