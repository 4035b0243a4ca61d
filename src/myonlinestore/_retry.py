"""Whether a failed attempt is repeated, and after how long. Pure but for the dice."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime

from myonlinestore.config import ConnectConfig
from myonlinestore.exceptions import (
    ConnectError,
    DecodeError,
    RateLimitError,
    TransportError,
)

RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
IDEMPOTENCY_KEY_METHODS = frozenset({"POST", "PATCH"})
_INITIAL_DELAY = 0.5
_MAX_EXPONENT = 60


@dataclass(frozen=True)
class Retry:
    """A request that failed and is about to be sent again; holds no token.

    Attributes:
        method: HTTP method.
        path: path below the version, such as ``"/articles"``.
        attempt: which repetition this is, from 1.
        max_retries: how many there are at most.
        wait: seconds until it is sent again; more where others stand before it.
        error: why it failed.
    """

    method: str
    path: str
    attempt: int
    max_retries: int
    wait: float
    error: ConnectError


OnRetry = Callable[[Retry], object]


def log_retry(logger: logging.Logger, retry: Retry) -> None:
    """One line for each wait."""
    retry_after = (
        "" if getattr(retry.error, "retry_after", None) is None else ", as Retry-After asks"
    )
    times = (retry.attempt, retry.max_retries, retry.method, retry.path, retry.wait, retry_after)
    logger.info("Retry %d/%d for %s %s (delay=%.2fs%s) after: %s", *times, retry.error)


@dataclass(frozen=True)
class RetryPolicy:
    """The published policy: full jitter, Retry-After, and no blind repetition of a write."""

    max_retries: int
    max_delay: float
    retry_writes: bool

    @classmethod
    def from_config(cls, config: ConnectConfig) -> RetryPolicy:
        """The policy that a configuration asks for."""
        return cls(config.max_retries, config.max_retry_delay, bool(config.idempotency_key_header))

    def delay_before_retry(self, method: str, attempt: int, error: ConnectError) -> float | None:
        """Seconds to wait before the next attempt, or ``None`` to stop; `attempt` counts from 0."""
        if attempt >= self.max_retries or not self._is_retryable(method) or not is_transient(error):
            return None
        retry_after: float | None = getattr(error, "retry_after", None)
        if retry_after is None:
            return self.backoff(attempt)
        return retry_after if retry_after <= self.max_delay else None

    def pause(self, error: ConnectError, wait: float | None) -> float | None:
        """Seconds for which nothing is to be sent after a 429; ``None`` for every other error.

        The request's own `wait`, or what the server asks for where that request is given up.
        """
        if not isinstance(error, RateLimitError):
            return None
        pause = wait if wait is not None else error.retry_after or 0.0
        return pause if pause <= self.max_delay else None

    def backoff(self, attempt: int) -> float:
        """Full jitter: ``random(0, min(max_retry_delay, 0.5 * 2^attempt))`` seconds."""
        cap = min(self.max_delay, _INITIAL_DELAY * 2 ** min(attempt, _MAX_EXPONENT))
        return random.uniform(0, cap)  # noqa: S311  spreads load, guards no secret

    def _is_retryable(self, method: str) -> bool:
        return method in IDEMPOTENT_METHODS or (
            self.retry_writes and method in IDEMPOTENCY_KEY_METHODS
        )


def is_transient(error: ConnectError) -> bool:
    """Whether the same request may well succeed in a moment."""
    if isinstance(error, DecodeError):
        return error.malformed
    return isinstance(error, TransportError) or error.status_code in RETRY_STATUSES


def parse_retry_after(value: str | None, now: float | None = None) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3); ``None`` if it says nothing.

    A moment that has passed is 0. `now` is a POSIX timestamp.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value, time.time() if now is None else now)
    return None if math.isnan(seconds) else max(0.0, seconds)


def _seconds_until(date: str, now: float) -> float | None:
    """HTTP dates are in GMT, also where they do not say so."""
    try:
        timestamp = parsedate_to_datetime(date)
        if timestamp.tzinfo is None:
            timestamp = timestamp.replace(tzinfo=timezone.utc)
        return max(0.0, timestamp.timestamp() - now)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
