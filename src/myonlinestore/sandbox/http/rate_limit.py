"""A token bucket: so many requests in so much time, and 429 with Retry-After beyond that.

The vendor names no limit. It does say that there are some, for each partner and store; a sandbox
has one of either, so one bucket.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass

from myonlinestore.sandbox.http.problems import Problem

_TEXT = re.compile(r"(?P<requests>\d+)/(?P<many>\d+(?:\.\d+)?)?(?P<unit>[smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Rate:
    """How many requests in how many seconds; all of them may come at once."""

    requests: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """A rate such as ``10/1s``, ``100/m`` or ``5/2.5s``. Raises ValueError for another text."""
        found = _TEXT.fullmatch(text.strip())
        requests = int(found["requests"]) if found else 0
        seconds = float(found["many"] or 1) * _SECONDS[found["unit"]] if found else 0
        if not (requests and seconds):
            raise ValueError(
                f"rate limit {text!r}: write requests, a slash and a time, such as 10/1s or 100/m"
            )
        return cls(requests, seconds)


class Bucket:
    """A bucket of one rate: each request takes a drop, and drops come back evenly."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._drops = float(rate.requests)
        self._filled_at = time.monotonic()

    def take(self) -> None:
        """Let a request pass, or raise the 429 that says when the next one may come."""
        now, pace = time.monotonic(), self._rate.requests / self._rate.seconds
        filled = self._drops + (now - self._filled_at) * pace
        self._drops, self._filled_at = min(filled, self._rate.requests), now
        if self._drops < 1:
            wait = math.ceil((1 - self._drops) / pace)
            what = f"more than {self._rate.requests} requests in {self._rate.seconds:g} s"
            raise Problem(429, f"Too many requests: {what}.", retry_after=str(wait))
        self._drops -= 1
