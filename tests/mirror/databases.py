"""The databases and files that hold a copy, and how another program reads them."""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from myonlinestore.mirror.destinations.base import Destination
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.streams import list_tables
from tests.mirror.snapshots import Row, SqliteSnapshot

KEYS = {
    table.name: [column.name for column in table.keys]
    for root in list_tables()
    for table in root.user_tables()
}


class Database(ABC):
    """An empty database for one test."""

    address: str

    def make_destination(self) -> Destination:
        """Return the destination for this database, not opened yet."""
        return resolve_destination(self.address)

    @abstractmethod
    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as another program and return its rows."""

    @abstractmethod
    def get_tables(self) -> list[str]:
        """Return the names of the tables."""

    def read_rows(self, table: str) -> list[Row]:
        """Return the rows of a table by column, in the order of its key."""
        keys = ", ".join(f'"{name}"' for name in KEYS[table])
        return self._query_rows(f'SELECT * FROM "{table}" ORDER BY {keys}')

    @abstractmethod
    def _query_rows(self, statement: str) -> list[Row]: ...


class SqliteDatabase(Database):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "catalog.sqlite"
        self.address = str(self.path)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """See `Database`."""
        with sqlite3.connect(self.path) as database:
            found = database.execute(statement).fetchall()
        database.close()
        return found

    def get_tables(self) -> list[str]:
        """See `Database`."""
        return [n for (n,) in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def _query_rows(self, statement: str) -> list[Row]:
        database = sqlite3.connect(self.path)
        database.row_factory = sqlite3.Row
        found = [dict(row) for row in database.execute(statement)]
        database.close()
        return found


class DuckdbDatabase(Database):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "catalog.duckdb"
        self.address = f"duckdb:///{self.path}"

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """See `Database`."""
        import duckdb

        with duckdb.connect(self.path) as database:
            return database.execute(statement).fetchall()

    def get_tables(self) -> list[str]:
        """See `Database`."""
        return [name for (name,) in self.query("SELECT table_name FROM duckdb_tables()")]

    def _query_rows(self, statement: str) -> list[Row]:
        import duckdb

        with duckdb.connect(self.path) as database:
            found = database.execute(statement)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


class PostgresDatabase(Database):
    def __init__(self, url: str) -> None:
        self.address = url

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """See `Database`."""
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as database:
            found = database.execute(statement)
            return found.fetchall() if found.description else []

    def get_tables(self) -> list[str]:
        """See `Database`."""
        names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return [name for (name,) in self.query(names)]

    def _query_rows(self, statement: str) -> list[Row]:
        import psycopg
        from psycopg.rows import dict_row
        from psycopg.types.json import set_json_loads

        with psycopg.connect(self.address, autocommit=True) as database:
            set_json_loads(lambda text: bytes(text).decode(), database)
            return database.cursor(row_factory=dict_row).execute(statement).fetchall()


class FileFolder:
    """A folder of files in one format."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.address = f"{kind}:{folder}"

    def get_tables(self) -> list[str]:
        """Return the names of the files without their suffix."""
        return [path.stem for path in self.folder.glob(f"*.{self.kind}")]

    def read_rows(self, table: str) -> list[Row]:
        """Return the rows of a file."""
        path = self.folder / f"{table}.{self.kind}"
        if self.kind == "parquet":
            from pyarrow import parquet

            return parquet.read_table(path).to_pylist()
        return [json.loads(line) for line in path.read_bytes().splitlines()]


class DatabaseSnapshot(SqliteSnapshot):
    """A finished copy in any database, read into memory."""

    def __init__(self, database: Database) -> None:
        self.tables = database.get_tables()
        self._held = {table: database.read_rows(table) for table in self.tables if table in KEYS}
        self._by_parent: dict[tuple[str, tuple[object, ...]], list[Row]] = {}
        for table, rows in self._held.items():
            for row in rows:
                keys = tuple(row[name] for name in KEYS[table])
                for length in range(len(keys) + 1):
                    self._by_parent.setdefault((table, keys[:length]), []).append(row)
                row.update(json.loads(row.pop("_rescued", None) or "{}"))

    def close(self) -> None:
        """Do nothing, because nothing is open."""

    def get_keys(self, table: str) -> list[str]:
        """See `SqliteSnapshot`."""
        return KEYS[table]

    def read_rows(self, table: str, *keys: object) -> list[Row]:
        """See `SqliteSnapshot`."""
        return self._by_parent.get((table, keys), [])

    def is_same_value(self, held: Any, value: Any) -> bool:
        """Return True if the column holds the value, in the type of the column."""
        if isinstance(held, Decimal):
            return held == Decimal(value)
        if isinstance(held, date):
            return held.isoformat() == value
        if isinstance(held, str) and isinstance(value, bool):
            return held == str(int(value))
        if isinstance(value, (dict, list)):
            return bool(json.loads(held) == value)
        return bool(held == value) or (isinstance(held, str) and held == str(value))
