"""Flatten rows into the values of their tables, with one generated function per table."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

from myonlinestore._codec.encode import encode
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.records import RawRow, row_key
from myonlinestore.mirror.schema.table import Column, ColumnType, Table

if TYPE_CHECKING:
    from myonlinestore.models import Model

Value: TypeAlias = str | int | bool | None
FlatValues: TypeAlias = list[Value]
"""The values of a table's rows, one row after the other, each in the order of the columns.

It is one list rather than tuples, because Python's garbage collector would traverse each of the
thousands of tuples of a page.
"""
Flatten: TypeAlias = Callable[[Iterable[RawRow], dict[str, FlatValues]], None]
"""Appends the values of rows and of their child rows to the lists of their tables."""


def index_by_key(
    table: Table, rows: Sequence[Model], raws: Sequence[bytes] | None
) -> dict[Any, RawRow]:
    """Return the rows of a page by key; of rows with the same key, the last one.

    Raises:
        MirrorError: a row has no key.
        ValueError: `raws` does not hold the JSON of each row although the table keeps it, or is
            given although the table does not.
    """
    if table.keeps_raw != (raws is not None) or (raws is not None and len(raws) != len(rows)):
        raise ValueError(
            f"{table.name}: pass raws for every row if the table has a raw column, otherwise None"
        )
    name = table.keys[0].name
    keys = [row_key(row, name) for row in rows]
    if None in keys:
        raise MirrorError(
            f"a row of {table.name} has no {name}, which identifies it in the copy: "
            f"leave {table.name} out, and report it to the vendor"
        )
    bodies: Sequence[bytes | None] = [None] * len(rows) if raws is None else raws
    return dict(zip(keys, map(RawRow, rows, bodies, keys), strict=True))


class RowFlattener:
    """Flattens the rows of one table and their child rows."""

    def __init__(self, table: Table) -> None:
        self._names = [part.name for part in table.self_and_children()]
        self._flatten = _compile_flattener(table)

    def flatten(self, rows: Iterable[RawRow]) -> dict[str, FlatValues]:
        """Return the values for this table and its child tables, by table name.

        Raises:
            MirrorError: the JSON of a row is not UTF-8.
        """
        into: dict[str, FlatValues] = {name: [] for name in self._names}
        self._flatten(rows, into)
        return into


def _compile_flattener(table: Table) -> Flatten:
    """Generate the function for a table.

    A page has thousands of child rows, for which getters take three times as long. For articles,
    the function begins like this::

        def flatten(ROWS, INTO):
            add_articles = INTO['articles'].extend
            add_article_images = INTO['article_images'].extend
            for ROW in ROWS:
                articles = ROW.row
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
    lines.append("for ROW in ROWS:")
    lines += _indent([f"{table.name} = ROW.row"])
    lines += _indent(_row_lines(table, (f"{table.name}.{table.keys[0].name}",)))
    source = "\n".join(["def flatten(ROWS, INTO):", *_indent(lines)])
    scope: dict[str, Any] = {
        "STRUCT": msgspec.Struct,
        "ITEMS": _items,
        "JSON": _encode_json,
        "PLAIN": _plain_value,
        "TEXT": functools.partial(_decode_utf8, table),
    }
    exec(source, scope)  # noqa: S102 - it contains names of the models' fields, and no values
    return cast("Flatten", scope["flatten"])


def _row_lines(table: Table, keys: tuple[str, ...]) -> Iterator[str]:
    """Generate the lines for a row, which is in the variable named after its table."""
    sources = [column.path for column in table.columns] + [child.path for child in table.children]
    structs = {path[:depth] for path in sources for depth in range(1, len(path))}
    for path in sorted(structs):
        yield f"{_variable(table, path)} = {_path_expression(table, path)}"
    values = [*keys, *(_column_expression(table, column) for column in table.columns)]
    yield f"add_{table.name}(({', '.join(values)},))"
    for child in table.children:
        position = f"{child.name}_at"
        items = f"enumerate(ITEMS({_path_expression(table, child.path)}), 1)"
        yield f"for {position}, {child.name} in {items}:"
        yield from _indent(_row_lines(child, (*keys, position)))


def _indent(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _variable(table: Table, path: tuple[str, ...]) -> str:
    """Return the name of the variable for the value at a path."""
    return "__".join((table.name, *path))


def _path_expression(table: Table, path: tuple[str, ...]) -> str:
    """Return the expression for the value at a path: None if a Struct on the path is missing."""
    *parents, field = path
    parent = _variable(table, tuple(parents))
    if not parents:
        return f"{parent}.{field}"
    return f"{parent}.{field} if isinstance({parent}, STRUCT) else None"


def _column_expression(table: Table, column: Column) -> str:
    """Return the expression for a column's value."""
    if not column.path:
        return "TEXT(ROW.raw)"
    value = _path_expression(table, column.path)
    if column.type is ColumnType.JSON:
        return f"JSON({value})"
    return f"PLAIN({value})" if column.may_be_struct else value


def _encode_json(value: object) -> str | None:
    return None if value is None else encode(value).decode()


def _plain_value(value: Any) -> Value:
    """Return the value, or None for a Struct, which has columns of its own."""
    return None if isinstance(value, msgspec.Struct) else value


def _items(value: object) -> Sequence[object]:
    """Return the items of a list; a single one (OrderDetail.price) counts as a list of one."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _decode_utf8(table: Table, raw: bytes) -> str:
    """Return the JSON of a row as text.

    A row may have been decoded from invalid UTF-8, since a decoder skips fields it does not use.

    Raises:
        MirrorError: the JSON is not UTF-8.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise MirrorError(
            f"a row of {table.name} is not UTF-8, as JSON has to be: leave {table.name} out, "
            "and report it to the vendor"
        ) from error
