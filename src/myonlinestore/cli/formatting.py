"""How much time and how many bytes, in few words; and retries, told as they happen."""

from __future__ import annotations

import time
from collections.abc import Callable

from myonlinestore import RateLimitError, Retry

_UNITS = ("B", "kB", "MB", "GB")
_THOUSAND = 1000
_TWO_DIGITS = 9.95


class Waits:
    """A sentence for a retry, at most one in so many seconds: a log is not to be flooded."""

    def __init__(self, every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        self._clock = clock
        self._next = 0.0
        self._untold = 0

    def sentence(self, retry: Retry) -> str | None:
        """What is waited for, with how many others there were since; ``None`` for not now."""
        now = self._clock()
        if now < self._next:
            self._untold += 1
            return None
        more = f", {self._untold:,} more before" if self._untold else ""
        self._next, self._untold = now + self._every, 0
        return f"{_what(retry)} (retry {retry.attempt} of {retry.max_retries}{more})"

    def rest(self) -> str | None:
        """How many were not told, if any."""
        return f"{self._untold:,} more retries" if self._untold else None


def _what(retry: Retry) -> str:
    if isinstance(retry.error, RateLimitError):
        return f"rate limit: {retry.method} {retry.path} waits {retry.wait:.1f} s"
    return f"{retry.error}: again in {retry.wait:.1f} s"


def size(count: int) -> str:
    """Bytes, such as ``1.2 MB``."""
    value, units = float(count), iter(_UNITS)
    unit = next(units)
    while round(value) >= _THOUSAND and (larger := next(units, None)):
        value, unit = value / _THOUSAND, larger
    return f"{value:.{1 if unit != 'B' and value < _TWO_DIGITS else 0}f} {unit}"


def duration(seconds: float) -> str:
    """Such as ``0:42`` or ``1:02:03``."""
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
