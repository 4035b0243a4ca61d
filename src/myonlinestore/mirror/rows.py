"""From Structs to the values of tables, by a function that is written once for each table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, cast

import msgspec

from myonlinestore import _codec
from myonlinestore.mirror.schema import Column, Kind, Table
from myonlinestore.mirror.sent import Sent, text_of

Value: TypeAlias = str | int | bool | None
Values: TypeAlias = tuple[Value, ...]
"""What stands in one row of a table, in the order of its columns."""
Read: TypeAlias = Callable[[Iterable[object], dict[str, list[Values]]], None]
"""Puts the values of rows, and of all below them, into the lists of their tables."""


class TableReader:
    """Reads the rows of one table, and of all below it, out of Structs."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._read = _reading(table)

    def spread(self, sent: Sequence[Sent]) -> dict[str, list[Values]]:
        """The values for this table and each one below it, by table name; every row has its key."""
        into: dict[str, list[Values]] = {part.name: [] for part in self.table.walk()}
        self._read([one.row for one in sent], into)
        if self.table.keeps_raw:
            own = into[self.table.name]
            raws = [text_of(self.table, one.raw) for one in sent if one.raw is not None]
            into[self.table.name] = [(*row, raw) for row, raw in zip(own, raws, strict=True)]
        return into


def _reading(table: Table) -> Read:
    """Writes the function for a table that somebody would write by hand.

    A page has thousands of rows below it, and getters take three times as long for them. For
    articles it is, cut short::

        def read(ROWS, INTO):
            put_articles = INTO['articles'].append
            put_article_images = INTO['article_images'].append
            for articles in ROWS:
                articles__price = articles.price
                put_articles((
                    articles.id,
                    articles.name,
                    articles__price.default if isinstance(articles__price, STRUCT) else None,
                ))
                for article_images_at, article_images in enumerate(ITEMS(articles.images), 1):
                    put_article_images((articles.id, article_images_at, article_images.url))
    """
    lines = [f"put_{part.name} = INTO[{part.name!r}].append" for part in table.walk()]
    lines.append(f"for {table.name} in ROWS:")
    lines += _below(_row(table, (f"{table.name}.{table.keys[0].name}",)))
    source = "\n".join(["def read(ROWS, INTO):", *_below(lines)])
    scope: dict[str, Any] = {"STRUCT": msgspec.Struct, "ITEMS": _items, **_CONVERSIONS}
    exec(source, scope)  # noqa: S102 - it has names of the models' fields in it, and no values
    return cast("Read", scope["read"])


def _row(table: Table, keys: tuple[str, ...]) -> Iterator[str]:
    """The lines that put one row, and all below it, in; it stands in a variable of its table."""
    sources = [column.path for column in table.columns] + [child.source for child in table.children]
    structs = {path[:depth] for path in sources for depth in range(1, len(path))}
    for path in sorted(structs):
        yield f"{_name(table, path)} = {_value(table, path)}"
    values = [*keys, *(_column(table, column) for column in table.columns if column.path)]
    yield f"put_{table.name}(({', '.join(values)},))"
    for child in table.children:
        position = f"{child.name}_at"
        found = f"enumerate(ITEMS({_value(table, child.source)}), 1)"
        yield f"for {position}, {child.name} in {found}:"
        yield from _below(_row(child, (*keys, position)))


def _below(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _name(table: Table, path: tuple[str, ...]) -> str:
    """The variable of what stands there in a row."""
    return "__".join((table.name, *path))


def _value(table: Table, path: tuple[str, ...]) -> str:
    """What stands there in a row: None where a Struct on the way is missing."""
    *above, field = path
    found = _name(table, tuple(above))
    return (
        f"{found}.{field} if isinstance({found}, STRUCT) else None" if above else f"{found}.{field}"
    )


def _column(table: Table, column: Column) -> str:
    """As a column holds it."""
    value = _value(table, column.path)
    if column.kind is Kind.JSON:
        return f"JSON({value})"
    return f"PLAIN({value})" if column.or_struct else value


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


_CONVERSIONS = {"JSON": _json, "PLAIN": _plain}
