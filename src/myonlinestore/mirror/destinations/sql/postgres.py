"""PostgresDestination: a copy in a PostgreSQL database (extra `mirror`)."""

from __future__ import annotations

import codecs
import contextlib
import json
import re
from collections.abc import Generator
from typing import Any

import psycopg
from psycopg import conninfo, sql

from myonlinestore._redaction import redact_passwords, redact_url
from myonlinestore.mirror.destinations.base import BUSY_TIMEOUT
from myonlinestore.mirror.destinations.sql.destination import SqlDestination
from myonlinestore.mirror.destinations.sql.statements import Dialect, quote_identifier
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.schema.coerce import COERCERS, text
from myonlinestore.mirror.schema.table import ColumnType

CONNECT_SECONDS = 10
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

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
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = to_regnamespace(?) AND relkind IN ('r', 'p')"""
_SCHEMA = re.compile(r"(?<=[?&])schema=")
# Errors that concern a row: data exceptions, constraints, program limits such as the size of an
# index entry, and exceptions of triggers.
_ROW_ERROR_CLASSES = ("22", "23", "54", "P0")


class PostgresDestination(SqlDestination):
    """A `Destination` on psycopg 3.

    Between two transactions, nothing is expected to stay in the session: no prepared statement,
    temporary table or setting. A pooler such as PgBouncer may run each transaction in another one.
    """

    errors: tuple[type[Exception], ...] = (psycopg.Error, OSError, UnicodeEncodeError)
    row_errors: tuple[type[Exception], ...] = (
        psycopg.DataError,
        psycopg.IntegrityError,
        UnicodeEncodeError,
    )

    def __init__(self, url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.dialect: Dialect = Dialect(
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
                ColumnType.TEXT: self._coerce_text,
                ColumnType.ANY: lambda value: self._coerce_text(text(value)),
                ColumnType.JSON: self._coerce_json,
            },
            # Two runs that create the same table at once would both find that it does not exist.
            lock_tables="SELECT pg_advisory_xact_lock(hashtext('mirror ' || current_schema()))",
        )
        super().__init__(redact_url(url), busy_timeout)
        self._url = url
        # libpq does not have this parameter, and decodes the value of the one that replaces it.
        self._parts = self._parse_url(_SCHEMA.sub("fallback_application_name=", url))
        self._schema = str(self._parts.pop("fallback_application_name", ""))
        self._encoding = "utf-8"
        self._database: psycopg.Connection[tuple[Any, ...]] | None = None

    def close(self) -> None:
        """See `Destination`."""
        database, self._database = self._database, None
        if database is not None:
            with contextlib.suppress(psycopg.Error):
                database.close()

    def _parse_url(self, url: str) -> dict[str, Any]:
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
        self._open_connection(read_only=False)

    def _connect_read_only(self) -> None:
        self._open_connection(read_only=True)

    def _open_connection(self, *, read_only: bool) -> None:
        # The server converts from UTF-8, whatever PGCLIENTENCODING or the role's settings say.
        parts: dict[str, Any] = {
            **self._parts,
            "client_encoding": "UTF8",
            "application_name": "myonlinestore",
        }
        self._read_only = read_only
        self._database = psycopg.connect(**parts, autocommit=True, prepare_threshold=None)
        server_encoding = self._database.info.parameter_status("server_encoding") or "UTF8"
        self._encoding = _python_encoding(server_encoding)
        if self._schema:
            self._create_schema()
        with self.transaction():
            ((schema,),) = self._execute("SELECT current_schema()")
        # Not the current schema: while the one of the URL does not exist, that is another one.
        schema = self._schema or schema
        if schema is None:
            raise MirrorError(
                f"no schema of the search path of {self} exists: create it, or name one with "
                "?schema=name in the URL"
            )
        self._schema_to_read = quote_identifier(schema)

    def _create_schema(self) -> None:
        """Create the schema of the URL, unless it exists or the connection is read-only."""
        # Also without the privilege to create schemas, so IF NOT EXISTS does not do.
        exists = "SELECT 1 FROM pg_namespace WHERE nspname = ?"
        with self.transaction():
            if not self._execute(exists, self._schema) and not self._read_only:
                self._execute(f"CREATE SCHEMA {quote_identifier(self._schema)}")

    def _begin(self) -> None:
        """Begin a transaction with its settings, in one request."""
        begin = "BEGIN READ ONLY" if self._read_only else "BEGIN"
        milliseconds = max(1, int(self._busy_timeout * 1000))  # 0 would mean no limit.
        statements = [begin, f"SET LOCAL lock_timeout = {milliseconds}"]
        if self._schema:
            # The others stay, for functions that the triggers of the tables' owner may call.
            path = sql.Literal(quote_identifier(self._schema)).as_string(self._database)
            statements.append(
                f"SELECT set_config('search_path', {path} || ', ' || "
                "current_setting('search_path'), true)"
            )
        self._live().execute("; ".join(statements).encode())

    @contextlib.contextmanager
    def _reading(self) -> Generator[None, None, None]:
        with self.transaction():
            yield

    def _execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        result = self._live().execute(_query(statement), values or None)
        return result.fetchall() if result.description else []

    def _execute_count(self, statement: str, *values: Any) -> int:
        return self._live().execute(_query(statement), values).rowcount

    def _get_tables(self) -> list[str]:
        return [name for (name,) in self._execute(_TABLES, self._schema_to_read)]

    def _get_columns(self, table: str) -> set[str]:
        # Not through the search path, which may find the table of another store.
        name = f"{self._schema_to_read}.{quote_identifier(table)}"
        return {name for (name,) in self._execute(_COLUMNS, name)}

    def _is_row_error(self, error: BaseException | None) -> bool:
        state = getattr(error, "sqlstate", None) or ""
        return super()._is_row_error(error) or state.startswith(_ROW_ERROR_CLASSES)

    def _coerce_text(self, value: str) -> str:
        """Return text that the database's encoding can hold, without NUL.

        Raises:
            ValueError: the value is not such a text.
        """
        value.encode(self._encoding)
        if "\0" in value:
            raise ValueError(value)
        return value

    def _coerce_json(self, value: str) -> str:
        """Return JSON with escapes for the characters that the database's encoding cannot hold."""
        try:
            value.encode(self._encoding)
        except UnicodeEncodeError:
            return _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], value)
        return value

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
        return redact_passwords(message, self._url)


def _python_encoding(server_encoding: str) -> str:
    """Return Python's codec of a database's encoding, or that of ASCII if Python has none."""
    if server_encoding == "SQL_ASCII":
        return "utf-8"  # Such a database stores the bytes that it receives.
    try:
        return codecs.lookup(server_encoding.replace("WIN", "cp")).name
    except LookupError:
        return "ascii"


def _query(statement: str) -> bytes:
    """Return a statement with psycopg's placeholders; no other question mark occurs in one."""
    return statement.replace("?", "%s").encode()
