"""Texts, numbers and flags that arrive as one another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

TypesByCategory = Mapping[Any, Any]

# No number of the vendor's is longer; a longer text stays text, and the conversion refuses it.
_INTEGER = re.compile(r"-?\d{1,30}(\.0+)?")
_TRUE, _FALSE = ("1", "true"), ("0", "false", "")
_UNHANDLED = object()


class JsonNumber(str):
    """The exact text of a JSON number with a fraction or an exponent, so that 12.50 stays 12.50."""

    __slots__ = ()


def to_plain(value: Any) -> Any:
    """The value as ordinary JSON: exact number texts become floats."""
    if type(value) is JsonNumber:
        return float(value)
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return value


def coerce_scalar(value: Any, kinds: TypesByCategory) -> Any:
    """The value as the first of its type's kinds that can hold it; as it is where none can.

    What has one of the kinds stays what it is: a text that was sent as one stays a text.
    """
    if type(value) in kinds:
        return value
    for kind, normalize in SCALARS.items():
        if kind in kinds:
            normalized = normalize(value, kinds)
            if normalized is not _UNHANDLED:
                return normalized
    # An empty text where a number or an object belongs is the vendor's way to say: nothing.
    return None if value == "" else to_plain(value)


def _to_bool(value: Any, kinds: TypesByCategory) -> Any:
    """A flag; where the type holds text as well, such as a price, only true and false are flags."""
    if str in kinds:
        return _UNHANDLED
    if value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    return _UNHANDLED


def _to_int(value: Any, _types_by_category: TypesByCategory) -> Any:
    """A whole number, also from its text."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return int(value.partition(".")[0]) if _INTEGER.fullmatch(value.strip()) else _UNHANDLED
    return _UNHANDLED


def _to_float(value: Any, _types_by_category: TypesByCategory) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return _UNHANDLED


def _to_amount(value: Any, _types_by_category: TypesByCategory) -> Any:
    """The exact text of a number that is sent as one; a text is read, or refused, as it is."""
    return str(value) if type(value) is JsonNumber else _UNHANDLED


def _to_str(value: Any, _types_by_category: TypesByCategory) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else _UNHANDLED


# What a scalar of a type may become. In this order, so that a flag stays a flag and a whole number
# a number where both could hold it.
SCALARS: dict[Any, Callable[[Any, TypesByCategory], Any]] = {
    bool: _to_bool,
    int: _to_int,
    float: _to_float,
    Decimal: _to_amount,
    str: _to_str,
}
