"""What each part of a fault rule may hold: from text or JSON to its value, or one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Kind: TypeAlias = Callable[[object], object]
Spans: TypeAlias = tuple[tuple[int, int | None], ...]

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
PLACES = ("first", "last", "any")

_SPAN = re.compile(r"(?P<first>\d+)(?P<to>-(?P<last>\d+)?)?")
_DELAY = re.compile(r"(?P<least>\d+(\.\d+)?)(-(?P<most>\d+(\.\d+)?))?")


def positions(value: object) -> str:
    """``3``, ``1,4``, ``3-5``, ``3-``."""
    spans(str(value))
    return str(value)


def spans(text: str) -> Spans:
    """The first and last position of each part; None where it goes on."""
    return tuple(_span(part) for part in text.split(","))


def _span(part: str) -> tuple[int, int | None]:
    found = _SPAN.fullmatch(part.strip())
    first = int(found["first"]) if found else 0
    last = _last(found, first) if found else 0
    if first < 1 or (last is not None and last < first):
        raise ValueError("positions counted from 1, such as 3 or 1,4 or 3-5 or 3-")
    return first, last


def _last(found: re.Match[str], first: int) -> int | None:
    if not found["to"]:
        return first
    return int(found["last"]) if found["last"] else None


def pause(value: object) -> str:
    """``0.5``, ``0.1-0.5``; a number is written as one."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    pause_range(text)
    return text


def pause_range(text: str) -> tuple[float, float]:
    """The least and the most seconds of a delay."""
    found = _DELAY.fullmatch(text.strip())
    least = float(found["least"]) if found else 1
    most = float(found["most"] or least) if found else 0
    if most < least:
        raise ValueError("seconds, such as 0.5 or 0.1-0.5")
    return least, most


def whole(least: int, most: int | None = None) -> Kind:
    """A whole number, at least and at most."""
    reach = f"from {least} to {most}" if most else f"of {least} or more"

    def kind(value: object) -> int:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number and not re.fullmatch(r"\d{1,9}", str(value), re.ASCII):
            raise ValueError(f"a whole number {reach}")
        number = int(str(value))
        if number < least or (most is not None and number > most):
            raise ValueError(f"a whole number {reach}")
        return number

    return kind


def share(value: object) -> float:
    """A probability."""
    try:
        number = float(str(value))
    except ValueError:
        number = 0
    if not 0 < number <= 1:
        raise ValueError("a probability above 0, up to 1")
    return number


def yes(value: object) -> bool:
    """A flag."""
    said = str(value).lower()
    if said not in ("true", "1", "false", "0"):
        raise ValueError("true or false")
    return said in ("true", "1")


def one_of(*words: str) -> Kind:
    """One of some words."""

    def kind(value: object) -> object:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return value

    return kind


KINDS: dict[str, Kind] = {
    "nth": positions,
    "every": whole(1),
    "probability": share,
    "burst": whole(1),
    "times": whole(1),
    "delay": pause,
    "status": whole(400, 599),
    "retry_after": whole(0),
    "retry_after_date": whole(0),
    "drop": one_of(*DROPS),
    "reset": yes,
    "body": one_of(*BODIES),
    "insert": whole(1),
    "change": whole(1),
    "delete": whole(1),
    "where": one_of(*PLACES),
}
