"""The SQL that SQLite is told: tables and columns, and how rows get there."""

from __future__ import annotations

from collections.abc import Iterable

from myonlinestore.mirror.schema import DELETED_AT, Column, Kind, Table

# SQLite derives a column's affinity from its type's name, and one called DECIMAL is NUMERIC: it
# would make 12.5 of "12.50". A name with TEXT in it keeps text as it is, and this one still tells
# that the text is an amount (sqlite3.register_converter("DECIMAL_TEXT", …) reads it as Decimal).
# No type at all converts nothing.
TYPES = {
    Kind.TEXT: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DECIMAL: "DECIMAL_TEXT",
    Kind.DATE: "TEXT",
    Kind.ANY: "",
    Kind.JSON: "TEXT",
}

# _mirror_state: one row for each resource; finished_at is NULL while a pass goes on, and after one
# that was cut off. _mirror_rows: each row that the last pass met, and a digest of what it held.
BOOKKEEPING = (
    """
    CREATE TABLE IF NOT EXISTS _mirror_state (
        resource TEXT PRIMARY KEY,
        pass INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT
    )""",
    """
    CREATE TABLE IF NOT EXISTS _mirror_rows (
        resource TEXT NOT NULL,
        key NOT NULL,
        digest BLOB NOT NULL,
        pass INTEGER NOT NULL,
        PRIMARY KEY (resource, key)
    ) WITHOUT ROWID""",
)
START = """
    INSERT INTO _mirror_state (resource, pass, rows, started_at) VALUES (?, 1, 0, ?)
    ON CONFLICT (resource) DO UPDATE
    SET pass = pass + 1, rows = 0, started_at = excluded.started_at, finished_at = NULL"""
NUMBER = "SELECT pass FROM _mirror_state WHERE resource = ?"
ADVANCE = "UPDATE _mirror_state SET rows = rows + ? WHERE resource = ? AND pass = ?"
FINISH = "UPDATE _mirror_state SET finished_at = ? WHERE resource = ? AND pass = ?"
REMEMBER = """
    INSERT INTO _mirror_rows (resource, key, digest, pass) VALUES (?, ?, ?, ?)
    ON CONFLICT (resource, key) DO UPDATE SET digest = excluded.digest, pass = excluded.pass"""
FORGET_GONE = "DELETE FROM _mirror_rows WHERE resource = ? AND pass <> ?"


def create(table: Table) -> str:
    """The statement that makes a table. Only a resource's own table has tombstones."""
    columns = [_declared(column) for column in table.all_columns]
    if not table.source:
        columns.append(f"{quoted(DELETED_AT)} TEXT")
    key = ", ".join(quoted(column.name) for column in table.keys)
    # A child table is always reached through its key: it needs no rowid beside it.
    storage = " WITHOUT ROWID" if table.source else ""
    return f"CREATE TABLE {quoted(table.name)} ({', '.join(columns)}, PRIMARY KEY ({key})){storage}"


def add_column(table: Table, column: Column) -> str:
    """The statement that adds a column to a table that an older version made."""
    return f"ALTER TABLE {quoted(table.name)} ADD COLUMN {_declared(column)}"


def upsert(table: Table) -> str:
    """The statement that puts a row in, or its values in the place of those that are there."""
    names = [quoted(column.name) for column in table.all_columns]
    insert = f"INSERT INTO {quoted(table.name)} ({', '.join(names)}) VALUES ({_marks(names)})"  # noqa: S608 - names are quoted
    if table.source:
        return insert
    own = [quoted(column.name) for column in table.columns]
    changes = [*(f"{name} = excluded.{name}" for name in own), f"{quoted(DELETED_AT)} = NULL"]
    return f"{insert} ON CONFLICT ({names[0]}) DO UPDATE SET {', '.join(changes)}"


def delete_of_parent(table: Table) -> str:
    """The statement that empties a child table for one row of the resource."""
    return f"DELETE FROM {quoted(table.name)} WHERE {quoted(table.keys[0].name)} = ?"  # noqa: S608


def known_digests(table: Table, keys: int) -> str:
    """The statement that looks up so many keys; a row that was taken out by hand is not known."""
    own = quoted(table.keys[0].name)
    return f"""
        SELECT known.key, known.digest FROM _mirror_rows AS known
        JOIN {quoted(table.name)} AS held ON held.{own} = known.key
        WHERE known.resource = ? AND known.key IN ({_marks(range(keys))})"""  # noqa: S608


def mark_gone(table: Table) -> str:
    """The statement that marks the rows that a pass did not meet."""
    own = quoted(table.keys[0].name)
    return f"""
        UPDATE {quoted(table.name)} SET {quoted(DELETED_AT)} = ?
        WHERE {own} IN (SELECT key FROM _mirror_rows WHERE resource = ? AND pass <> ?)"""  # noqa: S608


def quoted(name: str) -> str:
    """A name as SQL takes it, be it a word of SQL's own, such as ``default``."""
    return '"' + name.replace('"', '""') + '"'


def _declared(column: Column) -> str:
    return f"{quoted(column.name)} {TYPES[column.kind]}".rstrip()


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
