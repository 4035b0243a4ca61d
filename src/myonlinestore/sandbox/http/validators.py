"""Validators of request bodies; an invalid field is a 422 that names it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, TypeAlias

from myonlinestore.sandbox.http.context import MAX_DIGITS, as_list, as_object, invalid, is_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from myonlinestore.sandbox.store.store import Row

CENT = Decimal("0.01")
MAX_INTEGER = 10**MAX_DIGITS
MAX_AMOUNT_DIGITS = 12
MAX_DECIMALS = 30
MAX_QUANTITY = 1_000_000
Validator: TypeAlias = Callable[[object, str], object]
"""A validator: takes a value and its location, returns the value or raises Problem."""


def objects(body: Row, name: str) -> list[Row]:
    """Return a field's array of objects; an absent field is an empty array."""
    items = as_list(body.get(name, []), name)
    return [as_object(value, f"{name}[{index}]") for index, value in enumerate(items)]


def whole_numbers(values: Iterable[object], where: str) -> list[int]:
    """Return an array of ids, given as numbers or digits."""
    return [whole_number(value, where) for value in values]


def whole_number(value: object, where: str) -> int:
    """Return an integer of at most 18 digits, given as a number or digits."""
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, int) and is_integer and -MAX_INTEGER < value < MAX_INTEGER:
        return value
    if isinstance(value, str) and is_number(value):
        return int(value)
    raise invalid(where, f"expected an integer of at most {MAX_DIGITS} digits.")


def text(value: object, where: str) -> str:
    """Return a string that is not blank."""
    if isinstance(value, str) and value.strip():
        return value
    raise invalid(where, "expected a string.")


def decimal(value: object, where: str) -> Decimal:
    """Return an amount below 10^12 with at most 30 decimals, given as a string or a number."""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        amount = to_decimal(str(value))
        if amount is not None:
            return amount
    raise invalid(where, "expected an amount such as 12.50.")


def to_decimal(text: str) -> Decimal | None:
    """Return the number in a text; None if there is none, or none that amounts can have."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # The digits of an exponent such as 1e999999999 must not be written out.
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -MAX_DECIMALS:
        return None
    return number if number.adjusted() < MAX_AMOUNT_DIGITS else None


def money(value: object, where: str) -> str | None:
    """Return an amount with two decimals, as in the vendor's responses; null stays null."""
    return None if value is None else str(decimal(value, where).quantize(CENT))


def require(body: Row, *names: str) -> None:
    """Raise a 422 if a field is absent or empty."""
    for name in names:
        if body.get(name) in (None, "", []):
            raise invalid(name, "this field is required.")


def plain_text(value: object, where: str) -> str:
    """Return a string, possibly blank."""
    if isinstance(value, str):
        return value
    raise invalid(where, "expected a string.")


def texts(value: object, where: str) -> list[str]:
    """Return an array of strings, such as ids; numbers are converted."""
    return [str(item) for item in as_list(value, where)]


def optional_text(value: object, where: str) -> str | None:
    """Return a string, possibly blank, or null."""
    if value is None or isinstance(value, str):
        return value
    raise invalid(where, "expected a string or null.")


def day(value: object, where: str) -> str | None:
    """Return a date as yyyy-mm-dd, or null."""
    if value is None or (isinstance(value, str) and _is_day(value)):
        return value
    raise invalid(where, "expected a date such as 2025-04-01, or null.")


def _is_day(value: str) -> bool:
    try:
        return len(value) == len("yyyy-mm-dd") and bool(date.fromisoformat(value))
    except ValueError:
        return False


def one_of(*allowed: object) -> Validator:
    """Return a validator that accepts the given values."""

    def validate(value: object, where: str) -> object:
        if isinstance(value, bool) or value not in allowed:
            raise invalid(where, f"{value!r} is not one of {', '.join(map(str, allowed))}.")
        return value

    return validate


def matches_pattern(pattern: str, description: str) -> Validator:
    """Return a validator of strings that match a pattern."""
    regex = re.compile(pattern)

    def validate(value: object, where: str) -> object:
        if not (isinstance(value, str) and regex.fullmatch(value)):
            raise invalid(where, f"expected {description}.")
        return value

    return validate


def optional(validate: Validator) -> Validator:
    """Return a validator that also accepts null."""
    return lambda value, where: None if value is None else validate(value, where)


def in_range(minimum: int, maximum: int) -> Callable[[object, str], int]:
    """Return a validator of integers in a range."""

    def validate(value: object, where: str) -> int:
        number = whole_number(value, where)
        if not minimum <= number <= maximum:
            raise invalid(where, f"{number} is not between {minimum} and {maximum}.")
        return number

    return validate


def quantity(value: object, where: str) -> int:
    """Return a number of items: 1 to a million."""
    return in_range(1, MAX_QUANTITY)(value, where)


def cost(value: object, where: str) -> str | None:
    """Return an amount of zero or more, with two decimals, or null."""
    if value is not None and decimal(value, where) < 0:
        raise invalid(where, "expected an amount of zero or more.")
    return money(value, where)


def percentage(value: object, where: str) -> str | None:
    """Return an amount between 0 and 100, with two decimals, or null."""
    text = cost(value, where)
    if text is not None and Decimal(text) > 100:
        raise invalid(where, "expected a percentage between 0 and 100.")
    return text


def flag(value: object, where: str) -> bool:
    """Return a boolean, given as such or as 1 or 0."""
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise invalid(where, "expected true or false.")


def stock_quantity(value: object, where: str) -> int | None:
    """Return an integer, or null for unlimited; a negative stock is owed to customers."""
    return None if value is None else whole_number(value, where)


def validate_fields(body: Row, validators: Mapping[str, Validator]) -> Row:
    """Return the writable fields of a body; others are ignored, as in the live API."""
    return {
        name: validate(body[name], name) for name, validate in validators.items() if name in body
    }
