"""The SQL that DuckDB and PostgreSQL are told alike; a question mark stands for a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myonlinestore.mirror.fitting import UNFIT, Fit
from myonlinestore.mirror.schema import DELETED_AT, Column, Kind, Table


@dataclass(frozen=True)
class Dialect:
    """The words and limits of a database.

    Attributes:
        types: what it calls each kind of column.
        moment: what it calls a point in time.
        fits: what its columns can hold, where that is less than a model can.
    """

    types: Mapping[Kind, str]
    moment: str
    fits: Mapping[Kind, Fit]

    def type_of(self, column: Column) -> str:
        """What a column is declared as."""
        return self.types[column.kind]

    def columns(self, table: Table) -> dict[str, str]:
        """The columns that the mirror writes, with their types; `_deleted_at` is not among them."""
        columns = {column.name: self.type_of(column) for column in table.all_columns}
        return {**columns, UNFIT: self.types[Kind.JSON]}


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


# As in SQLite: the pass that is going on or the last one, and what it met. A key is text here,
# whatever it is in its own table, so that one column has them all.
REMEMBER = Load(
    "_mirror_rows",
    {"resource": "TEXT", "key": "TEXT", "digest": "TEXT", "pass": "BIGINT"},
    "ON CONFLICT (resource, key) DO UPDATE SET digest = excluded.digest, pass = excluded.pass",
)
START = """
    INSERT INTO _mirror_state (resource, pass, rows, started_at) VALUES (?, 1, 0, ?)
    ON CONFLICT (resource) DO UPDATE SET
    pass = _mirror_state.pass + 1, rows = 0, started_at = excluded.started_at, finished_at = NULL"""
NUMBER = "SELECT pass FROM _mirror_state WHERE resource = ?"
ADVANCE = "UPDATE _mirror_state SET rows = rows + ? WHERE resource = ? AND pass = ? RETURNING pass"
FINISH = "UPDATE _mirror_state SET finished_at = ? WHERE resource = ? AND pass = ? RETURNING pass"
FORGET_GONE = "DELETE FROM _mirror_rows WHERE resource = ? AND pass <> ?"
# A digest that no row has: each row is written anew.
FORGET_DIGESTS = "UPDATE _mirror_rows SET digest = '' WHERE resource = ?"


def bookkeeping(dialect: Dialect) -> tuple[str, str]:
    """The statements that make the mirror's own tables."""
    return (
        f"""
        CREATE TABLE IF NOT EXISTS _mirror_state (
            resource TEXT PRIMARY KEY, pass BIGINT NOT NULL, rows BIGINT NOT NULL,
            started_at {dialect.moment} NOT NULL, finished_at {dialect.moment}
        )""",
        """
        CREATE TABLE IF NOT EXISTS _mirror_rows (
            resource TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, pass BIGINT NOT NULL,
            PRIMARY KEY (resource, key)
        )""",
    )


def create(table: Table, dialect: Dialect) -> str:
    """The statement that makes a table. Only a resource's own table has tombstones."""
    columns = [f"{quoted(name)} {kind}" for name, kind in dialect.columns(table).items()]
    if not table.source:
        columns.append(f"{quoted(DELETED_AT)} {dialect.moment}")
    key = ", ".join(quoted(column.name) for column in table.keys)
    return f"CREATE TABLE {quoted(table.name)} ({', '.join(columns)}, PRIMARY KEY ({key}))"


def add_column(table: Table, name: str, kind: str) -> str:
    """The statement that adds a column to a table that an older version made."""
    return f"ALTER TABLE {quoted(table.name)} ADD COLUMN {quoted(name)} {kind}"


def load_of(table: Table, dialect: Dialect) -> Load:
    """How rows get into a table: a resource's row in the place of its old one, a child's anew."""
    columns = dialect.columns(table)
    if table.source:
        return Load(table.name, columns)
    key, *own = map(quoted, columns)
    changes = [*(f"{name} = excluded.{name}" for name in own), f"{quoted(DELETED_AT)} = NULL"]
    return Load(table.name, columns, f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)}")


def delete_of_parents(table: Table, parents: int) -> str:
    """The statement that empties a child table for so many rows of the resource."""
    own = quoted(table.keys[0].name)
    return f"DELETE FROM {quoted(table.name)} WHERE {own} IN ({marks(parents)})"  # noqa: S608


def held_keys(table: Table, keys: int) -> str:
    """The statement that finds which of so many keys are there."""
    own = quoted(table.keys[0].name)
    return f"SELECT {own} FROM {quoted(table.name)} WHERE {own} IN ({marks(keys)})"  # noqa: S608


def known_digests(keys: int) -> str:
    """The statement that looks up the digests of so many keys."""
    return f"SELECT key, digest FROM _mirror_rows WHERE resource = ? AND key IN ({marks(keys)})"  # noqa: S608


def mark_gone(table: Table) -> str:
    """The statement that marks the rows that a pass did not meet, and gives a row for each."""
    return f"""
        UPDATE {quoted(table.name)} SET {quoted(DELETED_AT)} = ?
        WHERE CAST({quoted(table.keys[0].name)} AS TEXT) IN
        (SELECT key FROM _mirror_rows WHERE resource = ? AND pass <> ?) RETURNING 1"""  # noqa: S608


def quoted(name: str) -> str:
    """A name as SQL takes it, be it a word of SQL's own, such as ``default``."""
    return '"' + name.replace('"', '""') + '"'


def marks(values: int) -> str:
    """A question mark for each value."""
    return ", ".join("?" * values)
