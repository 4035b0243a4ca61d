"""The deadline of a call, over all its attempts, waits and phases."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from myonlinestore._transport.http1.errors import CallTimedOutError

# Event loops end a wait up to the resolution of their clock too early.
_TOLERANCE_SECONDS = 0.001


class Deadline:
    """The end of a call.

    It holds no exception, as a request that refers to it is not garbage-collected.

    Attributes:
        seconds: the time that the call may take.
        end: the time of `time.monotonic` at which it ends.
        attempts: the number of attempts, the current one included.
        failure: the message of the latest failure, or "".
    """

    __slots__ = ("_clock", "attempts", "end", "failure", "seconds")

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.seconds = seconds
        self.end = clock() + seconds
        self.attempts = 1
        self.failure = ""

    def left(self) -> float:
        """Return the seconds until the end, 0 after it."""
        return max(0.0, self.end - self._clock())

    def is_over(self) -> bool:
        """Return True if a wait that was limited by the deadline has ended."""
        return self.left() <= _TOLERANCE_SECONDS

    def limit(self, seconds: float | None) -> float:
        """Return the seconds that a wait may take. Raises CallTimedOutError if none are left."""
        left = self.left()
        if not left:
            raise CallTimedOutError
        return left if seconds is None else min(seconds, left)

    def limit_all(self, timeouts: Mapping[str, float | None]) -> dict[str, float | None]:
        """Return the seconds of each phase, as `limit` does."""
        return {phase: self.limit(seconds) for phase, seconds in timeouts.items()}

    def allows(self, seconds: float) -> bool:
        """Return True if a wait of this many seconds ends before the deadline."""
        return seconds < self.left()
