"""Sentences about retries and waits, and the format of a duration."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from myonlinestore import RateLimitError

if TYPE_CHECKING:
    from myonlinestore import Retry
    from myonlinestore.mirror import OutageWait


class RetryNotices:
    """Sentences about retries, limited to one per interval so that they do not flood a log.

    Args:
        interval: the minimum number of seconds between two notices.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._clock = clock
        self._next_at = 0.0
        self._suppressed = 0

    def notice(self, retry: Retry) -> str | None:
        """Return a sentence about a retry and the suppressed ones, or None to suppress it too."""
        now = self._clock()
        if now < self._next_at:
            self._suppressed += 1
            return None
        suppressed = f", {self._suppressed:,} more before" if self._suppressed else ""
        self._next_at, self._suppressed = now + self._interval, 0
        attempts = f"retry {retry.attempt} of {retry.max_retries}"
        return f"{_describe_retry(retry)} ({attempts}{suppressed})"

    def suppressed_notice(self) -> str | None:
        """Return a sentence about the suppressed retries, or None if there are none."""
        retries = "retry" if self._suppressed == 1 else "retries"
        return f"{self._suppressed:,} more {retries}" if self._suppressed else None


def _describe_retry(retry: Retry) -> str:
    if isinstance(retry.error, RateLimitError):
        return f"rate limit: retrying {retry.method} {retry.path} in {retry.wait:.1f} s"
    return f"{retry.error}: retrying in {retry.wait:.1f} s"


def describe_wait(wait: OutageWait) -> str:
    """Return a sentence about a wait during an outage."""
    return (
        f"{wait.error}: next attempt in {wait.next_attempt:.0f} s, "
        f"the run ends in {format_duration(max(wait.remaining, 0))}"
    )


def format_duration(seconds: float) -> str:
    """Return a duration, such as ``0:42`` or ``1:02:03``."""
    minutes, seconds_left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds_left:02}" if hours else f"{minutes}:{seconds_left:02}"
