"""From Structs to the values of tables, by a function that is written once for each table."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, cast

import msgspec

from myonlinestore._codec.encode import encode
from myonlinestore.mirror.schema.sent import Sent, decode_utf8
from myonlinestore.mirror.schema.table import Column, ColumnType, Table

Value: TypeAlias = str | int | bool | None
FlatValues: TypeAlias = list[Value]
"""What stands in the rows of a table, one row after the other, each in the order of its columns.

One list and no tuples: Python's garbage collector would look at each of the thousands of a page.
"""
Read: TypeAlias = Callable[[Iterable[Sent], dict[str, FlatValues]], None]
"""Adds the values of rows, and of all below them, to those of their tables."""


class RowFlattener:
    """Reads the rows of one table, and of all below it, out of Structs."""

    def __init__(self, table: Table) -> None:
        self._names = [part.name for part in table.self_and_children()]
        self._read = _compile_flattener(table)

    def flatten(self, sent: Iterable[Sent]) -> dict[str, FlatValues]:
        """The values for this table and each one below it, by table name; every row has its key.

        Raises:
            MirrorError: the JSON of a row is no text.
        """
        into: dict[str, FlatValues] = {name: [] for name in self._names}
        self._read(sent, into)
        return into


def _compile_flattener(table: Table) -> Read:
    """Writes the function for a table that somebody would write by hand.

    A page has thousands of rows below it, and getters take three times as long for them. For
    articles it is, cut short::

        def read(SENT, INTO):
            add_articles = INTO['articles'].extend
            add_article_images = INTO['article_images'].extend
            for articles, RAW in SENT:
                articles__price = articles.price
                add_articles((
                    articles.id,
                    articles.name,
                    articles__price.default if isinstance(articles__price, STRUCT) else None,
                ))
                for article_images_at, article_images in enumerate(ITEMS(articles.images), 1):
                    add_article_images((articles.id, article_images_at, article_images.url))
    """
    lines = [f"add_{part.name} = INTO[{part.name!r}].extend" for part in table.self_and_children()]
    lines.append(f"for {table.name}, RAW in SENT:")
    lines += _indent(_row(table, (f"{table.name}.{table.keys[0].name}",)))
    source = "\n".join(["def read(SENT, INTO):", *_indent(lines)])
    scope: dict[str, Any] = {
        "STRUCT": msgspec.Struct,
        "ITEMS": _items,
        "JSON": _json,
        "PLAIN": _plain,
        "TEXT": functools.partial(decode_utf8, table),
    }
    exec(source, scope)  # noqa: S102 - it has names of the models' fields in it, and no values
    return cast("Read", scope["read"])


def _row(table: Table, keys: tuple[str, ...]) -> Iterator[str]:
    """The lines that put one row, and all below it, in; it stands in a variable of its table."""
    sources = [column.path for column in table.columns] + [child.path for child in table.children]
    structs = {path[:depth] for path in sources for depth in range(1, len(path))}
    for path in sorted(structs):
        yield f"{_name(table, path)} = {_value(table, path)}"
    values = [*keys, *(_column(table, column) for column in table.columns)]
    yield f"add_{table.name}(({', '.join(values)},))"
    for child in table.children:
        position = f"{child.name}_at"
        found = f"enumerate(ITEMS({_value(table, child.path)}), 1)"
        yield f"for {position}, {child.name} in {found}:"
        yield from _indent(_row(child, (*keys, position)))


def _indent(lines: Iterable[str]) -> Iterator[str]:
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
    if not column.path:
        return "TEXT(RAW)"
    value = _value(table, column.path)
    if column.type is ColumnType.JSON:
        return f"JSON({value})"
    return f"PLAIN({value})" if column.may_be_struct else value


def _json(value: object) -> str | None:
    return None if value is None else encode(value).decode()


def _plain(value: Any) -> Value:
    """Nothing for a Struct: that has columns of its own."""
    return None if isinstance(value, msgspec.Struct) else value


def _items(found: object) -> Sequence[object]:
    """The items of a list; an order line's one price (OrderDetail.price) counts as a list of it."""
    if found is None:
        return ()
    return found if isinstance(found, list) else (found,)
