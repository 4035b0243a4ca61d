"""What a typed column can hold; what it cannot hold is kept beside it, in the column `_unfit`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from myonlinestore import _codec
from myonlinestore.mirror.rows import Value, Values
from myonlinestore.mirror.schema import Kind, Table

UNFIT = "_unfit"
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


FITS: Mapping[Kind, Fit] = {
    Kind.DECIMAL: amount,
    Kind.DATE: day,
    Kind.INTEGER: integer,
    # No database but SQLite has a column for either.
    Kind.ANY: text,
}


class Fitting:
    """Makes the rows of one table fit its columns, and adds the value of `_unfit` to each."""

    def __init__(self, table: Table, fits: Mapping[Kind, Fit]) -> None:
        names = [(number, column) for number, column in enumerate(table.all_columns)]
        self._checked = [
            (number, column.name, fits[column.kind])
            for number, column in names
            if column.kind in fits
        ]

    def all(self, rows: Iterable[Values]) -> list[tuple[Value, ...]]:
        """The rows as the columns take them."""
        return [self.one(row) for row in rows]

    def one(self, row: Values) -> tuple[Value, ...]:
        """A row as the columns take it."""
        values = list(row)
        unfit: dict[str, Value] = {}
        for number, name, fit in self._checked:
            value = values[number]
            if value is None:
                continue
            try:
                values[number] = fit(value)
            except ValueError:
                unfit[name], values[number] = value, None
        values.append(_codec.encode(unfit).decode() if unfit else None)
        return tuple(values)
