"""The rate limit: how it is written, and what comes faster."""

from __future__ import annotations

import httpx
import pytest

from myonlinestore import RateLimitError
from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.http.context import Problem
from myonlinestore.sandbox.http.rate_limit import Rate, RateLimiter, TokenBucket
from tests.sandbox.fault_cases import get


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/1s", Rate(10, 1)),
        ("100/m", Rate(100, 60)),
        ("5/2.5s", Rate(5, 2.5)),
        ("1000/1h", Rate(1000, 3600)),
        (" 1/s ", Rate(1, 1)),
    ],
)
def test_a_rate_is_requests_and_time(text: str, rate: Rate) -> None:
    """Requests, a slash, and seconds, minutes or hours."""
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "10", "10/", "0/1s", "10/0s", "-1/1s", "10/1d", "ten/1s"])
def test_no_rate_says_how_to_write_one(text: str) -> None:
    """Invalid text raises an error with an example."""
    with pytest.raises(ValueError, match="such as 10/1s"):
        Rate.parse(text)


def get_retry_after(limiter: RateLimiter) -> str | None:
    """Return the Retry-After of a request's 429 problem, or None if the request is accepted."""
    try:
        limiter.consume()
    except Problem as problem:
        assert problem.status == 429
        return problem.retry_after
    return None


def test_a_bucket_fills_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    """All may come at once, then one in each part of the time, and never more than all."""
    now = 1000.0
    monkeypatch.setattr("myonlinestore.sandbox.http.rate_limit.time.monotonic", lambda: now)
    bucket = TokenBucket(Rate(2, 10))
    assert [get_retry_after(bucket), get_retry_after(bucket), get_retry_after(bucket)] == [
        None,
        None,
        "5",
    ]
    now += 3.5
    assert get_retry_after(bucket) == "2"
    now += 1.5
    assert [get_retry_after(bucket), get_retry_after(bucket)] == [None, "5"]
    now += 1000
    assert [get_retry_after(bucket), get_retry_after(bucket), get_retry_after(bucket)] == [
        None,
        None,
        "5",
    ]


def test_what_comes_faster_is_a_429() -> None:
    """Beyond the limit come RFC 7807 problems with Retry-After, and nothing is written."""
    with Sandbox(articles=0, rate_limit="2/1h") as sandbox:
        url, token = f"{sandbox.url}/v1/articles", {"token": sandbox.store_token}
        responses = [httpx.post(url, params=token, json={"name": "x"}) for _ in range(3)]
        assert [response.status_code for response in responses] == [200, 200, 429]
        assert responses[2].headers["content-type"] == "application/problem+json"
        assert responses[2].json()["title"] == "Too Many Requests"
        assert 1700 < int(responses[2].headers["retry-after"]) <= 1800
        assert len(sandbox.store.articles) == 2
        assert [entry.status for entry in sandbox.journal] == [200, 200, 429]


def test_the_client_learns_how_long_to_wait() -> None:
    """The wait that is longer than the client's patience is in its error."""
    with Sandbox(articles=0, rate_limit="1/1h") as sandbox, sandbox.client() as client:
        client.store.get()
        with pytest.raises(RateLimitError) as caught:
            client.store.get()
    assert caught.value.retry_after is not None
    assert 3500 < caught.value.retry_after <= 3600


def test_a_wrong_token_takes_nothing_and_a_reset_fills() -> None:
    """The limit is the store's own: strangers do not use it up; a reset makes it whole."""
    with Sandbox(articles=0, rate_limit="1/1h") as sandbox:
        for _ in range(3):
            assert httpx.get(f"{sandbox.url}/v1/store").status_code == 401
        assert [get(sandbox).status_code for _ in range(2)] == [200, 429]
        sandbox.reset()
        assert get(sandbox).status_code == 200


def test_a_window_is_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window begins with its first request, and what is not used is not saved."""
    now = 1000.0
    monkeypatch.setattr("myonlinestore.sandbox.http.rate_limit.time.monotonic", lambda: now)
    window = Rate.parse("2/10s fixed").limiter()
    assert [get_retry_after(window), get_retry_after(window), get_retry_after(window)] == [
        None,
        None,
        "10",
    ]
    now += 9.5
    assert get_retry_after(window) == "1"
    now += 0.5
    assert [get_retry_after(window), get_retry_after(window), get_retry_after(window)] == [
        None,
        None,
        "10",
    ]
    now += 35
    assert [get_retry_after(window), get_retry_after(window), get_retry_after(window)] == [
        None,
        None,
        "10",
    ]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("20/15s fixed silent", Rate(20, 15, is_fixed=True, is_silent=True)),
        ("20/15s  silent ", Rate(20, 15, is_silent=True)),
        ("1/m fixed", Rate(1, 60, is_fixed=True)),
    ],
)
def test_a_rate_may_be_fixed_and_silent(text: str, rate: Rate) -> None:
    """After the rate come the words fixed and silent, each optional."""
    assert Rate.parse(text) == rate


def test_a_silent_limit_sends_no_retry_after() -> None:
    """Requests above a silent limit get a 429 without Retry-After."""
    with Sandbox(articles=0, rate_limit="2/1h fixed silent") as sandbox:
        responses = [get(sandbox) for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    assert "retry-after" not in responses[2].headers
