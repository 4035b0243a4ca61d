"""The databases that a copy can go into, each with a way to look into it."""

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
from myonlinestore.mirror.extract.streams import STREAMS
from tests.mirror.snapshots import Copy, Row

KEYS = {
    table.name: [column.name for column in table.keys]
    for stream in STREAMS
    for table in stream.table.self_and_children()
}


class Place(ABC):
    """A database of its own for a test, by the address that a user would write."""

    address: str

    def destination(self) -> Destination:
        """What the mirror writes into."""
        return resolve_destination(self.address)

    @abstractmethod
    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """What another program reads there, or does."""

    @abstractmethod
    def tables(self) -> list[str]:
        """The tables that are there."""

    def rows(self, table: str) -> list[Row]:
        """The rows of a table by column, in the order of its key."""
        keys = ", ".join(f'"{name}"' for name in KEYS[table])
        return self._rows(f'SELECT * FROM "{table}" ORDER BY {keys}')

    @abstractmethod
    def _rows(self, statement: str) -> list[Row]: ...


class SqlitePlace(Place):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "catalog.sqlite"
        self.address = str(self.path)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """See `Place`."""
        with sqlite3.connect(self.path) as database:
            found = database.execute(statement).fetchall()
        database.close()
        return found

    def tables(self) -> list[str]:
        """See `Place`."""
        return [n for (n,) in self.ask("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def _rows(self, statement: str) -> list[Row]:
        database = sqlite3.connect(self.path)
        database.row_factory = sqlite3.Row
        found = [dict(row) for row in database.execute(statement)]
        database.close()
        return found


class DuckdbPlace(Place):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "catalog.duckdb"
        self.address = f"duckdb:///{self.path}"

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """See `Place`."""
        import duckdb

        with duckdb.connect(self.path) as database:
            return database.execute(statement).fetchall()

    def tables(self) -> list[str]:
        """See `Place`."""
        return [name for (name,) in self.ask("SELECT table_name FROM duckdb_tables()")]

    def _rows(self, statement: str) -> list[Row]:
        import duckdb

        with duckdb.connect(self.path) as database:
            found = database.execute(statement)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


class PostgresPlace(Place):
    def __init__(self, url: str) -> None:
        self.address = url

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """See `Place`."""
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as database:
            found = database.execute(statement)
            return found.fetchall() if found.description else []

    def tables(self) -> list[str]:
        """See `Place`."""
        names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return [name for (name,) in self.ask(names)]

    def _rows(self, statement: str) -> list[Row]:
        import psycopg
        from psycopg.rows import dict_row
        from psycopg.types.json import set_json_loads

        with psycopg.connect(self.address, autocommit=True) as database:
            set_json_loads(lambda text: bytes(text).decode(), database)
            return database.cursor(row_factory=dict_row).execute(statement).fetchall()


class Files:
    """A folder of one kind, read as its users read it."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.address = f"{kind}:{folder}"

    def tables(self) -> list[str]:
        """The files that are there."""
        return [path.stem for path in self.folder.glob(f"*.{self.kind}")]

    def rows(self, table: str) -> list[Row]:
        """What a file holds."""
        path = self.folder / f"{table}.{self.kind}"
        if self.kind == "parquet":
            from pyarrow import parquet

            return parquet.read_table(path).to_pylist()
        return [json.loads(line) for line in path.read_bytes().splitlines()]


class PlaceCopy(Copy):
    """A finished copy in any database, read at once."""

    def __init__(self, place: Place) -> None:
        self.tables = place.tables()
        self._held = {table: place.rows(table) for table in self.tables if table in KEYS}
        self._by_parent: dict[tuple[str, tuple[object, ...]], list[Row]] = {}
        for table, rows in self._held.items():
            for row in rows:
                keys = tuple(row[name] for name in KEYS[table])
                for length in range(len(keys) + 1):
                    self._by_parent.setdefault((table, keys[:length]), []).append(row)
                row.update(json.loads(row.pop("_rescued", None) or "{}"))

    def close(self) -> None:
        """Nothing is open."""

    def keys(self, table: str) -> list[str]:
        """See `Copy`."""
        return KEYS[table]

    def rows(self, table: str, *keys: object) -> list[Row]:
        """See `Copy`."""
        return self._by_parent.get((table, keys), [])

    def holds(self, held: Any, value: Any) -> bool:
        """A column's own type counts as long as the value is the same."""
        if isinstance(held, Decimal):
            return held == Decimal(value)
        if isinstance(held, date):
            return held.isoformat() == value
        if isinstance(held, str) and isinstance(value, bool):
            return held == str(int(value))
        if isinstance(value, (dict, list)):
            return bool(json.loads(held) == value)
        return bool(held == value) or (isinstance(held, str) and held == str(value))
