"""Closing: no connection is left open, and no call is interrupted."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import anyio.lowlevel
import httpx
import pytest
import trio
import trio.lowlevel

from tests.support.calls import ITEM, Call, EventLoopThread, Serve, connect, run
from tests.support.http_server import make_response
from tests.support.waiting import await_until

pytestmark = pytest.mark.usefixtures("no_leaked_sockets", "idle_connections")


def test_a_client_works_after_it_was_closed(call: Call, serve: Serve) -> None:
    """Closing closes connections, and the client opens new ones when it is used again."""
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
async def test_aclose_closes_sync_connections(serve: Serve, idle_connections: int) -> None:
    """`aclose` closes the connections of sync calls as well."""
    server = serve(ITEM)
    client = connect(server)
    client.articles.list()
    await client.articles.alist()
    assert server.open_connections == idle_connections
    await client.aclose()
    assert server.open_connections == 0


def test_close_closes_connections_of_a_running_loop(
    serve: Serve, loop: EventLoopThread, idle_connections: int
) -> None:
    """`close` has a loop in another thread close its connections, and waits for it."""
    server = serve(ITEM)
    client = connect(server)
    client.articles.list()
    loop.run(client.articles.alist)
    assert server.open_connections == idle_connections
    client.close()
    assert server.open_connections == 0


@pytest.mark.anyio
async def test_aclose_closes_connections_of_other_loops(
    serve: Serve, loop: EventLoopThread
) -> None:
    """`aclose` closes the connections of every other loop too."""
    server = serve(ITEM)
    client = connect(server)
    await client.articles.alist()
    loop.run(client.articles.alist)
    await client.aclose()
    assert server.open_connections == 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("connections", [1, 5])
def test_a_sync_with_statement_in_a_loop_leaves_nothing_open(
    serve: Serve, backend: str, connections: int
) -> None:
    """`with` and `close()` inside a loop close its connections, even if the loop ends at once."""
    server = serve(ITEM)

    async def main() -> None:
        with connect(server) as client:
            async with anyio.create_task_group() as group:
                for _ in range(connections):
                    group.start_soon(client.articles.alist)

    run(backend, main)
    server.wait_until_all_closed()
    assert server.accepted >= 1


def test_close_closes_an_idle_asyncio_loop(serve: Serve, idle_connections: int) -> None:
    """Connections of a loop between two `run_until_complete` calls are closed as well."""
    server = serve(ITEM)
    open_loop = asyncio.new_event_loop()
    client = connect(server)
    open_loop.run_until_complete(client.articles.alist())
    assert server.open_connections == idle_connections
    client.close()
    assert server.open_connections == 0
    open_loop.run_until_complete(client.articles.alist())
    open_loop.run_until_complete(client.aclose())
    assert server.open_connections == 0
    open_loop.close()


def test_aclose_closes_connections_of_ended_loops(serve: Serve) -> None:
    """Connections of a loop that ended without `aclose` are closed without a warning."""
    server = serve(ITEM)
    client = connect(server)
    asyncio.run(client.articles.alist())
    asyncio.run(client.aclose())
    assert server.open_connections == 0


def test_an_error_in_one_transport_does_not_stop_close(serve: Serve) -> None:
    """If the caller's transport fails to close, the others are closed and the error is raised."""

    class FailingTransport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json=[])

        def close(self) -> None:
            raise LookupError("odd")

    server = serve(ITEM)

    async def main() -> None:
        client = connect(server, transport=FailingTransport())
        client.articles.list()
        await client.articles.alist()
        with pytest.raises(LookupError):
            await client.aclose()
        assert server.open_connections == 0

    asyncio.run(main())
    trio.run(main)


def test_close_during_sync_calls(serve: Serve) -> None:
    """Closing while threads make calls interrupts none, and their connections are closed after."""
    server = serve(ITEM)
    client = connect(server)

    def call_repeatedly() -> None:
        for _ in range(60):
            assert len(client.articles.list().items) == 1

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(call_repeatedly) for _ in range(4)]
        while not all(job.done() for job in jobs):
            client.close()
    for job in jobs:
        job.result()
    client.close()
    server.wait_until_all_closed()


@pytest.mark.anyio
async def test_aclose_during_async_calls(serve: Serve, idle_connections: int) -> None:
    """Closing while tasks make calls interrupts none, and their connections are closed after."""
    slow = threading.Event()
    server = serve(make_response([{"id": 1}], wait_for=slow), ITEM)
    client = connect(server)
    async with anyio.create_task_group() as group:
        group.start_soon(client.articles.alist)
        await await_until(lambda: server.received)
        await client.articles.alist()
        assert server.open_connections == 1 + idle_connections
        await client.aclose()
        assert server.open_connections == 1
        slow.set()
    assert server.open_connections == 0


def test_close_during_a_call_on_another_loop(serve: Serve, loop: EventLoopThread) -> None:
    """A call on another loop completes, and then its connection is closed."""
    slow = threading.Event()
    server = serve(ITEM, make_response([{"id": 1}], wait_for=slow))
    client = connect(server)
    loop.run(client.articles.alist)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(loop.run, client.articles.alist)
        server.wait_for(lambda s: len(s.received) == 2)
        client.close()
        assert server.open_connections == 1
        slow.set()
        future.result()
    server.wait_until_all_closed()


def test_a_cancelled_call_closes_its_pool(serve: Serve) -> None:
    """The last call of a closed pool closes it, also if the call is cancelled."""
    closed: list[str] = []

    class SlowTransport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await anyio.sleep(60)
            raise AssertionError

        async def aclose(self) -> None:
            await anyio.lowlevel.checkpoint()
            closed.append("x")

    async def main() -> None:
        client = connect("http://x", async_transport=SlowTransport())
        async with anyio.create_task_group() as group:
            group.start_soon(client.articles.alist)
            await anyio.wait_all_tasks_blocked()
            await client.aclose()
            assert closed == []
            group.cancel_scope.cancel()
        assert closed == ["x"]

    for backend in ("asyncio", "trio"):
        closed.clear()
        run(backend, main)


def test_no_connection_is_kept_beyond_max_keepalive(serve: Serve) -> None:
    """With `max_keepalive=0` each call closes its connection."""
    server = serve(ITEM)
    with connect(server, max_keepalive=0) as client:
        client.articles.list()
        server.wait_until_all_closed()
