"""The SQL statements that all dialects share; each question mark is the placeholder of a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from myonlinestore.mirror.schema.coerce import RESCUED, Coercer, ColumnCoercer
from myonlinestore.mirror.schema.flatten import Value
from myonlinestore.mirror.schema.table import DELETED_AT, Column, ColumnType, Table


@dataclass(frozen=True)
class Dialect:
    """The types and limits of a database.

    Attributes:
        types: the SQL type of each column type.
        timestamp_type: the SQL type of a point in time.
        binary_type: the SQL type of bytes.
        coercers: the conversions to its column types; without any there is no column `_rescued`.
        key_type: the SQL type of the keys of all resources in the sync state; keys are text there,
            unless this is empty and a column can hold values of any type.
        without_rowid: what follows the CREATE TABLE of a table that is read by its key only.
        begin: the statement that begins a transaction.
    """

    types: Mapping[ColumnType, str]
    timestamp_type: str
    binary_type: str
    coercers: Mapping[ColumnType, Coercer]
    key_type: str = "TEXT"
    without_rowid: str = ""
    begin: str = "BEGIN"

    def type_of(self, column: Column) -> str:
        """Return the SQL type of a column."""
        return self.types[column.type]

    def columns(self, table: Table) -> dict[str, str]:
        """Return the SQL types of the columns that rows have, by name; without `_deleted_at`."""
        columns = {column.name: self.type_of(column) for column in table.all_columns}
        return {**columns, RESCUED: self.types[ColumnType.JSON]} if self.coercers else columns

    def state_key(self, key: object) -> object:
        """Return a row's key as the sync state has it."""
        return str(key) if self.key_type and key is not None else key

    def state_keys(self, keys: Iterable[object]) -> list[object]:
        """Return the keys of rows as the sync state has them."""
        return [str(key) for key in keys] if self.key_type else list(keys)

    def state_key_of(self, table: Table) -> str:
        """Return the expression for a row's key as the sync state has it."""
        key = quote_identifier(table.keys[0].name)
        return f"CAST({key} AS {self.key_type})" if self.key_type else key


@dataclass(frozen=True, eq=False)
class BulkInsert:
    """An INSERT of many rows into one table.

    Attributes:
        table: the table's name.
        columns: the SQL types of the rows' columns, by name.
        on_conflict: the clause for rows whose key exists; empty if there are none.
        coercer: the conversion of values to columns; None if they are stored as they are.
    """

    table: str
    columns: Mapping[str, str]
    on_conflict: str = ""
    coercer: ColumnCoercer | None = None

    @cached_property
    def names(self) -> str:
        """The quoted column names, separated by commas."""
        return ", ".join(map(quote_identifier, self.columns))

    @cached_property
    def into(self) -> str:
        """The statement up to its VALUES or SELECT."""
        return f"INSERT INTO {quote_identifier(self.table)} ({self.names})"

    def by_column(self, values: list[Value]) -> Sequence[Sequence[Value]]:
        """Return the values of rows column by column, as the columns can hold them."""
        if self.coercer is not None:
            return self.coercer.columns(values)
        width = len(self.columns)
        return [values[number::width] for number in range(width)]


def create_table(table: Table, dialect: Dialect) -> str:
    """Return the CREATE TABLE; only a resource's own table has `_deleted_at`."""
    columns = [_declare(name, sql_type) for name, sql_type in dialect.columns(table).items()]
    if not table.path:
        columns.append(_declare(DELETED_AT, dialect.timestamp_type))
    key = ", ".join(quote_identifier(column.name) for column in table.keys)
    suffix = dialect.without_rowid if table.path else ""
    name = quote_identifier(table.name)
    return f"CREATE TABLE {name} ({', '.join(columns)}, PRIMARY KEY ({key})){suffix}"


def add_column(table: Table, name: str, sql_type: str) -> str:
    """Return the ALTER TABLE that adds a column to a table of an older version."""
    return f"ALTER TABLE {quote_identifier(table.name)} ADD COLUMN {_declare(name, sql_type)}"


def bulk_insert_for(table: Table, dialect: Dialect) -> BulkInsert:
    """Return the INSERT of a table; a resource's row replaces the one with the same key."""
    columns = dialect.columns(table)
    coercer = ColumnCoercer(table, dialect.coercers) if dialect.coercers else None
    if table.path:
        return BulkInsert(table.name, columns, "", coercer)
    key, *own = map(quote_identifier, columns)
    changes = [f"{name} = excluded.{name}" for name in own]
    changes.append(f"{quote_identifier(DELETED_AT)} = NULL")
    on_conflict = f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)}"
    return BulkInsert(table.name, columns, on_conflict, coercer)


def delete_by_key(table: Table) -> str:
    """Return the DELETE of the rows of a table whose resource has one of the keys that follow."""
    return f"DELETE FROM {quote_identifier(table.name)} WHERE {_key(table)}"  # noqa: S608


def select_keys(table: Table) -> str:
    """Return the SELECT of those of the keys that follow which have a row."""
    return f"SELECT {_key(table)} FROM {quote_identifier(table.name)} WHERE {_key(table)}"  # noqa: S608


def count_rows(table: Table) -> str:
    """Return the SELECT of the number of rows that are not marked as deleted."""
    deleted_at = quote_identifier(DELETED_AT)
    return f"SELECT count(*) FROM {quote_identifier(table.name)} WHERE {deleted_at} IS NULL"  # noqa: S608


def count_missing_rows(table: Table, dialect: Dialect) -> str:
    """Return the SELECT of the number of rejects without a row in the copy."""
    return f"""
        SELECT count(*) FROM _mirror_rejects AS reject WHERE resource = ? AND NOT EXISTS (
            SELECT 1 FROM {quote_identifier(table.name)}
            WHERE {dialect.state_key_of(table)} = reject.key
            AND {quote_identifier(DELETED_AT)} IS NULL
        )"""  # noqa: S608


def count_unseen(table: Table, dialect: Dialect) -> str:
    """Return the SELECT of the number of rows that a full sync has not seen."""
    return f"""
        {count_rows(table)} AND {dialect.state_key_of(table)} IN
        (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?)"""  # noqa: S608


def mark_unseen(table: Table, dialect: Dialect) -> str:
    """Return the UPDATE that marks the rows which a full sync has not seen as deleted."""
    return f"""
        UPDATE {quote_identifier(table.name)} SET {quote_identifier(DELETED_AT)} = ?
        WHERE {dialect.state_key_of(table)} IN
        (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?)"""  # noqa: S608


def delete_unseen(table: Table, dialect: Dialect) -> str:
    """Return the DELETE of the rows which a full sync has not seen."""
    return f"""
        DELETE FROM {quote_identifier(table.name)} WHERE {dialect.state_key_of(table)} IN
        (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?)"""  # noqa: S608


def delete_marked(part: Table, table: Table) -> str:
    """Return the DELETE, in a table of a resource, of the rows that are marked as deleted."""
    return f"""
        DELETE FROM {quote_identifier(part.name)} WHERE {_key(part)} IN (
            SELECT {_key(table)} FROM {quote_identifier(table.name)}
            WHERE {quote_identifier(DELETED_AT)} IS NOT NULL
        )"""  # noqa: S608


def quote_identifier(name: str) -> str:
    """Return a quoted name, which may be a keyword such as ``default``."""
    return '"' + name.replace('"', '""') + '"'


def _key(table: Table) -> str:
    """Return the quoted column of the resource's key."""
    return quote_identifier(table.keys[0].name)


def _declare(name: str, sql_type: str) -> str:
    return f"{quote_identifier(name)} {sql_type}".rstrip()
