"""The rows of one resource in SQLite: what is known of them, and how they are put in place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from myonlinestore.mirror.destinations.sql import sqlite_statements as sql
from myonlinestore.mirror.schema.flatten import RowFlattener
from myonlinestore.mirror.schema.sent import Sent
from myonlinestore.mirror.schema.table import Table


class TableWriter:
    """Writes the tables of a resource; all of its statements are prepared but once."""

    def __init__(self, table: Table) -> None:
        self._name = table.name
        self._reader = RowFlattener(table)
        self._known = sql.known_digests(table)
        self._empty = [
            sql.delete_of_parents(part) for part in table.self_and_children() if part.path
        ]
        self._put = [(part.name, sql.upsert(part)) for part in table.self_and_children()]

    def known(self, database: sqlite3.Connection, keys: Iterable[object]) -> dict[Any, bytes]:
        """The digests of those of the keys that are there."""
        return dict(self._known.run(database, list(keys), self._name))

    def replace(self, database: sqlite3.Connection, rows: Mapping[Any, Sent]) -> None:
        """Put rows, and all below them, in the place of what was there; by their keys."""
        for empty in self._empty:
            empty.run(database, list(rows))
        values = self._reader.flatten(rows.values())
        for name, put in self._put:
            put.run(database, values[name])
