"""The SQL that SQLite is told: tables and columns, and how rows get there."""

from __future__ import annotations

import sqlite3

from myonlinestore.mirror.destinations.sql.batch_statements import Many, insert, marks
from myonlinestore.mirror.schema.table import DELETED_AT, Column, ColumnType, Table

# SQLite derives a column's affinity from its type's name, and one called DECIMAL is NUMERIC: it
# would make 12.5 of "12.50". A name with TEXT in it keeps text as it is, and this one still tells
# that the text is an amount (sqlite3.register_converter("DECIMAL_TEXT", …) reads it as Decimal).
# No type at all converts nothing.
TYPES = {
    ColumnType.TEXT: "TEXT",
    ColumnType.INTEGER: "INTEGER",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.DECIMAL: "DECIMAL_TEXT",
    ColumnType.DATE: "TEXT",
    ColumnType.ANY: "",
    ColumnType.JSON: "TEXT",
}


def create(table: Table) -> str:
    """The statement that makes a table. Only a resource's own table has tombstones."""
    columns = [_declared(column) for column in table.all_columns]
    if not table.path:
        columns.append(f"{quoted(DELETED_AT)} TEXT")
    key = ", ".join(quoted(column.name) for column in table.keys)
    # A child table is always reached through its key: it needs no rowid beside it.
    storage = " WITHOUT ROWID" if table.path else ""
    return f"CREATE TABLE {quoted(table.name)} ({', '.join(columns)}, PRIMARY KEY ({key})){storage}"


def add_column(table: Table, column: Column) -> str:
    """The statement that adds a column to a table that an older version made."""
    return f"ALTER TABLE {quoted(table.name)} ADD COLUMN {_declared(column)}"


def columns_of(database: sqlite3.Connection, table: str) -> set[str]:
    """The columns that a table has; none if it is not there."""
    found = database.execute(f"PRAGMA table_info({quoted(table)})")
    return {name for _, name, *_ in found}


def has_all_columns(database: sqlite3.Connection, table: Table) -> bool:
    """Whether a table and all below it are there with every column."""
    return all(
        {column.name for column in part.all_columns} <= columns_of(database, part.name)
        for part in table.self_and_children()
    )


def upsert(table: Table) -> Many:
    """What puts rows in, or their values in the place of those that are there."""
    names = [quoted(column.name) for column in table.all_columns]
    if table.path:
        return insert(quoted(table.name), names)
    own = [quoted(column.name) for column in table.columns]
    changes = [*(f"{name} = excluded.{name}" for name in own), f"{quoted(DELETED_AT)} = NULL"]
    on_conflict = f"ON CONFLICT ({names[0]}) DO UPDATE SET {', '.join(changes)}"
    return insert(quoted(table.name), names, on_conflict)


def delete_of_parents(table: Table) -> Many:
    """What empties a child table for rows of the resource."""
    delete = f"DELETE FROM {quoted(table.name)} WHERE {quoted(table.keys[0].name)}"  # noqa: S608
    return Many(lambda keys: f"{delete} IN ({marks(keys)})", 1)


def known_digests(table: Table) -> Many:
    """What looks up keys of a resource; a row that was taken out by hand is not known."""
    own = quoted(table.keys[0].name)
    select = f"""
        SELECT known.key, known.digest FROM _mirror_rows AS known
        JOIN {quoted(table.name)} AS held ON held.{own} = known.key
        WHERE known.resource = ? AND known.key IN"""  # noqa: S608
    return Many(lambda keys: f"{select} ({marks(keys)})", 1)


def count_held(table: Table) -> str:
    """The statement that counts the rows that are not marked as deleted."""
    return f"SELECT count(*) FROM {quoted(table.name)} WHERE {quoted(DELETED_AT)} IS NULL"  # noqa: S608


def count_unread(table: Table) -> str:
    """The statement that counts the rejects of which the copy has no row."""
    own = quoted(table.keys[0].name)
    return f"""
        SELECT count(*) FROM _mirror_rejects AS reject WHERE resource = ? AND NOT EXISTS (
            SELECT 1 FROM {quoted(table.name)}
            WHERE {own} = reject.key AND {quoted(DELETED_AT)} IS NULL
        )"""  # noqa: S608


def delete_gone(table: Table) -> str:
    """The statement that removes, from a table of a resource, what a pass did not meet."""
    own = quoted(table.keys[0].name)
    return f"""
        DELETE FROM {quoted(table.name)}
        WHERE {own} IN (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?)"""  # noqa: S608


def delete_marked(part: Table, table: Table) -> str:
    """The statement that removes, from a table of a resource, what was marked as deleted."""
    own, key = quoted(part.keys[0].name), quoted(table.keys[0].name)
    return f"""
        DELETE FROM {quoted(part.name)} WHERE {own} IN (
            SELECT {key} FROM {quoted(table.name)} WHERE {quoted(DELETED_AT)} IS NOT NULL
        )"""  # noqa: S608


def mark_gone(table: Table) -> str:
    """The statement that marks the rows that a pass did not meet."""
    own = quoted(table.keys[0].name)
    return f"""
        UPDATE {quoted(table.name)} SET {quoted(DELETED_AT)} = ?
        WHERE {own} IN (SELECT key FROM _mirror_rows WHERE resource = ? AND sync_id <> ?)"""  # noqa: S608


def quoted(name: str) -> str:
    """A name as SQL takes it, be it a word of SQL's own, such as ``default``."""
    return '"' + name.replace('"', '""') + '"'


def _declared(column: Column) -> str:
    return f"{quoted(column.name)} {TYPES[column.type]}".rstrip()
