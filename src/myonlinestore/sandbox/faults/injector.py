"""The rules at work: which strikes which request, reproducibly from the seed."""

from __future__ import annotations

import gzip
import math
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from myonlinestore.sandbox.faults import row_changes
from myonlinestore.sandbox.faults.rule import Fault, to_fault
from myonlinestore.sandbox.http.connection import TruncatedResponse, pause
from myonlinestore.sandbox.http.problems import Problem

if TYPE_CHECKING:
    from starlette.types import Scope

    from myonlinestore.sandbox.store.store import Store


class ActiveFault:
    """A rule with how often it matched and struck, and a source of chance of its own.

    Attributes:
        id: its number among the rules, from 1.
        fault: the rule.
        matched: how many requests it concerned.
        struck: how many of them it struck.
        chance: the same for the same seed, number and rule.
    """

    def __init__(self, id: int, fault: Fault, seed: int) -> None:
        self.id = id
        self.fault = fault
        self.matched: int = 0
        self.triggered: int = 0
        self.rng: random.Random = random.Random(f"{seed}:fault {id}:{fault}")
        self._burst = 0

    def should_trigger(self, operation: str) -> bool:
        """Whether it strikes this request of the operation; counts it."""
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
        if not self.fault.matches_position(self.matched) or not self._is_drawn():
            return False
        self._burst = (self.fault.burst or 1) - 1
        return True

    def _is_drawn(self) -> bool:
        return self.fault.probability is None or self.rng.random() < self.fault.probability

    def to_dict(self) -> dict[str, Any]:
        """The rule and its counts, as the admin endpoint shows them."""
        rule = {"operation": self.fault.operation, **self.fault.set_fields()}
        counts = {"matched": self.matched, "triggered": self.triggered}
        return {"id": self.id, "text": str(self.fault), "rule": rule, **counts}


class AppliedFaults:
    """The rules that strike one request.

    Their delays add up and all change their rows; the answer is spoilt by the first that does so.
    """

    def __init__(self, triggered: Sequence[ActiveFault]) -> None:
        self._faults = triggered
        self._outcome = next((active for active in triggered if _has_outcome(active.fault)), None)

    def __str__(self) -> str:
        return "; ".join(str(active.fault) for active in self._faults)

    @property
    def drops_before_handling(self) -> bool:
        """Whether the connection goes before the operation is done."""
        return self._outcome is not None and self._outcome.fault.drop == "before"

    async def delay(self, scope: Scope) -> None:
        """Let the delays pass."""
        seconds = sum(active.rng.uniform(*active.fault.delay_range) for active in self._faults)
        if seconds:
            await pause(scope, seconds)

    def change_rows(self, operation: str, store: Store) -> None:
        """Insert, change and delete rows of what the operation lists: all of that, or nothing."""
        if operation not in row_changes.LISTINGS:
            return
        with store.transaction():
            for active in self._faults:
                _change_rows(active, operation, store)

    def error_response(self) -> Response | None:
        """What is answered instead of doing the operation; None if it is to be done."""
        return _error_response(self._outcome.fault) if self._outcome else None

    def corrupt(self, response: Response) -> Response:
        """The answer as the client gets it."""
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
    return fault.status is not None or fault.drop is not None or fault.body is not None


class Faults:
    """The rules of a sandbox: ``sandbox.faults.add("getArticles nth=3 status=503")``.

    Requests are counted for each rule from the moment that it is added. Where several clients ask
    at once, the order in which their requests come is theirs; the rest is the seed's.
    """

    def __init__(self, seed: int, rules: Iterable[Fault] = ()) -> None:
        self.reset(seed, rules)

    def reset(self, seed: int, rules: Iterable[Fault] = ()) -> None:
        """These rules and no others, as if nothing had been asked yet."""
        self._seed = seed
        self._last_id = 0
        # A tuple, replaced and never changed: the server's thread may be reading it.
        self._active: tuple[ActiveFault, ...] = ()
        for rule in rules:
            self.add(rule)

    def add(self, rule: Fault | str) -> Fault:
        """Add a rule, or its text; returns the rule. Raises ValueError for what makes none."""
        return self.activate(rule).fault

    def activate(self, rule: Fault | str) -> ActiveFault:
        """As `add`; returns the rule with its counts."""
        fault = to_fault(rule)
        self._last_id += 1
        active = ActiveFault(self._last_id, fault, self._seed)
        self._active = (*self._active, active)
        return active

    def remove(self, rule: Fault | str | int) -> None:
        """Take a rule away, or its number. Raises KeyError where there is no such rule."""
        target = rule if isinstance(rule, int) else to_fault(rule)
        remaining = tuple(
            active for active in self._active if target not in (active.id, active.fault)
        )
        if len(remaining) == len(self._active):
            raise KeyError(f"there is no fault {rule!s}")
        self._active = remaining

    def clear(self) -> None:
        """Take every rule away."""
        self._active = ()

    def trigger_count(self, rule: Fault | str) -> int:
        """How many requests a rule has struck."""
        fault = to_fault(rule)
        return sum(active.triggered for active in self._active if active.fault == fault)

    def active(self) -> Sequence[ActiveFault]:
        """The rules with their counts."""
        return self._active

    def match(self, operation: str) -> AppliedFaults | None:
        """What strikes a request of this operation; counts it for every rule."""
        triggered = [active for active in self._active if active.should_trigger(operation)]
        return AppliedFaults(triggered) if triggered else None

    def __iter__(self) -> Iterator[Fault]:
        return iter([active.fault for active in self._active])

    def __len__(self) -> int:
        return len(self._active)


MISSING_BYTES = 64
_GZIP_HEADER_BYTES = 10
_INVALID_BYTE = 0xFF


def _error_response(fault: Fault) -> Response | None:
    """What is answered instead of doing the operation; None if it is to be done."""
    if fault.drop == "before":
        return TruncatedResponse(Response(), None, reset=bool(fault.reset))
    if fault.status is None:
        return None
    detail = f"A fault that the sandbox was asked for: {fault}"
    return Problem(fault.status, detail, retry_after=_retry_after(fault)).response()


def _retry_after(fault: Fault) -> str | None:
    if fault.retry_after_date is not None:
        return formatdate(math.ceil(time.time()) + fault.retry_after_date, usegmt=True)
    return None if fault.retry_after is None else str(fault.retry_after)


def _corrupt(fault: Fault, response: Response, rng: random.Random) -> Response:
    """The answer as it comes over a bad line."""
    size = len(response.body)
    if fault.drop is not None:
        sent_bytes = {"lost": None, "headers": 0, "body": size // 2, "after": size}[fault.drop]
        return TruncatedResponse(response, sent_bytes, reset=bool(fault.reset))
    if fault.body is None or not size:
        return response
    if fault.body == "short":
        return TruncatedResponse(response, size, missing_bytes=MISSING_BYTES)
    return _with_body(fault.body, response, rng)


def _with_body(corruption: str, response: Response, rng: random.Random) -> Response:
    body = bytes(response.body)
    if corruption == "cut":
        return _replace_body(response, body[: len(body) // 2])
    if corruption == "garbled":
        return _replace_body(response, _invalid_utf8(body, rng))
    compressed = gzip.compress(body, mtime=0)
    garbage = bytes([_INVALID_BYTE]) * (len(compressed) - _GZIP_HEADER_BYTES)
    broken = _replace_body(response, compressed[:_GZIP_HEADER_BYTES] + garbage)
    broken.headers["content-encoding"] = "gzip"
    return broken


def _invalid_utf8(body: bytes, rng: random.Random) -> bytes:
    """A byte in every hundred is none that UTF-8 has, and at least one."""
    corrupted = bytearray(body)
    for _ in range(1 + len(body) // 100):
        corrupted[rng.randrange(len(body))] = _INVALID_BYTE
    return bytes(corrupted)


def _replace_body(response: Response, body: bytes) -> Response:
    return Response(body, response.status_code, media_type=response.headers.get("content-type"))
