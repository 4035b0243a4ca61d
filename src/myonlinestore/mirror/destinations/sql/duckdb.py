"""DuckdbDestination: a copy in one DuckDB file (extra `mirror`)."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import duckdb

from myonlinestore.mirror.destinations.base import BUSY_TIMEOUT
from myonlinestore.mirror.destinations.sql.connection import check_file
from myonlinestore.mirror.destinations.sql.destination import SqlDestination
from myonlinestore.mirror.destinations.sql.statements import Dialect
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.schema.coerce import COERCERS, DECIMALS, WHOLE_DIGITS
from myonlinestore.mirror.schema.table import ColumnType

_REASONS = {
    "Could not set lock": "another program has it open: close that, then run the mirror again",
    "different configuration": "this program has it open: close that, then try again",
    "Conflict on": "another run is writing to it: let that one finish",
    "not a valid DuckDB database": "it is not a DuckDB database: name another file",
    "with version number": "another version of DuckDB made it: upgrade duckdb",
    "No space left": "the disk is full: free some space, then run the mirror again",
    "File too large": "the disk is full: free some space, then run the mirror again",
    "Permission denied": "it cannot be opened or made: check the permissions of file and folder",
    "Cannot open file": "it cannot be opened or made: check its folder and permissions",
    "invalidated": "the database stopped after an error: run the mirror again",
}
_SQLITE_HEADER = b"SQLite format 3\0"
_COLUMNS = """
    SELECT column_name FROM duckdb_columns() WHERE table_name = ?
    AND database_name = current_database() AND schema_name = current_schema()"""


class DuckdbDestination(SqlDestination):
    """A `Destination` on duckdb."""

    dialect: Dialect = Dialect(
        types={
            ColumnType.TEXT: "TEXT",
            ColumnType.INTEGER: "BIGINT",
            ColumnType.BOOLEAN: "BOOLEAN",
            ColumnType.DECIMAL: f"DECIMAL({WHOLE_DIGITS + DECIMALS}, {DECIMALS})",
            ColumnType.DATE: "DATE",
            ColumnType.ANY: "TEXT",
            ColumnType.JSON: "JSON",
        },
        # Python reads TIMESTAMP WITH TIME ZONE only with pytz installed.
        timestamp_type="TIMESTAMP",
        binary_type="BLOB",
        coercers=COERCERS,
    )
    errors: tuple[type[Exception], ...] = (duckdb.Error, OSError)
    row_errors: tuple[type[Exception], ...] = (
        duckdb.DataError,
        duckdb.IntegrityError,
        # A number beyond 128 bits.
        duckdb.InvalidInputException,
    )

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        super().__init__(str(path), busy_timeout)
        self._path = path
        self._database: duckdb.DuckDBPyConnection | None = None

    def close(self) -> None:
        """See `Destination`. Merges the write-ahead log into the file."""
        database, self._database = self._database, None
        if database is not None:
            with contextlib.suppress(duckdb.Error):
                database.close()

    def _connect(self) -> None:
        if self._path.is_dir():
            raise MirrorError(f"{self._path} is a folder: name a file in it")
        if not self._path.parent.is_dir():
            raise MirrorError(f"the folder {self._path.parent} does not exist: make it first")
        _check_kind(self._path)
        self._retry_while_busy(self._open_for_writing, ("Could not set lock",))

    def _open_for_writing(self) -> None:
        self._database = duckdb.connect(self._path)

    def _connect_read_only(self) -> None:
        check_file(self._path, self)
        _check_kind(self._path)
        self._database = duckdb.connect(self._path, read_only=True)

    def _execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        if self._database is None:
            raise MirrorError(f"{self} is not open: call open() first")
        result = self._database.execute(statement, values or None)
        return result.fetchall() if result.description else []

    def _execute_count(self, statement: str, *values: Any) -> int:
        ((count,),) = self._execute(statement, *values)
        return int(count)

    def _get_tables(self) -> list[str]:
        return [name for (name,) in self._execute("SELECT table_name FROM duckdb_tables()")]

    def _get_columns(self, table: str) -> set[str]:
        return {name for (name,) in self._execute(_COLUMNS, table)}

    def _explain(self, error: Exception) -> str:
        reasons = (reason for text, reason in _REASONS.items() if text in str(error))
        return next(reasons, f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")


def _check_kind(path: Path) -> None:
    """Raise MirrorError for an SQLite file, for which DuckDB would download an extension."""
    if not path.exists():
        return
    with path.open("rb") as file:
        if file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER:
            raise MirrorError(f"{path} is an SQLite database: name it with sqlite:///")
