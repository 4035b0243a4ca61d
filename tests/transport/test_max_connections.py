"""`max_connections`: idle connections free some space, busy ones do not."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import anyio
import anyio.lowlevel
import httpx
import pytest

from myonlinestore import TransportError
from myonlinestore._transport import engines
from myonlinestore._transport.http1.errors import PoolTimedOutError
from tests.support.calls import ITEM, EventLoopThread, Serve, connect, run
from tests.support.http_server import ReceivedRequest, ScriptedResponse, make_response

pytestmark = pytest.mark.usefixtures("no_leaked_sockets")


def respond_together(count: int) -> Callable[[ReceivedRequest], ScriptedResponse]:
    """Return a script that responds when `count` requests have arrived."""
    barrier = threading.Barrier(count)

    def script(_: ReceivedRequest) -> ScriptedResponse:
        barrier.wait(5)
        return ITEM

    return script


class _Connection:
    """A connection of an engine that behaves like httpcore's connections."""

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


def test_connections_of_an_ended_loop_do_not_count(serve: Serve) -> None:
    """Sync calls close the connections of an ended loop when the limit is reached."""
    server = serve(ITEM)
    client = connect(server, max_connections=1)
    for _ in range(2):
        asyncio.run(client.articles.alist())
        client.articles.list()
        assert server.open_connections == 1
    client.close()
    assert server.max_open == 1


def test_idle_sync_connections_are_closed_for_a_loop(serve: Serve, loop: EventLoopThread) -> None:
    """Idle connections of sync calls are closed when a loop reaches the limit."""
    server = serve(respond_together(3))
    client = connect(server, max_connections=3)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: client.articles.list(), range(3)))
    assert server.open_connections == 3

    async def call_three_times() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(client.articles.alist)

    loop.run(call_three_times)
    assert server.max_open == 3
    client.close()
    server.wait_until_all_closed()


def test_idle_loop_connections_are_closed_for_others(serve: Serve, loop: EventLoopThread) -> None:
    """Idle connections of a loop are closed when sync calls or another loop reach the limit."""
    server = serve(respond_together(3))
    client = connect(server, max_connections=3)

    async def call_three_times() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(client.articles.alist)

    loop.run(call_three_times)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: client.articles.list(), range(3)))
    loop.run(call_three_times)
    for backend in ("asyncio", "trio"):
        run(backend, call_three_times)
    assert server.max_open == 3
    client.close()
    server.wait_until_all_closed()


def test_a_slow_sync_call_does_not_keep_idle_connections(serve: Serve) -> None:
    """During a slow sync call, other idle connections can still be closed for a loop."""
    slow, both = threading.Event(), threading.Barrier(2)

    def script(got: ReceivedRequest) -> ScriptedResponse:
        if got.path.endswith("slow"):
            return make_response({}, wait_for=slow)
        if got.path.endswith("both"):
            both.wait(5)
        return make_response({})

    server = serve(script)
    client = connect(server, max_connections=2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: client.request("GET", "/both"), range(2)))
        waiting = pool.submit(client.request, "GET", "/slow")
        server.wait_for(lambda s: len(s.received) == 3)
        asyncio.run(client.arequest("GET", "/x"))
        slow.set()
        waiting.result()
    assert server.max_open == 2
    client.close()
    server.wait_until_all_closed()


def test_a_busy_connection_is_not_closed_for_room(serve: Serve) -> None:
    """Only idle connections free some space: a response that is on its way arrives."""
    slow = threading.Event()
    server = serve(make_response([{"id": 1}], wait_for=slow), make_response([{"id": 2}]))
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


def test_other_transports_show_no_connections() -> None:
    """Only httpx's own transports show their connections."""
    auth = connect("http://x")._transport._pools._auth
    transport = engines.open_sync(auth, httpx.MockTransport(lambda r: httpx.Response(200)))
    assert transport.idle() == []
    assert transport.close_idle(3) == 0


def test_a_connection_without_a_known_lock_is_left_open() -> None:
    """A connection without the lock that requests take cannot be closed safely."""
    connection = _Connection(idle=True)
    auth = connect("http://x")._transport._pools._auth
    assert engines.open_sync(auth, _Engine(connection)).close_idle(1) == 0
    assert not connection.closed


def test_a_request_that_locks_first_gets_the_connection(serve: Serve) -> None:
    """If a request and a close want the same idle connection, the first at its lock gets it."""
    server = serve(ITEM)
    client = connect(server, engine="httpx")
    client.articles.list()
    pool = client._transport._pools.sync_pool()
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
async def test_a_connection_in_use_again_is_not_closed() -> None:
    """While a loop closes one idle connection, a task may take the next."""
    first, second, third = (_Connection(idle=True) for _ in range(3))
    first.meanwhile = lambda: setattr(second, "idle", False)
    auth = connect("http://x")._transport._pools._auth
    await engines.open_async(auth, _Engine(first, second, third)).close_idle(3)
    assert (first.closed, second.closed, third.closed) == (True, False, True)


@pytest.mark.anyio
async def test_a_task_without_a_connection_times_out() -> None:
    """Without a permit within `pool_timeout` the call raises ConnectError."""
    client = connect("http://127.0.0.1:1", max_connections=1, pool_timeout=0.05)
    semaphore = client._transport._pools.semaphore
    held = semaphore.acquire_sync(0)
    assert held
    with pytest.raises(TransportError, match=r"no free connection within 0.05 s") as raised:
        await client.articles.alist()
    assert isinstance(raised.value.__cause__, PoolTimedOutError)
    held.release()
