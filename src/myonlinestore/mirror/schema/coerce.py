"""Coerce values to the types of their columns; other values go to the column `_rescued`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from myonlinestore._codec.encode import encode
from myonlinestore.mirror.schema.flatten import FlatValues, Value
from myonlinestore.mirror.schema.table import ColumnType, Table

RESCUED = "_rescued"
"""Column with a JSON object of the values that do not fit, by column; NULL if all values fit."""

WHOLE_DIGITS, DECIMALS = 28, 10
"""Digits of an amount: DECIMAL(38, 10), the widest type of DuckDB and Parquet."""

Coercer: TypeAlias = Callable[[Any], Value]
"""Returns a value in the type of a column. Raises ValueError for a value that does not fit."""


def amount(value: str) -> str:
    """Return an amount in digits, without an exponent."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(value) from None
    if not number.is_finite() or number.adjusted() >= WHOLE_DIGITS:
        raise ValueError(value)
    digits = f"{number:f}"
    if len(digits.partition(".")[2]) > DECIMALS:
        raise ValueError(value)
    return digits


def iso_date(value: str) -> str:
    """Return a date that exists, which 0000-00-00 does not."""
    return date.fromisoformat(value).isoformat()


def integer(value: int) -> int:
    """Return an integer of up to 64 bits; a boolean becomes 0 or 1."""
    if not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return int(value)


def text(value: str | int) -> str:
    """Return text or a number as text; a boolean becomes 0 or 1."""
    return str(int(value)) if isinstance(value, bool) else str(value)


COERCERS: Mapping[ColumnType, Coercer] = {
    ColumnType.DECIMAL: amount,
    ColumnType.DATE: iso_date,
    ColumnType.INTEGER: integer,
    # Only SQLite has a column type for both text and numbers.
    ColumnType.ANY: text,
}


class ColumnCoercer:
    """Coerces the values of one table to its columns, and adds the column `_rescued`."""

    def __init__(self, table: Table, coercers: Mapping[ColumnType, Coercer]) -> None:
        self._width = len(table.all_columns)
        self._key_count = len(table.keys)
        self._coerce_json = coercers.get(ColumnType.JSON, str)
        self._checked = [
            (number, column.name, coercers[column.type])
            for number, column in enumerate(table.all_columns)
            if column.type in coercers
        ]

    def columns(self, values: FlatValues) -> list[list[Value]]:
        """Return the coerced values of rows, column by column.

        A key that does not fit is returned as it is: the database refuses its row.
        """
        columns = [values[number :: self._width] for number in range(self._width)]
        rescued: dict[int, dict[str, Value]] = {}
        for number, name, coerce in self._checked:
            if number < self._key_count:
                columns[number] = [_coerce_key(value, coerce) for value in columns[number]]
            else:
                columns[number] = _coerce_column(columns[number], name, coerce, rescued)
        by_row = [rescued.get(row) for row in range(len(columns[0]))]
        columns.append([None if values is None else self._encode(values) for values in by_row])
        return columns

    def _encode(self, rescued: dict[str, Value]) -> Value:
        return self._coerce_json(encode(rescued).decode())


def _coerce_key(value: Value, coerce: Coercer) -> Value:
    try:
        return coerce(value)
    except ValueError:
        return value


def _coerce_column(
    column: list[Value], name: str, coerce: Coercer, rescued: dict[int, dict[str, Value]]
) -> list[Value]:
    """Return a coerced column, and add its values that do not fit to `rescued`, by row."""
    try:
        return [None if value is None else coerce(value) for value in column]
    except ValueError:
        return [_coerce_value(v, row, name, coerce, rescued) for row, v in enumerate(column)]


def _coerce_value(
    value: Value, row: int, name: str, coerce: Coercer, rescued: dict[int, dict[str, Value]]
) -> Value:
    try:
        return None if value is None else coerce(value)
    except ValueError:
        rescued.setdefault(row, {})[name] = value
        return None
