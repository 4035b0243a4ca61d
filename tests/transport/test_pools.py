"""Connections: shared by threads and loops, bounded together, and none left open."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
import trio
import trio.lowlevel
from calling import Call, Serve, connect, until
from httpcore import AsyncNetworkBackend, AsyncNetworkStream
from httpcore._backends.auto import AutoBackend

from myonlinestore import ConnectClient, TransportError, _loop, _pools
from myonlinestore import _wire as wire
from myonlinestore._loop import AsyncioLoop
from server import Received, Reply, answer

ITEM = answer([{"id": 7}])


def _run(backend: str, function: Callable[[], Any]) -> Any:
    return anyio.run(function, backend=backend)


class _Loop:
    """A loop in a thread of its own that does what it is told, until it is stopped."""

    def __init__(self, backend: str) -> None:
        self._jobs: list[tuple[Callable[[], Any], threading.Event]] = []
        self._stopped = False
        self._thread = threading.Thread(target=_run, args=(backend, self._main))
        self._thread.start()

    async def _main(self) -> None:
        while not self._stopped:
            while self._jobs:
                job, done = self._jobs.pop(0)
                await job()
                done.set()
            await anyio.sleep(0.001)

    def do(self, job: Callable[[], Any]) -> None:
        done = threading.Event()
        self._jobs.append((job, done))
        assert done.wait(5)

    def stop(self) -> None:
        self._stopped = True
        self._thread.join()


@pytest.fixture(params=["asyncio", "trio"])
def loop(request: pytest.FixtureRequest) -> Iterator[_Loop]:
    """A loop that runs all the while."""
    other = _Loop(request.param)
    yield other
    other.stop()


@pytest.fixture(autouse=True)
def _nothing_is_left_to_destructors() -> Iterator[None]:
    """A socket that only a destructor closes would warn, and fail the test that left it."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gc.collect()


def test_a_connection_is_kept_and_used_again(serve: Serve) -> None:
    """Calls of one client go over one connection, and closing the client closes it."""
    server = serve(ITEM)
    with connect(server) as client:
        for _ in range(3):
            client.articles.list()
        assert server.open_connections == 1
    server.wait_until_all_closed()
    assert server.accepted == 1


@pytest.mark.anyio
async def test_a_connection_is_kept_on_a_loop(serve: Serve) -> None:
    """Calls on one loop go over one connection, which is closed before `aclose` returns."""
    server = serve(ITEM)
    async with connect(server) as client:
        for _ in range(3):
            await client.articles.alist()
        assert server.open_connections == 1
    assert server.open_connections == 0
    assert server.accepted == 1


def test_a_client_works_after_it_was_closed(call: Call, serve: Serve) -> None:
    """Closing ends connections, not the client."""
    server = serve(ITEM)
    client = connect(server)
    for _ in range(2):
        assert len(call(client, "articles.list").items) == 1
        server.wait_until_all_closed()
    client.close()
    client.close()
    assert server.accepted == 2


def test_close_and_aclose_before_use_do_nothing() -> None:
    """A client that was never used has nothing to close."""
    client = connect("http://127.0.0.1:1")
    client.close()
    asyncio.run(client.aclose())
    trio.run(client.aclose)


@pytest.mark.anyio
async def test_aclose_closes_both_wires(serve: Serve) -> None:
    """`aclose` closes the connections of sync calls as well."""
    server = serve(ITEM)
    client = connect(server)
    client.articles.list()
    await client.articles.alist()
    assert server.open_connections == 2
    await client.aclose()
    assert server.open_connections == 0


def test_close_closes_a_loop_that_runs_elsewhere(serve: Serve, loop: _Loop) -> None:
    """From another thread, `close` has a running loop close its connections, and waits for it."""
    server = serve(ITEM)
    client = connect(server)
    client.articles.list()
    loop.do(client.articles.alist)
    assert server.open_connections == 2
    client.close()
    assert server.open_connections == 0


@pytest.mark.anyio
async def test_aclose_closes_a_loop_that_runs_elsewhere(serve: Serve, loop: _Loop) -> None:
    """On a loop, `aclose` closes the connections of every other loop too."""
    server = serve(ITEM)
    client = connect(server)
    await client.articles.alist()
    loop.do(client.articles.alist)
    await client.aclose()
    assert server.open_connections == 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("connections", [1, 5])
def test_a_plain_with_inside_a_loop_leaves_nothing_open(
    serve: Serve, backend: str, connections: int
) -> None:
    """`with` and `close()` inside a loop close its connections, even if the loop ends at once."""
    server = serve(ITEM)

    async def main() -> None:
        with connect(server) as client:
            async with anyio.create_task_group() as group:
                for _ in range(connections):
                    group.start_soon(client.articles.alist)

    _run(backend, main)
    server.wait_until_all_closed()
    assert server.accepted >= 1


def test_close_closes_an_asyncio_loop_that_stands_still(serve: Serve) -> None:
    """A loop between two `run_until_complete` has its connections closed as well."""
    server = serve(ITEM)
    still = asyncio.new_event_loop()
    client = connect(server)
    still.run_until_complete(client.articles.alist())
    assert server.open_connections == 1
    client.close()
    assert server.open_connections == 0
    still.run_until_complete(client.articles.alist())
    still.run_until_complete(client.aclose())
    assert server.open_connections == 0
    still.close()


def test_loops_one_after_another(serve: Serve) -> None:
    """A client outlives its loops: each has connections of its own, and those of the dead go."""
    server = serve(ITEM)
    client = connect(server)

    async def main() -> None:
        (item,) = await client.articles.alist()
        assert item.id == 7

    for backend in ("asyncio", "trio", "asyncio", "trio"):
        _run(backend, main)
    assert server.accepted == 4
    assert server.open_connections == 1
    client.close()
    assert server.open_connections == 0


def test_aclose_on_another_loop_lets_the_dead_go(serve: Serve) -> None:
    """Connections of a loop that ended without `aclose` are closed without a warning."""
    server = serve(ITEM)
    client = connect(server)
    asyncio.run(client.articles.alist())
    asyncio.run(client.aclose())
    assert server.open_connections == 0


def test_a_dead_loop_counts_no_more(serve: Serve) -> None:
    """Sync calls let the connections of a dead loop go when they need their place."""
    server = serve(ITEM)
    client = connect(server, max_connections=1)
    for _ in range(2):
        asyncio.run(client.articles.alist())
        client.articles.list()
        assert server.open_connections == 1
    client.close()
    assert server.most_open == 1


def test_unfinished_work_of_a_dead_loop_is_let_go(serve: Serve) -> None:
    """What a loop did not come to do before it ended is dropped with its connections."""
    client = connect(serve(ITEM))

    async def main() -> None:
        await client.articles.alist()
        loop = asyncio.get_running_loop()
        loop.call_soon(AsyncioLoop(loop).spawn, lambda: asyncio.sleep(60))
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    loop.close()
    assert len(_loop._tasks) == 1
    client.close()
    assert not _loop._tasks


@pytest.mark.parametrize("linger", [True, False], ids=["loops that stay", "loops that end"])
def test_everything_at_once(serve: Serve, linger: bool) -> None:
    """Threads, asyncio loops and trio share one client and its `max_connections`."""
    server = serve(ITEM)
    client = connect(server, max_connections=4, timeout=20, pool_timeout=20)
    total = 3 * 10 + 4 * 20

    def sync() -> None:
        for _ in range(10):
            assert len(client.articles.list().items) == 1

    async def task() -> None:
        for _ in range(4):
            assert len((await client.articles.alist()).items) == 1

    async def tasks() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(task)
        await until(lambda: not linger or len(server.received) == total)

    with ThreadPoolExecutor(7) as pool:
        jobs = [pool.submit(sync) for _ in range(3)]
        jobs += [pool.submit(_run, backend, tasks) for backend in ("asyncio", "trio") * 2]
    for job in jobs:
        job.result()
    assert len(server.received) == total
    assert server.most_open == 4 or not linger
    client.close()
    server.wait_until_all_closed()


def _together(count: int) -> Callable[[Received], Reply]:
    """Answers once so many requests are there."""
    barrier = threading.Barrier(count)

    def script(_: Received) -> Reply:
        barrier.wait(5)
        return ITEM

    return script


def test_idle_connections_make_room_for_a_loop(serve: Serve, loop: _Loop) -> None:
    """Idle connections of sync calls are closed when a loop needs their place."""
    server = serve(_together(3))
    client = connect(server, max_connections=3)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: client.articles.list(), range(3)))
    assert server.open_connections == 3

    async def three() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(client.articles.alist)

    loop.do(three)
    assert server.most_open == 3
    client.close()
    server.wait_until_all_closed()


def test_idle_connections_of_a_loop_make_room(serve: Serve, loop: _Loop) -> None:
    """Idle connections of a loop are closed when sync calls, or another loop, need their place."""
    server = serve(_together(3))
    client = connect(server, max_connections=3)

    async def three() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(client.articles.alist)

    loop.do(three)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: client.articles.list(), range(3)))
    loop.do(three)
    for backend in ("asyncio", "trio"):
        _run(backend, three)
    assert server.most_open == 3
    client.close()
    server.wait_until_all_closed()


def test_a_slow_sync_call_does_not_keep_idle_connections(serve: Serve) -> None:
    """While one sync call waits for its answer, idle connections beside it still make room."""
    slow, both = threading.Event(), threading.Barrier(2)

    def script(got: Received) -> Reply:
        if got.path.endswith("slow"):
            return answer({}, after=slow)
        if got.path.endswith("both"):
            both.wait(5)
        return answer({})

    server = serve(script)
    client = connect(server, max_connections=2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: client.request("GET", "/both"), range(2)))
        waiting = pool.submit(client.request, "GET", "/slow")
        server.wait_for(lambda s: len(s.received) == 3)
        asyncio.run(client.arequest("GET", "/x"))
        slow.set()
        waiting.result()
    assert server.most_open == 2
    client.close()
    server.wait_until_all_closed()


def test_a_busy_connection_is_not_closed_for_room(serve: Serve) -> None:
    """Only idle connections make room: an answer that is on its way arrives."""
    slow = threading.Event()
    server = serve(answer([{"id": 1}], after=slow), answer([{"id": 2}]))
    client = connect(server, max_connections=1, pool_timeout=0.1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.articles.list)
        server.wait_for(lambda s: len(s.received) == 1)
        with pytest.raises(TransportError, match=r"no free connection within 0\.1 s"):
            asyncio.run(client.articles.alist())
        with pytest.raises(TransportError, match="pool_timeout, max_connections"):
            client.articles.list()
        slow.set()
        assert [article.id for article in waiting.result()] == [1]
    client.close()
    server.wait_until_all_closed()


@pytest.mark.anyio
async def test_tasks_share_the_connections(serve: Serve) -> None:
    """A hundred tasks on one loop go over no more than `max_connections`."""
    server = serve(ITEM)
    async with connect(server, max_connections=3) as client, anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(client.articles.alist)
    assert len(server.received) == 100
    assert server.most_open <= 3
    assert server.open_connections == 0


@pytest.mark.anyio
async def test_no_moment_of_cancellation_loses_a_connection(
    serve: Serve, anyio_backend: str
) -> None:
    """However late or early a call is cancelled, its only connection can be used again."""
    server = serve(ITEM)
    async with connect(server, max_connections=1, pool_timeout=0.5) as client:
        for moment in range(45):
            await _cancelled_after(moment, client, anyio_backend)
            if moment % 2:
                await client.aclose()
            assert len((await client.articles.alist()).items) == 1
        server.wait_for(lambda s: s.open_connections == 1)
    server.wait_until_all_closed()


async def _cancelled_after(moments: int, client: ConnectClient, backend: str) -> None:
    """Cancel a call in the way that is native to the loop, after so many turns of it."""
    if backend == "trio":
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.articles.alist)
            for _ in range(moments):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
        return
    task = asyncio.ensure_future(client.articles.alist())
    for _ in range(moments):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


class _AtReading(AsyncNetworkBackend):
    """Networking that has something happen when a connection is made, or its answer has come."""

    def __init__(self, connected: Callable[[], object], read: Callable[[], object]) -> None:
        self._real = AutoBackend()
        self._connected = connected
        self._read = read

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> AsyncNetworkStream:
        stream = await self._real.connect_tcp(*args, **kwargs)
        self._connected()
        read = stream.read

        async def reading(max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
            data = await read(max_bytes, timeout)
            self._read()
            return data

        stream.read = reading  # type: ignore[method-assign]
        return stream


@pytest.mark.anyio
async def test_a_connection_that_is_cancelled_as_it_is_made_is_closed(serve: Serve) -> None:
    """Httpcore would keep it for ever, neither in use nor on offer."""
    server = serve(ITEM)
    inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
    client = connect(server, async_transport=inner)
    with anyio.CancelScope() as scope:
        inner._pool._network_backend = _AtReading(scope.cancel, lambda: None)
        await client.articles.alist()
    assert scope.cancelled_caught
    assert wire.transports.connections(inner) == []
    assert server.open_connections == 0
    assert len((await client.articles.alist()).items) == 1
    await client.aclose()


def test_a_call_that_is_cancelled_as_it_ends_leaves_nothing_behind(serve: Serve) -> None:
    """Httpcore would keep the request for ever, and with it its place in the pool."""
    server = serve(ITEM)
    inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
    client = connect(server, async_transport=inner)

    async def main() -> None:
        call = asyncio.ensure_future(client.articles.alist())
        inner._pool._network_backend = _AtReading(lambda: None, call.cancel)
        await asyncio.wait([call])
        assert call.cancelled()
        assert inner._pool._requests == []
        assert server.open_connections == 0
        inner._pool._network_backend = AutoBackend()
        assert len((await client.articles.alist()).items) == 1
        await client.aclose()

    asyncio.run(main())


def test_no_connection_is_kept_beyond_max_keepalive(serve: Serve) -> None:
    """With `max_keepalive=0` each call closes its connection."""
    server = serve(ITEM)
    with connect(server, max_keepalive=0) as client:
        client.articles.list()
        server.wait_until_all_closed()


@pytest.mark.anyio
async def test_cancelled_calls_give_their_place_back(serve: Serve) -> None:
    """Calls that are cancelled, while they wait for a place or for an answer, keep none."""
    never = threading.Event()
    server = serve(answer(after=never), answer(after=never), ITEM)
    async with connect(server, max_connections=2) as client:
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(client.articles.alist)
            await until(lambda: len(server.received) == 2)
            group.cancel_scope.cancel()
        assert client._transport._pools.gate.in_flight == 0
        assert len((await client.articles.alist()).items) == 1
    never.set()


def test_a_call_that_is_thrown_away_gives_its_place_back() -> None:
    """A coroutine that is closed while it waits for its answer keeps no permit, and no pool."""

    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(500)

    async def main() -> None:
        client = connect("http://x", async_transport=httpx.MockTransport(never))
        pools = client._transport._pools
        coroutine = client.articles.alist()
        coroutine.send(None)
        assert (pools.gate.in_flight, pools.of_running_loop().users) == (1, 1)
        coroutine.close()
        assert (pools.gate.in_flight, pools.of_running_loop().users) == (0, 0)

        left_behind.append(client.articles.alist())
        left_behind[0].send(None)
        gates.append(pools.gate)

    left_behind: list[Any] = []
    gates: list[Any] = []
    asyncio.run(main())
    left_behind[0].close()
    assert gates[0].in_flight == 0


def test_closing_reports_what_another_transport_raises(serve: Serve) -> None:
    """When the caller's transport fails to close, the others are closed all the same."""

    class Odd(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json=[])

        def close(self) -> None:
            raise LookupError("odd")

    server = serve(ITEM)

    async def main() -> None:
        client = connect(server, transport=Odd())
        client.articles.list()
        await client.articles.alist()
        with pytest.raises(LookupError):
            await client.aclose()
        assert server.open_connections == 0

    asyncio.run(main())
    trio.run(main)


class TestForgetting:
    """What a forked child does first, done here without a fork."""

    def test_open_connections_are_left_alone(self, serve: Serve) -> None:
        """To forget is neither to close nor to use what was open."""
        server = serve(ITEM)
        inner = httpx.HTTPTransport()
        client = connect(server, transport=inner)
        client.articles.list()
        held = wire.transports.connections(inner)
        client._transport._pools.forget()
        assert server.open_connections == 1
        client.articles.list()
        assert server.accepted == 2
        client.close()
        assert server.open_connections == 1
        for connection in held:
            connection.close()
        server.wait_until_all_closed()

    def test_every_client_forgets(self, serve: Serve) -> None:
        """All clients of a process forget together."""
        server = serve(ITEM)
        clients = [connect(server), connect(server)]
        held: list[Any] = []
        for client in clients:
            client.articles.list()
            held += client._transport._pools.blocking().idle()
        _pools._forget_in_child()
        for client in clients:
            client.articles.list()
            client.close()
        assert server.accepted == 4
        for connection in held:
            connection.close()
        server.wait_until_all_closed()

    def test_held_locks_are_left_behind(self, serve: Serve) -> None:
        """A lock or a permit that a lost thread held stops nobody."""
        inner = httpx.HTTPTransport()
        client = connect(serve(ITEM), transport=inner, max_connections=1)
        pools = client._transport._pools
        client.articles.list()
        with pools._lock, pools.gate._lock, inner._pool._optional_thread_lock:
            for connection in wire.transports.connections(inner):
                connection.close()
            pools.forget()
            assert len(client.articles.list().items) == 1
        client.close()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_given_async_transport_serves_loops_one_after_another(serve: Serve, backend: str) -> None:
    """The caller's own transport forgets the connections of a loop that has ended."""
    server = serve(ITEM)
    client = connect(server, async_transport=httpx.AsyncHTTPTransport())

    async def main() -> None:
        (item,) = await client.articles.alist()
        assert item.id == 7

    for _ in range(3):
        _run(backend, main)
    assert server.open_connections == 1
    _run(backend, client.aclose)
    assert server.open_connections == 0


def test_close_while_others_call(serve: Serve) -> None:
    """Closing while threads call breaks no call, and what they had open is closed behind them."""
    server = serve(ITEM)
    client = connect(server)
    until = time.monotonic() + 0.3

    def calls() -> int:
        count = 0
        while time.monotonic() < until:
            assert len(client.articles.list().items) == 1
            count += 1
        return count

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(calls) for _ in range(4)]
        while time.monotonic() < until:
            client.close()
    assert all(job.result() > 0 for job in jobs)
    client.close()
    server.wait_until_all_closed()


@pytest.mark.anyio
async def test_aclose_while_others_call(serve: Serve) -> None:
    """Closing while tasks call breaks no call, and what they had open is closed behind them."""
    slow = threading.Event()
    server = serve(answer([{"id": 1}], after=slow), ITEM)
    client = connect(server)
    async with anyio.create_task_group() as group:
        group.start_soon(client.articles.alist)
        await until(lambda: server.received)
        await client.articles.alist()
        assert server.open_connections == 2
        await client.aclose()
        assert server.open_connections == 1
        slow.set()
    assert server.open_connections == 0


def test_close_while_another_loop_calls(serve: Serve, loop: _Loop) -> None:
    """A call on another loop goes on to its end, and its connection is closed then."""
    slow = threading.Event()
    server = serve(ITEM, answer([{"id": 1}], after=slow))
    client = connect(server)
    loop.do(client.articles.alist)
    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(loop.do, client.articles.alist)
        server.wait_for(lambda s: len(s.received) == 2)
        client.close()
        assert server.open_connections == 1
        slow.set()
        calling.result()
    server.wait_until_all_closed()


def test_a_cancelled_call_closes_behind_itself(serve: Serve) -> None:
    """The last call of a pool that was closed closes it, also when it is cancelled."""
    closed: list[str] = []

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await anyio.sleep(60)
            raise AssertionError

        async def aclose(self) -> None:
            await anyio.lowlevel.checkpoint()
            closed.append("x")

    async def main() -> None:
        client = connect("http://x", async_transport=Slow())
        async with anyio.create_task_group() as group:
            group.start_soon(client.articles.alist)
            await anyio.wait_all_tasks_blocked()
            await client.aclose()
            assert closed == []
            group.cancel_scope.cancel()
        assert closed == ["x"]

    for backend in ("asyncio", "trio"):
        closed.clear()
        _run(backend, main)


def test_a_transport_of_another_make_has_no_connections_to_see() -> None:
    """Only httpx's own transports show their connections."""
    signer = connect("http://x")._transport._pools._signer
    transport = wire.open_blocking(signer, httpx.MockTransport(lambda r: httpx.Response(200)))
    assert transport.idle() == []
    assert transport.close_idle(3) == 0


class _Connection:
    """A connection of an engine that does as httpcore's do."""

    def __init__(self, *, idle: bool) -> None:
        self.idle = idle
        self.closed = False
        self.meanwhile: Callable[[], None] = lambda: None

    def is_idle(self) -> bool:
        return self.idle

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.meanwhile()
        self.closed = True


class _Engine(httpx.BaseTransport, httpx.AsyncBaseTransport):
    def __init__(self, *connections: _Connection) -> None:
        self._pool = self
        self.connections = connections


def test_a_connection_without_the_known_lock_is_left_open() -> None:
    """Without the lock that a request takes, nobody could close a connection in safety."""
    connection = _Connection(idle=True)
    signer = connect("http://x")._transport._pools._signer
    assert wire.open_blocking(signer, _Engine(connection)).close_idle(1) == 0
    assert not connection.closed


def test_a_request_that_takes_the_connection_first_has_it(serve: Serve) -> None:
    """Of a request and a closing that want one idle connection, the first at its lock gets it."""
    server = serve(ITEM)
    client = connect(server)
    client.articles.list()
    pool = client._transport._pools.blocking()
    (connection,) = pool.idle()
    taken = connection._connection
    with ThreadPoolExecutor(1) as threads, taken._state_lock:
        closing = threads.submit(pool.close_idle, 1)
        time.sleep(0.02)
        idle, taken._state = taken._state, type(taken._state).ACTIVE
        taken._state_lock._lock.release()
        assert closing.result() == 0
        taken._state_lock._lock.acquire()
        taken._state = idle
    assert server.open_connections == 1
    assert pool.close_idle(1) == 1
    assert server.open_connections == 0
    client.articles.list()
    client.close()
    assert server.accepted == 2


@pytest.mark.anyio
async def test_a_connection_that_is_taken_meanwhile_is_not_closed() -> None:
    """While a loop closes one idle connection, a task may take the next."""
    first, second, third = (_Connection(idle=True) for _ in range(3))
    first.meanwhile = lambda: setattr(second, "idle", False)
    signer = connect("http://x")._transport._pools._signer
    await wire.open_async(signer, _Engine(first, second, third)).close_idle(3)
    assert (first.closed, second.closed, third.closed) == (True, False, True)


@pytest.mark.anyio
async def test_a_task_waits_in_vain_for_a_connection() -> None:
    """Without a permit within `pool_timeout` the call ends as ConnectError."""
    client = connect("http://127.0.0.1:1", max_connections=1, pool_timeout=0.05)
    gate = client._transport._pools.gate
    assert gate.enter(0)
    with pytest.raises(TransportError, match=r"no free connection within 0.05 s") as raised:
        await client.articles.alist()
    assert isinstance(raised.value.__cause__, httpx.PoolTimeout)
    assert raised.value.__cause__.request.url.path == "/v1/articles"
    gate.leave()
