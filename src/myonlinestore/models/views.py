"""Read-only views of a model's text fields as Decimal and datetime."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import overload

import msgspec


class DecimalView:
    """An amount's text as an exact Decimal, or ``None`` if the text is not a finite number."""

    def __init__(self, field: str) -> None:
        self._field = field
        self.__doc__ = f"`{field}` as an exact Decimal, or None if it is not a number."

    @overload
    def __get__(self, instance: None, owner: type) -> DecimalView: ...
    @overload
    def __get__(self, instance: msgspec.Struct, owner: type) -> Decimal | None: ...
    def __get__(self, instance: msgspec.Struct | None, owner: type) -> DecimalView | Decimal | None:
        if instance is None:
            return self
        value = getattr(instance, self._field)
        try:
            number = Decimal(value) if isinstance(value, str) else None
        except InvalidOperation:
            return None
        return number if number is not None and number.is_finite() else None


class DatetimeView:
    """A date field and its time field as one naive datetime in the store's time zone.

    The API sends no UTC offset. The value is ``None`` if the date is missing or malformed, and
    midnight if the time is missing.
    """

    def __init__(self, date_field: str, time_field: str) -> None:
        self._fields = date_field, time_field
        self.__doc__ = f"`{date_field}` and `{time_field}` as one naive datetime in store time."

    @overload
    def __get__(self, instance: None, owner: type) -> DatetimeView: ...
    @overload
    def __get__(self, instance: msgspec.Struct, owner: type) -> dt.datetime | None: ...
    def __get__(
        self, instance: msgspec.Struct | None, owner: type
    ) -> DatetimeView | dt.datetime | None:
        if instance is None:
            return self
        date, time = (getattr(instance, field) for field in self._fields)
        if not date:
            return None
        try:
            day = dt.datetime.fromisoformat(date)
            return dt.datetime.combine(day, dt.time.fromisoformat(time)) if time else day
        except (TypeError, ValueError):
            return None
