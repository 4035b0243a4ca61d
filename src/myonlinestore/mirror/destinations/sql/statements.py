"""The SQL that DuckDB and PostgreSQL are told alike; a question mark stands for a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myonlinestore.mirror.schema.coerce import RESCUED, Fit
from myonlinestore.mirror.schema.table import DELETED_AT, Column, ColumnType, Table


@dataclass(frozen=True)
class Dialect:
    """The words and limits of a database.

    Attributes:
        types: what it calls each kind of column.
        moment: what it calls a point in time.
        blob: what it calls bytes.
        fits: what its columns can hold, where that is less than a model can.
    """

    types: Mapping[ColumnType, str]
    moment: str
    blob: str
    fits: Mapping[ColumnType, Fit]

    def type_of(self, column: Column) -> str:
        """What a column is declared as."""
        return self.types[column.type]

    def columns(self, table: Table) -> dict[str, str]:
        """The columns that the mirror writes, with their types; `_deleted_at` is not among them."""
        columns = {column.name: self.type_of(column) for column in table.all_columns}
        return {**columns, RESCUED: self.types[ColumnType.JSON]}


@dataclass(frozen=True)
class Load:
    """Rows of one shape, to be put into a table.

    Attributes:
        table: its name.
        columns: the columns that the rows have, with their types.
        on_conflict: what follows the INSERT for rows whose key is there; nothing if none can be.
    """

    table: str
    columns: Mapping[str, str]
    on_conflict: str = ""

    @property
    def names(self) -> str:
        """The columns, as SQL lists them."""
        return ", ".join(map(quoted, self.columns))


def create(table: Table, dialect: Dialect) -> str:
    """The statement that makes a table. Only a resource's own table has tombstones."""
    columns = [f"{quoted(name)} {kind}" for name, kind in dialect.columns(table).items()]
    if not table.path:
        columns.append(f"{quoted(DELETED_AT)} {dialect.moment}")
    key = ", ".join(quoted(column.name) for column in table.keys)
    return f"CREATE TABLE {quoted(table.name)} ({', '.join(columns)}, PRIMARY KEY ({key}))"


def add_column(table: Table, name: str, kind: str) -> str:
    """The statement that adds a column to a table that an older version made."""
    return f"ALTER TABLE {quoted(table.name)} ADD COLUMN {quoted(name)} {kind}"


def load_of(table: Table, dialect: Dialect) -> Load:
    """How rows get into a table: a resource's row in the place of its old one, a child's anew."""
    columns = dialect.columns(table)
    if table.path:
        return Load(table.name, columns)
    key, *own = map(quoted, columns)
    changes = [*(f"{name} = excluded.{name}" for name in own), f"{quoted(DELETED_AT)} = NULL"]
    return Load(table.name, columns, f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)}")


def delete_of_parents(table: Table, dialect: Dialect) -> str:
    """The statement that empties a child table for a list of rows of the resource."""
    return f"DELETE FROM {quoted(table.name)} WHERE {_is_key(table, dialect)}"  # noqa: S608


def held_keys(table: Table, dialect: Dialect) -> str:
    """The statement that finds which of a list of keys are there."""
    own = quoted(table.keys[0].name)
    return f"SELECT {own} FROM {quoted(table.name)} WHERE {_is_key(table, dialect)}"  # noqa: S608


def count_held(table: Table) -> str:
    """The statement that counts the rows that are not marked as deleted."""
    return f"SELECT count(*) FROM {quoted(table.name)} WHERE {quoted(DELETED_AT)} IS NULL"  # noqa: S608


def count_unread(table: Table) -> str:
    """The statement that counts the rejects of which the copy has no row."""
    return f"""
        SELECT count(*) FROM _mirror_rejects AS reject WHERE resource = ? AND NOT EXISTS (
            SELECT 1 FROM {quoted(table.name)}
            WHERE {_key_text(table)} = reject.key AND {quoted(DELETED_AT)} IS NULL
        )"""  # noqa: S608


def mark_gone(table: Table) -> str:
    """The statement that marks the rows that a pass did not meet, and gives a row for each."""
    return f"""
        UPDATE {quoted(table.name)} SET {quoted(DELETED_AT)} = ?
        WHERE {_key_text(table)} IN
        (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?) RETURNING 1"""  # noqa: S608


def delete_gone(part: Table) -> str:
    """The statement that removes what a pass did not meet, and gives a row for each."""
    return f"""
        DELETE FROM {quoted(part.name)} WHERE {_key_text(part)} IN
        (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?) RETURNING 1"""  # noqa: S608


def delete_marked(part: Table, table: Table) -> str:
    """The statement that removes, from a table of a resource, what was marked as deleted."""
    own, key = quoted(part.keys[0].name), quoted(table.keys[0].name)
    return f"""
        DELETE FROM {quoted(part.name)} WHERE {own} IN (
            SELECT {key} FROM {quoted(table.name)} WHERE {quoted(DELETED_AT)} IS NOT NULL
        )"""  # noqa: S608


def _is_key(table: Table, dialect: Dialect) -> str:
    """Whether the resource's key is in a list; one value, as DuckDB plans long for many."""
    own = table.keys[0]
    return f"{quoted(own.name)} = ANY(?::{dialect.type_of(own)}[])"


def _key_text(table: Table) -> str:
    """The resource's key as the mirror's own tables have it."""
    return f"CAST({quoted(table.keys[0].name)} AS TEXT)"


def quoted(name: str) -> str:
    """A name as SQL takes it, be it a word of SQL's own, such as ``default``."""
    return '"' + name.replace('"', '""') + '"'
