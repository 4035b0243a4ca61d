"""FolderDestination: the copy as a folder of files, one for each table.

Files cannot be changed in place. So the copy is kept in an SQLite file beside them, with all that
a mirror remembers, and at the end of each pass over a resource the files of its tables are written
anew and put in the place of the old ones.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from myonlinestore.mirror.destinations.files.storage import STATE, Shelf, told
from myonlinestore.mirror.destinations.sql.sqlite import SqliteDestination
from myonlinestore.mirror.destinations.sql.sqlite_statements import quoted
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.schema.table import DELETED_AT, Table

ROWS_AT_ONCE = 2_000

Rows: TypeAlias = list[tuple[Any, ...]]


class Format(Protocol):
    """A kind of file."""

    suffix: str
    """What a file's name ends in."""

    def write(self, path: Path, table: Table, batches: Iterable[Rows]) -> None:
        """Write a file: the table's columns and, for a resource's own, `_deleted_at`."""


class FolderDestination(SqliteDestination):
    """A `Destination` whose tables are files; see the module for how they change."""

    def __init__(self, shelf: Shelf, form: Format) -> None:
        super().__init__(Path(STATE))  # Where that stands is known when the shelf is open.
        self._shelf = shelf
        self._form = form

    def __str__(self) -> str:
        return str(self._shelf)

    def exists(self) -> bool:
        """See `Destination`."""
        self._shelf.open(to_read=True)
        try:
            return (self._shelf.work / STATE).exists()
        finally:
            self._shelf.close()

    def open(self, *, read_only: bool = False) -> None:
        """See `Destination`."""
        self._shelf.open(to_read=read_only)
        self._path = self._shelf.work / STATE
        if read_only and not self._path.is_file():
            raise MirrorError(f"nothing was mirrored into {self} yet")
        super().open(read_only=read_only)

    def finish_sync(self, table: Table, *, hard: bool = False) -> int:
        """See `Destination`."""
        gone = super().finish_sync(table, hard=hard)
        with self._transaction() as database, told(self):
            for part in table.self_and_children():
                self._write(part, _batches(database.execute(_select(part))))
        return gone

    def close(self) -> None:
        """See `Destination`."""
        super().close()
        self._shelf.close()

    def _write(self, table: Table, batches: Iterator[Rows]) -> None:
        name = f"{table.name}{self._form.suffix}"
        part = self._shelf.work / f"{name}.part"
        try:
            self._form.write(part, table, batches)
            self._shelf.put(part, name)
        finally:
            part.unlink(missing_ok=True)


def _select(table: Table) -> str:
    names = [quoted(column.name) for column in table.all_columns]
    if not table.path:
        names.append(quoted(DELETED_AT))
    keys = ", ".join(quoted(column.name) for column in table.keys)
    return f"SELECT {', '.join(names)} FROM {quoted(table.name)} ORDER BY {keys}"  # noqa: S608


def _batches(cursor: Any) -> Generator[Rows, None, None]:
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield rows
