"""The engines: the engine of a client, and the same results from both."""

from __future__ import annotations

import importlib.metadata
import re
import ssl
import sys
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest
import trustme

from myonlinestore import ConnectClient, ConnectConfig, ConnectError, TransportError
from myonlinestore._transport import environment
from myonlinestore._transport.http1 import head
from tests.support.calls import USES_HTTPX, Call, Serve, connect
from tests.support.http_server import ScriptedResponse, Server, make_response


@pytest.fixture(params=["httpx", "fast"])
def engine(request: pytest.FixtureRequest) -> str:
    """Return each engine; both give the same responses."""
    name: str = request.param
    return name


def make_response_with_head(*lines: str, body: bytes = b"", then: Any = "keep") -> ScriptedResponse:
    """Return a response with these lines in its head."""
    return ScriptedResponse("\r\n".join([*lines, "", ""]).encode() + body, then)


CHUNKS = b'3\r\n[{"\r\n8;x=y\r\nid": 7}]\r\n0\r\nX-Sum: 1\r\n\r\n'
FRAMINGS = {
    "of known length": make_response(b'[{"id": 7}]'),
    "in chunks": make_response_with_head(
        "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=CHUNKS
    ),
    "to the end": make_response_with_head("HTTP/1.1 200 OK", body=b'[{"id": 7}]', then="close"),
    "of HTTP/1.0": make_response_with_head(
        "HTTP/1.0 200 OK", "Content-Length: 11", body=b'[{"id": 7}]'
    ),
    "without reason": make_response_with_head(
        "HTTP/1.1 200", "Content-Length: 11", body=b'[{"id": 7}]'
    ),
    "after another": ScriptedResponse(
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + make_response(b'[{"id": 7}]').data
    ),
}


@pytest.mark.parametrize("response", FRAMINGS.values(), ids=FRAMINGS.keys())
def test_every_way_to_frame_a_response(
    call: Call, serve: Serve, engine: str, response: ScriptedResponse
) -> None:
    """A response ends by its length, its chunks or the end of the connection."""
    server = serve(response)
    assert [a.id for a in call(connect(server, engine=engine), "articles.list")] == [7]


BROKEN = {
    "nothing": ScriptedResponse(b"", "close"),
    "half a head": ScriptedResponse(b"HTTP/1.1 200 OK\r\nContent-Le", "close"),
    "no HTTP": ScriptedResponse(b"SSH-2.0-OpenSSH\r\n\r\n", "close"),
    "half a body": make_response_with_head(
        "HTTP/1.1 200 OK", "Content-Length: 9", body=b"[", then="close"
    ),
    "half a chunk": make_response_with_head(
        "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"9\r\n[", then="close"
    ),
    "no chunk": make_response_with_head(
        "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"x\r\n", then="close"
    ),
    "two lengths": make_response_with_head(
        "HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3", body=b"[]"
    ),
    "no length": make_response_with_head("HTTP/1.1 200 OK", "Content-Length: 1x", body=b"[]"),
    "a long head": make_response_with_head(
        "HTTP/1.1 200 OK", f"X: {'y' * 300_000}", "Content-Length: 2", body=b"[]"
    ),
    "another protocol": make_response_with_head(
        "HTTP/1.1 101 Go", "Connection: upgrade", "Upgrade: x", then="close"
    ),
}


@pytest.mark.parametrize("response", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_response_is_a_transport_error(
    call: Call, serve: Serve, engine: str, response: ScriptedResponse
) -> None:
    """A truncated or invalid response raises TransportError."""
    with pytest.raises(TransportError, match="lost the connection"):
        call(connect(serve(response), engine=engine), "request", "GET", "/x")


NOT_REUSABLE = {
    "asked to close": make_response_with_head(
        "HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", body=b"[]"
    ),
    "more than its length": make_response(b"[]").data + b"more",
    "a large one and more": make_response(b"[" + b" " * 90_000 + b"]").data + b"more",
    "one response too many": make_response(b"[]").data * 2,
    "of an older HTTP": make_response_with_head("HTTP/1.0 200 OK", "Content-Length: 2", body=b"[]"),
}


@pytest.mark.parametrize("response", NOT_REUSABLE.values(), ids=NOT_REUSABLE.keys())
def test_a_connection_that_is_not_reused(serve: Serve, response: Any) -> None:
    """A connection with surplus bytes, or one that is to be closed, is not used again."""
    server = serve(
        response if isinstance(response, ScriptedResponse) else ScriptedResponse(response)
    )
    with connect(server, engine="fast") as client:
        for _ in range(2):
            assert client.request("GET", "/x") == []
    assert server.accepted == 2


@pytest.mark.parametrize("size", [0, 11, 70_000, 600_000])
def test_a_connection_is_reused(serve: Serve, size: int) -> None:
    """After a response of any size the next request uses the same connection."""
    server = serve(make_response(b"[" + b" " * size + b"]"))
    with connect(server, engine="fast") as client:
        for _ in range(3):
            assert client.request("GET", "/x") == []
    assert server.accepted == 1


@pytest.mark.anyio
@pytest.mark.parametrize("size", [11, 70_000, 600_000])
async def test_a_connection_is_reused_on_a_loop(serve: Serve, size: int) -> None:
    """After a response of any size the next request on a loop uses the same connection."""
    server = serve(make_response(b"[" + b" " * size + b"]"))
    async with connect(server, engine="fast") as client:
        for _ in range(3):
            assert await client.arequest("GET", "/x") == []
    assert server.accepted == 1


def test_a_response_to_head_has_no_body(call: Call, serve: Serve, engine: str) -> None:
    """The length in a response to HEAD is that of the response to GET."""
    server = serve(make_response_with_head("HTTP/1.1 200 OK", "Content-Length: 99"))
    client = connect(server, engine=engine)
    assert call(client, "request", "HEAD", "/x") is None
    assert server.received[0].method == "HEAD"


def test_an_early_response_is_read(call: Call, serve: Serve, engine: str) -> None:
    """A response that is sent before the whole request was read is returned."""
    server = serve(make_response({"title": "too large"}, 413))
    with pytest.raises(ConnectError, match="too large"):
        call(connect(server, engine=engine), "request", "POST", "/x", data=b"x" * 100_000)


UNSENDABLE: dict[str, dict[str, Any]] = {
    "a value of two lines": {"headers": {"X-A": "b\r\nX-C: d"}},
    "a value with a space at its end": {"headers": {"X-A": "b "}},
    "a name with a space": {"headers": {"X A": "b"}},
}


@pytest.mark.parametrize("headers", UNSENDABLE.values(), ids=UNSENDABLE.keys())
def test_an_invalid_request_is_not_sent(
    call: Call, serve: Serve, recorded_sleeps: list[float], engine: str, headers: dict[str, Any]
) -> None:
    """Headers that would change the request's structure are rejected, without a retry."""
    server = serve(make_response({}))
    with pytest.raises(ConnectError, match="cannot be sent"):
        call(connect(server, engine=engine), "request", "PUT", "/x", **headers)
    assert (server.received, recorded_sleeps) == ([], [])


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 9])
def test_content_length_is_the_length_of_the_body(
    call: Call, serve: Serve, engine: str, body: bytes
) -> None:
    """A length from the caller is not sent: the rest would be read as another request."""
    server = serve(make_response({}))
    headers = {"Content-Length": "7"}
    client = connect(server, engine=engine)
    assert call(client, "request", "PUT", "/x", data=body, headers=headers) == {}
    assert server.received[0].headers["content-length"] == str(len(body))


def test_a_connection_that_the_server_closed_is_not_used(serve: Serve) -> None:
    """An idle connection that the server closed is detected before it is used."""
    server = serve(make_response({}, then="close"))
    with connect(server, engine="fast") as client:
        for _ in range(3):
            client.request("GET", "/x")
            server.wait_for(lambda s: not s._open)
    assert server.accepted == 3


def test_tls_follows_the_same_rules(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, engine: str
) -> None:
    """A trusted certificate is accepted, and any other one is rejected."""
    authority, server = trustme.CA(), Server(make_response({"a": 1}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server._listener.listen(5)
    server._listener = context.wrap_socket(server._listener, server_side=True)
    server._run(server._accept)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    environment.load_ssl_context.cache_clear()
    url = f"https://localhost:{server.port}"
    try:
        assert call(connect(url, engine=engine), "request", "GET", "/x") == {"a": 1}
        monkeypatch.delenv("SSL_CERT_FILE")
        environment.load_ssl_context.cache_clear()
        with pytest.raises(TransportError, match=r"could not connect.*CERTIFICATE_VERIFY_FAILED"):
            connect(url, engine=engine).request("GET", "/x")
    finally:
        environment.load_ssl_context.cache_clear()
        server.stop()


def test_a_failed_connection_is_a_transport_error(call: Call, engine: str) -> None:
    """A failed connection has the same message in both engines."""
    for _ in range(2):
        with pytest.raises(TransportError, match=r"^GET /v1/x: could not connect to 127.0.0.1:1 "):
            call(connect("http://127.0.0.1:1", engine=engine), "request", "GET", "/x")


def test_an_unknown_engine_is_rejected() -> None:
    """The message lists the engines."""
    with pytest.raises(ValueError, match="engine must be one of auto, fast, httpx, got 'curl'"):
        ConnectConfig("t0ken", engine="curl")


@pytest.fixture
def no_httptools(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hide httptools, as if the extra `fast` was not installed."""
    monkeypatch.setitem(sys.modules, "httptools", None)
    head.get_parser.cache_clear()
    yield
    head.get_parser.cache_clear()


@pytest.mark.usefixtures("no_httptools")
def test_the_own_client_needs_no_extra(call: Call, serve: Serve) -> None:
    """Without httptools the own client is the default too, with the parser that httpx brings."""
    client = connect(serve(make_response({"a": 1})), engine="auto", connect_timeout=2)
    assert client._transport._pools.uses_http1(is_sync=True) is not USES_HTTPX
    assert call(client, "request", "GET", "/x") == {"a": 1}
    assert isinstance(head.get_parser(), head.H11Parser)


@pytest.mark.usefixtures("no_httptools")
def test_the_fast_engine_needs_its_extra() -> None:
    """Without httptools `engine="fast"` raises, and says which extra to install."""
    with pytest.raises(ImportError, match=r"pip install \"myonlinestore-connect\[fast\]\""):
        ConnectClient("t0ken", engine="fast")


def test_httpx_installs_h11() -> None:
    """The parser in Python is a dependency of httpx, so that this package does not list it."""
    for name, needed in (("httpx", "httpcore"), ("httpcore", "h11")):
        requirements = importlib.metadata.requires(name) or []
        assert any(re.match(rf"{needed}\b(?!.*extra)", each) for each in requirements)


@pytest.mark.parametrize(("name", "is_fast"), [("auto", True), ("fast", True), ("httpx", False)])
def test_the_engine_can_be_chosen(name: str, is_fast: bool) -> None:
    """A keyword of the client or of its configuration selects the engine."""
    if name == "auto" and USES_HTTPX:
        pytest.skip("the whole run is on httpx")
    pools = ConnectClient("t0ken", engine=name)._transport._pools
    for is_sync in (True, False):
        assert pools.uses_http1(is_sync=is_sync) is is_fast


@pytest.mark.parametrize("kind", ["transport", "async_transport"])
def test_a_callers_transport_uses_httpx(call: Call, serve: Serve, kind: str) -> None:
    """Calls on the caller's own transport use httpx, and the others the fast engine."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"mine": True}))
    client = connect(serve(make_response({"mine": False})), engine="fast", **{kind: transport})
    pools = client._transport._pools
    assert pools.uses_http1(is_sync=True) is (kind != "transport")
    assert pools.uses_http1(is_sync=False) is (kind != "async_transport")
    results = [client.request("GET", "/x"), anyio.run(client.arequest, "GET", "/x")]
    assert results == [{"mine": kind == "transport"}, {"mine": kind != "transport"}]
    client.close()


def test_the_engines_share_max_connections(serve: Serve) -> None:
    """Idle connections of either engine are closed when the other reaches the limit."""
    server = serve(make_response({}))
    client = connect(
        server, engine="fast", max_connections=1, async_transport=httpx.AsyncHTTPTransport()
    )
    raw = client._transport.sync_client

    async def main() -> None:
        for _ in range(2):
            await client.arequest("GET", "/x")
            await anyio.to_thread.run_sync(client.request, "GET", "/x")
            await anyio.to_thread.run_sync(raw.get, server.url)
            await anyio.to_thread.run_sync(client.request, "GET", "/x")
        await client.aclose()

    for backend in ("asyncio", "trio"):
        anyio.run(main, backend=backend)
    assert server.max_open == 1
