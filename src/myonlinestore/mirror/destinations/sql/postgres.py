"""PostgresDestination: the copy in a PostgreSQL database."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import conninfo

from myonlinestore._redaction import redact_url
from myonlinestore.mirror.destinations.base import SyncState
from myonlinestore.mirror.destinations.sql.destination import SqlDestination
from myonlinestore.mirror.destinations.sql.statements import Dialect, Load, quoted
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.schema.coerce import FITS, text
from myonlinestore.mirror.schema.flatten import Value
from myonlinestore.mirror.schema.table import ColumnType, Table

CONNECT_SECONDS = 10
LOCK_SECONDS = 10.0

# By SQLSTATE (PostgreSQL's appendix A).
_REASONS = {
    "53100": "the server's disk is full: make room, then run the mirror again",
    "55P03": "another program holds it locked: let that finish, then run the mirror again",
    "42501": "its user may not do that: grant it CREATE on the schema, and its tables",
    "25006": "it takes no writes: name the primary server, not a standby",
}
_LOST = "the connection was lost: check the server, then run the mirror again"
_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped"""


def _text(value: str) -> str:
    """Text without the one character that PostgreSQL has no place for."""
    if "\0" in value:
        raise ValueError(value)
    return value


class PostgresDestination(SqlDestination):
    """A `Destination` on psycopg 3 (extra `mirror`): a page is copied, then put in place."""

    dialect: Dialect = Dialect(
        types={
            ColumnType.TEXT: "TEXT",
            ColumnType.INTEGER: "BIGINT",
            ColumnType.BOOLEAN: "BOOLEAN",
            # Exact, and without a scale it keeps the zeros that were sent.
            ColumnType.DECIMAL: "NUMERIC",
            ColumnType.DATE: "DATE",
            ColumnType.ANY: "TEXT",
            # Not JSONB: that would sort keys and rewrite numbers.
            ColumnType.JSON: "JSON",
        },
        moment="TIMESTAMP",
        blob="BYTEA",
        fits={**FITS, ColumnType.TEXT: _text, ColumnType.ANY: lambda value: _text(text(value))},
    )
    errors: tuple[type[Exception], ...] = (psycopg.Error, OSError)

    def __init__(self, url: str) -> None:
        super().__init__(redact_url(url))
        self._parts = self._parsed(url)
        self._database: psycopg.Connection[tuple[Any, ...]] | None = None
        self._staged: set[str] = set()

    def exists(self) -> bool:
        """See `Destination`."""
        with self._failures():
            self._connect_to_read()
            try:
                return bool(self._columns_of("_mirror_store"))
            finally:
                self.close()

    def close(self) -> None:
        """See `Destination`."""
        database, self._database = self._database, None
        if database is not None:
            with contextlib.suppress(psycopg.Error):
                database.close()

    def begin_sync(self, table: Table, *, full: bool = True, resume: bool = True) -> SyncState:
        """See `Destination`."""
        self._staged.discard(table.name)
        return super().begin_sync(table, full=full, resume=resume)

    def _parsed(self, url: str) -> Mapping[str, Any]:
        """The parts of the URL. libpq's own words, and so the cause, may hold a password's end."""
        try:
            parts = conninfo.conninfo_to_dict(url, connect_timeout=CONNECT_SECONDS)
        except psycopg.Error:
            parts = {}
        ports = str(parts.get("port", "5432")).split(",")
        hosts = str(parts.get("host", ""))
        if not parts or "@" in hosts or not all(port.isdecimal() for port in ports if port):
            raise MirrorError(
                f"the URL {self} cannot be understood: write postgresql://user:password@host/name, "
                "with %40 for @, %2F for / and %3A for : in the password"
            )
        return parts

    def _connect(self) -> None:
        # Statements are prepared from their second time on; every page runs the same ones.
        self._database = psycopg.connect(
            **self._parts, autocommit=True, prepare_threshold=1, application_name="myonlinestore"
        )
        self._staged.clear()
        self._ask("SELECT set_config('lock_timeout', ?, false)", f"{int(LOCK_SECONDS * 1000)}ms")

    def _connect_to_read(self) -> None:
        self._connect()
        self._ask("SET default_transaction_read_only = on")

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        found = self._live().execute(_query(statement), values or None)
        return found.fetchall() if found.description else []

    def _load(self, load: Load, columns: Sequence[Sequence[Value]]) -> None:
        if not load.on_conflict:
            self._copy(quoted(load.table), load, columns)
            return
        staged = quoted(f"_page_{load.table}")
        self._stage(staged, load)
        self._copy(staged, load, columns)
        self._ask(
            f"INSERT INTO {quoted(load.table)} ({load.names}) "  # noqa: S608 - names are quoted
            f"SELECT {load.names} FROM {staged} {load.on_conflict}"
        )
        self._ask(f"TRUNCATE {staged}")

    def _stage(self, staged: str, load: Load) -> None:
        """Make the temporary table that COPY fills; it goes with the connection."""
        if load.table not in self._staged:
            columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in load.columns.items())
            self._ask(f"DROP TABLE IF EXISTS pg_temp.{staged}")
            self._ask(f"CREATE TEMPORARY TABLE {staged} ({columns})")
            self._staged.add(load.table)

    def _copy(self, into: str, load: Load, columns: Sequence[Sequence[Value]]) -> None:
        statement = _query(f"COPY {into} ({load.names}) FROM STDIN")
        with self._live().cursor() as cursor, cursor.copy(statement) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)

    def _columns_of(self, table: str) -> set[str]:
        return {name for (name,) in self._ask(_COLUMNS, quoted(table))}

    def _live(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._database is None:
            raise MirrorError(f"{self} is not open: call open() first")
        return self._database

    def _reason(self, error: Exception) -> str:
        told = _REASONS.get(getattr(error, "sqlstate", None) or "")
        if told is not None:
            return told
        if self._database is not None and self._database.broken:
            return _LOST
        said = str(error).strip().partition("\n")[0]
        password = self._parts.get("password")
        return said.replace(password, "***") if password else said


def _query(statement: str) -> bytes:
    """A statement of ours as psycopg takes it: names in it are the models', and quoted."""
    return statement.replace("?", "%s").encode()
