"""JsonLines: a table as a file of JSON objects, one in each line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from myonlinestore._codec.encode import encode
from myonlinestore.mirror.destinations.files.destination import Rows
from myonlinestore.mirror.schema.table import DELETED_AT, Column, ColumnType, Table


class JsonLines:
    """A `Format`: amounts are text as they were sent, plain dicts and lists are JSON in JSON."""

    suffix = ".jsonl"

    def write(self, path: Path, table: Table, batches: Iterable[Rows]) -> None:
        """See `Format`."""
        names = [column.name for column in table.all_columns]
        if not table.path:
            names.append(DELETED_AT)
        converts = [(number, _CONVERTS[c.type]) for number, c in _converted(table)]
        with path.open("wb") as file:
            for rows in batches:
                for row in rows:
                    file.write(_line(names, row, converts))


_CONVERTS: dict[ColumnType, Callable[[Any], object]] = {
    ColumnType.BOOLEAN: bool,
    ColumnType.JSON: lambda text: msgspec.Raw(text.encode()),
}


def _converted(table: Table) -> list[tuple[int, Column]]:
    return [(n, column) for n, column in enumerate(table.all_columns) if column.type in _CONVERTS]


def _line(
    names: list[str], row: tuple[Any, ...], converts: list[tuple[int, Callable[[Any], object]]]
) -> bytes:
    values = list(row)
    for number, convert in converts:
        if values[number] is not None:
            values[number] = convert(values[number])
    return encode(dict(zip(names, values, strict=True))) + b"\n"
