"""A response belongs to its request on httpx, too, whose connections carry one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from myonlinestore import ConnectClient, ResponseTooLargeError, ServerError
from tests.support.calls import connect
from tests.support.raw_server import Peer, RawServer, encode_response
from tests.transport.conftest import CallAll, RawServe
from tests.transport.http1.test_exchange import COMPRESSORS, LEFTOVERS, REQUESTS

MakeClient = Callable[..., ConnectClient]


def _make_on_engine(server: RawServer, **values: object) -> ConnectClient:
    return connect(server.url, engine="httpx", **values)


def _make_on_transports(server: RawServer, **values: object) -> ConnectClient:
    transports = {"transport": httpx.HTTPTransport(), "async_transport": httpx.AsyncHTTPTransport()}
    return connect(server.url, **transports, **values)


@pytest.fixture(params=[_make_on_engine, _make_on_transports], ids=["engine", "transports"])
def make_client(request: pytest.FixtureRequest) -> MakeClient:
    """Return a function that creates a client on httpx, or on transports of the caller's."""
    make: MakeClient = request.param
    return make


@pytest.mark.parametrize("parts", LEFTOVERS.values(), ids=LEFTOVERS.keys())
@pytest.mark.parametrize("sent", ["joined", "apart", "later"])
def test_leftover_bytes_are_not_a_response(
    raw_serve: RawServe, call_all: CallAll, make_client: MakeClient, parts: list[bytes], sent: str
) -> None:
    """Bytes after a response, at once or later, are never read as the next response."""
    all_sent = threading.Event()

    def handle(peer: Peer) -> None:
        if peer.connection > 1:
            peer.send(encode_response({"path": peer.path}))
        elif sent == "later":
            peer.send(parts[0])
            time.sleep(0.02)
            all_sent.set()
            peer.send(parts[1])
        else:
            peer.send(*([b"".join(parts)] if sent == "joined" else parts))

    server = raw_serve(handle)
    between = (lambda: all_sent.wait(5)) if sent == "later" else bool
    results = call_all(make_client(server), REQUESTS, between)
    assert results[1:] == [{"path": f"/v1/{number}"} for number in range(1, 4)]
    assert server.connections == 4


def test_a_connection_is_closed_after_its_response(
    raw_serve: RawServe, call_all: CallAll, make_client: MakeClient
) -> None:
    """The client closes the connection, even if the server promises to keep it open."""
    keep_alive = ("Connection: keep-alive", "Keep-Alive: timeout=60, max=1000")
    server = raw_serve(lambda peer: peer.send(encode_response({}, *keep_alive)))
    open_before: list[int] = []

    def count_open() -> None:
        # The thread of the server detects the end a little later.
        deadline = time.monotonic() + 5
        while server.open and time.monotonic() < deadline:
            time.sleep(0.001)
        open_before.append(len(server.open))

    assert call_all(make_client(server), REQUESTS, count_open) == [{}] * 4
    assert open_before == [0] * 4
    assert (server.connections, server.max_open) == (4, 1)


def test_a_second_message_does_not_change_the_status(
    raw_serve: RawServe, call_all: CallAll, make_client: MakeClient
) -> None:
    """A failure stays a failure, whatever follows it in the same read."""
    server = raw_serve(
        lambda peer: peer.send(encode_response(b"{}", status="500 Oops") + encode_response(b"[]"))
    )
    (result,) = call_all(make_client(server), [("DELETE", "/x")])
    assert isinstance(result, ServerError)


@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_a_large_response_is_an_error(
    raw_serve: RawServe, call_all: CallAll, make_client: MakeClient, encoding: str
) -> None:
    """A body beyond `max_response_bytes` raises, without a retry."""
    body = b" " * 3_000_000
    compressed = COMPRESSORS[encoding](body) if encoding else body
    lines = [f"Content-Encoding: {encoding}"] if encoding else []
    server = raw_serve(lambda peer: peer.send(encode_response(compressed, *lines)))
    client = make_client(server, max_response_bytes=1_000_000, max_retries=3)
    (result,) = call_all(client, [("GET", "/x")])
    assert isinstance(result, ResponseTooLargeError)
    assert server.requests == 1
