"""SQL destinations: SQLite, DuckDB and PostgreSQL."""
