"""Rate limiting with 429: a token bucket, or fixed windows as some services count.

The vendor documents limits per partner and store, but no numbers, no window and no Retry-After.
Each store has its own limit, and the partner token can have one for all stores together.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from typing import Protocol

from myonlinestore.sandbox.http.context import Problem

_TEXT = re.compile(
    r"(?P<requests>\d+)/(?P<many>\d+(?:\.\d+)?)?(?P<unit>[smh])"
    r"(?P<fixed>\s+fixed)?(?P<silent>\s+silent)?"
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class RateLimiter(Protocol):
    """A counter of requests that refuses those above a rate."""

    def consume(self) -> None:
        """Count a request, or raise a 429."""


@dataclass(frozen=True)
class Rate:
    """A number of requests per number of seconds; all of them may come at once.

    Attributes:
        requests: the number of requests.
        seconds: the time in which they are accepted.
        is_fixed: count in fixed windows, the first of which begins with the first request.
        is_silent: send no Retry-After with a 429.
    """

    requests: int
    seconds: float
    is_fixed: bool = False
    is_silent: bool = False

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Parse ``10/1s``, ``100/m`` or ``20/15s fixed silent``.

        Raises ValueError for other text.
        """
        match = _TEXT.fullmatch(text.strip())
        requests = int(match["requests"]) if match else 0
        seconds = float(match["many"] or 1) * _SECONDS[match["unit"]] if match else 0
        if not match or not (requests and seconds):
            raise ValueError(
                f"rate limit {text!r}: expected requests/time, such as 10/1s or 100/m, "
                "and optionally 'fixed' and 'silent'"
            )
        return cls(requests, seconds, bool(match["fixed"]), bool(match["silent"]))

    def limiter(self) -> RateLimiter:
        """Return a limiter that has not counted any request."""
        return FixedWindow(self) if self.is_fixed else TokenBucket(self)

    def problem(self, wait: float) -> Problem:
        """Return the 429 for a request that is accepted after `wait` seconds."""
        retry_after = None if self.is_silent else str(math.ceil(wait))
        limit = f"more than {self.requests} requests in {self.seconds:g} s"
        return Problem(429, f"Too many requests: {limit}.", retry_after=retry_after)


class TokenBucket:
    """A token bucket: each request consumes a token, and tokens are refilled evenly."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._tokens = float(rate.requests)
        self._refilled_at = time.monotonic()

    def consume(self) -> None:
        """Consume a token, or raise a 429 with the time until the next token."""
        now, tokens_per_second = time.monotonic(), self._rate.requests / self._rate.seconds
        refilled = self._tokens + (now - self._refilled_at) * tokens_per_second
        self._tokens, self._refilled_at = min(refilled, self._rate.requests), now
        if self._tokens < 1:
            raise self._rate.problem((1 - self._tokens) / tokens_per_second)
        self._tokens -= 1


class FixedWindow:
    """Fixed windows: a number of requests in each, none of which is saved for the next."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._requests = 0
        self._ends_at = -math.inf

    def consume(self) -> None:
        """Count a request in the window, or raise a 429 with the time until the next window."""
        now = time.monotonic()
        if now >= self._ends_at:
            self._requests, self._ends_at = 0, now + self._rate.seconds
        if self._requests >= self._rate.requests:
            raise self._rate.problem(self._ends_at - now)
        self._requests += 1
