"""Texts, numbers and flags that arrive as one another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Kinds = Mapping[Any, Any]

# No number of the vendor's is longer; a longer text stays text, and the conversion refuses it.
_INTEGER = re.compile(r"-?\d{1,30}(\.0+)?")
_TRUE, _FALSE = ("1", "true"), ("0", "false", "")
_NOT_MINE = object()


class Number(str):
    """The exact text of a JSON number with a fraction or an exponent, so that 12.50 stays 12.50."""

    __slots__ = ()


def plain(value: Any) -> Any:
    """The value as ordinary JSON: exact number texts become floats."""
    if type(value) is Number:
        return float(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def fix_scalar(value: Any, kinds: Kinds) -> Any:
    """The value as the first of its type's kinds that can hold it; as it is where none can.

    What has one of the kinds stays what it is: a text that was sent as one stays a text.
    """
    if type(value) in kinds:
        return value
    for kind, fix in SCALARS.items():
        if kind in kinds:
            fixed = fix(value, kinds)
            if fixed is not _NOT_MINE:
                return fixed
    # An empty text where a number or an object belongs is the vendor's way to say: nothing.
    return None if value == "" else plain(value)


def _to_bool(value: Any, kinds: Kinds) -> Any:
    """A flag; where the type holds text as well, such as a price, only true and false are flags."""
    if str in kinds:
        return _NOT_MINE
    if value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    return _NOT_MINE


def _to_int(value: Any, _kinds: Kinds) -> Any:
    """A whole number, also from its text."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return int(value.partition(".")[0]) if _INTEGER.fullmatch(value.strip()) else _NOT_MINE
    return _NOT_MINE


def _to_float(value: Any, _kinds: Kinds) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return _NOT_MINE


def _to_amount(value: Any, _kinds: Kinds) -> Any:
    """The exact text of a number that is sent as one; a text is read, or refused, as it is."""
    return str(value) if type(value) is Number else _NOT_MINE


def _to_str(value: Any, _kinds: Kinds) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else _NOT_MINE


# What a scalar of a type may become. In this order, so that a flag stays a flag and a whole number
# a number where both could hold it.
SCALARS: dict[Any, Callable[[Any, Kinds], Any]] = {
    bool: _to_bool,
    int: _to_int,
    float: _to_float,
    Decimal: _to_amount,
    str: _to_str,
}
