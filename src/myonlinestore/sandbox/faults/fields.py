"""What each part of a fault rule may hold: from text or JSON to its value, or one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

FieldParser: TypeAlias = Callable[[object], object]
PositionRanges: TypeAlias = tuple[tuple[int, int | None], ...]

DROPS = {
    "before": "before anything was done or sent",
    "lost": "when the operation was done, before any of the answer was sent",
    "headers": "after the answer's headers",
    "body": "in the middle of the answer's body",
    "after": "after the whole answer, though it promised to stay open",
}
BODIES = {
    "short": "it ends 64 bytes before its Content-Length does",
    "cut": "half of the JSON, with the Content-Length of that half",
    "garbled": "some bytes are no UTF-8",
    "gzip": "it says it is gzip, and cannot be unpacked",
}
ROW_POSITIONS = ("first", "last", "any")

_RANGE = re.compile(r"(?P<first>\d+)(?P<to>-(?P<last>\d+)?)?")
_DELAY = re.compile(r"(?P<least>\d+(\.\d+)?)(-(?P<most>\d+(\.\d+)?))?")


def positions(value: object) -> str:
    """``3``, ``1,4``, ``3-5``, ``3-``."""
    parse_positions(str(value))
    return str(value)


def parse_positions(text: str) -> PositionRanges:
    """The first and last position of each part; None where it goes on."""
    return tuple(_parse_range(part) for part in text.split(","))


def _parse_range(part: str) -> tuple[int, int | None]:
    match = _RANGE.fullmatch(part.strip())
    first = int(match["first"]) if match else 0
    last = _range_end(match, first) if match else 0
    if first < 1 or (last is not None and last < first):
        raise ValueError("positions counted from 1, such as 3 or 1,4 or 3-5 or 3-")
    return first, last


def _range_end(match: re.Match[str], first: int) -> int | None:
    if not match["to"]:
        return first
    return int(match["last"]) if match["last"] else None


def delay(value: object) -> str:
    """``0.5``, ``0.1-0.5``; a number is written as one."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    parse_delay(text)
    return text


def parse_delay(text: str) -> tuple[float, float]:
    """The least and the most seconds of a delay."""
    match = _DELAY.fullmatch(text.strip())
    minimum = float(match["least"]) if match else 1
    maximum = float(match["most"] or minimum) if match else 0
    if maximum < minimum:
        raise ValueError("seconds, such as 0.5 or 0.1-0.5")
    return minimum, maximum


def integer(minimum: int, maximum: int | None = None) -> FieldParser:
    """A whole number, at least and at most."""
    bounds = f"from {minimum} to {maximum}" if maximum else f"of {minimum} or more"

    def parse(value: object) -> int:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number and not re.fullmatch(r"\d{1,9}", str(value), re.ASCII):
            raise ValueError(f"a whole number {bounds}")
        number = int(str(value))
        if number < minimum or (maximum is not None and number > maximum):
            raise ValueError(f"a whole number {bounds}")
        return number

    return parse


def probability(value: object) -> float:
    """A probability."""
    try:
        number = float(str(value))
    except ValueError:
        number = 0
    if not 0 < number <= 1:
        raise ValueError("a probability above 0, up to 1")
    return number


def flag(value: object) -> bool:
    """A flag."""
    word = str(value).lower()
    if word not in ("true", "1", "false", "0"):
        raise ValueError("true or false")
    return word in ("true", "1")


def one_of(*words: str) -> FieldParser:
    """One of some words."""

    def parse(value: object) -> object:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return value

    return parse


FIELD_PARSERS: dict[str, FieldParser] = {
    "nth": positions,
    "every": integer(1),
    "probability": probability,
    "burst": integer(1),
    "times": integer(1),
    "delay": delay,
    "status": integer(400, 599),
    "retry_after": integer(0),
    "retry_after_date": integer(0),
    "drop": one_of(*DROPS),
    "reset": flag,
    "body": one_of(*BODIES),
    "insert": integer(1),
    "change": integer(1),
    "delete": integer(1),
    "where": one_of(*ROW_POSITIONS),
}
