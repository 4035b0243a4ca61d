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
        coercers: the conversions to its column types; a value that they refuse is stored in the
            column `_rescued`.
        key_type: the SQL type of the keys of all resources in the sync state; keys are text there,
            unless this is empty and a column can hold values of any type.
        without_rowid: what follows the CREATE TABLE of a table that is read by its key only.
        begin: the statement that begins a transaction.
        lock_tables: the statement that blocks other runs from creating tables until the transaction
            ends; empty if `begin` does that.
    """

    types: Mapping[ColumnType, str]
    timestamp_type: str
    binary_type: str
    coercers: Mapping[ColumnType, Coercer]
    key_type: str = "TEXT"
    without_rowid: str = ""
    begin: str = "BEGIN"
    lock_tables: str = ""

    def get_column_type(self, column: Column) -> str:
        """Return the SQL type of a column."""
        return self.types[column.type]

    def columns(self, table: Table) -> dict[str, str]:
        """Return the SQL types of the columns that rows have, by name; without `_deleted_at`."""
        columns = {column.name: self.get_column_type(column) for column in table.all_columns}
        return {**columns, RESCUED: self.types[ColumnType.JSON]}

    def state_key(self, key: object) -> object:
        """Return a row's key as the sync state has it."""
        return str(key) if self.key_type and key is not None else key

    def state_keys(self, keys: Iterable[object]) -> list[object]:
        """Return the keys of rows as the sync state has them."""
        return [str(key) for key in keys] if self.key_type else list(keys)

    def coerce_reject_key(self, key: object) -> object:
        """Return a reject's key as the sync state has it; None if that cannot hold it."""
        coerce = self.coercers.get(ColumnType.INTEGER if isinstance(key, int) else ColumnType.TEXT)
        try:
            return self.state_key(key if key is None or coerce is None else coerce(key))
        except ValueError:
            return None

    def coerce_text(self, text: str) -> str:
        """Return text, with escapes if the database cannot hold one of its characters."""
        try:
            self.coercers.get(ColumnType.TEXT, str)(text)
        except ValueError:
            return text.encode("ascii", "backslashreplace").decode().replace("\0", "\\x00")
        return text

    def get_state_key(self, table: Table) -> str:
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
    def into(self) -> str:
        """The statement up to its VALUES or SELECT."""
        names = ", ".join(map(quote_identifier, self.columns))
        return f"INSERT INTO {quote_identifier(self.table)} ({names})"

    @cached_property
    def unchecked(self) -> BulkInsert:
        """The same INSERT for values that are stored as they are; `_rescued` becomes NULL."""
        columns = {name: self.columns[name] for name in self.columns if name != RESCUED}
        return BulkInsert(self.table, columns, self.on_conflict)

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
    """Return the INSERT of a table; a row replaces the one with the same key.

    Columns that the mirror does not have keep their values.
    """
    columns = dialect.columns(table)
    keys = [quote_identifier(column.name) for column in table.keys]
    own = map(quote_identifier, list(columns)[len(keys) :])
    changes = [f"{name} = excluded.{name}" for name in own]
    if not table.path:
        changes.append(f"{quote_identifier(DELETED_AT)} = NULL")
    on_conflict = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changes)}"
    return BulkInsert(table.name, columns, on_conflict, ColumnCoercer(table, dialect.coercers))


def select_child_keys(table: Table) -> str:
    """Return the SELECT of the keys of the child rows of resources with the keys that follow."""
    keys = ", ".join(quote_identifier(column.name) for column in table.keys)
    return f"SELECT {keys} FROM {quote_identifier(table.name)} WHERE {_key(table)}"  # noqa: S608


def delete_list_ends(table: Table) -> str:
    """Return the DELETE of the ends of lists: positions of the parents, last position, keys."""
    _, *positions, position = (quote_identifier(column.name) for column in table.keys)
    conditions = [*(f"{name} = ?" for name in positions), f"{position} > ?", _key(table)]
    return f"DELETE FROM {quote_identifier(table.name)} WHERE {' AND '.join(conditions)}"  # noqa: S608


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
            WHERE {dialect.get_state_key(table)} = reject.key
            AND {quote_identifier(DELETED_AT)} IS NULL
        )"""  # noqa: S608


def count_unseen(table: Table, dialect: Dialect) -> str:
    """Return the SELECT of the number of rows that a full sync has not seen."""
    return f"""
        {count_rows(table)} AND {dialect.get_state_key(table)} IN
        (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?)"""  # noqa: S608


def mark_unseen(table: Table, dialect: Dialect) -> str:
    """Return the UPDATE that marks the rows which a full sync has not seen as deleted."""
    return f"""
        UPDATE {quote_identifier(table.name)} SET {quote_identifier(DELETED_AT)} = ?
        WHERE {dialect.get_state_key(table)} IN
        (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?)"""  # noqa: S608


def delete_unseen(table: Table, dialect: Dialect) -> str:
    """Return the DELETE of the rows which a full sync has not seen."""
    return f"""
        DELETE FROM {quote_identifier(table.name)} WHERE {dialect.get_state_key(table)} IN
        (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?)"""  # noqa: S608


def select_live_values(table: Table, columns: Iterable[str]) -> str:
    """Return the SELECT of columns of the rows that are not marked as deleted."""
    names = ", ".join(map(quote_identifier, columns))
    deleted_at = quote_identifier(DELETED_AT)
    return f"SELECT {names} FROM {quote_identifier(table.name)} WHERE {deleted_at} IS NULL"  # noqa: S608


def mark_keys(table: Table) -> str:
    """Return the UPDATE that marks the rows with the keys that follow as deleted."""
    name, deleted_at = quote_identifier(table.name), quote_identifier(DELETED_AT)
    return f"UPDATE {name} SET {deleted_at} = ? WHERE {_key(table)}"  # noqa: S608


def delete_keys(part: Table) -> str:
    """Return the DELETE, in a table of a resource, of the rows of the keys that follow."""
    return f"DELETE FROM {quote_identifier(part.name)} WHERE {_key(part)}"  # noqa: S608


def delete_marked(part: Table, table: Table) -> str:
    """Return the DELETE, in a table of a resource, of the rows that are marked as deleted."""
    return f"""
        DELETE FROM {quote_identifier(part.name)} WHERE {_key(part)} IN (
            SELECT {_key(table)} FROM {quote_identifier(table.name)}
            WHERE {quote_identifier(DELETED_AT)} IS NOT NULL
        )"""  # noqa: S608


def select_pending(
    table: Table, parent: Table, columns: Sequence[str], dialect: Dialect, *, all_rows: bool
) -> str:
    """Return the SELECT of the rows of a parent whose lists have to be read, in no order.

    These are new and changed rows, those whose list is a reject, and those of recent days whose
    list is not final; with `all_rows`, all that the running sync has not seen. Each row ends with
    True if its list is a reject. Without columns, the only row has their number.

    Values: the resource twice, the sync id, and without `all_rows` the first recent day.
    """
    key = quote_identifier(parent.keys[0].name)
    state_key = f"CAST(parent.{key} AS {dialect.key_type})" if dialect.key_type else f"parent.{key}"
    is_recent = "NOT list.is_final AND (list.parent_day IS NULL OR list.parent_day >= ?)"
    names = [f"parent.{quote_identifier(name)}" for name in columns]
    selected = ", ".join([*names, "reject.key IS NOT NULL"]) if names else "count(*)"
    return f"""
        SELECT {selected} FROM {quote_identifier(parent.name)} AS parent
        LEFT JOIN _mirror_rows AS known ON known.resource = ? AND known.key = {state_key}
        LEFT JOIN {quote_identifier(table.name)} AS list ON list.{_key(table)} = parent.{key}
        LEFT JOIN (SELECT DISTINCT key FROM _mirror_rejects WHERE resource = ?) AS reject
        ON reject.key = {state_key}
        WHERE parent.{quote_identifier(DELETED_AT)} IS NULL AND (
            known.key IS NULL OR known.sync_id = 0 OR list.{_key(table)} IS NULL
            OR reject.key IS NOT NULL
            OR (known.sync_id <> ? AND ({"1 = 1" if all_rows else is_recent}))
        )"""  # noqa: S608


SELECT_CATEGORY_ARTICLES = f"""
    SELECT link.category_id, article.id, article.name, article.uuid, link.is_main
    FROM article_categories AS link JOIN articles AS article ON article.id = link.article_id
    WHERE article.{DELETED_AT} IS NULL AND link.category_id"""  # noqa: S608
"""The SELECT of the articles in the categories with the ids that follow."""


def delete_orphans(part: Table, parent: Table) -> str:
    """Return the DELETE, in a table of a child stream, of the rows without a parent row."""
    return f"""
        DELETE FROM {quote_identifier(part.name)} WHERE {_key(part)} NOT IN (
            SELECT {_key(parent)} FROM {quote_identifier(parent.name)}
        )"""  # noqa: S608


def delete_orphan_state(parent: Table, dialect: Dialect) -> str:
    """Return the DELETE of a child stream's row state without a parent row."""
    return f"""
        DELETE FROM _mirror_rows WHERE resource = ? AND key NOT IN (
            SELECT {dialect.get_state_key(parent)} FROM {quote_identifier(parent.name)}
        )"""  # noqa: S608


def quote_identifier(name: str) -> str:
    """Return a quoted name, which may be a keyword such as ``default``."""
    return '"' + name.replace('"', '""') + '"'


def _key(table: Table) -> str:
    """Return the quoted column of the resource's key."""
    return quote_identifier(table.keys[0].name)


def _declare(name: str, sql_type: str) -> str:
    return f"{quote_identifier(name)} {sql_type}".rstrip()
