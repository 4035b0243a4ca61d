"""Fault rules: parsing and validation."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from myonlinestore.sandbox.api import OPERATIONS
from myonlinestore.sandbox.faults import row_changes

FieldParser: TypeAlias = Callable[[object], object]
PositionRanges: TypeAlias = tuple[tuple[int, int | None], ...]

DROPS = {
    "before": "before the operation runs",
    "lost": "after the operation, before the response",
    "headers": "after the response headers",
    "body": "in the middle of the response body",
    "after": "after the whole response, despite keep-alive",
}
BODIES = {
    "short": "ends 64 bytes before its Content-Length",
    "cut": "half of the JSON, with the Content-Length of that half",
    "garbled": "contains bytes that are invalid in UTF-8",
    "gzip": "claims to be gzip, but cannot be decompressed",
    "empty": "is a list without rows, although there are some",
}
OUTCOMES = ("status", "drop", "body", "count")
"""The effects that determine the response, of which a rule has at most one."""
COUNTS = ("getArticleCount", "getCategoryCount", "getOrderCount", "countNewsletterSubscribers")
ROW_POSITIONS = ("first", "last", "any")

_RANGE = re.compile(r"(?P<first>\d+)(?P<to>-(?P<last>\d+)?)?")
_DELAY = re.compile(r"(?P<least>\d+(\.\d+)?)(-(?P<most>\d+(\.\d+)?))?")


def positions(value: object) -> str:
    """Parse ``3``, ``1,4``, ``3-5`` or ``3-``."""
    parse_positions(str(value))
    return str(value)


def parse_positions(text: str) -> PositionRanges:
    """Return the first and last position of each range; None for an open range."""
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
    """Parse ``0.5`` or ``0.1-0.5``, also given as a number."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    parse_delay(text)
    return text


def parse_delay(text: str) -> tuple[float, float]:
    """Return the minimum and maximum seconds of a delay."""
    match = _DELAY.fullmatch(text.strip())
    minimum = float(match["least"]) if match else 1
    maximum = float(match["most"] or minimum) if match else 0
    if maximum < minimum:
        raise ValueError("seconds, such as 0.5 or 0.1-0.5")
    return minimum, maximum


def integer(minimum: int, maximum: int | None = None) -> FieldParser:
    """Return a parser of integers between two bounds."""
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
    """Parse a probability."""
    try:
        number = float(str(value))
    except ValueError:
        number = 0
    if not 0 < number <= 1:
        raise ValueError("a probability above 0, up to 1")
    return number


def flag(value: object) -> bool:
    """Parse a boolean."""
    word = str(value).lower()
    if word not in ("true", "1", "false", "0"):
        raise ValueError("true or false")
    return word in ("true", "1")


def difference(value: object) -> int:
    """Parse a whole number other than 0, such as ``3`` or ``-3``."""
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d{1,9}", str(value), re.ASCII):
        raise ValueError("a whole number such as 3 or -3")
    number = int(str(value))
    if not number:
        raise ValueError("a whole number other than 0")
    return number


def one_of(*words: str) -> FieldParser:
    """Return a parser that accepts the given words."""

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
    "duration": integer(1),
    "delay": delay,
    "status": integer(400, 599),
    "retry_after": integer(0),
    "retry_after_date": integer(0),
    "drop": one_of(*DROPS),
    "reset": flag,
    "body": one_of(*BODIES),
    "count": difference,
    "insert": integer(1),
    "change": integer(1),
    "delete": integer(1),
    "where": one_of(*ROW_POSITIONS),
}


OPERATION_IDS = tuple(operation.id for operation in OPERATIONS)


@dataclass(frozen=True)
class Fault:
    """A rule that selects requests and makes them fail. Invalid values raise ValueError.

    The text form: ``Fault.parse("getArticles nth=3 status=503 retry_after=2")``.

    Selection of requests:

    Attributes:
        operation: the vendor's operationId, or a pattern: ``*`` for all, ``get*`` for reads.
        nth: positions among the matching requests, counted from 1: ``3``, ``"1,4"``, ``"3-5"``,
            ``"3-"`` for the third and all later ones.
        every: every Nth matching request.
        probability: the probability for each matching request, up to 1.
        burst: the number of consecutive requests, starting with the one that triggers.
        times: the maximum number of triggers.
        duration: the seconds, by the sandbox's clock, in which all matching requests trigger after
            one that does.

    Effects (a delay and changed rows combine with any other):

        delay: seconds before the operation runs: ``0.5``, or ``"0.1-0.5"`` for a random number.
        status: respond with this error, 400 to 599, instead of running the operation.
        retry_after: seconds in the Retry-After header of that error.
        retry_after_date: the same as a date, this many seconds from now.
        drop: close the connection: ``before`` the operation runs, ``lost`` after it but before
            the response, after the ``headers``, in the middle of the ``body``, or ``after`` it.
        reset: drop with a TCP reset instead of a FIN.
        body: send a bad body: ``short`` of its Content-Length, ``cut`` in half, ``garbled``,
            ``gzip`` that cannot be decompressed, or ``empty`` of rows.
        count: add this number to a count, at least to 0.
        insert: the number of rows to insert before the list is read.
        change: the number of rows to change.
        delete: the number of rows to delete.
        where: the rows to change or delete: ``first``, ``last`` or ``any``.
    """

    operation: str = "*"
    _: KW_ONLY
    nth: int | str | None = None
    every: int | None = None
    probability: float | None = None
    burst: int | None = None
    times: int | None = None
    duration: int | None = None
    delay: float | str | None = None
    status: int | None = None
    retry_after: int | None = None
    retry_after_date: int | None = None
    drop: str | None = None
    reset: bool | None = None
    body: str | None = None
    count: int | str | None = None
    insert: int | None = None
    change: int | None = None
    delete: int | None = None
    where: str | None = None

    def __post_init__(self) -> None:
        for name, value in self.set_fields().items():
            object.__setattr__(self, name, _parse_field(name, value))
        _check_operation(self.operation)
        _check_effects(self)
        _check_rows(self)

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Parse a rule from text: an operation, then ``name=value`` for each field."""
        operation, *values = text.split() or [""]
        if "=" in operation:
            operation, values = "*", [operation, *values]
        return cls.from_dict({"operation": operation or "*", **dict(map(_pair, values))})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Fault:
        """Create a rule from a JSON object of its fields."""
        for name in values:
            if name != "operation" and name not in FIELD_PARSERS:
                raise ValueError(f"fault: unknown field {name!r}{_suggest(name, FIELD_PARSERS)}")
        return cls(**values)

    def set_fields(self) -> dict[str, Any]:
        """Return the fields that are set, except the operation."""
        values = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        return {name: value for name, value in values.items() if value is not None}

    def __str__(self) -> str:
        values = (f"{name}={str(value).lower()}" for name, value in self.set_fields().items())
        return " ".join([self.operation, *values])

    def matches_operation(self, operation: str) -> bool:
        """Return True if the rule applies to this operation."""
        return fnmatchcase(operation, self.operation)

    def matches_position(self, position: int) -> bool:
        """Return True if the rule applies at this position among the matching requests."""
        if self.every is not None and position % self.every:
            return False
        return self.nth is None or any(
            first <= position and (last is None or position <= last)
            for first, last in parse_positions(str(self.nth))
        )

    @property
    def delay_range(self) -> tuple[float, float]:
        """The minimum and maximum seconds of the delay."""
        return parse_delay(str(self.delay or 0))


def to_fault(rule: Fault | str) -> Fault:
    """Return a rule, parsed from text if necessary."""
    return rule if isinstance(rule, Fault) else Fault.parse(rule)


def _pair(field: str) -> tuple[str, str]:
    name, equals, value = field.partition("=")
    if not equals:
        raise ValueError(f"fault: {field!r} is not name=value: write an operation, then its fields")
    return name, value


def _parse_field(name: str, value: object) -> object:
    try:
        return FIELD_PARSERS[name](value)
    except ValueError as error:
        raise ValueError(f"fault: {name}={value} must be {error}") from None


def _suggest(name: str, candidates: Any) -> str:
    matches = difflib.get_close_matches(name, list(candidates), 1)
    return (
        f": did you mean {matches[0]}?"
        if matches
        else f"; known fields are {', '.join(candidates)}"
    )


def _check_operation(operation: str) -> None:
    if any(fnmatchcase(candidates, operation) for candidates in OPERATION_IDS):
        return
    matches = difflib.get_close_matches(operation, OPERATION_IDS, 1)
    hint = (
        f"did you mean {matches[0]}?"
        if matches
        else "use one of the vendor's operationIds, or * for all"
    )
    raise ValueError(f"fault: unknown operation {operation!r}: {hint}")


def _check_effects(fault: Fault) -> None:
    outcomes = [name for name in OUTCOMES if getattr(fault, name) is not None]
    changes = [name for name in row_changes.CHANGES if getattr(fault, name) is not None]
    if not outcomes and not changes and fault.delay is None:
        raise ValueError(
            f"fault: {str(fault)!r} has no effect: add a status, drop, body, count, delay, "
            "insert, change or delete"
        )
    if len(outcomes) > 1:
        raise ValueError(f"fault: {outcomes[0]} and {outcomes[1]} exclude each other: choose one")
    if fault.count is not None and not any(map(fault.matches_operation, COUNTS)):
        raise ValueError(f"fault: {fault.operation} is not a count: use one of {', '.join(COUNTS)}")
    _check_requires(fault, "retry_after", "status")
    _check_requires(fault, "retry_after_date", "status")
    _check_requires(fault, "reset", "drop")
    if fault.retry_after is not None and fault.retry_after_date is not None:
        raise ValueError("fault: retry_after and retry_after_date exclude each other: choose one")


def _check_requires(fault: Fault, field: str, required: str) -> None:
    if getattr(fault, field) is not None and getattr(fault, required) is None:
        raise ValueError(f"fault: '{field}' requires '{required}'")


def _check_rows(fault: Fault) -> None:
    wanted = [name for name in row_changes.CHANGES if getattr(fault, name) is not None]
    for name in wanted:
        supporting = [
            listing
            for listing in row_changes.listings_supporting(name)
            if fault.matches_operation(listing)
        ]
        if not supporting:
            raise ValueError(
                f"fault: {fault.operation} matches no list with rows to {name}: use one of "
                f"{', '.join(row_changes.listings_supporting(name))}"
            )
    if fault.where is not None and not {"change", "delete"} & set(wanted):
        raise ValueError("fault: 'where' requires 'change' or 'delete'")
