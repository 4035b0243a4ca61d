"""Cancelled calls: no permit and no connection is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
import trio
import trio.lowlevel
from httpcore import AsyncNetworkBackend, AsyncNetworkStream
from httpcore._backends.auto import AutoBackend

from myonlinestore import ConnectClient
from myonlinestore._transport import connections
from tests.support.calls import ITEM, Serve, connect
from tests.support.http_server import answer
from tests.support.waiting import await_until

pytestmark = pytest.mark.usefixtures("no_leaked_sockets")


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
    assert connections.connections(inner) == []
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


@pytest.mark.anyio
async def test_cancelled_calls_give_their_place_back(serve: Serve) -> None:
    """Calls that are cancelled, while they wait for a place or for an answer, keep none."""
    never = threading.Event()
    server = serve(answer(after=never), answer(after=never), ITEM)
    async with connect(server, max_connections=2) as client:
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(client.articles.alist)
            await await_until(lambda: len(server.received) == 2)
            group.cancel_scope.cancel()
        assert client._transport._pools.semaphore.in_flight == 0
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
        assert (pools.semaphore.in_flight, pools.current_loop_pool().users) == (1, 1)
        coroutine.close()
        assert (pools.semaphore.in_flight, pools.current_loop_pool().users) == (0, 0)

        left_behind.append(client.articles.alist())
        left_behind[0].send(None)
        gates.append(pools.semaphore)

    left_behind: list[Any] = []
    gates: list[Any] = []
    asyncio.run(main())
    left_behind[0].close()
    assert gates[0].in_flight == 0


def test_a_call_that_is_thrown_away_after_a_close_gives_its_permit_back() -> None:
    """The last user of a pool that was closed meanwhile leaves it, though it cannot close it."""

    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(500)

    async def main() -> None:
        client = connect("http://x", async_transport=httpx.MockTransport(never))
        pools = client._transport._pools
        coroutine = client.articles.alist()
        coroutine.send(None)
        await client.aclose()
        assert pools.semaphore.in_flight == 1
        coroutine.close()
        assert pools.semaphore.in_flight == 0

    asyncio.run(main())


def test_garbage_may_hold_a_call() -> None:
    """A call that went with its loop gives its place back while a pool is opened, and stops none."""
    counts: list[int] = []

    async def answering(request: httpx.Request) -> httpx.Response:
        if not left_behind:
            await asyncio.sleep(60)
        return httpx.Response(200, json={"count": 5})

    client = connect("http://x", async_transport=httpx.MockTransport(answering))
    left_behind: list[bool] = []

    def go_away() -> None:
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        loop.create_task(client.articles.acount())  # noqa: RUF006  nobody is to hold it
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    def count() -> None:
        go_away()
        left_behind.append(True)
        counts.append(asyncio.run(client.articles.acount()))

    counting = threading.Thread(target=count, daemon=True)
    counting.start()
    counting.join(10)
    assert counts == [5]
    assert client._transport._pools.semaphore.in_flight == 0
