"""A response belongs to its request, whatever a server sends, and whenever."""

from __future__ import annotations

import gzip
import json
import threading
import time
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from myonlinestore import ServerError, TransportError
from myonlinestore.exceptions import ResponseTooLargeError
from tests.support.raw_server import Peer, encode_response
from tests.transport.conftest import CallAll, RawServe
from tests.transport.http1.conftest import connect_fast

pytestmark = pytest.mark.usefixtures("parser")

FOREIGN = encode_response({"path": "foreign"})
LEFTOVERS = {
    "behind a 204": [b"HTTP/1.1 204 No Content\r\n\r\n", FOREIGN],
    "behind a 304": [b"HTTP/1.1 304 Not Modified\r\n\r\n", FOREIGN],
    "behind a length": [encode_response(b"{}"), FOREIGN],
    "behind chunks": [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        FOREIGN,
    ],
    "behind a large body": [encode_response(b"{" + b" " * 200_000 + b"}"), FOREIGN],
    "half a response": [encode_response(b"{}"), FOREIGN[:9]],
}
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
REQUESTS = [("DELETE", "/0"), *(("GET", f"/{number}") for number in range(1, 4))]


@pytest.mark.parametrize("parts", LEFTOVERS.values(), ids=LEFTOVERS.keys())
@pytest.mark.parametrize("sent", ["joined", "apart", "later"])
def test_leftover_bytes_are_not_a_response(
    raw_serve: RawServe, call_all: CallAll, parts: list[bytes], sent: str
) -> None:
    """Bytes after a response, at once or while the connection is idle, end the connection."""
    all_sent = threading.Event()

    def handle(peer: Peer) -> None:
        if (peer.connection, peer.request) != (1, 1):
            peer.send(encode_response({"path": peer.path}))
        elif sent == "later":
            peer.send(parts[0])
            time.sleep(0.02)
            peer.send(parts[1])
            all_sent.set()
        else:
            peer.send(*([b"".join(parts)] if sent == "joined" else parts))

    server = raw_serve(handle)
    between = (lambda: all_sent.wait(5)) if sent == "later" else bool
    results = call_all(connect_fast(server), REQUESTS, between)
    assert results[1:] == [{"path": f"/v1/{number}"} for number in range(1, 4)]
    assert server.connections == 2


def test_a_connection_that_the_server_closes_is_not_reused(
    raw_serve: RawServe, call_all: CallAll
) -> None:
    """The end of an idle connection is detected before it is used."""
    closed = threading.Semaphore(0)

    def handle(peer: Peer) -> None:
        peer.send(encode_response({"path": peer.path}))
        peer.close()
        closed.release()

    server = raw_serve(handle)
    results = call_all(connect_fast(server), REQUESTS, lambda: closed.acquire(timeout=5))
    assert results == [{"path": f"/v1/{number}"} for number in range(4)]
    assert server.connections == 4


def test_a_second_message_does_not_change_the_status(
    raw_serve: RawServe, call_all: CallAll
) -> None:
    """A failure stays a failure, whatever follows it in the same read."""
    server = raw_serve(
        lambda peer: peer.send(encode_response(b"{}", status="500 Oops") + encode_response(b"[]"))
    )
    (result,) = call_all(connect_fast(server), [("DELETE", "/x")])
    assert isinstance(result, ServerError)
    assert result.status_code == 500


def test_a_connection_is_reused(raw_serve: RawServe, call_all: CallAll) -> None:
    """Responses of any size and framing leave the connection for the next request."""

    def handle(peer: Peer) -> None:
        size = [0, 11, 70_000, 600_000][peer.request % 4]
        body = b"[" + b" " * size + b"]"
        if peer.request % 2:
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            peer.send(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        else:
            peer.send(encode_response(body))

    server = raw_serve(handle)
    assert call_all(connect_fast(server), [("GET", "/x")] * 8) == [[]] * 8
    assert server.connections == 1


@pytest.mark.parametrize("closes", [True, False])
def test_an_early_response_is_read(raw_serve: RawServe, call_all: CallAll, closes: bool) -> None:
    """A 413 that comes before the body was read is raised, and nothing is sent again."""
    is_over = threading.Event()

    def handle(peer: Peer) -> None:
        peer.send(encode_response({"title": "too large"}, "Connection: close", status="413 Large"))
        if closes:
            time.sleep(0.05)
            peer.socket.close()
        else:
            is_over.wait(30)

    server = raw_serve(handle, reads_body=False)
    client = connect_fast(server, timeout=0.5, max_retries=3, max_retry_delay=0.01)
    (result,) = call_all(client, [("POST", "/x", b"x" * 20_000_000)])
    is_over.set()
    assert getattr(result, "status_code", None) == 413
    assert server.requests == 1


def test_a_failed_request_raises_its_cause(raw_serve: RawServe, call_all: CallAll) -> None:
    """Without an early response the error is that of the broken connection."""
    server = raw_serve(lambda peer: peer.socket.close(), reads_body=False)
    (result,) = call_all(connect_fast(server), [("POST", "/x", b"x" * 20_000_000)])
    assert isinstance(result, TransportError)
    assert "lost the connection" in str(result)


def test_a_server_that_reads_nothing_is_a_timeout(raw_serve: RawServe, call_all: CallAll) -> None:
    """A body that the server does not accept before the timeout raises."""
    is_over = threading.Event()
    server = raw_serve(lambda peer: (is_over.wait(30), None)[1], reads_body=False)
    (result,) = call_all(connect_fast(server, timeout=0.2), [("POST", "/x", b"x" * 20_000_000)])
    is_over.set()
    assert isinstance(result, TransportError)
    assert "could not send within 0.2 s" in str(result)


FLOODS = {
    "interim responses": b"HTTP/1.1 103 E\r\nX: y\r\n\r\n" * 1000,
    "trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    + b"X: y\r\n" * 90_000,
    "extensions": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;" + b"y" * 90_000,
    "line breaks": b"\r\n" * 10_000,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
def test_endless_responses_are_an_error(
    raw_serve: RawServe, call_all: CallAll, flood: bytes
) -> None:
    """Each part of a response without an end is limited."""
    server = raw_serve(lambda peer: peer.send(flood))
    (result,) = call_all(connect_fast(server), [("GET", "/x")])
    assert isinstance(result, TransportError)


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_large_response_is_an_error(
    raw_serve: RawServe, call_all: CallAll, encoding: str
) -> None:
    """A body beyond `max_response_bytes` raises, without a retry."""
    body = b" " * 30_000_000
    for name in filter(None, encoding.split(", ")):
        body = COMPRESSORS[name](body)
    server = raw_serve(
        lambda peer: peer.send(encode_response(body, f"Content-Encoding: {encoding}"))
    )
    client = connect_fast(server, max_response_bytes=1_000_000, max_retries=3)
    (result,) = call_all(client, [("GET", "/x")])
    assert isinstance(result, ResponseTooLargeError)
    assert "/v1/x: received a response of more than 1000000 bytes (max_response_bytes)" in str(
        result
    )
    assert server.requests == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_a_large_compressed_response_is_decompressed(
    raw_serve: RawServe, call_all: CallAll, encoding: str
) -> None:
    """A compressed body, even one compressed twice, is decoded, in a thread if it is large."""
    rows = [f"{number}:{number * 7919 % 104_729}" for number in range(60_000)]
    body = json.dumps(rows).encode()
    for name in encoding.split(", "):
        body = COMPRESSORS[name](body)
    assert len(body) > 65_536
    server = raw_serve(
        lambda peer: peer.send(encode_response(body, f"Content-Encoding: {encoding}"))
    )
    assert call_all(connect_fast(server), [("GET", "/x")]) == [rows]
