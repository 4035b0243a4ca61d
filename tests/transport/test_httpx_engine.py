"""The httpx engine: separate pools for sync calls and for each event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

from myonlinestore import ConnectClient, TransportError
from tests.support.calls import ITEM, Call, EventLoopThread, Serve, connect, run
from tests.support.http_server import ScriptedResponse, make_response
from tests.support.waiting import await_until
from tests.transport.test_max_connections import respond_together

pytestmark = pytest.mark.usefixtures("no_leaked_sockets")


def httpx_client(server: Any, **values: Any) -> ConnectClient:
    """Return a client on httpx."""
    return connect(server, engine="httpx", **values)


def list_concurrently(client: ConnectClient, count: int) -> Callable[[], Any]:
    """Return a function that sends several requests concurrently on an event loop."""

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(client.articles.alist)

    return main


@pytest.mark.parametrize(
    "response",
    [
        ScriptedResponse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", "close"),
        make_response(b"nonsense", headers={"Content-Encoding": "gzip"}),
        ScriptedResponse(then="close"),
    ],
    ids=["half a body", "no gzip", "no response"],
)
def test_a_broken_response_is_a_transport_error(
    call: Call, serve: Serve, response: ScriptedResponse
) -> None:
    """A response that is broken at any point raises TransportError."""
    with pytest.raises(TransportError):
        call(httpx_client(serve(response)), "articles.list")


def test_a_redirect_is_stripped(call: Call, serve: Serve) -> None:
    """A redirect to another origin is not followed, and its tokens are removed."""
    server = serve(
        lambda got: make_response(b"", 302, headers={"Location": f"http://x{got.target}"})
    )
    with pytest.raises(Exception, match="http://x/v1/articles") as raised:
        call(httpx_client(server), "articles.list")
    assert "token" not in str(raised.value)


def test_pools_share_max_connections(serve: Serve, loop: EventLoopThread) -> None:
    """Idle connections of one pool are closed when another one reaches the limit."""
    server = serve(respond_together(3))
    client = httpx_client(server, max_connections=3)
    loop.run(list_concurrently(client, 3))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: client.articles.list(), range(3)))
    loop.run(list_concurrently(client, 3))
    for backend in ("asyncio", "trio"):
        run(backend, list_concurrently(client, 3))
    assert server.max_open == 3
    client.close()
    server.wait_until_all_closed()


@pytest.mark.anyio
async def test_a_call_waits_for_a_permit(serve: Serve) -> None:
    """Callers queue for permits, and give up after `pool_timeout`."""
    slow = threading.Event()
    server = serve(make_response([{"id": 1}], wait_for=slow), ITEM)
    async with httpx_client(server, max_connections=1, pool_timeout=0.3) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.articles.alist)
            await await_until(lambda: server.received)
            with pytest.raises(TransportError, match="no free connection"):
                await anyio.to_thread.run_sync(client.articles.list)
            group.start_soon(client.articles.alist)
            group.start_soon(anyio.to_thread.run_sync, client.articles.list)
            await anyio.sleep(0.05)
            slow.set()
        assert client._transport._pools.semaphore.in_flight == 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_close_during_a_call(serve: Serve, backend: str) -> None:
    """The last call on a closed pool closes it, cancelled or not."""
    slow = threading.Event()
    server = serve(ITEM, make_response([{"id": 1}], wait_for=slow))
    client = httpx_client(server)

    async def main() -> None:
        await client.articles.alist()
        async with anyio.create_task_group() as group:
            group.start_soon(client.articles.alist)
            await await_until(lambda: len(server.received) == 2)
            await client.aclose()
            if backend == "trio":
                group.cancel_scope.cancel()
            slow.set()
        assert server.open_connections == 0

    run(backend, main)


def test_a_sync_pool_is_closed_by_its_last_call(serve: Serve) -> None:
    """If a pool is closed during a call, its connection is closed after the call."""
    slow = threading.Event()
    server = serve(make_response([{"id": 1}], wait_for=slow))
    client = httpx_client(server)
    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(client.articles.list)
        server.wait_for(lambda s: len(s.received) == 1)
        client.close()
        slow.set()
        assert len(calling.result().items) == 1
    server.wait_until_all_closed()


def test_connections_of_a_closed_event_loop_are_closed(serve: Serve) -> None:
    """Connections of a closed loop are closed by the next call on another loop."""
    server = serve(ITEM)
    client = httpx_client(server)
    for _ in range(2):
        asyncio.run(client.articles.alist())
    client.articles.list()
    assert server.open_connections == 1
    client.close()
    assert server.open_connections == 0


def test_close_during_a_call_on_another_loop(serve: Serve, loop: EventLoopThread) -> None:
    """A call on another loop completes, and then its connection is closed."""
    slow = threading.Event()
    server = serve(ITEM, make_response([{"id": 1}], wait_for=slow))
    client = httpx_client(server)
    loop.run(client.articles.alist)
    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(loop.run, client.articles.alist)
        server.wait_for(lambda s: len(s.received) == 2)
        client.close()
        assert server.open_connections == 1
        slow.set()
        calling.result()
    server.wait_until_all_closed()


def test_a_raw_client_can_stream(serve: Serve) -> None:
    """A body that a raw client streams is signed, and read once."""
    server = serve(make_response({}))
    with httpx_client(server) as client:
        headers = {"Content-Length": "2"}
        raw = client._transport.sync_client
        assert raw.post(server.url, content=iter([b"a", b"b"]), headers=headers).json() == {}
    assert server.received[0].body == b"ab"
