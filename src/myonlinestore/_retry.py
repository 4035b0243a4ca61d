"""Retry policy: which failures are retried, and after how many seconds."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime

from myonlinestore.config import ConnectConfig
from myonlinestore.exceptions import (
    MIN_ERROR_STATUS,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    RateLimitError,
    TransportError,
)

# 520 to 524 are Cloudflare's: it reached the origin's address, and got no usable response there.
RETRY_STATUSES = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
# Cloudflare's 530 has another error behind it, often of its own, so that only reads are repeated.
READ_RETRY_STATUSES = RETRY_STATUSES | {530}
READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
IDEMPOTENT_METHODS = READ_METHODS | {"PUT", "DELETE"}
IDEMPOTENCY_KEY_METHODS = frozenset({"POST", "PATCH"})
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?", re.ASCII).fullmatch
_INITIAL_DELAY = 0.5
_MAX_EXPONENT = 60


@dataclass(frozen=True)
class Retry:
    """A request that failed and is about to be sent again; holds no token.

    Attributes:
        method: HTTP method.
        path: path below the version, such as ``"/articles"``.
        attempt: number of the retry, from 1.
        max_retries: maximum number of retries.
        wait: seconds until it is sent again; the rate limiter may add to them.
        error: the failure.
    """

    method: str
    path: str
    attempt: int
    max_retries: int
    wait: float
    error: ConnectError


OnRetry = Callable[[Retry], object]


def log_retry(logger: logging.Logger, retry: Retry) -> None:
    """Log one line for a retry."""
    retry_after = (
        "" if getattr(retry.error, "retry_after", None) is None else ", as Retry-After asks"
    )
    values = (retry.attempt, retry.max_retries, retry.method, retry.path, retry.wait, retry_after)
    logger.info("Retry %d/%d for %s %s (delay=%.2fs%s) after: %s", *values, retry.error)


@dataclass(frozen=True)
class RetryPolicy:
    """A policy with full jitter and Retry-After. POST and PATCH need an idempotency key."""

    max_retries: int
    max_delay: float
    idempotency_key_header: str | None

    @classmethod
    def from_config(cls, config: ConnectConfig) -> RetryPolicy:
        """Create the policy for a configuration."""
        return cls(config.max_retries, config.max_retry_delay, config.idempotency_key_header)

    def delay_before_retry(
        self,
        method: str,
        attempt: int,
        error: ConnectError,
        headers: Mapping[str, str] | None = None,
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or ``None`` to give up.

        `attempt` counts from 0; `headers` are those of the request.
        """
        if attempt >= self.max_retries or not self._may_repeat(method, error, headers or {}):
            return None
        retry_after: float | None = getattr(error, "retry_after", None)
        if retry_after is None:
            return self.backoff(attempt)
        return retry_after if retry_after <= self.max_delay else None

    def pause(self, error: ConnectError, wait: float | None) -> float | None:
        """Return the seconds for which a 429 pauses all requests, or None for other errors.

        `wait` is the delay before the request's own retry, or None if it is not retried.
        """
        if not isinstance(error, RateLimitError):
            return None
        pause = wait if wait is not None else error.retry_after or 0.0
        return pause if pause <= self.max_delay else None

    def backoff(self, attempt: int) -> float:
        """Return ``random(0, min(max_retry_delay, 0.5 * 2^attempt))`` seconds: full jitter."""
        cap = min(self.max_delay, _INITIAL_DELAY * 2 ** min(attempt, _MAX_EXPONENT))
        return random.uniform(0, cap)  # noqa: S311  not for cryptography

    def _may_repeat(self, method: str, error: ConnectError, headers: Mapping[str, str]) -> bool:
        if isinstance(error, DeadlineExceededError):
            return False
        if method in READ_METHODS:
            return is_transient(error) or error.status_code in READ_RETRY_STATUSES
        if is_accepted(error) or not is_transient(error):
            return False
        return method in IDEMPOTENT_METHODS or (
            method in IDEMPOTENCY_KEY_METHODS and self._has_idempotency_key(headers)
        )

    def _has_idempotency_key(self, headers: Mapping[str, str]) -> bool:
        """Return True if there is a key; an empty one of the caller's means none."""
        key = self.idempotency_key_header
        return key is not None and any(
            name.lower() == key.lower() and value.strip() for name, value in headers.items()
        )


def is_accepted(error: ConnectError) -> bool:
    """Return True if the server reported success, and only its response cannot be used."""
    return error.status_code is not None and error.status_code < MIN_ERROR_STATUS


def is_transient(error: ConnectError) -> bool:
    """Return True if the same request may succeed a moment later."""
    if isinstance(error, DecodeError):
        return error.malformed
    return isinstance(error, TransportError) or error.status_code in RETRY_STATUSES


def parse_retry_after(value: str | None, now: float | None = None) -> float | None:
    """Return the seconds in a Retry-After header (RFC 9110, 10.2.3), or None if it is invalid.

    A date in the past is 0 seconds. `now` is a POSIX timestamp, by default that of the clock.
    """
    if value is None or not value.isascii():
        return None
    text = value.strip()
    if not _NUMBER(text):
        return _seconds_until(text, time.time() if now is None else now)
    return max(0.0, float(text))


def _seconds_until(date: str, now: float) -> float | None:
    """Return the seconds until an HTTP date, which is in GMT even without a zone."""
    try:
        timestamp = parsedate_to_datetime(date)
        if timestamp.tzinfo is None:
            timestamp = timestamp.replace(tzinfo=timezone.utc)
        return max(0.0, timestamp.timestamp() - now)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
