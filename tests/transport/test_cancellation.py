"""Cancelled calls: no permit and no connection is lost."""

from __future__ import annotations

import asyncio
import functools
import gc
import threading
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
import trio
import trio.lowlevel
from httpcore import (
    AnyIOBackend,
    AsyncConnectionPool,
    AsyncNetworkBackend,
    AsyncNetworkStream,
)

from myonlinestore import ConnectClient
from myonlinestore._transport import httpcore_transports
from tests.support.calls import ITEM, TOKEN, Serve, connect
from tests.support.http_server import make_response
from tests.support.waiting import await_until

pytestmark = pytest.mark.usefixtures("no_leaked_sockets", "idle_connections")


@pytest.mark.anyio
async def test_a_cancelled_call_loses_no_connection(
    serve: Serve, anyio_backend: str, idle_connections: int
) -> None:
    """A call's only connection is usable again whenever the call is cancelled."""
    server = serve(ITEM)
    async with connect(server, max_connections=1, pool_timeout=5) as client:
        for checkpoints in range(45):
            await _cancel_after(checkpoints, client, anyio_backend)
            if checkpoints % 2:
                await client.aclose()
            assert len((await client.articles.alist()).items) == 1
        server.wait_for(lambda s: s.open_connections == idle_connections)
    server.wait_until_all_closed()


async def _cancel_after(checkpoints: int, client: ConnectClient, backend: str) -> None:
    """Cancel a call with the event loop's own means, after a number of checkpoints."""
    if backend == "trio":
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.articles.alist)
            for _ in range(checkpoints):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
        return
    task = asyncio.ensure_future(client.articles.alist())
    for _ in range(checkpoints):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


class _CallbackBackend(AsyncNetworkBackend):
    """A network backend that calls a function after each connect and each read."""

    def __init__(self, connected: Callable[[], object], read: Callable[[], object]) -> None:
        self._real = AnyIOBackend()
        self._connected = connected
        self._read = read

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> AsyncNetworkStream:
        stream = await self._real.connect_tcp(*args, **kwargs)
        self._connected()
        read = stream.read

        async def read_and_notify(max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
            data = await read(max_bytes, timeout)
            self._read()
            return data

        stream.read = read_and_notify  # type: ignore[method-assign]
        return stream


@pytest.fixture
def cancel_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have httpcore call functions after each connect and each read."""

    def set_callbacks(connected: Callable[[], object], read: Callable[[], object]) -> None:
        backend = _CallbackBackend(connected, read)
        pools = {"direct": functools.partial(AsyncConnectionPool, network_backend=backend)}
        monkeypatch.setattr(httpcore_transports, "_ASYNC_POOLS", pools)

    return set_callbacks


@pytest.mark.anyio
async def test_a_connection_cancelled_during_connect_is_closed(
    serve: Serve, cancel_at: Callable[..., None]
) -> None:
    """A connection of httpcore is closed if its call is cancelled while connecting."""
    server = serve(ITEM)
    client = connect(server, engine="httpx")
    with anyio.CancelScope() as scope:
        cancel_at(scope.cancel, bool)
        await client.articles.alist()
    assert scope.cancelled_caught
    assert server.open_connections == 0
    cancel_at(bool, bool)
    assert len((await client.articles.alist()).items) == 1
    await client.aclose()


def test_a_call_cancelled_after_its_response_leaves_nothing_behind(
    serve: Serve, cancel_at: Callable[..., None]
) -> None:
    """A connection of httpcore is closed if its call is cancelled with the response."""
    server = serve(ITEM)
    client = connect(server, engine="httpx")

    async def main() -> None:
        call = asyncio.ensure_future(client.articles.alist())
        cancel_at(bool, call.cancel)
        await asyncio.wait([call])
        assert call.cancelled()
        assert server.open_connections == 0
        cancel_at(bool, bool)
        assert len((await client.articles.alist()).items) == 1
        await client.aclose()

    asyncio.run(main())


@pytest.mark.anyio
async def test_cancelled_calls_release_their_permits(serve: Serve) -> None:
    """Calls cancelled while they wait for a permit or a response keep no permit."""
    never = threading.Event()
    server = serve(make_response(wait_for=never), make_response(wait_for=never), ITEM)
    async with connect(server, max_connections=2) as client:
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(client.articles.alist)
            await await_until(lambda: len(server.received) == 2)
            group.cancel_scope.cancel()
        assert client._transport._pools.semaphore.in_flight == 0
        assert len((await client.articles.alist()).items) == 1
    never.set()


def test_an_abandoned_call_releases_its_permit() -> None:
    """A coroutine that is closed while it waits for its response keeps no permit and no pool."""

    async def never_respond(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(500)

    async def main() -> None:
        client = connect("http://x", async_transport=httpx.MockTransport(never_respond))
        pools = client._transport._pools
        coroutine = client.articles.alist()
        coroutine.send(None)
        assert (pools.semaphore.in_flight, pools.async_transport_users.in_flight) == (1, 1)
        coroutine.close()
        assert (pools.semaphore.in_flight, pools.async_transport_users.in_flight) == (0, 0)

        left_behind.append(client.articles.alist())
        left_behind[0].send(None)
        semaphores.append(pools.semaphore)

    left_behind: list[Any] = []
    semaphores: list[Any] = []
    asyncio.run(main())
    left_behind[0].close()
    assert semaphores[0].in_flight == 0


def test_a_closed_call_awaits_nothing(serve: Serve) -> None:
    """A coroutine that is closed while it connects releases its permit, on each engine."""

    async def main() -> None:
        client = connect(serve(ITEM))
        coroutine = client.articles.alist()
        coroutine.send(None)
        assert client._transport._pools.semaphore.in_flight == 1
        coroutine.close()
        assert client._transport._pools.semaphore.in_flight == 0
        await client.aclose()

    asyncio.run(main())


class _SilentTransport(httpx.AsyncBaseTransport):
    """A transport that never responds; `closed` has its calls in flight at each `aclose`."""

    def __init__(self, error: Exception | None = None) -> None:
        self.closed: list[int] = []
        self._calls = 0
        self._error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._calls += 1
        try:
            await anyio.sleep_forever()
        finally:
            self._calls -= 1
        raise AssertionError

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed.append(self._calls)
        if self._error is not None:
            raise self._error


async def _abandon_after_aclose(client: ConnectClient, transport: _SilentTransport) -> None:
    """Close the client, and then the coroutine of the call that uses its transport."""
    coroutine = client.articles.alist()
    coroutine.send(None)
    await client.aclose()
    assert (client._transport._pools.semaphore.in_flight, transport.closed) == (1, [])
    coroutine.close()
    assert client._transport._pools.semaphore.in_flight == 0


@pytest.mark.anyio
async def test_a_call_abandoned_after_aclose_has_the_transport_closed() -> None:
    """A task closes the transport if the last call on it is closed and can await nothing."""
    transport = _SilentTransport()
    client = connect("http://x", async_transport=transport)
    await _abandon_after_aclose(client, transport)
    await await_until(lambda: transport.closed == [0])
    await client.aclose()
    assert transport.closed == [0]


@pytest.mark.anyio
async def test_a_transport_in_use_again_is_closed_after_that_call() -> None:
    """The task leaves a transport open that the next call uses already."""
    transport = _SilentTransport()
    client = connect("http://x", async_transport=transport)
    await _abandon_after_aclose(client, transport)
    with anyio.move_on_after(0.05):
        await client.articles.alist()
    assert transport.closed == [0]


@pytest.mark.anyio
async def test_a_transport_that_cannot_be_closed_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error of the transport's `aclose` ends no event loop, and its token is redacted."""
    transport = _SilentTransport(LookupError(f"odd {TOKEN}"))
    await _abandon_after_aclose(connect("http://x", async_transport=transport), transport)
    await await_until(lambda: bool(caplog.messages))
    assert caplog.messages == ["a transport could not be closed: odd ***"]


def test_a_call_abandoned_after_its_loop_leaves_the_transport_to_aclose() -> None:
    """A transport whose last call ends with its loop is closed by the next `aclose`."""
    transport = _SilentTransport()
    client = connect("http://x", async_transport=transport)

    async def main() -> None:
        calls.append(client.articles.alist())
        calls[0].send(None)
        await client.aclose()

    calls: list[Any] = []
    asyncio.run(main())
    calls[0].close()
    assert transport.closed == []
    asyncio.run(client.aclose())
    assert transport.closed == [0]


def test_a_garbage_collected_call_releases_its_permit() -> None:
    """A call whose loop has ended releases its permit, and blocks no later call."""
    counts: list[int] = []

    async def respond(request: httpx.Request) -> httpx.Response:
        if not left_behind:
            await asyncio.sleep(60)
        return httpx.Response(200, json={"count": 5})

    client = connect("http://x", async_transport=httpx.MockTransport(respond), max_connections=1)
    left_behind: list[bool] = []

    def abandon_call() -> None:
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        loop.create_task(client.articles.acount())  # noqa: RUF006  it must be garbage
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    def count() -> None:
        abandon_call()
        left_behind.append(True)
        counts.append(asyncio.run(client.articles.acount()))

    counting = threading.Thread(target=count, daemon=True)
    counting.start()
    counting.join(10)
    assert counts == [5]
    gc.collect()
    assert client._transport._pools.semaphore.in_flight == 0
