"""Connections: reuse, limits, expiry, and those of other servers."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from myonlinestore._transport.http1 import pool
from myonlinestore._transport.http1.pool import Connection
from myonlinestore._transport.http1.request import Server
from myonlinestore._transport.http1.streams import PlainStream
from tests.support.calls import TOKEN, Serve, run
from tests.support.http_server import make_response
from tests.support.raw_server import encode_response
from tests.support.waiting import wait_until
from tests.transport.conftest import RawServe
from tests.transport.http1.conftest import connect_fast
from tests.transport.test_max_connections import respond_together


def test_other_origins_have_their_own_connections(raw_serve: RawServe) -> None:
    """A connection is reused for its own server, and closed if another server needs its permit."""
    first = raw_serve(lambda peer: peer.send(encode_response({"server": 1})))
    second = raw_serve(lambda peer: peer.send(encode_response({"server": 2})))
    client = connect_fast(first, max_connections=1)
    other_client = client.with_options()
    other_client.config.base_url = second.url
    for _ in range(2):
        assert client.request("GET", "/x") == {"server": 1}
        assert len(first.open) == 1
        # The thread of a server detects the end of its connection a little later.
        assert wait_until(lambda: not second.open)
        assert other_client.request("GET", "/x") == {"server": 2}
        assert len(second.open) == 1
        assert wait_until(lambda: not first.open)
    assert (first.connections, second.connections) == (2, 2)
    client.close()


def test_a_connection_of_another_origin_stays_idle(raw_serve: RawServe) -> None:
    """Looking for a connection leaves the others as they are."""
    first = raw_serve(lambda peer: peer.send(encode_response({"server": 1})))
    second = raw_serve(lambda peer: peer.send(encode_response({"server": 2})))
    client = connect_fast(first, max_connections=2)
    other_client = client.with_options()
    other_client.config.base_url = second.url
    for _ in range(3):
        assert client.request("GET", "/x") == {"server": 1}
        assert other_client.request("GET", "/x") == {"server": 2}
    assert (first.connections, second.connections) == (1, 1)
    client.close()


def test_an_idle_connection_expires(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that was idle for too long is closed, and another one opened."""
    monkeypatch.setattr(pool, "KEEPALIVE_SECONDS", 0.01)
    server = serve(make_response({}))
    with connect_fast(server.url) as client:
        for _ in range(2):
            client.request("GET", "/x")
            time.sleep(0.03)
    assert server.accepted == 2


def test_max_keepalive_limits_idle_connections(serve: Serve) -> None:
    """Idle connections beyond `max_keepalive` are closed."""
    server = serve(respond_together(3))
    with connect_fast(server.url, max_connections=3, max_keepalive=1) as client:
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda _: client.articles.list(), range(3)))
        server.wait_for(lambda s: s.open_connections == 1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_close_during_a_call_closes_its_connection(serve: Serve, backend: str) -> None:
    """The connection of a call that was running is closed when the call ends."""
    client = connect_fast(serve(lambda _: (client.close(), make_response({}))[1]).url)
    run(backend, lambda: client.arequest("GET", "/x"))
    http1: Any = client._transport._pools.http1
    assert not http1._pool._idle


def test_a_connection_without_a_stream_is_dropped() -> None:
    """An interrupt on a connection's first line leaves nothing to close."""
    connection = object.__new__(Connection)
    del connection
    left, right = socket.socketpair()
    with right:
        connection = Connection(Server("x", 1, is_tls=False), PlainStream(left))
        del connection
        assert left.fileno() == -1


def test_a_changed_origin_gets_no_token(serve: Serve) -> None:
    """The tokens are sent only to the origin of the client's creation."""
    server = serve(make_response({}))
    client = connect_fast("http://127.0.0.1:1")
    client.config.base_url = server.url
    client.request("GET", "/x", params={"token": "mine"})
    client.request("GET", "/x")
    assert [("token", "mine") in request.query for request in server.received] == [True, False]
    assert all(TOKEN not in request.target for request in server.received)
    client.close()
