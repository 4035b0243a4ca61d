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


OPERATION_IDS = tuple(operation.id for operation in OPERATIONS)


@dataclass(frozen=True)
class Fault:
    """A rule that selects requests and makes them fail. Invalid values raise ValueError.

    The same as text: ``Fault.parse("getArticles nth=3 status=503 retry_after=2")``.

    Which requests:

    Attributes:
        operation: the vendor's operationId, or a pattern of them: ``*`` is every one, ``get*``
            the reads.
        nth: which of the requests that match, counted from 1: ``3``, ``"1,4"``, ``"3-5"``,
            ``"3-"`` for the third and all that follow.
        every: each so manieth of them.
        probability: with this chance, up to 1.
        burst: having struck one, it strikes the ones that follow as well, so many in all.
        times: it strikes no more than so often.

    How (a delay and changed rows go together with anything else):

        delay: seconds before the operation is done: ``0.5``, or ``"0.1-0.5"`` for anything between.
        status: answer this error, 400 to 599, instead of doing the operation.
        retry_after: with a Retry-After of so many seconds.
        retry_after_date: with a Retry-After that names the moment so many seconds from now.
        drop: close the connection: ``before`` anything is done, ``lost`` when it is done but not
            answered, after the ``headers``, in the middle of the ``body``, ``after`` the answer.
        reset: with a TCP reset instead of an end.
        body: send a bad body: ``short`` of its Content-Length, ``cut`` in half, ``garbled``, or
            ``gzip`` that cannot be unpacked.
        insert: add so many rows to what is listed, before the list is answered.
        change: change so many of its rows.
        delete: delete so many of its rows.
        where: which rows change or go: the ``first``, the ``last`` or ``any``.
    """

    operation: str = "*"
    _: KW_ONLY
    nth: int | str | None = None
    every: int | None = None
    probability: float | None = None
    burst: int | None = None
    times: int | None = None
    delay: float | str | None = None
    status: int | None = None
    retry_after: int | None = None
    retry_after_date: int | None = None
    drop: str | None = None
    reset: bool | None = None
    body: str | None = None
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
                raise ValueError(f"fault: there is no part {name!r}{_suggest(name, FIELD_PARSERS)}")
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
        raise ValueError(f"fault: {field!r} is no name=value: write an operation, then its parts")
    return name, value


def _parse_field(name: str, value: object) -> object:
    try:
        return FIELD_PARSERS[name](value)
    except ValueError as error:
        raise ValueError(f"fault: {name}={value} must be {error}") from None


def _suggest(name: str, candidates: Any) -> str:
    matches = difflib.get_close_matches(name, list(candidates), 1)
    return f": did you mean {matches[0]}?" if matches else f"; there are {', '.join(candidates)}"


def _check_operation(operation: str) -> None:
    if any(fnmatchcase(candidates, operation) for candidates in OPERATION_IDS):
        return
    matches = difflib.get_close_matches(operation, OPERATION_IDS, 1)
    hint = (
        f"did you mean {matches[0]}?"
        if matches
        else "see the vendor's operationIds; * is every one"
    )
    raise ValueError(f"fault: there is no operation {operation!r}: {hint}")


def _check_effects(fault: Fault) -> None:
    outcomes = [name for name in ("status", "drop", "body") if getattr(fault, name) is not None]
    changes = [name for name in row_changes.CHANGES if getattr(fault, name) is not None]
    if not outcomes and not changes and fault.delay is None:
        raise ValueError(
            f"fault: {str(fault)!r} does nothing: give it a status, drop, body, delay, insert, "
            "change or delete"
        )
    if len(outcomes) > 1:
        raise ValueError(
            f"fault: {outcomes[0]} and {outcomes[1]} are two ends of one answer: choose one"
        )
    _check_requires(fault, "retry_after", "status")
    _check_requires(fault, "retry_after_date", "status")
    _check_requires(fault, "reset", "drop")
    if fault.retry_after is not None and fault.retry_after_date is not None:
        raise ValueError("fault: retry_after and retry_after_date are one header: choose one")


def _check_requires(fault: Fault, field: str, required: str) -> None:
    if getattr(fault, field) is not None and getattr(fault, required) is None:
        raise ValueError(f"fault: {field} belongs to a {required}, which is not there")


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
                f"fault: no {fault.operation} lists rows to {name}: use one of "
                f"{', '.join(row_changes.listings_supporting(name))}"
            )
    if fault.where is not None and not {"change", "delete"} & set(wanted):
        raise ValueError("fault: where belongs to a change or delete, which is not there")
