"""The pace of real requests: a ceiling, pauses after a 429, and one pace for a whole client."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import anyio
import pytest

from myonlinestore import ConnectClient, RateLimitError, Retry, ServerError
from myonlinestore.sandbox import Sandbox
from tests.support.calls import ITEM, Call, Serve, connect, run
from tests.support.http_server import Received, Reply, Script, answer, redirect
from tests.support.waiting import await_until

BUSY = {"Retry-After": "0.3"}
Crowd = Callable[[ConnectClient, int, int], None]


def threads(client: ConnectClient, callers: int, calls: int) -> None:
    """Each caller in a thread of its own."""

    def caller(_: int) -> None:
        for _ in range(calls):
            client.store.get()

    with client, ThreadPoolExecutor(callers) as pool:
        list(pool.map(caller, range(callers)))


async def tasks(client: ConnectClient, callers: int, calls: int) -> None:
    """Each caller in a task of its own."""

    async def caller() -> None:
        for _ in range(calls):
            await client.store.aget()

    async with client, anyio.create_task_group() as group:
        for _ in range(callers):
            group.start_soon(caller)


@pytest.fixture(params=["threads", "asyncio", "trio"])
def crowd(request: pytest.FixtureRequest) -> Crowd:
    """So many callers, each of whom makes so many calls."""
    if request.param == "threads":
        return threads
    return lambda *given: run(request.param, lambda: tasks(*given))


def timed(times: list[float], reply: Reply) -> Script:
    """A reply that notes when it was asked for."""

    def script(_: Received) -> Reply:
        times.append(time.monotonic())
        return reply

    return script


def gaps(times: list[float]) -> list[float]:
    return [b - a for a, b in itertools.pairwise(times)]


def test_a_crowd_keeps_to_the_servers_limit(crowd: Crowd) -> None:
    """At 20 requests a second, 8 callers all succeed, with few 429s and no request in a pause."""
    with Sandbox(articles=0, rate_limit="20/1s") as sandbox:
        crowd(sandbox.client(), 8, 5)
        entries = list(sandbox.journal)
    refused = [entry.at for entry in entries if entry.status == 429]
    assert sum(entry.status == 200 for entry in entries) == 40
    assert refused
    # Those under way when the first was refused, and hardly one later.
    first = refused[0]
    assert len([at for at in refused if at > first + timedelta(seconds=0.5)]) <= 2
    paused = (first + timedelta(seconds=0.3), first + timedelta(seconds=0.95))
    assert not [entry for entry in entries if paused[0] < entry.at < paused[1]]
    later = [entry.at for entry in entries if entry.at >= paused[1]]
    assert later[-1] - later[0] > timedelta(seconds=len(later) / 40)


def test_a_ceiling_is_kept_by_all_callers_together(crowd: Crowd) -> None:
    """With `max_rate`, requests of all tasks or threads come one after the other."""
    with Sandbox(articles=0) as sandbox:
        crowd(sandbox.client(max_rate=40), 8, 2)
        ats = [entry.at for entry in sandbox.journal]
    assert len(ats) == 16
    assert (ats[-1] - ats[0]).total_seconds() > 0.7 * 15 / 40


def test_a_ceiling_counts_retries_and_redirects(call: Call, serve: Serve) -> None:
    """Every exchange takes its turn, not only the first of a call."""
    times: list[float] = []
    script = [answer(b"[", 200), redirect("/v1/elsewhere"), ITEM]
    server = serve(*(timed(times, reply) for reply in script))
    client = connect(server, max_retries=1, max_retry_delay=0, max_rate=10)
    call(client, "articles.list")
    assert len(times) == 3
    # The first may have come late to the server, so that the second seems early.
    assert times[-1] - times[0] > 0.12


@pytest.mark.parametrize("first", ["sync", "async"])
def test_derived_clients_and_both_wires_share_the_pace(serve: Serve, first: str) -> None:
    """A pause holds for the clients that were derived, and for sync and async calls alike."""
    times: list[float] = []
    server = serve(timed(times, answer({}, 429, headers=BUSY)), timed(times, ITEM))
    client = connect(server)
    other = client.with_options(language="en_GB")

    async def main() -> None:
        with pytest.raises(RateLimitError):
            await (client.articles.alist() if first == "async" else other.articles.alist())
        await client.aclose()

    def now() -> None:
        with pytest.raises(RateLimitError):
            client.articles.list()

    run("trio", main) if first == "async" else now()
    other.articles.list() if first == "async" else run("asyncio", other.articles.alist)
    client.close()
    assert gaps(times)[0] >= 0.29


def test_who_stands_at_the_gate_waits_as_well(crowd: Crowd, serve: Serve) -> None:
    """A request that gets a connection only during a pause is not sent before its end."""
    times: list[float] = []
    everybody_there = threading.Event()
    script = [answer({}, 429, headers=BUSY, after=everybody_there), answer({"id": 1})]
    server = serve(*(timed(times, reply) for reply in script))
    client = connect(server, max_connections=1, max_retries=1)
    semaphore = client._transport._pools.semaphore
    seen: list[int] = []

    def watch() -> None:
        run("asyncio", lambda: await_until(lambda: len(semaphore.waiters) == 2))
        seen.append(len(semaphore.waiters))
        everybody_there.set()

    watching = threading.Thread(target=watch)
    watching.start()
    crowd(client, 3, 1)
    watching.join()
    assert seen == [2]
    assert len(times) == 4
    assert gaps(times)[0] >= 0.29
    # They are spread after it: three in a second were measured.
    assert times[-1] - times[1] > 1


def test_a_wait_that_is_too_long_pauses_nobody(call: Call, serve: Serve) -> None:
    """A Retry-After beyond `max_retry_delay` raises at once, and the next call is sent at once."""
    server = serve(answer({}, 429, headers={"Retry-After": "61"}), ITEM)
    client = connect(server, max_retries=3)
    other = client.with_options(language="en_GB")
    before = time.monotonic()
    with pytest.raises(RateLimitError):
        client.articles.list()
    call(other, "articles.list")
    assert time.monotonic() - before < 5


def test_other_failures_pause_nobody(call: Call, serve: Serve) -> None:
    """A server that fails slows down only the call that it failed."""
    server = serve(answer({}, 503, headers={"Retry-After": "50"}), ITEM)
    client = connect(server)
    before = time.monotonic()
    with pytest.raises(ServerError):
        client.articles.list()
    call(client, "articles.list")
    assert time.monotonic() - before < 5


@pytest.mark.anyio
async def test_who_is_cancelled_gives_its_place_back(serve: Serve) -> None:
    """After those before it were cancelled, a request takes the first place in the line."""
    times: list[float] = []
    client = connect(serve(timed(times, ITEM)), max_rate=4)
    await client.articles.alist()
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(client.articles.alist)
        await anyio.sleep(0.05)
        group.cancel_scope.cancel()
    await client.articles.alist()
    await client.aclose()
    assert len(times) == 2
    assert 0.15 < gaps(times)[0] < 3


def test_waits_beyond_what_a_clock_counts_are_cut(
    serve: Serve, recorded_sleeps: list[float]
) -> None:
    """A ceiling of next to nothing sleeps a day and no longer, which every clock can do."""
    client = connect(serve(ITEM), max_rate=5e-324)
    client.articles.list()
    client.articles.list()
    client.close()
    assert recorded_sleeps == [86400]


class TestOnRetry:
    """`with_options(on_retry=...)`."""

    def test_it_is_told_before_each_wait(
        self, call: Call, serve: Serve, recorded_sleeps: list[float]
    ) -> None:
        """Each repetition is told with what is known, before its wait, and shows no token."""
        told: list[tuple[Retry, int]] = []
        busy = answer({"title": "Busy"}, 503, headers={"Retry-After": "7"})
        server = serve(busy, answer({}, 429, headers={"Retry-After": "9"}), ITEM)
        client = connect(server, max_retries=4)
        noting = client.with_options(
            on_retry=lambda retry: told.append((retry, len(recorded_sleeps)))
        )
        call(noting, "articles.list")
        assert [slept for _, slept in told] == [0, 1]
        first, second = (retry for retry, _ in told)
        assert (first.method, first.path, first.attempt) == ("GET", "/articles", 1)
        assert (first.max_retries, first.wait) == (4, 7)
        assert isinstance(first.error, ServerError)
        assert (second.attempt, second.wait) == (2, 9)
        assert isinstance(second.error, RateLimitError)
        assert "t0ken" not in repr(first)

    def test_a_client_keeps_it(
        self, call: Call, serve: Serve, recorded_sleeps: list[float]
    ) -> None:
        """Clients that are derived later have it too, the one that it was derived from has not."""
        told: list[Retry] = []
        server = serve(answer({}, 503))
        client = connect(server, max_retries=1)
        noting = client.with_options(on_retry=told.append)
        for derived, times in ((client, 0), (noting.with_options(language="en_GB"), 1)):
            with pytest.raises(ServerError):
                call(derived, "articles.list")
            assert len(told) == times

    def test_what_it_raises_ends_the_call(
        self, call: Call, serve: Serve, recorded_sleeps: list[float]
    ) -> None:
        """A caller that has enough of it raises; the failure is in the context of that."""

        def enough(retry: Retry) -> Any:
            raise LookupError(f"{retry.path} again")

        server = serve(answer({}, 503))
        client = connect(server, max_retries=3).with_options(on_retry=enough)
        with pytest.raises(LookupError, match="/articles again") as raised:
            call(client, "articles.list")
        assert isinstance(raised.value.__context__, ServerError)
        assert (len(server.received), recorded_sleeps) == (1, [])


def test_a_void_place_gets_no_pool(serve: Serve) -> None:
    """Who waited for a permit gives it back if a pause began meanwhile."""
    pools = connect(serve())._transport._pools
    reservation = pools.limiter.reservation()
    pools.limiter.reserve(reservation)
    pools.limiter.pause_generation += 1

    async def main() -> None:
        assert pools.semaphore.acquire_sync(0)
        assert pools.acquire(pools.semaphore, reservation) is None
        assert await pools.semaphore.acquire(0)
        assert pools.acquire_async(pools.semaphore, reservation) is None

    run("asyncio", main)
    assert pools.semaphore.in_flight == 0
