"""PostgresDestination: a copy in a PostgreSQL database (extra `mirror`)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import conninfo

from myonlinestore._redaction import redact_url
from myonlinestore.mirror.destinations.base import SyncState
from myonlinestore.mirror.destinations.sql.destination import SqlDestination
from myonlinestore.mirror.destinations.sql.statements import BulkInsert, Dialect, quote_identifier
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.schema.coerce import COERCERS, text
from myonlinestore.mirror.schema.flatten import Value
from myonlinestore.mirror.schema.table import ColumnType, Table

CONNECT_SECONDS = 10
LOCK_SECONDS = 10.0

# By SQLSTATE (PostgreSQL's appendix A).
_REASONS = {
    "53100": "the server's disk is full: free some space, then run the mirror again",
    "55P03": "another program holds it locked: let that finish, then run the mirror again",
    "42501": "its user may not do that: grant it CREATE on the schema, and its tables",
    "25006": "it takes no writes: name the primary server, not a standby",
}
_LOST = "the connection was lost: check the server, then run the mirror again"
_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped"""


def _text(value: str) -> str:
    """Return text unchanged. Raise ValueError for a NUL, which PostgreSQL cannot store."""
    if "\0" in value:
        raise ValueError(value)
    return value


class PostgresDestination(SqlDestination):
    """A `Destination` on psycopg 3: COPY loads a page into a temporary table, then INSERT."""

    dialect: Dialect = Dialect(
        types={
            ColumnType.TEXT: "TEXT",
            ColumnType.INTEGER: "BIGINT",
            ColumnType.BOOLEAN: "BOOLEAN",
            # Exact, and without a scale it keeps trailing zeros.
            ColumnType.DECIMAL: "NUMERIC",
            ColumnType.DATE: "DATE",
            ColumnType.ANY: "TEXT",
            # Not JSONB: that would sort keys and rewrite numbers.
            ColumnType.JSON: "JSON",
        },
        timestamp_type="TIMESTAMP",
        binary_type="BYTEA",
        coercers={
            **COERCERS,
            ColumnType.TEXT: _text,
            ColumnType.ANY: lambda value: _text(text(value)),
        },
    )
    errors: tuple[type[Exception], ...] = (psycopg.Error, OSError)

    def __init__(self, url: str) -> None:
        super().__init__(redact_url(url))
        self._parts = self._parse_url(url)
        self._database: psycopg.Connection[tuple[Any, ...]] | None = None
        self._staged: set[str] = set()

    def exists(self) -> bool:
        """See `Destination`."""
        with self._map_errors():
            self._connect_read_only()
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

    def begin_sync(
        self,
        table: Table,
        *,
        full: bool = True,
        resume: bool = True,
        options: Mapping[str, str] | None = None,
    ) -> SyncState:
        """See `Destination`."""
        self._staged.discard(table.name)
        return super().begin_sync(table, full=full, resume=resume, options=options)

    def _parse_url(self, url: str) -> Mapping[str, Any]:
        """Return the connection parameters of a URL.

        A MirrorError has no cause: libpq's message may contain a part of the password.
        """
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
        # Every page runs the same statements, so they are prepared on their second execution.
        self._database = psycopg.connect(
            **self._parts, autocommit=True, prepare_threshold=1, application_name="myonlinestore"
        )
        self._staged.clear()
        self._execute(
            "SELECT set_config('lock_timeout', ?, false)", f"{int(LOCK_SECONDS * 1000)}ms"
        )

    def _connect_read_only(self) -> None:
        self._connect()
        self._execute("SET default_transaction_read_only = on")

    def _execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        result = self._live().execute(_query(statement), values or None)
        return result.fetchall() if result.description else []

    def _execute_count(self, statement: str, *values: Any) -> int:
        return self._live().execute(_query(statement), values).rowcount

    def _execute_for_keys(
        self, statement: str, key_type: str, keys: Sequence[Any], *values: Any
    ) -> list[tuple[Any, ...]]:
        return self._execute(f"{statement} = ANY(?::{key_type}[])", *values, list(keys))

    def _insert(self, insert: BulkInsert, values: list[Value]) -> None:
        columns = insert.by_column(values)
        if not insert.on_conflict:
            self._copy(quote_identifier(insert.table), insert, columns)
            return
        staged = quote_identifier(f"_page_{insert.table}")
        self._stage(staged, insert)
        self._copy(staged, insert, columns)
        select = f"SELECT {insert.names} FROM {staged}"  # noqa: S608 - names are quoted
        self._execute(f"{insert.into} {select} {insert.on_conflict}")
        self._execute(f"TRUNCATE {staged}")

    def _stage(self, staged: str, insert: BulkInsert) -> None:
        """Create the temporary table that COPY fills; it exists until the connection closes."""
        if insert.table not in self._staged:
            columns = ", ".join(
                f"{quote_identifier(name)} {sql_type}" for name, sql_type in insert.columns.items()
            )
            self._execute(f"DROP TABLE IF EXISTS pg_temp.{staged}")
            self._execute(f"CREATE TEMPORARY TABLE {staged} ({columns})")
            self._staged.add(insert.table)

    def _copy(self, into: str, insert: BulkInsert, columns: Sequence[Sequence[Value]]) -> None:
        statement = _query(f"COPY {into} ({insert.names}) FROM STDIN")
        with self._live().cursor() as cursor, cursor.copy(statement) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)

    def _columns_of(self, table: str) -> set[str]:
        return {name for (name,) in self._execute(_COLUMNS, quote_identifier(table))}

    def _live(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._database is None:
            raise MirrorError(f"{self} is not open: call open() first")
        return self._database

    def _explain(self, error: Exception) -> str:
        reason = _REASONS.get(getattr(error, "sqlstate", None) or "")
        if reason is not None:
            return reason
        if self._database is not None and self._database.broken:
            return _LOST
        message = str(error).strip().partition("\n")[0]
        password = self._parts.get("password")
        return message.replace(password, "***") if password else message


def _query(statement: str) -> bytes:
    """Return a statement with psycopg's placeholders; no other question mark occurs in one."""
    return statement.replace("?", "%s").encode()
