"""From Structs to the values of tables, by getters that are made once for each table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec

from myonlinestore import _codec
from myonlinestore.mirror.schema import Column, Kind, Table
from myonlinestore.mirror.sent import Sent, text_of

Value: TypeAlias = str | int | bool | None
Values: TypeAlias = tuple[Value, ...]
"""What stands in one row of a table, in the order of its columns."""

Place: TypeAlias = tuple[tuple[str, ...], Callable[[Any], Value] | None]
"""A Struct within a row, and what is done to the values taken from it."""


class TableReader:
    """Reads the rows of one table, and of its children, out of Structs."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._groups = [
            _Group(path, convert, [column.path[-1] for column in columns])
            for (path, convert), columns in groupby(filter(_is_in_struct, table.columns), _place)
        ]
        self._children = [(TableReader(child), _path(child.source)) for child in table.children]

    def readers(self) -> Iterable[TableReader]:
        """This one and all below it."""
        yield self
        for child, _ in self._children:
            yield from child.readers()

    def read(self, row: object, keys: Values, into: dict[str, list[Values]]) -> None:
        """Put the values of a row, and of all below it, into the lists of their tables."""
        values = keys
        for group in self._groups:
            values += group.read(row)
        into[self.table.name].append(values)
        for child, items_of in self._children:
            for position, item in enumerate(_items(items_of(row)), start=1):
                child.read(item, (*keys, position), into)

    def spread(self, sent: Iterable[Sent]) -> dict[str, list[Values]]:
        """The values for this table and each one below it, by table name; every row has its key."""
        into: dict[str, list[Values]] = {reader.table.name: [] for reader in self.readers()}
        key_of = attrgetter(self.table.keys[0].name)
        own = into[self.table.name]
        for one in sent:
            self.read(one.row, (key_of(one.row),), into)
            if one.raw is not None:
                own[-1] += (text_of(self.table, one.raw),)
        return into


class _Group:
    """Columns that are read from the same Struct in the same way: one getter for all of them."""

    def __init__(
        self, path: tuple[str, ...], convert: Callable[[Any], Value] | None, names: Sequence[str]
    ) -> None:
        self._holder = _path(path)
        self._convert = convert
        self._get = _several(names)
        self._nothing: Values = (None,) * len(names)

    def read(self, row: object) -> Values:
        holder = self._holder(row)
        if not isinstance(holder, msgspec.Struct):
            return self._nothing
        values = self._get(holder)
        return values if self._convert is None else tuple(map(self._convert, values))


def _place(column: Column) -> Place:
    """The Struct that holds a column's value, and how it becomes one that a table can hold."""
    if column.kind is Kind.JSON:
        return column.path[:-1], _json
    return column.path[:-1], _plain if column.or_struct else None


def _is_in_struct(column: Column) -> bool:
    """The row as it was sent is not."""
    return bool(column.path)


def _json(value: object) -> str | None:
    return None if value is None else _codec.encode(value).decode()


def _plain(value: Any) -> Value:
    """Nothing for a Struct: that has columns of its own."""
    return None if isinstance(value, msgspec.Struct) else value


def _items(found: object) -> Sequence[object]:
    """The items of a list; an order line's one price (OrderDetail.price) counts as a list of it."""
    if found is None:
        return ()
    return found if isinstance(found, list) else (found,)


def _path(path: tuple[str, ...]) -> Callable[[object], object]:
    """Follows attributes down from a Struct, to None where one is missing."""

    def follow(row: object) -> object:
        for name in path:
            row = getattr(row, name) if isinstance(row, msgspec.Struct) else None
        return row

    return follow


def _several(names: Sequence[str]) -> Callable[[object], Values]:
    """A getter that gives a tuple for one name too."""
    if len(names) > 1:
        return attrgetter(*names)
    (name,) = names
    return lambda row: (getattr(row, name),)
