"""The rate limiter on real requests: `max_rate`, pauses after a 429, one limit per client."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

from myonlinestore import ConnectClient, RateLimitError, Retry, ServerError
from myonlinestore.sandbox import Sandbox
from tests.support.calls import ITEM, Call, Serve, connect, run
from tests.support.http_server import (
    ReceivedRequest,
    Script,
    ScriptedResponse,
    make_redirect,
    make_response,
)
from tests.support.waiting import await_until

BUSY = {"Retry-After": "0.3"}
RunCallers = Callable[[ConnectClient, int, int], None]


def run_in_threads(client: ConnectClient, callers: int, calls: int) -> None:
    """Run each caller in its own thread."""

    def call_repeatedly(_: int) -> None:
        for _ in range(calls):
            client.store.get()

    with client, ThreadPoolExecutor(callers) as pool:
        list(pool.map(call_repeatedly, range(callers)))


async def run_in_tasks(client: ConnectClient, callers: int, calls: int) -> None:
    """Run each caller in its own task."""

    async def call_repeatedly() -> None:
        for _ in range(calls):
            await client.store.aget()

    async with client, anyio.create_task_group() as group:
        for _ in range(callers):
            group.start_soon(call_repeatedly)


@pytest.fixture(params=["threads", "asyncio", "trio"])
def run_callers(request: pytest.FixtureRequest) -> RunCallers:
    """Return a function that runs several callers, each of which makes several calls."""
    if request.param == "threads":
        return run_in_threads
    return lambda *arguments: run(request.param, lambda: run_in_tasks(*arguments))


def make_timed_script(times: list[float], response: ScriptedResponse) -> Script:
    """Return a script that records the time of each request."""

    def script(_: ReceivedRequest) -> ScriptedResponse:
        times.append(time.monotonic())
        return response

    return script


def get_gaps(times: list[float]) -> list[float]:
    return [b - a for a, b in itertools.pairwise(times)]


def test_many_callers_stay_within_the_servers_limit(run_callers: RunCallers, serve: Serve) -> None:
    """After 429s to 8 callers, none sends before Retry-After, and then at half their rate."""
    times: list[float] = []
    released: list[float] = []
    all_refused, lock = threading.Event(), threading.Lock()

    def respond(_: ReceivedRequest) -> ScriptedResponse:
        with lock:
            times.append(time.monotonic())
            number = len(times)
        if not 1 < number <= 9:
            return make_response({"id": 1})
        if number == 9:
            released.append(time.monotonic())
            all_refused.set()
        return make_response({}, 429, headers=BUSY, wait_for=all_refused)

    run_callers(connect(serve(respond), max_retries=1), 8, 2)
    # One success, one 429 for each caller, and the other 15 calls.
    assert len(times) == 24
    later = times[9:]
    assert later[0] - released[0] >= 0.29
    # Nine requests were observed in a second or more.
    assert later[-1] - later[0] > len(later) / 9


def test_max_rate_limits_all_callers_together(run_callers: RunCallers) -> None:
    """`max_rate` limits the requests of all tasks or threads together."""
    with Sandbox(articles=0) as sandbox:
        run_callers(sandbox.client(max_rate=40), 8, 2)
        times = [entry.at for entry in sandbox.journal]
    assert len(times) == 16
    assert (times[-1] - times[0]).total_seconds() > 0.7 * 15 / 40


def test_max_rate_counts_retries_and_redirects(call: Call, serve: Serve) -> None:
    """`max_rate` counts each request that is sent, not each call."""
    times: list[float] = []
    script = [make_response(b"[", 200), make_redirect("/v1/elsewhere"), ITEM]
    server = serve(*(make_timed_script(times, response) for response in script))
    client = connect(server, max_retries=1, max_retry_delay=0, max_rate=10)
    # The first request may be late at the server, so the time before the call counts.
    before = time.monotonic()
    call(client, "articles.list")
    assert len(times) == 3
    assert times[-1] - before >= 0.19


@pytest.mark.parametrize("first", ["sync", "async"])
def test_derived_clients_and_both_senders_share_the_limiter(serve: Serve, first: str) -> None:
    """A pause applies to derived clients, and to both sync and async calls."""
    times: list[float] = []
    server = serve(
        make_timed_script(times, make_response({}, 429, headers=BUSY)),
        make_timed_script(times, ITEM),
    )
    client = connect(server)
    other = client.with_options(language="en_GB")

    async def main() -> None:
        with pytest.raises(RateLimitError):
            await (client.articles.alist() if first == "async" else other.articles.alist())
        await client.aclose()

    def call_sync() -> None:
        with pytest.raises(RateLimitError):
            client.articles.list()

    run("trio", main) if first == "async" else call_sync()
    other.articles.list() if first == "async" else run("asyncio", other.articles.alist)
    client.close()
    assert get_gaps(times)[0] >= 0.29


def test_a_pause_applies_to_callers_that_wait_for_a_permit(
    run_callers: RunCallers, serve: Serve
) -> None:
    """A request that gets its permit during a pause is not sent before the end of the pause."""
    times: list[float] = []
    all_waiting = threading.Event()
    script = [make_response({}, 429, headers=BUSY, wait_for=all_waiting), make_response({"id": 1})]
    server = serve(*(make_timed_script(times, response) for response in script))
    client = connect(server, max_connections=1, max_retries=1)
    semaphore = client._transport._pools.semaphore
    seen: list[int] = []

    def watch() -> None:
        run("asyncio", lambda: await_until(lambda: len(semaphore.waiters) == 2))
        seen.append(len(semaphore.waiters))
        all_waiting.set()

    thread = threading.Thread(target=watch)
    thread.start()
    run_callers(client, 3, 1)
    thread.join()
    assert seen == [2]
    assert len(times) == 4
    assert get_gaps(times)[0] >= 0.29
    # They are spread after it: three requests per second were observed.
    assert times[-1] - times[1] > 1


def test_a_retry_after_that_is_too_long_pauses_no_call(call: Call, serve: Serve) -> None:
    """A Retry-After beyond `max_retry_delay` raises immediately and does not pause other calls."""
    server = serve(make_response({}, 429, headers={"Retry-After": "61"}), ITEM)
    client = connect(server, max_retries=3)
    other = client.with_options(language="en_GB")
    before = time.monotonic()
    with pytest.raises(RateLimitError):
        client.articles.list()
    call(other, "articles.list")
    assert time.monotonic() - before < 5


def test_other_failures_pause_no_call(call: Call, serve: Serve) -> None:
    """A server error delays only the call that failed."""
    server = serve(make_response({}, 503, headers={"Retry-After": "50"}), ITEM)
    client = connect(server)
    before = time.monotonic()
    with pytest.raises(ServerError):
        client.articles.list()
    call(client, "articles.list")
    assert time.monotonic() - before < 5


@pytest.mark.anyio
async def test_a_cancelled_call_releases_its_start(serve: Serve) -> None:
    """After the calls before it were cancelled, a call is sent at the first free start."""
    times: list[float] = []
    client = connect(serve(make_timed_script(times, ITEM)), max_rate=2)
    before = time.monotonic()
    await client.articles.alist()
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(client.articles.alist)
        await anyio.sleep(0.05)
        group.cancel_scope.cancel()
    await client.articles.alist()
    await client.aclose()
    assert len(times) == 2
    # The starts of the cancelled calls would have been within ten seconds.
    assert 0.49 < times[1] - before < 9


def test_the_longest_wait_is_a_day(serve: Serve, recorded_sleeps: list[float]) -> None:
    """The lowest `max_rate` waits for a day, which every event loop can do."""
    client = connect(serve(ITEM), max_rate=5e-324)
    client.articles.list()
    client.articles.list()
    client.close()
    assert recorded_sleeps == [pytest.approx(86400, abs=5)]  # A day after the first request.


class TestOnRetry:
    """`with_options(on_retry=...)`."""

    def test_it_is_called_before_each_wait(
        self, call: Call, serve: Serve, recorded_sleeps: list[float]
    ) -> None:
        """It is called before each wait, with the details of the retry and no token."""
        retries: list[tuple[Retry, int]] = []
        busy = make_response({"title": "Busy"}, 503, headers={"Retry-After": "7"})
        server = serve(busy, make_response({}, 429, headers={"Retry-After": "9"}), ITEM)
        client = connect(server, max_retries=4)
        notified = client.with_options(
            on_retry=lambda retry: retries.append((retry, len(recorded_sleeps)))
        )
        call(notified, "articles.list")
        assert [seconds for _, seconds in retries] == [0, 1]
        first, second = (retry for retry, _ in retries)
        assert (first.method, first.path, first.attempt) == ("GET", "/articles", 1)
        assert (first.max_retries, first.wait) == (4, 7)
        assert isinstance(first.error, ServerError)
        assert (second.attempt, second.wait) == (2, 9)
        assert isinstance(second.error, RateLimitError)
        assert "t0ken" not in repr(first)

    def test_derived_clients_inherit_it(
        self, call: Call, serve: Serve, recorded_sleeps: list[float]
    ) -> None:
        """Derived clients inherit it; the client that they derive from is not changed."""
        retries: list[Retry] = []
        server = serve(make_response({}, 503))
        client = connect(server, max_retries=1)
        notified = client.with_options(on_retry=retries.append)
        for derived, times in ((client, 0), (notified.with_options(language="en_GB"), 1)):
            with pytest.raises(ServerError):
                call(derived, "articles.list")
            assert len(retries) == times

    def test_its_exceptions_propagate(
        self, call: Call, serve: Serve, recorded_sleeps: list[float]
    ) -> None:
        """An exception from it propagates, with the failure as its context."""

        def stop_retrying(retry: Retry) -> Any:
            raise LookupError(f"{retry.path} again")

        server = serve(make_response({}, 503))
        client = connect(server, max_retries=3).with_options(on_retry=stop_retrying)
        with pytest.raises(LookupError, match="/articles again") as raised:
            call(client, "articles.list")
        assert isinstance(raised.value.__context__, ServerError)
        assert (len(server.received), recorded_sleeps) == (1, [])


@pytest.mark.parametrize("backend", ["sync", "asyncio", "trio"])
def test_a_pause_that_began_during_a_wait_is_obeyed(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """A caller that was granted a permit during a pause releases it, and waits for the pause."""
    client = connect(serve())._transport
    pools = client._pools
    reservation = pools.limiter.reservation()
    waits: list[int] = []

    async def wait(self: object, sleep: object) -> None:
        waits.append(pools.semaphore.in_flight)
        reservation.pause_generation = pools.limiter.pause_generation - (len(waits) == 1)

    monkeypatch.setattr(type(reservation), "wait", wait)

    async def main() -> None:
        sender: Any = (client.sync_view if backend == "sync" else client)._sender
        permit = await sender.acquire_when_allowed(reservation)
        assert pools.semaphore.in_flight == 1
        permit.release()

    run("asyncio" if backend == "sync" else backend, main)
    assert waits == [0, 0]
    assert pools.semaphore.in_flight == 0
