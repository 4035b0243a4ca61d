"""SqliteDestination: a copy in one SQLite file, with the standard library's sqlite3."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from myonlinestore.mirror.destinations.base import BUSY_TIMEOUT
from myonlinestore.mirror.destinations.sql.connection import POLL_SECONDS, check_file
from myonlinestore.mirror.destinations.sql.destination import SqlDestination
from myonlinestore.mirror.destinations.sql.statements import BulkInsert, Dialect, quote_identifier
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.schema.coerce import RESCUED, integer
from myonlinestore.mirror.schema.flatten import Value
from myonlinestore.mirror.schema.table import DELETED_AT, ColumnType, Table

# SQLite before 3.32 accepts 999 values. More values or rows are not faster.
_MAX_VALUES = 900
_MAX_ROWS = 128

Statement: TypeAlias = Callable[[int], str]
"""Return the statement for a number of rows."""

_REASONS = {
    "unable to open database file": "it cannot be opened or made: check its folder and permissions",
    "file is not a database": "it is not an SQLite database: name another file",
    "malformed": "its content is damaged: restore it, or mirror into a new file",
    "is full": "the disk is full: free some space, then run the mirror again",
    "disk I/O error": "the disk is full or fails: free some space, then run the mirror again",
    "is locked": "another program reads or writes it: close that, then run the mirror again",
    "readonly database": "it is read-only: check the permissions of the file and its folder",
}


def _number_or_text(value: str | int) -> str | int:
    """Return text, or an integer of up to 64 bits."""
    return value if isinstance(value, str) else integer(value)


class SqliteDestination(SqlDestination):
    """A `Destination` on sqlite3."""

    dialect: Dialect = Dialect(
        # SQLite derives a column's affinity from its type's name, and one called DECIMAL is
        # NUMERIC, which turns "12.50" into 12.5. A name that contains TEXT keeps text unchanged,
        # and this one lets sqlite3.register_converter("DECIMAL_TEXT", ...) find the amounts.
        # A column without a type converts nothing.
        types={
            ColumnType.TEXT: "TEXT",
            ColumnType.INTEGER: "INTEGER",
            ColumnType.BOOLEAN: "BOOLEAN",
            ColumnType.DECIMAL: "DECIMAL_TEXT",
            ColumnType.DATE: "TEXT",
            ColumnType.ANY: "",
            ColumnType.JSON: "TEXT",
        },
        timestamp_type="TEXT",
        binary_type="BLOB",
        coercers={ColumnType.INTEGER: integer, ColumnType.ANY: _number_or_text},
        key_type="",
        without_rowid=" WITHOUT ROWID",
        begin="BEGIN IMMEDIATE",
    )
    row_errors: tuple[type[Exception], ...] = (
        sqlite3.IntegrityError,
        sqlite3.DataError,
        OverflowError,
        UnicodeEncodeError,
    )
    errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError, *row_errors)

    def __init__(
        self, path: Path, display_name: str | None = None, *, busy_timeout: float = BUSY_TIMEOUT
    ) -> None:
        super().__init__(display_name or str(path), busy_timeout)
        self._path = path
        self._database: sqlite3.Connection | None = None
        self._journal_mode = "delete"
        self._batches: dict[str, _BatchStatement] = {}

    def close(self) -> None:
        """See `Destination`. Restores the journal mode, so that the copy is a single file."""
        database, self._database = self._database, None
        if database is None:
            return
        # Fails while another program reads the file, and on a full disk; the mode then remains.
        with contextlib.suppress(sqlite3.Error):
            if not self._read_only:
                database.execute(f"PRAGMA journal_mode = {self._journal_mode}")
        database.close()

    def iterate_rows(self, table: Table, size: int) -> Generator[list[tuple[Any, ...]], None, None]:
        """Yield the rows of a table in the order of its key, up to `size` rows at a time.

        A row has the table's columns, `_rescued` and, in a resource's own table, `_deleted_at`.
        """
        names = [*(column.name for column in table.all_columns), RESCUED]
        if not table.path:
            names.append(DELETED_AT)
        columns = ", ".join(map(quote_identifier, names))
        keys = ", ".join(quote_identifier(column.name) for column in table.keys)
        select = f"SELECT {columns} FROM {quote_identifier(table.name)} ORDER BY {keys}"  # noqa: S608
        cursor = self._live().execute(select)
        while rows := cursor.fetchmany(size):
            yield rows

    def compute_fingerprint(self, table: Table) -> str:
        """Return a digest of a resource's rows and child rows, which is equal for equal rows."""
        name, key = quote_identifier(table.name), quote_identifier(table.keys[0].name)
        count = f"SELECT count(*) FROM {name}"  # noqa: S608
        marked = f"SELECT {key}, {DELETED_AT} FROM {name} WHERE {DELETED_AT} IS NOT NULL"  # noqa: S608
        digests = "SELECT key, digest FROM _mirror_rows WHERE resource = ? ORDER BY key"
        selects = [(count, ()), (f"{marked} ORDER BY {key}", ()), (digests, (table.resource,))]
        fingerprint = hashlib.blake2b(repr(table).encode(), digest_size=16)
        for select, values in selects:
            for row in self._live().execute(select, values):
                fingerprint.update(repr(row).encode())
        return fingerprint.hexdigest()

    def _connect(self) -> None:
        if self._path.is_dir():
            raise MirrorError(f"{self._path} is a folder: name a file in it")
        if not self._path.parent.is_dir():
            raise MirrorError(f"the folder {self._path.parent} does not exist: make it first")
        self._retry_while_busy(self._open_for_writing, ("is locked",))

    def _open_for_writing(self) -> None:
        self.close()
        database = self._open_file(str(self._path), uri=False)
        # Others can read while the mirror writes, and a commit does not flush to the disk;
        # after a power failure the file is intact, but may lack the last pages.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(f"PRAGMA busy_timeout = {int(self._busy_timeout * 1000)}")

    def _connect_read_only(self) -> None:
        check_file(self._path, self)
        database = self._open_file(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        database.execute(f"PRAGMA busy_timeout = {int(self._busy_timeout * 1000)}")

    def _open_file(self, name: str, *, uri: bool) -> sqlite3.Connection:
        self._database = sqlite3.connect(
            name, timeout=POLL_SECONDS, isolation_level=None, check_same_thread=False, uri=uri
        )
        (self._journal_mode,) = self._database.execute("PRAGMA journal_mode").fetchone()
        return self._database

    def _live(self) -> sqlite3.Connection:
        if self._database is None:
            raise MirrorError(f"{self} is not open: call open() first")
        return self._database

    def _execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._live().execute(statement, values).fetchall()

    def _execute_count(self, statement: str, *values: Any) -> int:
        return self._live().execute(statement, values).rowcount

    def _execute_for_keys(
        self, statement: str, key_type: str, keys: Sequence[Any], *values: Any
    ) -> list[tuple[Any, ...]]:
        del key_type
        batch = self._batches.get(statement)
        if batch is None:
            batch = _BatchStatement(lambda size: f"{statement} IN ({_placeholders(size)})", 1)
            self._batches[statement] = batch
        return batch.run(self._live(), keys, *values)

    def _insert(self, insert: BulkInsert, values: list[Value]) -> None:
        try:
            self._run_insert(insert.unchecked, values)
        except OverflowError:
            # Nearly every value fits, so they are checked one by one only now.
            rows = zip(*insert.by_column(values), strict=True)
            self._run_insert(insert, list(chain.from_iterable(rows)))

    def _run_insert(self, insert: BulkInsert, values: list[Value]) -> None:
        batch = self._batches.get(insert.into)
        if batch is None:
            width = len(insert.columns)
            row = f"({_placeholders(width)})"
            batch = _BatchStatement(
                lambda size: f"{insert.into} VALUES {', '.join([row] * size)} {insert.on_conflict}",
                width,
            )
            self._batches[insert.into] = batch
        batch.run(self._live(), values)

    def _read_digests(self, table: Table, keys: Sequence[Any]) -> dict[Any, bytes]:
        """Return the digests of rows that exist, by one join as SQLite finds each key by index."""
        key = quote_identifier(table.keys[0].name)
        select = f"""
            SELECT known.key, known.digest FROM _mirror_rows AS known
            JOIN {quote_identifier(table.name)} AS present ON present.{key} = known.key
            WHERE known.resource = ? AND known.key"""  # noqa: S608
        return dict(self._execute_for_keys(select, "", keys, table.resource))

    def _get_tables(self) -> list[str]:
        names = self._execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [name for (name,) in names]

    def _get_columns(self, table: str) -> set[str]:
        columns = self._execute(f"PRAGMA table_info({quote_identifier(table)})")
        return {name for _, name, *_ in columns}

    def _explain(self, error: Exception) -> str:
        reasons = (reason for text, reason in _REASONS.items() if text in str(error))
        return next(reasons, f"{type(error).__name__}: {error}")


class _BatchStatement:
    """A statement that is run on any number of rows.

    One statement for many rows takes SQLite half the time, and releases the GIL.

    It has a text for each of a few numbers of rows, because sqlite3 caches few prepared statements.

    Args:
        statement: return its text; each value of each row has a placeholder in it.
        width: the number of values in a row.
    """

    def __init__(self, statement: Statement, width: int) -> None:
        self._statements = [(size * width, statement(size)) for size in _sizes(width)]

    def run(
        self, database: sqlite3.Connection, values: Sequence[Any], *leading: object
    ) -> list[Any]:
        """Run it on all rows and return the rows that it finds.

        Args:
            database: the connection.
            values: the values of the rows, one row after the other.
            leading: values of the placeholders before those of the rows.
        """
        done, found = 0, list[Any]()
        for width, statement in self._statements:
            while done + width <= len(values):
                found += database.execute(statement, [*leading, *values[done : done + width]])
                done += width
        return found


def _sizes(width: int) -> Iterator[int]:
    """Yield the numbers of rows that have a statement, the largest first and 1 last."""
    size = max(1, min(_MAX_ROWS, _MAX_VALUES // width))
    while size > 1:
        yield size
        size //= 4
    yield 1


def _placeholders(values: int) -> str:
    """Return a placeholder for each value."""
    return ", ".join("?" * values)
