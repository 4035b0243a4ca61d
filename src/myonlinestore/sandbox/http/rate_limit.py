"""Rate limiting by a token bucket, with 429 and Retry-After.

The vendor documents limits per partner and store, but no numbers. A sandbox has one partner and one
store, so one bucket.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass

from myonlinestore.sandbox.http.context import Problem

_TEXT = re.compile(r"(?P<requests>\d+)/(?P<many>\d+(?:\.\d+)?)?(?P<unit>[smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Rate:
    """A number of requests per number of seconds; all of them may come at once."""

    requests: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Parse ``10/1s``, ``100/m`` or ``5/2.5s``. Raise ValueError for other text."""
        match = _TEXT.fullmatch(text.strip())
        requests = int(match["requests"]) if match else 0
        seconds = float(match["many"] or 1) * _SECONDS[match["unit"]] if match else 0
        if not (requests and seconds):
            raise ValueError(f"rate limit {text!r}: expected requests/time, such as 10/1s or 100/m")
        return cls(requests, seconds)


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
            wait = math.ceil((1 - self._tokens) / tokens_per_second)
            limit = f"more than {self._rate.requests} requests in {self._rate.seconds:g} s"
            raise Problem(429, f"Too many requests: {limit}.", retry_after=str(wait))
        self._tokens -= 1
