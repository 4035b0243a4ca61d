"""Tables, their columns, and column types."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

DELETED_AT = "_deleted_at"
POSITION = "_position"
RAW = "raw"


class ColumnType(enum.Enum):
    """The type of a column, which each destination maps to a type of its own."""

    TEXT = enum.auto()
    INTEGER = enum.auto()
    BOOLEAN = enum.auto()
    DECIMAL = enum.auto()
    """An amount or a rate as exact text."""
    DATE = enum.auto()
    """A day as ``yyyy-mm-dd``."""
    ANY = enum.auto()
    """Text or a number, as received."""
    JSON = enum.auto()


@dataclass(frozen=True)
class Column:
    """A column, and the path of its value in a row.

    Attributes:
        name: the field's name, prefixed by the names of the fields that contain it.
        type: its type.
        path: the attributes that lead to the value; empty for a key of a child table, and for the
            row's JSON.
        may_be_struct: True if the value may be a Struct instead, which has columns of its own.
    """

    name: str
    type: ColumnType
    path: tuple[str, ...] = ()
    may_be_struct: bool = False


@dataclass(frozen=True)
class Table:
    """A table for rows of one Struct.

    Attributes:
        name: its name.
        keys: its primary key: the row's own, or the parent's keys and the position.
        columns: all other columns; `raw` is the last one, if the table has it.
        children: its child tables, one for each list of a row.
        path: the attributes that lead from a row of the parent to the list.
        resource_name: the resource's name, if that is not the table's: such a table is the mirror's
            own, and only its child tables are the user's.
        dependents: the tables of the child streams, which are read again for each row that has
            changed, and whose rows are deleted with it.
    """

    name: str
    keys: tuple[Column, ...]
    columns: tuple[Column, ...]
    children: tuple[Table, ...]
    path: tuple[str, ...] = ()
    resource_name: str = ""
    dependents: tuple[Table, ...] = ()

    @property
    def resource(self) -> str:
        """The resource's name in the sync state."""
        return self.resource_name or self.name

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """All columns, keys first."""
        return self.keys + self.columns

    @property
    def keeps_raw(self) -> bool:
        """True if the table keeps the JSON of each row."""
        return self.columns[-1:] == (RAW_COLUMN,)

    def self_and_children(self) -> Iterator[Table]:
        """Yield this table and all its descendants."""
        yield self
        for child in self.children:
            yield from child.self_and_children()

    def user_tables(self) -> Iterator[Table]:
        """Yield the same without a table that is the mirror's own."""
        for table in self.self_and_children():
            if not table.resource_name:
                yield table


# Text, because a JSON type may sort keys and rewrite numbers.
RAW_COLUMN = Column(RAW, ColumnType.TEXT)
