"""Parquet: a Parquet file with typed columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timezone
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from myonlinestore.mirror.destinations.files.destination import Rows
from myonlinestore.mirror.schema.coerce import (
    COERCERS,
    DECIMALS,
    RESCUED,
    WHOLE_DIGITS,
    ColumnCoercer,
)
from myonlinestore.mirror.schema.table import DELETED_AT, ColumnType, Table

_TYPES: dict[ColumnType, Any] = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DECIMAL: pa.decimal128(WHOLE_DIGITS + DECIMALS, DECIMALS),
    ColumnType.DATE: pa.date32(),
    ColumnType.ANY: pa.string(),
    ColumnType.JSON: pa.string(),
}
_CONVERTERS: dict[ColumnType, Callable[[Any], object]] = {
    ColumnType.BOOLEAN: bool,
    ColumnType.DECIMAL: Decimal,
    ColumnType.DATE: date.fromisoformat,
}


class Parquet:
    """A `FileFormat` on pyarrow (extra `parquet`)."""

    suffix = ".parquet"

    def write(self, path: Path, table: Table, batches: Iterable[Rows]) -> None:
        """See `FileFormat`."""
        schema = _build_schema(table)
        fitting = ColumnCoercer(table, COERCERS)
        width = len(table.all_columns)
        with parquet.ParquetWriter(path, schema, compression="zstd") as file:
            for rows in batches:
                values = list(chain.from_iterable(row[:width] for row in rows))
                columns: list[list[Any]] = [*fitting.columns(values)]
                if not table.path:
                    columns.append([_parse_timestamp(row[width]) for row in rows])
                file.write_batch(_build_batch(table, columns, schema))


def _build_schema(table: Table) -> Any:
    fields = [(column.name, _TYPES[column.type]) for column in table.all_columns]
    fields.append((RESCUED, pa.string()))
    if not table.path:
        fields.append((DELETED_AT, pa.timestamp("us", tz="UTC")))
    return pa.schema(fields)


def _build_batch(table: Table, columns: list[list[Any]], schema: Any) -> Any:
    for number, column in enumerate(table.all_columns):
        convert = _CONVERTERS.get(column.type)
        if convert is not None:
            columns[number] = [None if v is None else convert(v) for v in columns[number]]
    arrays = [pa.array(c, type=field.type) for c, field in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _parse_timestamp(text: str | None) -> datetime | None:
    if text is None:
        return None
    timestamp = datetime.fromisoformat(text)
    return timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=timezone.utc)
