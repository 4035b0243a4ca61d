"""From Structs to the values of tables, by getters that are made once for each table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec

from myonlinestore import _codec
from myonlinestore.mirror.schema import Column, Kind, Table
from myonlinestore.mirror.sent import Sent, text_of

Value: TypeAlias = str | int | bool | None
Values: TypeAlias = tuple[Value, ...]
"""What stands in one row of a table, in the order of its columns."""


class TableReader:
    """Reads the rows of one table, and of its children, out of Structs."""

    def __init__(self, table: Table) -> None:
        self.table = table
        columns = [column for column in table.columns if column.path]
        self._get = _several([".".join(column.path) for column in columns])
        self._followed = [_path(column.path) for column in columns]
        self._converted = [
            (number, convert)
            for number, column in enumerate(columns)
            if (convert := _conversion(column)) is not None
        ]
        self._children = [(TableReader(child), _list(child.source)) for child in table.children]

    def readers(self) -> Iterable[TableReader]:
        """This one and all below it."""
        yield self
        for child, _ in self._children:
            yield from child.readers()

    def read(self, row: object, keys: Values, into: dict[str, list[Values]]) -> None:
        """Put the values of a row, and of all below it, into the lists of their tables."""
        into[self.table.name].append(keys + self._values(row))
        for child, items_of in self._children:
            for position, item in enumerate(_items(items_of(row)), start=1):
                child.read(item, (*keys, position), into)

    def _values(self, row: object) -> Values:
        try:
            values = self._get(row)
        except AttributeError:  # A Struct on the way is missing, or something else stands there.
            values = tuple(follow(row) for follow in self._followed)
        if not self._converted:
            return values
        changed = list(values)
        for number, convert in self._converted:
            if values[number] is not None:
                changed[number] = convert(values[number])
        return tuple(changed)

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


def _conversion(column: Column) -> Callable[[Any], Value] | None:
    """How a value becomes one that a table can hold."""
    if column.kind is Kind.JSON:
        return _json
    return _plain if column.or_struct else None


def _json(value: object) -> str:
    return _codec.encode(value).decode()


def _plain(value: Any) -> Value:
    """Nothing for a Struct: that has columns of its own."""
    return None if isinstance(value, msgspec.Struct) else value


def _items(found: object) -> Sequence[object]:
    """The items of a list; an order line's one price (OrderDetail.price) counts as a list of it."""
    if found is None:
        return ()
    return found if isinstance(found, list) else (found,)


def _path(path: tuple[str, ...]) -> Callable[[object], Any]:
    """Follows attributes down from a Struct, to None where one is missing."""

    def follow(row: object) -> object:
        for name in path:
            row = getattr(row, name) if isinstance(row, msgspec.Struct) else None
        return row

    return follow


def _list(path: tuple[str, ...]) -> Callable[[object], Any]:
    """As `_path`; nearly all lists stand in the row itself."""
    return attrgetter(*path) if len(path) == 1 else _path(path)


def _several(names: Sequence[str]) -> Callable[[object], Values]:
    """A getter that gives a tuple, for one name too."""
    if len(names) > 1:
        return attrgetter(*names)
    (name,) = names
    get = attrgetter(name)
    return lambda row: (get(row),)
