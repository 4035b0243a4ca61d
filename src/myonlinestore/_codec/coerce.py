"""Coercion of scalars: strings, numbers and booleans that arrive as one another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

TypesByCategory = Mapping[Any, Any]

# The API has no longer numbers. A longer string stays a string, which the conversion rejects.
_INTEGER = re.compile(r"-?\d{1,30}(\.0+)?")
_TRUE, _FALSE = ("1", "true"), ("0", "false", "")
_UNHANDLED = object()


class JsonNumber(str):
    """The exact text of a JSON number with a fraction or an exponent, so that 12.50 stays 12.50."""

    __slots__ = ()


def to_plain(value: Any) -> Any:
    """Return the value as plain JSON, in which exact number texts become floats."""
    if type(value) is JsonNumber:
        return float(value)
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return value


def coerce_scalar(value: Any, kinds: TypesByCategory) -> Any:
    """Convert the value to the first of the types that can represent it.

    A value that has one of the types is not converted; a value that fits none is returned as it is.
    """
    if type(value) in kinds:
        return value
    for kind, normalize in SCALARS.items():
        if kind in kinds:
            normalized = normalize(value, kinds)
            if normalized is not _UNHANDLED:
                return normalized
    # The API sends an empty string for a missing number or object.
    return None if value == "" else to_plain(value)


def _to_bool(value: Any, kinds: TypesByCategory) -> Any:
    """Convert 0, 1 and their spellings, unless a string is allowed too: a price of 1 stays 1."""
    if str in kinds:
        return _UNHANDLED
    if value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    return _UNHANDLED


def _to_int(value: Any, _types_by_category: TypesByCategory) -> Any:
    """Convert a whole number, also one that is written as a string or as 12.0."""
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
    """Return the exact text of a JSON number; msgspec converts or rejects strings itself."""
    return str(value) if type(value) is JsonNumber else _UNHANDLED


def _to_str(value: Any, _types_by_category: TypesByCategory) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else _UNHANDLED


# The conversions by type, in the order in which they are tried: a boolean stays a boolean and an
# integer an integer if several types can represent the value.
SCALARS: dict[Any, Callable[[Any, TypesByCategory], Any]] = {
    bool: _to_bool,
    int: _to_int,
    float: _to_float,
    Decimal: _to_amount,
    str: _to_str,
}
