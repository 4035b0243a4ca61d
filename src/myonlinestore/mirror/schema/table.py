"""Tables, their columns, and what these hold."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

DELETED_AT = "_deleted_at"
POSITION = "_position"
RAW = "raw"


class ColumnType(enum.Enum):
    """What a column holds; a destination has its own word for each."""

    TEXT = enum.auto()
    INTEGER = enum.auto()
    BOOLEAN = enum.auto()
    DECIMAL = enum.auto()
    """An amount or a rate as exact text."""
    DATE = enum.auto()
    """A day as ``yyyy-mm-dd``."""
    ANY = enum.auto()
    """Text or a number, as it was sent."""
    JSON = enum.auto()


@dataclass(frozen=True)
class Column:
    """A column, and where its value stands in a row.

    Attributes:
        name: the field's name, after those of the Structs that it stands in.
        type: what it holds.
        path: the attributes that lead to the value; empty for what comes beside the Struct: a key,
            or the row as it was sent.
        may_be_struct: whether the value may be a Struct instead, which has columns of its own.
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
        columns: all other columns; with `raw` as the last one, if it keeps that.
        children: the lists of a row.
        path: the attributes that lead from a row of the parent to the list.
    """

    name: str
    keys: tuple[Column, ...]
    columns: tuple[Column, ...]
    children: tuple[Table, ...]
    path: tuple[str, ...] = ()

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Keys first."""
        return self.keys + self.columns

    @property
    def keeps_raw(self) -> bool:
        """Whether each row has beside it the JSON text that it was sent as."""
        return self.columns[-1:] == (RAW_COLUMN,)

    def self_and_children(self) -> Iterator[Table]:
        """This table and all below it."""
        yield self
        for child in self.children:
            yield from child.self_and_children()


# Text, as a JSON type may sort keys and rewrite numbers.
RAW_COLUMN = Column(RAW, ColumnType.TEXT)
