"""What a typed column can hold; what it cannot hold is kept beside it, in the column `_rescued`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from myonlinestore._codec.encode import encode
from myonlinestore.mirror.schema.flatten import FlatValues, Value
from myonlinestore.mirror.schema.table import ColumnType, Table

RESCUED = "_rescued"
"""JSON with the values that their columns could not hold, by column; NULL if all fit."""

WHOLE_DIGITS, DECIMALS = 28, 10
"""Room of an amount: DECIMAL(38, 10), the widest that DuckDB and Parquet have, keeps all of it."""

Fit: TypeAlias = Callable[[Any], Value]
"""Gives a value as the column takes it. Raises ValueError for one that the column cannot hold."""


def amount(value: str) -> str:
    """The digits of an amount, without an exponent."""
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


def day(value: str) -> str:
    """A day that there is: no 0000-00-00."""
    return date.fromisoformat(value).isoformat()


def integer(value: int) -> int:
    """An integer of 64 bits; a flag that stands among integers is 0 or 1."""
    if not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return int(value)


def text(value: str | int) -> str:
    """Text or a number as text; a flag is 0 or 1."""
    return str(int(value)) if isinstance(value, bool) else str(value)


FITS: Mapping[ColumnType, Fit] = {
    ColumnType.DECIMAL: amount,
    ColumnType.DATE: day,
    ColumnType.INTEGER: integer,
    # No database but SQLite has a column for either.
    ColumnType.ANY: text,
}


class Fitting:
    """Makes the values of one table fit its columns, and adds the column `_rescued`."""

    def __init__(self, table: Table, fits: Mapping[ColumnType, Fit]) -> None:
        self._width = len(table.all_columns)
        self._checked = [
            (number, column.name, fits[column.type])
            for number, column in enumerate(table.all_columns)
            if column.type in fits
        ]

    def columns(self, values: FlatValues) -> list[list[Value]]:
        """The values of rows, column by column, as the columns take them."""
        columns = [values[number :: self._width] for number in range(self._width)]
        unfit: dict[int, dict[str, Value]] = {}
        for number, name, fit in self._checked:
            columns[number] = _fitted(columns[number], name, fit, unfit)
        told = [unfit.get(row) for row in range(len(columns[0]))]
        columns.append([None if held is None else encode(held).decode() for held in told])
        return columns


def _fitted(
    column: list[Value], name: str, fit: Fit, unfit: dict[int, dict[str, Value]]
) -> list[Value]:
    """A column as it takes its values; what it cannot hold goes to the `unfit` of its row."""
    try:
        return [None if value is None else fit(value) for value in column]
    except ValueError:
        return [_one(value, row, name, fit, unfit) for row, value in enumerate(column)]


def _one(value: Value, row: int, name: str, fit: Fit, unfit: dict[int, dict[str, Value]]) -> Value:
    try:
        return None if value is None else fit(value)
    except ValueError:
        unfit.setdefault(row, {})[name] = value
        return None
