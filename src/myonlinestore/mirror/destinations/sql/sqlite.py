"""SqliteDestination: the copy as one SQLite file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import SyncState, WriteResult
from myonlinestore.mirror.destinations.sql import sqlite_books as books
from myonlinestore.mirror.destinations.sql import sqlite_statements as sql
from myonlinestore.mirror.destinations.sql.sqlite_failures import check_place, told
from myonlinestore.mirror.destinations.sql.sqlite_rows import TableWriter
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.records import Reject
from myonlinestore.mirror.schema.sent import Sent, index_by_key
from myonlinestore.mirror.schema.table import Table

if TYPE_CHECKING:
    from myonlinestore.models import Model

BUSY_SECONDS = 10.0
# Part of every digest: when the tables take something else out of a row, all are written anew.
_FORMAT = b"mirror-1"


class SqliteDestination:
    """A `Destination` on the standard library's sqlite3; see sqlite_statements for its tables."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: sqlite3.Connection | None = None
        self._journal_mode = "delete"
        self._only_reads = False
        self._passes: dict[str, int] = {}
        self._writers: dict[str, TableWriter] = {}

    def __str__(self) -> str:
        return str(self._path)

    def open(self, *, read_only: bool = False) -> None:
        """See `Destination`."""
        if read_only:
            self._open_read_only()
            return
        with told(self._path):
            check_place(self._path)
            self._connect(str(self._path), uri=False)
            # Others can read while the mirror writes, and a commit does not wait for the disk;
            # after a crash the file is whole, at the worst some pages short.
            self._connected.execute("PRAGMA journal_mode = WAL")
            self._connected.execute("PRAGMA synchronous = NORMAL")
        with self._transaction() as database:
            books.prepare(database)

    def exists(self) -> bool:
        """See `Destination`."""
        return self._path.exists()

    def _open_read_only(self) -> None:
        if not self._path.is_file():
            raise MirrorError(f"{self._path} is no file: nothing was mirrored into it yet")
        self._only_reads = True
        with told(self._path):
            self._connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
            held = self._connected.execute(
                "SELECT name FROM sqlite_master WHERE name = '_mirror_store'"
            )
            if held.fetchone() is None:
                raise MirrorError(f"{self._path} holds no mirror of this version: run one first")

    def bind_store(self, store: str, origin: str) -> None:
        """See `Destination`."""
        with self._transaction() as database:
            known = books.owner(database)
            if known is None:
                books.claim(database, store, origin)
            elif known != (store, origin):
                raise MirrorError(
                    f"{self._path} is the copy of store {known[0]} at {known[1]}, and this is "
                    f"store {store} at {origin}: mirror into another file"
                )

    def read_owner(self) -> tuple[str, str] | None:
        """See `Destination`."""
        with told(self._path):
            return books.owner(self._connected)

    def read_state(self, table: Table) -> SyncState | None:
        """See `Destination`."""
        with told(self._path):
            if not books.is_known(self._connected, table.name):
                return None
            (held,) = self._connected.execute(sql.count_held(table)).fetchone()
            unread = self._connected.execute(sql.count_unread(table), (table.name,)).fetchone()[0]
            known = books.state(self._connected, table.name, held, unread)
            has_all = sql.has_all_columns(self._connected, table)
            return known if known is None or has_all else known.without_progress()

    def read_columns(self, name: str) -> set[str]:
        """See `Destination`."""
        with told(self._path):
            return sql.columns_of(self._connected, name)

    def begin_sync(self, table: Table, *, full: bool = True, resume: bool = True) -> SyncState:
        """See `Destination`."""
        self._writers[table.name] = TableWriter(table)
        with self._transaction() as database:
            self._make_tables(database, table)
            known = books.state(database, table.name)
            goes_on = resume and known is not None and known.can_resume(full=full)
            number = books.begin(database, table.name, full=full, resume=goes_on)
            begun = books.state(database, table.name)
        self._passes[table.name] = number
        assert begun is not None  # noqa: S101 - it was begun above
        return begun

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
        name, number = table.name, self._passes[table.name]
        met = index_by_key(table, rows, raws)
        digests = {key: sent.digest(_FORMAT) for key, sent in met.items()}
        with self._transaction() as database:
            known = self._writers[name].known(database, list(met))
            stale = [key for key, digest in digests.items() if known.get(key) != digest]
            self._replace(database, name, {key: met[key] for key in stale})
            books.remember(database, name, number, digests)
            books.reject(database, name, number, rejects)
            self._still_ours(books.advance(database, name, number, len(rows), cursor))
        new = sum(key not in known for key in stale)
        return WriteResult(new, len(stale) - new)

    def unmark_seen(self, table: Table, keys: Collection[object]) -> None:
        """See `Destination`."""
        with self._transaction() as database:
            books.unmark_seen(database, table.name, keys)

    def finish_sync(self, table: Table, *, hard: bool = False) -> int:
        """See `Destination`."""
        name, number = table.name, self._passes[table.name]
        gone = 0
        with self._transaction() as database:
            begun = books.state(database, name)
            if begun is not None and begun.full:
                gone = self._drop(database, table, number, hard=hard)
            self._still_ours(books.finish(database, name, number))
        return gone

    def _drop(self, database: sqlite3.Connection, table: Table, number: int, *, hard: bool) -> int:
        """Mark or remove what the pass did not meet; removing takes what was marked before too."""
        if not hard:
            marked = (timestamps.format_timestamp(timestamps.utc_now()), table.name, number)
            gone = database.execute(sql.mark_gone(table), marked).rowcount
        else:
            gone = 0
            for part in reversed(list(table.self_and_children())):
                gone = database.execute(sql.delete_gone(part), (table.name, number)).rowcount
            for part in reversed(list(table.self_and_children())):
                database.execute(sql.delete_marked(part, table))
        books.forget_gone(database, table.name, number)
        return gone

    def read_rejects(self, table: Table) -> list[Reject]:
        """See `Destination`."""
        with told(self._path):
            return books.rejects(self._connected, table.name)

    def close(self) -> None:
        """See `Destination`. A file that had no write-ahead log is one file again."""
        database, self._database = self._database, None
        if database is None:
            return
        # Not while somebody else reads it, nor on a full disk: then it stays as it is.
        with contextlib.suppress(sqlite3.Error):
            if not self._only_reads:
                database.execute(f"PRAGMA journal_mode = {self._journal_mode}")
        database.close()

    def _make_tables(self, database: sqlite3.Connection, table: Table) -> None:
        ours = books.is_known(database, table.name)
        if ours and not sql.has_all_columns(database, table):
            books.start_over(database, table.name)
        for part in table.self_and_children():
            present = sql.columns_of(database, part.name)
            if not present:
                database.execute(sql.create(part))
            elif not ours:
                raise MirrorError(
                    f"{self._path} has a table {part.name} that is not the mirror's: "
                    "mirror into another file"
                )
            for column in part.all_columns:
                if present and column.name not in present:
                    database.execute(sql.add_column(part, column))

    def _replace(self, database: sqlite3.Connection, name: str, rows: Mapping[Any, Sent]) -> None:
        self._writers[name].replace(database, rows)

    def _still_ours(self, ours: bool) -> None:
        """A run that began later has its own pass: two at once would delete each other's rows."""
        if not ours:
            raise MirrorError(f"another run began to mirror into {self._path}: let that one finish")

    def _connect(self, name: str, *, uri: bool) -> None:
        self._database = sqlite3.connect(
            name,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            uri=uri,
        )
        (self._journal_mode,) = self._database.execute("PRAGMA journal_mode").fetchone()

    @property
    def _connected(self) -> sqlite3.Connection:
        if self._database is None:
            raise MirrorError(f"{self._path} is not open: call open() first")
        return self._database

    @contextlib.contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection, None, None]:
        database = self._connected
        with told(self._path):
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                database.rollback()
                raise
