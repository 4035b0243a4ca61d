"""Connections: opening, waiting for a socket, and reuse."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

from myonlinestore import ConnectError, TransportError
from myonlinestore._concurrency.event_loops import running_loop
from myonlinestore._concurrency.sync import run_sync
from myonlinestore._transport.http1 import connect, pool, waiting, waiting_asyncio
from myonlinestore._transport.http1.connection import Connection
from myonlinestore._transport.http1.errors import (
    ConnectFailedError,
    ConnectTimedOutError,
    DeadlineExceededError,
)
from myonlinestore._transport.http1.stream import PlainStream
from myonlinestore._transport.http1.timeouts import Timeouts
from myonlinestore._transport.http1.waiting import SYNC_WAITER, poll_socket, waiter_of
from tests.support.calls import TOKEN, Serve, run
from tests.support.http_server import answer
from tests.support.raw_server import RawServer, response
from tests.transport.http1.conftest import CallAll, RawServe, fast
from tests.transport.test_max_connections import respond_together


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """Return the address of a server that accepts no connection, and whose queue is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.01)
        yield listener.getsockname()


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Resolve every host to these addresses."""
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: infos)


def open_stream(timeouts: Timeouts) -> Any:
    """Open a connection from sync code."""
    server = connect.Server("shop.example", 80, is_tls=False)
    return run_sync(connect.open_stream(server, None, timeouts, SYNC_WAITER))


def address_of(server: RawServer) -> tuple[str, int]:
    """Return the address of a server."""
    host, port = server.url.rpartition("/")[2].split(":")
    return host, int(port)


def test_the_next_address_is_tried_after_a_delay(
    monkeypatch: pytest.MonkeyPatch, silent: tuple[str, int]
) -> None:
    """An address that does not respond delays a connection only by a fraction of a second."""
    server = RawServer(lambda peer: None)
    resolve_to(monkeypatch, silent, ("127.0.0.1", 1), address_of(server))
    started = time.monotonic()
    open_stream(Timeouts(connect=5)).close()
    assert 0.2 < time.monotonic() - started < 2
    server.stop()


def test_a_slow_address_times_out(monkeypatch: pytest.MonkeyPatch, silent: tuple[str, int]) -> None:
    """Without a connection within the timeout, or the deadline, opening raises."""
    resolve_to(monkeypatch, silent)
    with pytest.raises(ConnectTimedOutError):
        open_stream(Timeouts(connect=0.05))
    with pytest.raises(DeadlineExceededError):
        open_stream(Timeouts(connect=5, deadline=time.monotonic() + 0.05))
    with pytest.raises(DeadlineExceededError):
        open_stream(Timeouts(deadline=time.monotonic() + 0.05))


def test_the_last_error_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """When every address refuses, or there is none, the last error is raised."""
    resolve_to(monkeypatch, ("127.0.0.1", 1), ("255.255.255.255", 1))
    with pytest.raises(ConnectFailedError):
        open_stream(Timeouts(connect=1))
    resolve_to(monkeypatch)
    with pytest.raises(ConnectFailedError, match="no address"):
        open_stream(Timeouts(connect=1))


def test_an_interrupt_leaves_no_socket(
    monkeypatch: pytest.MonkeyPatch, silent: tuple[str, int]
) -> None:
    """Ctrl-C while a connection opens closes it."""

    async def interrupt(self: object, sock: socket.socket, seconds: float | None) -> bool:
        sockets.append(sock)
        raise KeyboardInterrupt

    sockets: list[socket.socket] = []
    resolve_to(monkeypatch, silent)
    monkeypatch.setattr(waiting.SyncWaiter, "wait_writable", interrupt)
    with pytest.raises(KeyboardInterrupt):
        open_stream(Timeouts(connect=1))
    assert [sock.fileno() for sock in sockets] == [-1]


@pytest.mark.anyio
async def test_a_slow_resolver_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name resolution on an event loop counts towards the connect timeout."""

    async def getaddrinfo(*args: object, **kwargs: object) -> list[Any]:
        await anyio.sleep(5)
        return []

    monkeypatch.setattr(anyio, "getaddrinfo", getaddrinfo)
    with pytest.raises(TransportError, match=r"no connection within 0\.05 s"):
        await fast("http://shop.example", connect_timeout=0.05).arequest("GET", "/x")


def test_an_untrusted_certificate_is_rejected(
    context: ssl.SSLContext, call_all: CallAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate for another host is rejected, and nothing is sent."""
    server = RawServer(lambda peer: peer.send(response({})), context)
    url = server.url.replace("127.0.0.1", "127.0.0.2")
    (error,) = call_all(fast(url, max_retries=0), [("GET", "/x")])
    assert isinstance(error, ConnectError)
    assert server.requests == 0
    server.stop()


@pytest.mark.parametrize("has_poll", [True, False])
def test_sync_code_waits_for_sockets(monkeypatch: pytest.MonkeyPatch, has_poll: bool) -> None:
    """A sync wait for a socket ends when it is ready, or after the timeout."""
    if not has_poll:
        monkeypatch.delattr(select, "poll", raising=False)
    left, right = socket.socketpair()
    with left, right:
        assert not poll_socket(left, for_writing=False, seconds=0.01)
        assert poll_socket(left, for_writing=True, seconds=None)
        right.send(b"x")
        assert poll_socket(left, for_writing=False, seconds=None)


@pytest.mark.anyio
async def test_tasks_wait_for_sockets() -> None:
    """A task's wait for a socket ends when it is ready, or after the timeout."""
    waiter = waiter_of(running_loop())
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        assert not await waiter.wait_readable(left, 0.01)
        assert await waiter.wait_writable(left, None)
        assert await waiter.wait_writable(left, 1)
        with pytest.raises(BlockingIOError):
            while True:
                left.send(b"x" * 65_536)
        assert not await waiter.wait_writable(left, 0.01)
        right.send(b"x")
        assert await waiter.wait_readable(left, None)


def test_a_loop_without_watchers_uses_those_of_anyio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' proactor loop cannot watch sockets; anyio can, with a thread."""

    async def ready(*args: object) -> bool:
        return True

    def missing(*args: object) -> None:
        raise NotImplementedError

    async def main() -> list[bool]:
        loop, waiter = asyncio.get_running_loop(), waiter_of(running_loop())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "add_reader", missing)
            patch.setattr(loop, "add_writer", missing)
            left, right = socket.socketpair()
            with left, right:
                return [await waiter.wait_readable(left, 1), await waiter.wait_writable(left, 1)]

    monkeypatch.setattr(waiting.AnyioWaiter, "wait_readable", ready)
    monkeypatch.setattr(waiting.AnyioWaiter, "wait_writable", ready)
    assert asyncio.run(main()) == [True, True]


def test_a_wait_has_one_result() -> None:
    """A socket that becomes ready at its timeout changes nothing."""

    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        waiting_asyncio._set_timed_out(future)
        waiting_asyncio._set_ready(future)
        waiting_asyncio._set_timed_out(future)
        assert await future is False

    asyncio.run(main())


def test_other_origins_have_their_own_connections(raw_serve: RawServe) -> None:
    """A connection is reused for its own server, and closed if another server needs its permit."""
    first = raw_serve(lambda peer: peer.send(response({"server": 1})))
    second = raw_serve(lambda peer: peer.send(response({"server": 2})))
    client = fast(first, max_connections=1)
    elsewhere = client.with_options()
    elsewhere.config.base_url = second.url
    for _ in range(2):
        assert client.request("GET", "/x") == {"server": 1}
        assert elsewhere.request("GET", "/x") == {"server": 2}
    assert (first.most_open, second.most_open) == (1, 1)
    client.close()


def test_a_connection_of_another_origin_stays_idle(raw_serve: RawServe) -> None:
    """Looking for a connection leaves the others as they are."""
    first = raw_serve(lambda peer: peer.send(response({"server": 1})))
    second = raw_serve(lambda peer: peer.send(response({"server": 2})))
    client = fast(first, max_connections=2)
    elsewhere = client.with_options()
    elsewhere.config.base_url = second.url
    for _ in range(3):
        assert client.request("GET", "/x") == {"server": 1}
        assert elsewhere.request("GET", "/x") == {"server": 2}
    assert (first.connections, second.connections) == (1, 1)
    client.close()


def test_an_idle_connection_expires(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that was idle for too long is closed, and another one opened."""
    monkeypatch.setattr(pool, "KEEPALIVE_SECONDS", 0.01)
    server = serve(answer({}))
    with fast(server.url) as client:
        for _ in range(2):
            client.request("GET", "/x")
            time.sleep(0.03)
    assert server.accepted == 2


def test_max_keepalive_limits_idle_connections(serve: Serve) -> None:
    """Idle connections beyond `max_keepalive` are closed."""
    server = serve(respond_together(3))
    with fast(server.url, max_connections=3, max_keepalive=1) as client:
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda _: client.articles.list(), range(3)))
        server.wait_for(lambda s: s.open_connections == 1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_close_during_a_call_closes_its_connection(serve: Serve, backend: str) -> None:
    """The connection of a call that was running is closed when the call ends."""
    client = fast(serve(lambda _: (client.close(), answer({}))[1]).url)
    run(backend, lambda: client.arequest("GET", "/x"))
    http1: Any = client._transport._pools.http1
    assert http1.idle_count == 0


def test_a_connection_without_a_stream_is_dropped() -> None:
    """An interrupt on a connection's first line leaves nothing to close."""
    connection = object.__new__(Connection)
    del connection
    left, right = socket.socketpair()
    with right:
        made = Connection(connect.Server("x", 1, is_tls=False), PlainStream(left))
        del made
        assert left.fileno() == -1


def test_a_changed_origin_gets_no_token(serve: Serve) -> None:
    """The tokens are sent only to the origin of the client's creation."""
    server = serve(answer({}))
    client = fast("http://127.0.0.1:1")
    client.config.base_url = server.url
    client.request("GET", "/x", params={"token": "mine"})
    client.request("GET", "/x")
    assert [("token", "mine") in got.query for got in server.received] == [True, False]
    assert all(TOKEN not in got.target for got in server.received)
    client.close()
