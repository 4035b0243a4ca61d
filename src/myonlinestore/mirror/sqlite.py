"""SqliteDestination: the copy as one SQLite file."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Generator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myonlinestore import _codec
from myonlinestore.mirror import sqlite_statements as sql
from myonlinestore.mirror.destination import Changes
from myonlinestore.mirror.errors import MirrorError
from myonlinestore.mirror.rows import TableReader
from myonlinestore.mirror.schema import Table

if TYPE_CHECKING:
    from myonlinestore.models import Model

BUSY_SECONDS = 10.0
# Part of every digest: when the tables take something else out of a row, all are written anew.
_FORMAT = b"mirror-1"

_REASONS = {
    "unable to open database file": "it cannot be opened or made: check its folder and permissions",
    "file is not a database": "it is no SQLite database: name another file",
    "malformed": "its content is damaged: restore it, or mirror into a new file",
    "is full": "the disk is full: make room, then run the mirror again",
    "is locked": "another program is writing to it: close that, then run the mirror again",
    "readonly database": "it is read-only: check the permissions of the file and its folder",
}


class SqliteDestination:
    """A `Destination` on the standard library's sqlite3; see sqlite_statements for its tables."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: sqlite3.Connection | None = None
        self._journal_mode = "delete"
        self._passes: dict[str, int] = {}
        self._readers: dict[str, TableReader] = {}

    def __str__(self) -> str:
        return str(self._path)

    def open(self) -> None:
        """See `Destination`."""
        with self._failures():
            self._check_place()
            self._database = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            (self._journal_mode,) = self._database.execute("PRAGMA journal_mode").fetchone()
            # Others can read while the mirror writes, and a commit does not wait for the disk;
            # after a crash the file is whole, at the worst some pages short.
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
        with self._transaction() as database:
            for statement in sql.BOOKKEEPING:
                database.execute(statement)

    def begin(self, table: Table) -> None:
        """See `Destination`."""
        self._readers[table.name] = TableReader(table)
        with self._transaction() as database:
            self._make_tables(database, table)
            database.execute(sql.START, (table.name, _now()))
            (number,) = database.execute(sql.NUMBER, (table.name,)).fetchone()
        self._passes[table.name] = number

    def write(self, table: Table, rows: Sequence[Model]) -> Changes:
        """See `Destination`."""
        met = {self._key(table, row): row for row in rows}
        digests = {key: _digest(row) for key, row in met.items()}
        with self._transaction() as database:
            known = self._known(database, table, list(met))
            stale = [key for key, digest in digests.items() if known.get(key) != digest]
            self._replace(database, table, stale, [met[key] for key in stale])
            self._remember(database, table, digests, len(rows))
        new = sum(key not in known for key in stale)
        return Changes(new, len(stale) - new)

    def finish(self, table: Table) -> int:
        """See `Destination`."""
        this_pass = (table.name, self._passes[table.name])
        with self._transaction() as database:
            gone = database.execute(sql.mark_gone(table), (_now(), *this_pass)).rowcount
            database.execute(sql.FORGET_GONE, this_pass)
            self._still_ours(database.execute(sql.FINISH, (_now(), *this_pass)))
        return gone

    def close(self) -> None:
        """See `Destination`. A file that had no write-ahead log is one file again."""
        database, self._database = self._database, None
        if database is None:
            return
        # Not while somebody else reads it, nor on a full disk: then it stays as it is.
        with contextlib.suppress(sqlite3.Error):
            database.execute(f"PRAGMA journal_mode = {self._journal_mode}")
        database.close()

    def _check_place(self) -> None:
        if self._path.is_dir():
            raise MirrorError(f"{self._path} is a folder: name a file in it")
        if not self._path.parent.is_dir():
            raise MirrorError(f"the folder {self._path.parent} does not exist: make it first")

    def _make_tables(self, database: sqlite3.Connection, table: Table) -> None:
        ours = database.execute(sql.NUMBER, (table.name,)).fetchone() is not None
        for part in table.walk():
            present = _columns_of(database, part)
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

    def _key(self, table: Table, row: Model) -> Any:
        name = table.keys[0].name
        key = getattr(row, name)
        if key is None:
            raise MirrorError(
                f"a row of {table.name} came without {name}, by which the copy knows it: "
                f"leave {table.name} out, and report it to the vendor"
            )
        return key

    def _known(
        self, database: sqlite3.Connection, table: Table, keys: Sequence[object]
    ) -> dict[Any, bytes]:
        statement = sql.known_digests(table, len(keys))
        return dict(database.execute(statement, (table.name, *keys)).fetchall())

    def _replace(
        self,
        database: sqlite3.Connection,
        table: Table,
        keys: Sequence[object],
        rows: Sequence[Model],
    ) -> None:
        reader = self._readers[table.name]
        values = reader.spread(rows)
        for part in table.walk():
            if part.source:
                database.executemany(sql.delete_of_parent(part), [(key,) for key in keys])
            database.executemany(sql.upsert(part), values[part.name])

    def _remember(
        self, database: sqlite3.Connection, table: Table, digests: dict[Any, bytes], rows: int
    ) -> None:
        name, number = table.name, self._passes[table.name]
        database.executemany(
            sql.REMEMBER, [(name, key, digest, number) for key, digest in digests.items()]
        )
        self._still_ours(database.execute(sql.ADVANCE, (rows, name, number)))

    def _still_ours(self, update: sqlite3.Cursor) -> None:
        """A run that began later has its own pass: two at once would delete each other's rows."""
        if update.rowcount != 1:
            raise MirrorError(f"another run began to mirror into {self._path}: let that one finish")

    @contextlib.contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection, None, None]:
        if self._database is None:
            raise MirrorError(f"{self._path} is not open: call open() first")
        with self._failures():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                self._database.rollback()
                raise

    @contextlib.contextmanager
    def _failures(self) -> Generator[None, None, None]:
        try:
            yield
        except (sqlite3.Error, OverflowError, OSError) as error:
            raise MirrorError(f"cannot write to {self._path}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What happened and what to do, where it is known."""
    told = (told for sign, told in _REASONS.items() if sign in str(error))
    return next(told, f"{type(error).__name__}: {error}")


def _digest(row: Model) -> bytes:
    return hashlib.blake2b(_codec.encode(row), digest_size=16, person=_FORMAT).digest()


def _columns_of(database: sqlite3.Connection, table: Table) -> set[str]:
    found = database.execute(f"PRAGMA table_info({sql.quoted(table.name)})")
    return {name for _, name, *_ in found}


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
