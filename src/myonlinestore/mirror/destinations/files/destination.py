"""FolderDestination: the copy as a folder of files, one for each table.

Files cannot be changed in place. So the copy is kept in an SQLite file beside them, with all that
a mirror remembers, and at the end of each pass over a resource the files of its tables are written
anew and put in the place of the old ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from myonlinestore.mirror.destinations.base import SyncState, WriteResult
from myonlinestore.mirror.destinations.files.storage import STATE, Shelf, told
from myonlinestore.mirror.destinations.sql.sqlite import SqliteDestination
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.records import Reject
from myonlinestore.mirror.schema.table import Table

if TYPE_CHECKING:
    from myonlinestore.models import Model

ROWS_AT_ONCE = 2_000

Rows: TypeAlias = list[tuple[Any, ...]]


class Format(Protocol):
    """A kind of file."""

    suffix: str
    """What a file's name ends in."""

    def write(self, path: Path, table: Table, batches: Iterable[Rows]) -> None:
        """Write a file: the table's columns and, for a resource's own, `_deleted_at`."""


class FolderDestination:
    """A `Destination` whose tables are files; see the module for how they change."""

    def __init__(self, shelf: Shelf, form: Format) -> None:
        self._shelf = shelf
        self._form = form
        self._opened: SqliteDestination | None = None

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
        path = self._shelf.work / STATE
        if read_only and not path.is_file():
            raise MirrorError(f"nothing was mirrored into {self} yet")
        self._opened = SqliteDestination(path, str(self))
        self._opened.open(read_only=read_only)

    def bind_store(self, store: str, origin: str) -> None:
        """See `Destination`."""
        self._database.bind_store(store, origin)

    def read_owner(self) -> tuple[str, str] | None:
        """See `Destination`."""
        return self._database.read_owner()

    def read_state(self, table: Table) -> SyncState | None:
        """See `Destination`."""
        return self._database.read_state(table)

    def read_columns(self, name: str) -> set[str]:
        """See `Destination`."""
        return self._database.read_columns(name)

    def read_rejects(self, table: Table) -> list[Reject]:
        """See `Destination`."""
        return self._database.read_rejects(table)

    def begin_sync(self, table: Table, *, full: bool = True, resume: bool = True) -> SyncState:
        """See `Destination`."""
        return self._database.begin_sync(table, full=full, resume=resume)

    def write(
        self,
        table: Table,
        rows: Sequence[Model],
        *,
        raws: Sequence[bytes] | None = None,
        rejects: Sequence[Reject] = (),
        cursor: str | None = None,
    ) -> WriteResult:
        """See `Destination`."""
        return self._database.write(table, rows, raws=raws, rejects=rejects, cursor=cursor)

    def unmark_seen(self, table: Table, keys: Collection[object]) -> None:
        """See `Destination`."""
        self._database.unmark_seen(table, keys)

    def finish_sync(self, table: Table, *, hard: bool = False) -> int:
        """See `Destination`."""
        deleted = self._database.finish_sync(table, hard=hard)
        with self._database.transaction(), told(self):
            for part in table.self_and_children():
                self._write(part, self._database.iterate_rows(part, ROWS_AT_ONCE))
        return deleted

    def close(self) -> None:
        """See `Destination`."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()
        self._shelf.close()

    @property
    def _database(self) -> SqliteDestination:
        if self._opened is None:
            raise MirrorError(f"{self} is not open: call open() first")
        return self._opened

    def _write(self, table: Table, batches: Iterator[Rows]) -> None:
        name = f"{table.name}{self._form.suffix}"
        part = self._shelf.work / f"{name}.part"
        try:
            self._form.write(part, table, batches)
            self._shelf.put(part, name)
        finally:
            part.unlink(missing_ok=True)
