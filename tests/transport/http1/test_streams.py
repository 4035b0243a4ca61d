"""Opening of connections: addresses, timeouts, interrupts, certificates."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from myonlinestore import ConnectError, TransportError
from myonlinestore._concurrency.sync import run_sync
from myonlinestore._transport.http1 import streams, waiting
from myonlinestore._transport.http1.errors import (
    CallTimedOutError,
    ConnectFailedError,
    ConnectTimedOutError,
)
from myonlinestore._transport.http1.request import Server
from myonlinestore._transport.http1.waiting import SYNC_WAITER, Timeouts
from tests.support.raw_server import RawServer, encode_response
from tests.transport.conftest import CallAll
from tests.transport.http1.conftest import connect_fast


@pytest.fixture
def silent_address() -> Iterator[tuple[str, int]]:
    """Return the address of a server that accepts no connection, and whose queue is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        time.sleep(0.01)
        yield listener.getsockname()


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Resolve every host to these addresses."""
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: infos)


def open_stream(timeouts: Timeouts) -> Any:
    """Open a connection from sync code."""
    server = Server("shop.example", 80, is_tls=False)
    return run_sync(streams.open_stream(server, None, timeouts, SYNC_WAITER))


def get_address(server: RawServer) -> tuple[str, int]:
    """Return the address of a server."""
    host, port = server.url.rpartition("/")[2].split(":")
    return host, int(port)


def test_the_next_address_is_tried_after_a_delay(
    monkeypatch: pytest.MonkeyPatch, silent_address: tuple[str, int]
) -> None:
    """An address that does not respond delays a connection only by a fraction of a second."""
    server = RawServer(lambda peer: None)
    resolve_to(monkeypatch, silent_address, ("127.0.0.1", 1), get_address(server))
    started = time.monotonic()
    open_stream(Timeouts(connect=60)).close()
    assert 0.2 < time.monotonic() - started < 30
    server.stop()


def test_a_slow_address_times_out(
    monkeypatch: pytest.MonkeyPatch, silent_address: tuple[str, int]
) -> None:
    """Without a connection within the timeout, or the deadline, opening raises."""
    resolve_to(monkeypatch, silent_address)
    with pytest.raises(ConnectTimedOutError):
        open_stream(Timeouts(connect=0.05))
    with pytest.raises(CallTimedOutError):
        open_stream(Timeouts(connect=5, deadline=time.monotonic() + 0.05))
    with pytest.raises(CallTimedOutError):
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
    monkeypatch: pytest.MonkeyPatch, silent_address: tuple[str, int]
) -> None:
    """Ctrl-C while a connection opens closes it."""

    async def interrupt(self: object, sock: socket.socket, seconds: float | None) -> bool:
        sockets.append(sock)
        raise KeyboardInterrupt

    sockets: list[socket.socket] = []
    resolve_to(monkeypatch, silent_address)
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
        await connect_fast("http://shop.example", connect_timeout=0.05).arequest("GET", "/x")


def test_an_untrusted_certificate_is_rejected(
    context: ssl.SSLContext, call_all: CallAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate for another host is rejected, and nothing is sent."""
    server = RawServer(lambda peer: peer.send(encode_response({})), context)
    url = server.url.replace("127.0.0.1", "127.0.0.2")
    (error,) = call_all(connect_fast(url, max_retries=0), [("GET", "/x")])
    assert isinstance(error, ConnectError)
    assert server.requests == 0
    server.stop()
