"""The retry policy, which is pure except for its random numbers."""

from __future__ import annotations

import math
import time
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myonlinestore import (
    ConnectConfig,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    RateLimitError,
    ServerError,
    TransportError,
)
from myonlinestore._retry import RetryPolicy, is_accepted, is_transient, parse_retry_after

NOW = datetime(2025, 4, 1, 12, tzinfo=timezone.utc).timestamp()


def _make_policy(**values: object) -> RetryPolicy:
    return RetryPolicy.from_config(ConnectConfig("t", **values))  # type: ignore[arg-type]


@given(attempt=st.integers(0, 10_000), limit=st.floats(0, 1e6))
def test_backoff_is_full_jitter(attempt: int, limit: float) -> None:
    """The delay is between 0 and min(max_retry_delay, 0.5 * 2^attempt), for any attempt."""
    wait = _make_policy(max_retry_delay=limit).backoff(attempt)
    assert 0 <= wait <= min(limit, 0.5 * 2 ** min(attempt, 1000))


def test_backoff_uses_the_whole_range() -> None:
    """The delays come near both ends of the range."""
    waits = [_make_policy().backoff(3) for _ in range(2000)]
    assert min(waits) < 0.2
    assert 3.8 < max(waits) <= 4


@given(st.text(), st.floats(-1e12, 1e12))
def test_retry_after_never_crashes(header: str, now: float) -> None:
    """Any header gives a number of seconds, or None."""
    seconds = parse_retry_after(header, now)
    assert seconds is None or seconds >= 0


_NUMBERLIKE = st.text("0123456789+-._eExXinfaNT, \t\x1c\u0663\u00b2", max_size=8)


@given(_NUMBERLIKE)
def test_no_text_like_a_number_crashes(header: str) -> None:
    """Any text that resembles a number gives a number of seconds, or None."""
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or seconds >= 0
    assert seconds is None or header.isascii()


@given(
    st.from_regex(
        r"\A(Mon, )?[0-9]{1,5}[ -][A-Z][a-z]{2}[ -][0-9]{1,6} [0-9:.]{0,9} ?[-+A-Z0-9]{0,5}\Z"
    )
)
def test_odd_dates_never_crash(header: str) -> None:
    """Any text like a date gives a number of seconds, or None."""
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or seconds >= 0


@given(st.decimals(-(10**20), 10**20, places=3))
def test_a_number_of_seconds_is_read_exactly(seconds: Decimal) -> None:
    """A decimal number is read as seconds, and a negative one as 0."""
    assert parse_retry_after(format(seconds, "f")) == max(0.0, float(seconds))


@pytest.mark.parametrize("header", ["inf", "-Infinity", "1_0", "1e3", "0x10", "\u0663", "1,5"])
def test_only_decimal_digits_are_a_number(header: str) -> None:
    """A value that Python would read as a number, but RFC 9110 would not, is ignored."""
    assert parse_retry_after(header) is None


@given(st.integers(-(10**8), 10**8))
def test_dates_have_a_resolution_of_a_second(seconds: int) -> None:
    """A date gives the exact number of seconds until then, or 0 if it has passed."""
    date = format_datetime(datetime.fromtimestamp(NOW + seconds, timezone.utc), usegmt=True)
    assert parse_retry_after(date, NOW) == max(0, seconds)


@pytest.mark.parametrize(
    "date",
    [
        "Tue, 01 Apr 2025 12:00:30 GMT",
        "Tuesday, 01-Apr-25 12:00:30 GMT",
        "Tue Apr  1 12:00:30 2025",
        "Tue, 01 Apr 2025 12:00:30 -0000",
        "Tue, 01 Apr 2025 14:00:30 +0200",
    ],
)
def test_every_form_of_an_http_date_is_utc(monkeypatch: pytest.MonkeyPatch, date: str) -> None:
    """The three forms of RFC 9110 are read as UTC, whatever the local time zone is."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        assert parse_retry_after(date, NOW) == 30
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "nan",
        "-nan",
        "soon",
        "Tue, 99 Apr 2025 12:00:00 GMT",
        "Tue, 01 Apr \u0662\u0660\u0662\u0665 12:00:30 GMT",
    ],
)
def test_an_invalid_retry_after_gives_no_delay(header: str | None) -> None:
    """An absent or invalid header gives None."""
    assert parse_retry_after(header) is None


def test_the_clock_is_read_when_no_time_is_given() -> None:
    """A date without a given time is relative to the current time."""
    date = format_datetime(datetime.fromtimestamp(time.time() + 60, timezone.utc), usegmt=True)
    assert 57 < (parse_retry_after(date) or 0) <= 60


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TransportError("cut off"), True),
        (DecodeError("cut off", 200, malformed=True), True),
        (DecodeError("wrong shape", 200), False),
        (RateLimitError("slow"), True),
        (ServerError("down", 503), True),
        (ServerError("never built", 501), False),
        (ConnectError("unsendable"), False),
        (ConnectError("odd", 400), False),
    ],
)
def test_transient_errors(error: ConnectError, expected: bool) -> None:
    """Failures of the network, five statuses and truncated JSON are transient, others are not."""
    assert is_transient(error) is expected


@given(requested=st.floats(0, 1e9), limit=st.floats(0, 1e9))
def test_a_requested_delay_is_exact_or_rejected(requested: float, limit: float) -> None:
    """A Retry-After gives exactly its delay, or None if it is too long."""
    error = RateLimitError("slow", retry_after=requested)
    wait = _make_policy(max_retry_delay=limit).delay_before_retry("GET", 0, error)
    assert wait == (requested if requested <= limit else None)


def test_an_infinite_delay_is_too_long() -> None:
    """An infinite delay is longer than any limit."""
    assert parse_retry_after("9" * 400) == math.inf
    assert (
        _make_policy().delay_before_retry("GET", 0, RateLimitError("slow", retry_after=math.inf))
        is None
    )


@given(st.integers(0, 50), st.integers(0, 50))
def test_attempts_are_counted_from_zero(attempt: int, most: int) -> None:
    """A request is sent at most 1 + max_retries times."""
    wait = _make_policy(max_retries=most).delay_before_retry("GET", attempt, TransportError("x"))
    assert (wait is None) == (attempt >= most)


@pytest.mark.parametrize(
    ("status", "accepted"), [(None, False), (200, True), (299, True), (300, False), (500, False)]
)
def test_a_status_below_300_means_accepted(status: int | None, accepted: bool) -> None:
    """The server accepted a request if its status says success, whatever became of the body."""
    assert is_accepted(ConnectError("x", status)) is accepted


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_idempotent_methods_need_no_key(method: str) -> None:
    """The idempotent methods of HTTP are retried without keys."""
    assert (
        _make_policy(idempotency_key_header=None).delay_before_retry(method, 0, TransportError("x"))
        is not None
    )


@pytest.mark.parametrize("method", ["POST", "PATCH", "LINK", "get"])
def test_other_methods_are_not_retried_without_key(method: str) -> None:
    """Other methods are not retried without a key."""
    assert (
        _make_policy(idempotency_key_header=None).delay_before_retry(method, 0, TransportError("x"))
        is None
    )


def test_methods_without_key_are_not_retried_with_keys_enabled() -> None:
    """An idempotency key makes POST and PATCH retryable, and no other method."""
    policy, error, headers = _make_policy(), TransportError("x"), {"idempotency-key": "k"}
    assert policy.delay_before_retry("POST", 0, error, headers) is not None
    assert policy.delay_before_retry("PATCH", 0, error, headers) is not None
    assert policy.delay_before_retry("LINK", 0, error, headers) is None
    assert policy.delay_before_retry("POST", 0, error) is None
    assert policy.delay_before_retry("POST", 0, error, {"X-Key": "k"}) is None
    assert policy.delay_before_retry("POST", 0, error, {"Idempotency-Key": " "}) is None


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_write_is_not_retried_after_a_success(method: str, status: int) -> None:
    """A write is not retried once the server has reported success."""
    headers = {"Idempotency-Key": "k"}
    for error in (TransportError("cut off", status), DecodeError("x", status, malformed=True)):
        assert _make_policy().delay_before_retry(method, 0, error, headers) is None
        assert _make_policy().delay_before_retry("GET", 0, error) is not None


def test_only_reads_are_retried_after_530() -> None:
    """Cloudflare's 530 is transient for a read, and final for a write."""
    error, headers = ServerError("down", 530), {"Idempotency-Key": "k"}
    assert _make_policy().delay_before_retry("GET", 0, error) is not None
    assert _make_policy().delay_before_retry("PUT", 0, error) is None
    assert _make_policy().delay_before_retry("POST", 0, error, headers) is None


@pytest.mark.parametrize("status", [None, 200, 503])
def test_a_call_beyond_its_deadline_is_not_repeated(status: int | None) -> None:
    """No attempt follows the deadline, whatever its response was."""
    assert (
        _make_policy().delay_before_retry("GET", 0, DeadlineExceededError("late", status)) is None
    )


@pytest.mark.parametrize(
    ("wait", "retry_after", "pause"),
    [(3, None, 3), (3, 2, 3), (None, 2, 2), (None, None, 0), (None, 8, 8), (None, 8.1, None)],
)
def test_a_429_pauses_all_requests(
    wait: float | None, retry_after: float | None, pause: float | None
) -> None:
    """The pause is that of the request's own retry, or Retry-After up to `max_retry_delay`."""
    error = RateLimitError("busy", 429, retry_after=retry_after)
    assert _make_policy(max_retry_delay=8).pause(error, wait) == pause
    assert _make_policy(max_retry_delay=8).pause(ServerError("oops", 503), wait) is None
