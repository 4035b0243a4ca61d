"""JsonLines: a file with one JSON object on each line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from myonlinestore._codec.encode import encode
from myonlinestore.mirror.destinations.files.destination import Rows
from myonlinestore.mirror.schema.table import DELETED_AT, ColumnType, Table


class JsonLines:
    """A `FileFormat` with amounts as text and plain dicts and lists as nested JSON."""

    suffix = ".jsonl"

    def write(self, path: Path, table: Table, batches: Iterable[Rows]) -> None:
        """See `FileFormat`."""
        names = [column.name for column in table.all_columns]
        if not table.path:
            names.append(DELETED_AT)
        converters = [
            (number, _CONVERTERS[column.type])
            for number, column in enumerate(table.all_columns)
            if column.type in _CONVERTERS
        ]
        with path.open("wb") as file:
            for rows in batches:
                for row in rows:
                    file.write(_encode_line(names, row, converters))


_CONVERTERS: dict[ColumnType, Callable[[Any], object]] = {
    ColumnType.BOOLEAN: bool,
    ColumnType.JSON: lambda text: msgspec.Raw(text.encode()),
}


def _encode_line(
    names: list[str], row: tuple[Any, ...], converters: list[tuple[int, Callable[[Any], object]]]
) -> bytes:
    values = list(row)
    for number, convert in converters:
        if values[number] is not None:
            values[number] = convert(values[number])
    return encode(dict(zip(names, values, strict=True))) + b"\n"
