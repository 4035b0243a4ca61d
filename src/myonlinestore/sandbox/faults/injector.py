"""Fault rules at run time: reproducible selection of requests, and the faults themselves."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from myonlinestore._codec.decode import decode_any
from myonlinestore._codec.encode import encode
from myonlinestore.sandbox.faults import row_changes
from myonlinestore.sandbox.faults.rule import OUTCOMES, Fault, to_fault
from myonlinestore.sandbox.http.context import Problem
from myonlinestore.sandbox.http.server import TruncatedResponse, pause
from myonlinestore.sandbox.store.store import utc_now

if TYPE_CHECKING:
    from starlette.types import Scope

    from myonlinestore.sandbox.store.store import Store


class ActiveFault:
    """A rule with its counters and its own random generator.

    Attributes:
        id: the number of the rule, from 1.
        fault: the rule.
        matched: the number of requests of the rule's operations.
        triggered: the number of requests for which the rule triggered.
        rng: a random generator that depends on the seed, the id and the rule only.
        clock: the sandbox's clock.
    """

    def __init__(
        self, id: int, fault: Fault, seed: int, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.id = id
        self.fault = fault
        self.clock: Callable[[], datetime] = clock
        self.matched: int = 0
        self.triggered: int = 0
        self.rng: random.Random = random.Random(f"{seed}:fault {id}:{fault}")
        self._burst = 0
        self._ends_at: datetime | None = None

    def should_trigger(self, operation: str) -> bool:
        """Count this request of the operation and return True if the rule triggers."""
        if not self.fault.matches_operation(operation):
            return False
        self.matched += 1
        should_trigger = self._evaluate()
        self.triggered += should_trigger
        return should_trigger

    def _evaluate(self) -> bool:
        if self.fault.times is not None and self.triggered >= self.fault.times:
            return False
        if self._burst:
            self._burst -= 1
            return True
        if self._ends_at is not None and self.clock() < self._ends_at:
            return True
        if not self.fault.matches_position(self.matched) or not self._is_drawn():
            return False
        self._burst = (self.fault.burst or 1) - 1
        if self.fault.duration is not None:
            self._ends_at = self.clock() + timedelta(seconds=self.fault.duration)
        return True

    def _is_drawn(self) -> bool:
        return self.fault.probability is None or self.rng.random() < self.fault.probability

    def to_dict(self) -> dict[str, Any]:
        """Return the rule and its counters, as in the admin endpoint's JSON."""
        rule = {"operation": self.fault.operation, **self.fault.set_fields()}
        counts = {"matched": self.matched, "triggered": self.triggered}
        return {"id": self.id, "text": str(self.fault), "rule": rule, **counts}


class AppliedFaults:
    """The rules that a request triggered.

    Delays add up, and each rule changes its rows. The first rule with a status, drop, body or count
    determines the response.
    """

    def __init__(self, triggered: Sequence[ActiveFault]) -> None:
        self._faults = triggered
        self._outcome = next((active for active in triggered if _has_outcome(active.fault)), None)

    def __str__(self) -> str:
        return "; ".join(str(active.fault) for active in self._faults)

    @property
    def drops_before_handling(self) -> bool:
        """True if the connection is dropped before the operation runs."""
        return self._outcome is not None and self._outcome.fault.drop == "before"

    async def delay(self, scope: Scope) -> None:
        """Sleep for the sum of the delays."""
        seconds = sum(active.rng.uniform(*active.fault.delay_range) for active in self._faults)
        if seconds:
            await pause(scope, seconds)

    def change_rows(self, operation: str, store: Store) -> None:
        """Insert, change and delete rows of the operation's list, all or none."""
        if operation not in row_changes.LISTINGS:
            return
        with store.transaction():
            for active in self._faults:
                _change_rows(active, operation, store)

    def error_response(self) -> Response | None:
        """Return the response that replaces the operation, or None to run it."""
        return _error_response(self._outcome) if self._outcome else None

    def corrupt(self, response: Response) -> Response:
        """Return the response as the client receives it."""
        if self._outcome is None:
            return response
        return _corrupt(self._outcome.fault, response, self._outcome.rng)


def _change_rows(active: ActiveFault, operation: str, store: Store) -> None:
    fault, where = active.fault, active.fault.where or "any"
    if fault.insert:
        row_changes.insert(operation, store, fault.insert, active.rng)
    if fault.change:
        row_changes.change(operation, store, fault.change, active.rng, where)
    if fault.delete and operation in row_changes.listings_supporting("delete"):
        row_changes.delete(operation, store, fault.delete, active.rng, where)


def _has_outcome(fault: Fault) -> bool:
    return any(getattr(fault, name) is not None for name in OUTCOMES)


class Faults:
    """The fault rules of a sandbox: ``sandbox.faults.add("getArticles nth=3 status=503")``.

    Each rule counts requests from the time it is added. The order of concurrent requests depends on
    the clients; everything else depends on the seed.
    """

    def __init__(
        self,
        seed: int,
        rules: Iterable[Fault] = (),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._clock = clock
        self.reset(seed, rules)

    def reset(self, seed: int, rules: Iterable[Fault] = ()) -> None:
        """Replace all rules and reset the counters."""
        self._seed = seed
        self._last_id = 0
        # A tuple, replaced and never mutated: the server's thread may be reading it.
        self._active: tuple[ActiveFault, ...] = ()
        for rule in rules:
            self.add(rule)

    def add(self, rule: Fault | str) -> Fault:
        """Add a rule or its text, and return the rule. Raise ValueError if it is invalid."""
        return self.activate(rule).fault

    def activate(self, rule: Fault | str) -> ActiveFault:
        """Add a rule and return it with its counters."""
        fault = to_fault(rule)
        self._last_id += 1
        active = ActiveFault(self._last_id, fault, self._seed, self._clock)
        self._active = (*self._active, active)
        return active

    def remove(self, rule: Fault | str | int) -> None:
        """Remove a rule, given as such or by id. Raise KeyError if there is no such rule."""
        target = rule if isinstance(rule, int) else to_fault(rule)
        remaining = tuple(
            active for active in self._active if target not in (active.id, active.fault)
        )
        if len(remaining) == len(self._active):
            raise KeyError(f"there is no fault {rule!s}")
        self._active = remaining

    def clear(self) -> None:
        """Remove all rules."""
        self._active = ()

    def trigger_count(self, rule: Fault | str) -> int:
        """Return the number of requests that triggered a rule."""
        fault = to_fault(rule)
        return sum(active.triggered for active in self._active if active.fault == fault)

    def active(self) -> Sequence[ActiveFault]:
        """Return the rules with their counters."""
        return self._active

    def match(self, operation: str) -> AppliedFaults | None:
        """Count a request of this operation for each rule and return the triggered ones."""
        triggered = [active for active in self._active if active.should_trigger(operation)]
        return AppliedFaults(triggered) if triggered else None

    def __iter__(self) -> Iterator[Fault]:
        return iter([active.fault for active in self._active])

    def __len__(self) -> int:
        return len(self._active)


MISSING_BYTES = 64
_GZIP_HEADER_BYTES = 10
_INVALID_BYTE = 0xFF


def _error_response(active: ActiveFault) -> Response | None:
    """Return the response that replaces the operation, or None to run it."""
    fault = active.fault
    if fault.drop == "before":
        return TruncatedResponse(Response(), None, reset=bool(fault.reset))
    if fault.status is None:
        return None
    detail = f"Injected fault: {fault}"
    return Problem(fault.status, detail, retry_after=_retry_after(active)).response()


def _retry_after(active: ActiveFault) -> str | None:
    fault = active.fault
    if fault.retry_after_date is not None:
        date = active.clock() + timedelta(seconds=fault.retry_after_date)
        rounded_up = date.replace(microsecond=0) + timedelta(seconds=bool(date.microsecond))
        return format_datetime(rounded_up, usegmt=True)
    return None if fault.retry_after is None else str(fault.retry_after)


def _corrupt(fault: Fault, response: Response, rng: random.Random) -> Response:
    """Return the response truncated or corrupted."""
    size = len(response.body)
    if fault.drop is not None:
        sent_bytes = {"lost": None, "headers": 0, "body": size // 2, "after": size}[fault.drop]
        return TruncatedResponse(response, sent_bytes, reset=bool(fault.reset))
    if fault.count is not None:
        return _with_count(int(fault.count), response)
    if fault.body is None or not size:
        return response
    if fault.body == "short":
        return TruncatedResponse(response, size, missing_bytes=MISSING_BYTES)
    return _with_body(fault.body, response, rng)


def _with_body(corruption: str, response: Response, rng: random.Random) -> Response:
    body = bytes(response.body)
    if corruption == "empty":
        return _replace_body(response, encode(_without_rows(decode_any(body))))
    if corruption == "cut":
        return _replace_body(response, body[: len(body) // 2])
    if corruption == "garbled":
        return _replace_body(response, _invalid_utf8(body, rng))
    compressed = gzip.compress(body, mtime=0)
    garbage = bytes([_INVALID_BYTE]) * (len(compressed) - _GZIP_HEADER_BYTES)
    broken = _replace_body(response, compressed[:_GZIP_HEADER_BYTES] + garbage)
    broken.headers["content-encoding"] = "gzip"
    return broken


def _without_rows(value: Any) -> Any:
    """Return a list, in its envelope if it has one, without rows; anything else as it is."""
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {name: [] if isinstance(rows, list) else rows for name, rows in value.items()}
    return value


def _with_count(difference: int, response: Response) -> Response:
    """Return a count that is wrong by a difference, and never below 0; an error as it is."""
    value = decode_any(bytes(response.body))
    if "count" not in value:
        return response
    return _replace_body(response, encode({"count": max(value["count"] + difference, 0)}))


def _invalid_utf8(body: bytes, rng: random.Random) -> bytes:
    """Replace one byte in a hundred, at least one, by a byte that is invalid in UTF-8."""
    corrupted = bytearray(body)
    for _ in range(1 + len(body) // 100):
        corrupted[rng.randrange(len(body))] = _INVALID_BYTE
    return bytes(corrupted)


def _replace_body(response: Response, body: bytes) -> Response:
    return Response(body, response.status_code, media_type=response.headers.get("content-type"))
