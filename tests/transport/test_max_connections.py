"""`max_connections`: idle connections free some space, busy ones do not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import anyio
import anyio.lowlevel
import pytest

from myonlinestore import TransportError
from myonlinestore._transport.http1.errors import PoolTimedOutError
from tests.support.calls import ITEM, EventLoopThread, Serve, connect, run
from tests.support.http_server import ReceivedRequest, ScriptedResponse, make_response

pytestmark = pytest.mark.usefixtures("no_leaked_sockets", "idle_connections")


def respond_together(count: int) -> Callable[[ReceivedRequest], ScriptedResponse]:
    """Return a script that responds when `count` requests have arrived."""
    barrier = threading.Barrier(count)

    def respond(_: ReceivedRequest) -> ScriptedResponse:
        barrier.wait(5)
        return ITEM

    return respond


def test_connections_of_an_ended_loop_do_not_count(serve: Serve, idle_connections: int) -> None:
    """Sync calls close the connections of an ended loop when the limit is reached."""
    server = serve(ITEM)
    client = connect(server, max_connections=1)
    for _ in range(2):
        asyncio.run(client.articles.alist())
        client.articles.list()
        assert server.open_connections == idle_connections
    client.close()
    assert server.max_open == 1


def test_idle_sync_connections_are_closed_for_a_loop(
    serve: Serve, loop: EventLoopThread, idle_connections: int
) -> None:
    """Idle connections of sync calls are closed when a loop reaches the limit."""
    server = serve(respond_together(3))
    client = connect(server, max_connections=3)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: client.articles.list(), range(3)))
    assert server.open_connections == 3 * idle_connections

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
    slow, barrier = threading.Event(), threading.Barrier(2)

    def respond(request: ReceivedRequest) -> ScriptedResponse:
        if request.path.endswith("slow"):
            return make_response({}, wait_for=slow)
        if request.path.endswith("both"):
            barrier.wait(5)
        return make_response({})

    server = serve(respond)
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


@pytest.mark.anyio
async def test_a_task_without_a_connection_times_out() -> None:
    """Without a permit within `pool_timeout` the call raises ConnectError."""
    client = connect("http://127.0.0.1:1", max_connections=1, pool_timeout=0.05)
    semaphore = client._transport._pools.semaphore
    permit = semaphore.acquire_sync(0)
    assert permit
    with pytest.raises(TransportError, match=r"no free connection within 0.05 s") as raised:
        await client.articles.alist()
    assert isinstance(raised.value.__cause__, PoolTimedOutError)
    permit.release()
