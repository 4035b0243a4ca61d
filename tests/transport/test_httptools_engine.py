"""The fast engine: what it does itself, and what it leaves to httpx's own."""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Callable
from typing import Any

import anyio
import httpcore
import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from myonlinestore import ConnectClient, ConnectConfig, ConnectError, TransportError
from myonlinestore._transport import connections, engines
from myonlinestore._transport.httptools import AsyncFastTransport, FastTransport
from myonlinestore._transport.httptools.http11 import Reply, serialize_simple_request
from tests.support.calls import Call, Serve, connect
from tests.support.http_server import Reply as Sent
from tests.support.http_server import Server, answer


@pytest.fixture(params=["httpx", "fast"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine: the answers are to be the same."""
    name: str = request.param
    return name


def sent(*lines: str, body: bytes = b"", then: Any = "keep") -> Sent:
    """An answer of these lines."""
    return Sent("\r\n".join([*lines, "", ""]).encode() + body, then)


CHUNKS = b'3\r\n[{"\r\n8;x=y\r\nid": 7}]\r\n0\r\nX-Sum: 1\r\n\r\n'
ANSWERS = {
    "of known length": answer(b'[{"id": 7}]'),
    "in chunks": sent("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=CHUNKS),
    "to the end": sent("HTTP/1.1 200 OK", body=b'[{"id": 7}]', then="close"),
    "of HTTP/1.0": sent("HTTP/1.0 200 OK", "Content-Length: 11", body=b'[{"id": 7}]'),
    "without reason": sent("HTTP/1.1 200", "Content-Length: 11", body=b'[{"id": 7}]'),
    "after another": Sent(
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer(b'[{"id": 7}]').data
    ),
}


@pytest.mark.parametrize("reply", ANSWERS.values(), ids=ANSWERS.keys())
def test_every_way_to_frame_an_answer(call: Call, serve: Serve, engine: str, reply: Sent) -> None:
    """A length, chunks or the connection's end say where an answer ends."""
    server = serve(reply)
    assert [a.id for a in call(connect(server, engine=engine), "articles.list")] == [7]


BROKEN = {
    "nothing": Sent(b"", "close"),
    "half a head": Sent(b"HTTP/1.1 200 OK\r\nContent-Le", "close"),
    "no HTTP": Sent(b"SSH-2.0-OpenSSH\r\n\r\n", "close"),
    "half a body": sent("HTTP/1.1 200 OK", "Content-Length: 9", body=b"[", then="close"),
    "half a chunk": sent(
        "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"9\r\n[", then="close"
    ),
    "no chunk": sent("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"x\r\n", then="close"),
    "two lengths": sent("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3", body=b"[]"),
    "no length": sent("HTTP/1.1 200 OK", "Content-Length: 1x", body=b"[]"),
    "a long head": sent("HTTP/1.1 200 OK", f"X: {'y' * 300_000}", "Content-Length: 2", body=b"[]"),
    "another protocol": sent("HTTP/1.1 101 Go", "Connection: upgrade", "Upgrade: x", then="close"),
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
def test_every_way_to_break_an_answer(call: Call, serve: Serve, reply: Sent) -> None:
    """What is no answer, or half of one, is a TransportError."""
    with pytest.raises(TransportError, match="lost the connection"):
        call(connect(serve(reply), engine="fast"), "request", "GET", "/x")


NOT_TWICE = {
    "asked to close": sent("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", body=b"[]"),
    "more than its length": answer(b"[]").data + b"more",
    "a large one and more": answer(b"[" + b" " * 90_000 + b"]").data + b"more",
    "an answer too many": answer(b"[]").data * 2,
    "of an older HTTP": sent("HTTP/1.0 200 OK", "Content-Length: 2", body=b"[]"),
}


@pytest.mark.parametrize("reply", NOT_TWICE.values(), ids=NOT_TWICE.keys())
def test_a_connection_that_is_not_used_again(serve: Serve, reply: Any) -> None:
    """A connection on which more came than was asked for, or that is to be closed, is left."""
    server = serve(reply if isinstance(reply, Sent) else Sent(reply))
    with connect(server, engine="fast") as client:
        for _ in range(2):
            assert client.request("GET", "/x") == []
    assert server.accepted == 2


@pytest.mark.parametrize("size", [0, 11, 70_000, 600_000])
def test_a_connection_is_used_again(serve: Serve, size: int) -> None:
    """After an answer of any size the next request goes over the same connection."""
    server = serve(answer(b"[" + b" " * size + b"]"))
    with connect(server, engine="fast") as client:
        for _ in range(3):
            assert client.request("GET", "/x") == []
    assert server.accepted == 1


@pytest.mark.anyio
@pytest.mark.parametrize("size", [11, 70_000, 600_000])
async def test_so_is_one_of_a_loop(serve: Serve, size: int) -> None:
    """On an event loop too."""
    server = serve(answer(b"[" + b" " * size + b"]"))
    async with connect(server, engine="fast") as client:
        for _ in range(3):
            assert await client.arequest("GET", "/x") == []
    assert server.accepted == 1


def test_an_answer_to_head_has_no_body(call: Call, serve: Serve, engine: str) -> None:
    """The length in an answer to HEAD is that of what GET would bring."""
    server = serve(sent("HTTP/1.1 200 OK", "Content-Length: 99"))
    client = connect(server, engine=engine)
    assert call(client, "request", "HEAD", "/x") is None
    assert server.received[0].method == "HEAD"


def test_who_answers_without_reading_is_heard(call: Call, serve: Serve, engine: str) -> None:
    """An answer that comes before the whole request was sent is read."""
    server = serve(answer({"title": "too large"}, 413))
    with pytest.raises(ConnectError, match="too large"):
        call(connect(server, engine=engine), "request", "POST", "/x", data=b"x" * 100_000)


UNSENDABLE: dict[str, dict[str, Any]] = {
    "a value of two lines": {"headers": {"X-A": "b\r\nX-C: d"}},
    "a value with a space at its end": {"headers": {"X-A": "b "}},
    "a name with a space": {"headers": {"X A": "b"}},
}


@pytest.mark.parametrize("odd", UNSENDABLE.values(), ids=UNSENDABLE.keys())
def test_what_is_no_request_is_not_sent(
    call: Call, serve: Serve, recorded_sleeps: list[float], engine: str, odd: dict[str, Any]
) -> None:
    """Headers that would be read as something else are refused, and not tried again."""
    server = serve(answer({}))
    with pytest.raises(ConnectError, match="cannot be sent"):
        call(connect(server, engine=engine), "request", "PUT", "/x", **odd)
    assert (server.received, recorded_sleeps) == ([], [])


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 9])
def test_a_body_is_as_long_as_it_is(call: Call, serve: Serve, engine: str, body: bytes) -> None:
    """A length that the caller gives is not sent: the rest would be read as a request of its own."""
    server = serve(answer({}))
    headers = {"Content-Length": "7"}
    client = connect(server, engine=engine)
    assert call(client, "request", "PUT", "/x", data=body, headers=headers) == {}
    assert server.received[0].headers["content-length"] == str(len(body))


ODD_LENGTHS = ([(b"Content-Length", b"7")], [(b"Content-Length", b"1")] * 2, [])


@pytest.mark.parametrize("lengths", ODD_LENGTHS)
def test_a_length_that_is_none_is_left_to_h11(lengths: list[tuple[bytes, bytes]]) -> None:
    """A request of a raw client is sent by h11, unless its length is that of its body."""
    for headers, ordinary in ((lengths, False), ([(b"content-length", b"1")], True)):
        request = httpcore.Request(
            "PUT", "http://x/", headers=headers, content=httpx.ByteStream(b"x")
        )
        assert (serialize_simple_request(request) is not None) is ordinary


@pytest.mark.anyio
async def test_what_is_out_of_the_ordinary_goes_the_other_way(serve: Serve) -> None:
    """A body that is streamed, and a request that is traced, are sent by h11 on the same pool."""
    server, traced = serve(answer({})), list[str]()

    async def parts() -> Any:
        yield b"a"
        yield b"b"

    async def trace(name: str, info: object) -> None:
        traced.append(name)

    async with connect(server, engine="fast") as client:
        raw = client._transport.async_client
        await raw.post(server.url, content=parts(), headers={"Content-Length": "2"})
        await raw.get(server.url, extensions={"trace": trace})
        await client.arequest("GET", "/x")
    assert [got.body for got in server.received] == [b"ab", b"", b""]
    assert any(name.startswith("http11") for name in traced)
    assert server.accepted == 1


def test_so_it_does_for_sync_calls(serve: Serve) -> None:
    """What is streamed goes by h11 for sync calls too, on the same connection."""
    server = serve(answer({}))
    with connect(server, engine="fast") as client:
        raw = client._transport.sync_client
        assert (
            raw.post(server.url, content=iter([b"a", b"b"]), headers={"Content-Length": "2"}).json()
            == {}
        )
        assert raw.get(server.url).json() == {}
    assert server.accepted == 1


@pytest.mark.parametrize("reading", [True, False])
def test_an_answer_that_is_not_read_to_its_end(serve: Serve, reading: bool) -> None:
    """A connection whose answer was not read is closed, and another one is opened."""
    server = serve(answer(b"x" * 3_000_000))
    with connect(server, engine="fast") as client:
        raw = client._transport.sync_client
        for _ in range(2):
            with raw.stream("GET", server.url) as response:
                if reading:
                    next(response.iter_raw())
    assert server.accepted == 2


def test_a_connection_that_the_server_closed_is_not_used(serve: Serve) -> None:
    """An idle connection that the other side closed is noticed before it is used."""
    server = serve(answer({}, then="close"))
    with connect(server, engine="fast") as client:
        for _ in range(3):
            client.request("GET", "/x")
            server.wait_for(lambda s: not s._open)
    assert server.accepted == 3


@pytest.mark.parametrize("keepalive", [0.001, None])
def test_an_idle_connection_expires(serve: Serve, keepalive: float | None) -> None:
    """A connection that was idle for longer than it may be is not used again."""
    server = serve(answer({}))
    limits = httpx.Limits(max_connections=2, keepalive_expiry=keepalive)
    options: dict[str, Any] = {
        "proxy": None,
        "limits": limits,
        "verify": httpx.create_ssl_context(),
    }

    async def twice() -> None:
        async with AsyncFastTransport(**options) as transport:
            for _ in range(2):
                response = await transport.handle_async_request(httpx.Request("GET", server.url))
                await response.aread()
                await anyio.sleep(0.01)

    with FastTransport(**options) as transport:
        for _ in range(2):
            transport.handle_request(httpx.Request("GET", server.url)).read()
            time.sleep(0.01)
    anyio.run(twice)
    assert server.accepted == (4 if keepalive else 2)


def test_a_connection_is_for_one_request_at_a_time(serve: Serve) -> None:
    """Two requests that are given the same connection do not both use it."""
    server = serve(answer({}))
    client = connect(server, engine="fast")
    client.request("GET", "/x")
    (connection,) = connections.connections(client._transport._pools.sync_pool()._inner)
    connection._connection._acquire_pool(to_head=False)
    with pytest.raises(httpcore.ConnectionNotAvailable):
        connection._connection._acquire_pool(to_head=False)
    assert client.request("GET", "/x") == {}
    assert server.accepted == 2
    connection.close()
    client.close()


@pytest.mark.anyio
async def test_a_connection_of_a_loop_is_for_one_request_at_a_time(serve: Serve) -> None:
    """So on an event loop."""
    async with connect(serve(answer({})), engine="fast") as client:
        await client.arequest("GET", "/x")
        pool = client._transport._pools.current_loop_pool()
        (connection,) = connections.connections(pool._inner)
        connection._connection._acquire_pool(to_head=False)
        with pytest.raises(httpcore.ConnectionNotAvailable):
            connection._connection._acquire_pool(to_head=False)


def test_tls_is_checked_by_the_same_rules(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, engine: str
) -> None:
    """A certificate that is trusted is, and any other one is refused."""
    authority, server = trustme.CA(), Server(answer({"a": 1}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server._listener.listen(5)
    server._listener = context.wrap_socket(server._listener, server_side=True)
    server._run(server._accept)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    engines._ssl_context.cache_clear()
    url = f"https://localhost:{server.port}"
    try:
        assert call(connect(url, engine=engine), "request", "GET", "/x") == {"a": 1}
        monkeypatch.delenv("SSL_CERT_FILE")
        engines._ssl_context.cache_clear()
        with pytest.raises(TransportError, match=r"could not connect.*CERTIFICATE_VERIFY_FAILED"):
            connect(url, engine=engine).request("GET", "/x")
    finally:
        engines._ssl_context.cache_clear()
        server.stop()


def test_a_proxy_is_httpx_own(
    call: Call, serve: Serve, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """Where a proxy is used, httpx's own connections go to it."""
    proxy = serve(answer([{"id": 99}]))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", proxy.url)
    page = call(connect("http://shop.example", engine=engine), "articles.list")
    assert [article.id for article in page] == [99]


def test_no_connection_is_a_transport_error(call: Call, engine: str) -> None:
    """A server that is not there is told in the same words."""
    for _ in range(2):
        with pytest.raises(TransportError, match=r"^GET /v1/x: could not connect to 127.0.0.1:1 "):
            call(connect("http://127.0.0.1:1", engine=engine), "request", "GET", "/x")


def test_the_engine_may_be_chosen_by_keyword() -> None:
    """One keyword of the client, or of its configuration, switches it on."""
    client = ConnectClient("t0ken", engine="fast")
    assert client.config.engine == "fast"
    assert isinstance(client._transport._pools.sync_pool()._inner, FastTransport)
    assert ConnectConfig("t0ken").engine == "httpx"
    client.close()


def test_an_unknown_engine_is_refused() -> None:
    """The sentence names the engines that there are."""
    with pytest.raises(ValueError, match="engine must be one of httpx, fast, got 'curl'"):
        ConnectConfig("t0ken", engine="curl")


@pytest.fixture
def _not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is imported anew, and what is imported is forgotten afterwards."""
    for name in [
        name for name in sys.modules if name.startswith("myonlinestore._transport.httptools")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("myonlinestore._transport.httptools")


@pytest.mark.usefixtures("_not_imported")
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra's library the client says at once what to install."""
    monkeypatch.setitem(sys.modules, "httptools", None)
    with pytest.raises(ImportError, match=r"pip install \"myonlinestore-connect\[fast\]\""):
        ConnectClient("t0ken", engine="fast")


def _renamed(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Another version of httpcore, which has no such attribute."""
    made = owner.__init__

    def other(self: Any, *args: Any, **keywords: Any) -> None:
        made(self, *args, **keywords)
        delattr(self, name)

    monkeypatch.setattr(owner, "__init__", other)


OTHERS: dict[str, Callable[[pytest.MonkeyPatch], object]] = {
    "HTTP11Connection": lambda m: m.delattr(httpcore, "HTTP11Connection"),
    "AsyncHTTPConnection": lambda m: m.delattr(httpcore, "AsyncHTTPConnection"),
    "_connect": lambda m: m.delattr(httpcore.HTTPConnection, "_connect"),
    "_response_closed": lambda m: m.delattr(httpcore.AsyncHTTP11Connection, "_response_closed"),
    "_network_stream": lambda m: _renamed(m, httpcore.HTTP11Connection, "_network_stream"),
    "_state_lock": lambda m: _renamed(m, httpcore.HTTP11Connection, "_state_lock"),
    "_expire_at": lambda m: _renamed(m, httpcore.AsyncHTTP11Connection, "_expire_at"),
    "_ssl_context": lambda m: _renamed(m, httpcore.AsyncConnectionPool, "_ssl_context"),
    "_pool": lambda m: _renamed(m, httpx.HTTPTransport, "_pool"),
    "argument": lambda m: m.setattr(httpcore.HTTP11Connection, "__init__", lambda self: None),
}


@pytest.mark.usefixtures("_not_imported")
@pytest.mark.parametrize("missing", OTHERS)
def test_another_httpcore_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Where httpcore is not what the engine builds on, the client says so and what to do."""
    OTHERS[missing](monkeypatch)
    sentence = rf'engine="fast" does not fit httpcore {httpcore.__version__} \(.*{missing}.*\): '
    with pytest.raises(ImportError, match=sentence + 'use engine="httpx"$'):
        ConnectClient("t0ken", engine="fast")


_headers = st.lists(
    st.tuples(
        st.from_regex(rb"X-[a-z]{1,5}", fullmatch=True),
        st.from_regex(rb"[!-~]{0,9}", fullmatch=True),
    ),
    max_size=4,
)


@given(headers=_headers, body=st.binary(max_size=60), chunked=st.booleans(), data=st.data())
def test_an_answer_may_come_in_any_pieces(
    headers: list[tuple[bytes, bytes]], body: bytes, chunked: bool, data: st.DataObject
) -> None:
    """Wherever the network cuts an answer, it is the same one, and the connection is free."""
    lines = [b"HTTP/1.1 206 Some", *(b"%b: %b" % header for header in headers)]
    if chunked:
        parts = [b"%x\r\n%b\r\n" % (1, body[i : i + 1]) for i in range(len(body))]
        message = b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", b""])
        message += b"".join(parts) + b"0\r\n\r\n"
    else:
        message = b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])
    cuts = data.draw(st.lists(st.integers(1, len(message) - 1), unique=True).map(sorted))
    reply, read = Reply(to_head=False), b""
    for start, end in zip([0, *cuts], [*cuts, len(message)], strict=True):
        assert not reply.complete
        reply.feed(message[start:end])
        read += b"".join(reply.parts())
    assert (reply.status, reply.reason, read) == (206, b"Some", body)
    assert reply.headers[:-1] == headers
    assert (reply.complete, reply.leaves_open) == (True, True)


@given(noise=st.binary(max_size=200), begin=st.booleans(), data=st.data())
def test_noise_is_an_error_or_an_answer(noise: bytes, begin: bool, data: st.DataObject) -> None:
    """Whatever a server sends, it is a reply or a RemoteProtocolError, and never anything else."""
    message = b"HTTP/1.1 200 OK\r\n" * begin + noise
    cut = data.draw(st.integers(0, len(message)))
    reply = Reply(to_head=False)
    try:
        for part in (message[:cut], message[cut:]):
            if part and not reply.complete:
                reply.feed(part)
    except httpcore.RemoteProtocolError:
        assert not reply.leaves_open
