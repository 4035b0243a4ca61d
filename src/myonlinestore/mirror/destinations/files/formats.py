"""The formats of files: JSON Lines and Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import msgspec

from myonlinestore._codec.decode import decode
from myonlinestore._codec.encode import encode
from myonlinestore.mirror.schema.coerce import (
    COERCERS,
    DECIMALS,
    RESCUED,
    WHOLE_DIGITS,
    ColumnCoercer,
)
from myonlinestore.mirror.schema.table import DELETED_AT, ColumnType, Table

Rows: TypeAlias = list[tuple[Any, ...]]
Converter: TypeAlias = Callable[[Any], object]
"""Converts a value that is not NULL from what SQLite returns to what the file stores."""


class FileFormat(Protocol):
    """A file format."""

    suffix: str
    """The end of a file's name, with the dot."""

    def write(self, path: Path, table: Table, batches: Iterable[Rows]) -> None:
        """Write a file with the table's columns and, for a resource's own table, `_deleted_at`.

        Args:
            path: the file to create.
            table: the table.
            batches: its rows, in the order of the key, as `SqliteDestination.iterate_rows` yields
                them.
        """


class JsonLines:
    """A `FileFormat` with one JSON object per line: amounts as text, dicts and lists as JSON.

    JSON can hold every value, so those of `_rescued` are in their own columns.
    """

    suffix = ".jsonl"

    def write(self, path: Path, table: Table, batches: Iterable[Rows]) -> None:
        """See `FileFormat`."""
        names = [*(column.name for column in table.all_columns), RESCUED]
        if not table.path:
            names.append(DELETED_AT)
        converters = _converters(table, _JSON_CONVERTERS)
        with path.open("wb") as file:
            for rows in batches:
                for row in rows:
                    file.write(_encode_line(names, row, converters))


class Parquet:
    """A `FileFormat` with typed columns, on pyarrow (extra `parquet`)."""

    suffix = ".parquet"

    def __init__(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415 - an extra

        self._arrow: Any = pa
        self._parquet: Any = parquet

    def write(self, path: Path, table: Table, batches: Iterable[Rows]) -> None:
        """See `FileFormat`."""
        schema = self._schema(table)
        with self._parquet.ParquetWriter(path, schema, compression="zstd") as file:
            for rows in batches:
                columns = _typed_columns(table, rows)
                arrays = map(self._arrow.array, columns, schema.types)
                file.write_batch(self._arrow.record_batch(list(arrays), schema=schema))

    def _schema(self, table: Table) -> Any:
        """Return the names and types of the columns."""
        arrow = self._arrow
        types = dict.fromkeys(ColumnType, arrow.string())
        types[ColumnType.INTEGER] = arrow.int64()
        types[ColumnType.BOOLEAN] = arrow.bool_()
        types[ColumnType.DECIMAL] = arrow.decimal128(WHOLE_DIGITS + DECIMALS, DECIMALS)
        types[ColumnType.DATE] = arrow.date32()
        fields = [(column.name, types[column.type]) for column in table.all_columns]
        fields.append((RESCUED, arrow.string()))
        if not table.path:
            fields.append((DELETED_AT, arrow.timestamp("us", tz="UTC")))
        return arrow.schema(fields)


_JSON_CONVERTERS: Mapping[ColumnType, Converter] = {
    ColumnType.BOOLEAN: bool,
    ColumnType.JSON: lambda text: msgspec.Raw(text.encode()),
}
_PARQUET_CONVERTERS: Mapping[ColumnType, Converter] = {
    ColumnType.BOOLEAN: bool,
    ColumnType.DECIMAL: Decimal,
    ColumnType.DATE: date.fromisoformat,
}


def _converters(
    table: Table, by_type: Mapping[ColumnType, Converter]
) -> list[tuple[int, Converter]]:
    """Return the converters of the columns that need one, with the columns' positions."""
    return [
        (number, by_type[column.type])
        for number, column in enumerate(table.all_columns)
        if column.type in by_type
    ]


def _encode_line(
    names: list[str], row: tuple[Any, ...], converters: list[tuple[int, Converter]]
) -> bytes:
    values = list(row)
    rescued = values.pop(names.index(RESCUED))
    for number, convert in converters:
        if values[number] is not None:
            values[number] = convert(values[number])
    line = dict(zip((name for name in names if name != RESCUED), values, strict=True))
    return encode(line | _decode_rescued(rescued)) + b"\n"


def _decode_rescued(rescued: str | None) -> dict[str, Any]:
    return {} if rescued is None else decode(rescued.encode(), dict[str, Any])


def _typed_columns(table: Table, rows: Rows) -> list[list[Any]]:
    """Return the values of rows column by column, in the types of Parquet's columns."""
    width = len(table.all_columns)
    values = list(chain.from_iterable(row[:width] for row in rows))
    columns: list[list[Any]] = [*ColumnCoercer(table, COERCERS).columns(values)]
    for number, convert in _converters(table, _PARQUET_CONVERTERS):
        columns[number] = [None if v is None else convert(v) for v in columns[number]]
    columns[width] = [
        _merge_rescued(rescued, row[width])
        for rescued, row in zip(columns[width], rows, strict=True)
    ]
    if not table.path:
        columns.append([_parse_timestamp(row[width + 1]) for row in rows])
    return columns


def _merge_rescued(rescued: str | None, before: str | None) -> str | None:
    """Return the values that Parquet cannot hold, and those that SQLite could not hold before."""
    if before is None:
        return rescued
    return encode(_decode_rescued(before) | _decode_rescued(rescued)).decode()


def _parse_timestamp(text: str | None) -> datetime | None:
    if text is None:
        return None
    timestamp = datetime.fromisoformat(text)
    return timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=timezone.utc)
