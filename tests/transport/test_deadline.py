"""Deadlines: the time of a whole call, over its attempts, waits and phases."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myonlinestore import ConnectClient, DeadlineExceededError, Retry, ServerError, TransportError
from myonlinestore._transport.deadline import Deadline
from myonlinestore._transport.http1.errors import CallTimedOutError
from tests.support.calls import Call, Serve, connect
from tests.support.http_server import ReceivedRequest, ScriptedResponse, make_response
from tests.support.raw_server import Peer, RawServer

pytestmark = pytest.mark.usefixtures("no_leaked_sockets")

SECONDS = st.floats(0.001, 1e6)


@pytest.fixture(params=["fast", "httpx"])
def engine(request: pytest.FixtureRequest) -> str:
    """Return each engine."""
    name: str = request.param
    return name


@pytest.fixture
def release_event() -> Iterator[threading.Event]:
    """Return an event that ends the silence of a server, at the latest after the test."""
    event = threading.Event()
    yield event
    event.set()


def fail(call: Call, client: ConnectClient, method: str = "GET") -> DeadlineExceededError:
    """Return the error of a call."""
    with pytest.raises(DeadlineExceededError) as raised:
        call(client, "request", method, "/x")
    return raised.value


def test_a_slow_response_exceeds_the_deadline(
    call: Call, serve: Serve, engine: str, release_event: threading.Event
) -> None:
    """A call ends at its deadline, says so, and is not repeated."""
    server = serve(make_response({}, wait_for=release_event))
    error = fail(call, connect(server, engine=engine, deadline=0.1, max_retries=3))
    assert isinstance(error, TransportError)
    assert str(error) == (
        f"GET /v1/x: not completed within 0.1 s (deadline) by 127.0.0.1:{server.port}, in 1 attempt"
    )
    assert error.__cause__ is not None
    assert len(server.received) == 1


def test_a_retry_that_would_be_late_is_not_begun(
    call: Call, serve: Serve, engine: str, recorded_sleeps: list[float]
) -> None:
    """If the delay before a retry is too long, the call raises at once, with the last failure."""
    server = serve(make_response({"title": "down"}, status=503, headers={"Retry-After": "5"}))
    retries: list[Retry] = []
    client = connect(server, engine=engine, deadline=2, max_retries=3)
    error = fail(call, client.with_options(on_retry=retries.append))
    assert isinstance(error.__cause__, ServerError)
    assert "in 1 attempt; the last failure: " in str(error)
    assert str(error).endswith(str(error.__cause__))
    assert (retries, recorded_sleeps, len(server.received)) == ([], [], 1)


def test_the_attempts_are_counted(
    call: Call, serve: Serve, engine: str, release_event: threading.Event
) -> None:
    """The message names the number of attempts and the last failure."""
    failure = make_response({"title": "down"}, status=503, headers={"Retry-After": "0"})
    server = serve(failure, failure, make_response({}, wait_for=release_event))
    error = fail(call, connect(server, engine=engine, deadline=0.5, max_retries=5))
    assert "in 3 attempts; the last failure: 503 GET /v1/" in str(error)
    assert len(server.received) == 3


def send_byte_by_byte(peer: Peer) -> None:
    """Send the body of a response byte by byte."""
    with contextlib.suppress(OSError):
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            peer.send(b" ")
            time.sleep(0.01)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_drip_of_bytes_exceeds_the_deadline(call: Call, method: str) -> None:
    """A response that arrives byte by byte ends at the deadline, a write's as accepted."""
    server = RawServer(send_byte_by_byte)
    client = connect(server.url, engine="fast", deadline=0.1, timeout=5, max_retries=3)
    error = fail(call, client, method)
    assert error.status_code == 200
    assert ("the server accepted POST /v1/x (200)" in str(error)) is (method == "POST")
    assert server.requests == 1
    server.stop()


@pytest.mark.anyio
async def test_a_drip_of_bytes_exceeds_the_deadline_of_a_task() -> None:
    """On an event loop the deadline ends a response that httpx receives byte by byte."""
    server = RawServer(send_byte_by_byte)
    client = connect(server.url, engine="httpx", deadline=0.1, timeout=5, max_retries=3)
    with pytest.raises(DeadlineExceededError):
        await client.arequest("GET", "/x")
    assert server.requests == 1
    await client.aclose()
    server.stop()


def test_a_start_that_would_be_late_is_released(
    call: Call, serve: Serve, recorded_sleeps: list[float]
) -> None:
    """If the rate limiter schedules a request after the deadline, the call raises at once."""
    server = serve(make_response({}))
    client = connect(server, max_rate=0.1)
    client.request("GET", "/x")
    error = fail(call, client.with_options(deadline=1.0))
    assert "within 1 s (deadline)" in str(error)
    assert (recorded_sleeps, len(server.received)) == ([], 1)
    assert client._transport._pools.limiter._scheduled == []


def test_a_wait_for_a_connection_exceeds_the_deadline(
    call: Call, serve: Serve, engine: str, release_event: threading.Event
) -> None:
    """The wait for a free connection ends at the deadline."""

    def respond(received: ReceivedRequest) -> ScriptedResponse:
        slow = received.path.endswith("slow")
        return make_response({}, wait_for=release_event) if slow else make_response({})

    server = serve(respond)
    client = connect(server, engine=engine, max_connections=1, pool_timeout=5)
    other = threading.Thread(target=lambda: client.request("GET", "/slow"))
    other.start()
    server.wait_for(lambda s: len(s.received) == 1)
    fail(call, client.with_options(deadline=0.05))
    release_event.set()
    other.join()
    assert len(server.received) == 1


def test_an_error_in_on_retry_releases_the_start(serve: Serve) -> None:
    """A retry that the caller's function prevents keeps no start of the rate limiter."""

    def raise_error(retry: Retry) -> None:
        raise LookupError

    server = serve(make_response({}, status=429, headers={"Retry-After": "1"}))
    client = connect(server, max_retries=3).with_options(on_retry=raise_error)
    with pytest.raises(LookupError):
        client.request("GET", "/x")
    assert client._transport._pools.limiter._scheduled == []
    client.close()


def test_a_client_has_a_deadline() -> None:
    """The deadline is a keyword of the client; derived clients inherit it."""
    client = ConnectClient("t0ken", deadline=7.0)
    assert client.with_options(max_retries=1).config.deadline == 7.0
    assert client.with_options(deadline=3.0).config.deadline == 3.0


def test_calls_within_the_deadline_succeed(call: Call, serve: Serve, engine: str) -> None:
    """A call that takes less time returns its result, also after a retry."""
    failure = make_response({}, status=503, headers={"Retry-After": "0"})
    server = serve(failure, make_response({"id": 7}))
    client = connect(server, engine=engine, deadline=30, max_retries=1)
    assert call(client, "request", "GET", "/x") == {"id": 7}


def make_clock(times: list[float]) -> Callable[[], float]:
    """Return a clock that shows the sums of these seconds, one after the other."""
    sums = itertools.accumulate(times)
    return lambda: next(sums)


@given(seconds=SECONDS, passed=SECONDS, wait=st.none() | SECONDS)
def test_a_wait_ends_at_the_deadline(seconds: float, passed: float, wait: float | None) -> None:
    """A wait takes the seconds that are left, or its own, whichever is less."""
    deadline = Deadline(seconds, make_clock([0.0, passed]))
    if passed >= seconds:
        with pytest.raises(CallTimedOutError):
            deadline.limit(wait)
    else:
        limited = deadline.limit(wait)
        assert 0 < limited <= seconds - passed
        assert limited in (wait, seconds - passed)


@given(seconds=SECONDS, passed=SECONDS, wait=SECONDS)
def test_a_wait_is_allowed_if_it_ends_before(seconds: float, passed: float, wait: float) -> None:
    """A wait that would end at the deadline or later is not begun."""
    deadline = Deadline(seconds, make_clock([0.0, passed]))
    assert deadline.allows(wait) is (wait < seconds - passed)


@given(seconds=SECONDS, waits=st.lists(st.none() | SECONDS, max_size=20))
def test_waits_one_after_another_end_at_the_deadline(
    seconds: float, waits: list[float | None]
) -> None:
    """The waits of a call take at most its seconds together, however many there are."""
    now = 0.0
    deadline = Deadline(seconds, lambda: now)
    with contextlib.suppress(CallTimedOutError):
        for wait in waits:
            now += deadline.limit(wait)
    assert now <= seconds * (1 + 1e-9)
    assert deadline.is_over() is (seconds - now <= 0.001)


@given(seconds=SECONDS, phase=st.none() | SECONDS)
def test_all_phases_are_limited(seconds: float, phase: float | None) -> None:
    """Each phase keeps its own timeout, if that is shorter than the time left."""
    timeouts = Deadline(seconds, lambda: 0.0).limit_all({"connect": phase, "read": None})
    expected: dict[str, Any] = {"connect": min(phase or seconds, seconds), "read": seconds}
    assert timeouts == expected
