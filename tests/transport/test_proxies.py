"""Proxies from the environment."""

from __future__ import annotations

import base64
import re
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator

import anyio
import pytest

from myonlinestore import ConnectError, TransportError
from myonlinestore._transport import httpcore_transports
from myonlinestore._transport.environment import find_http_proxy
from tests.support.calls import TOKEN, Call, Serve, connect
from tests.support.http_server import Server, make_response
from tests.support.proxy_server import ProxyServer, SocksServer
from tests.support.raw_server import RawServer, encode_response
from tests.transport.conftest import CallAll

StartProxy = Callable[..., ProxyServer]
OWN = {"token": TOKEN, "language": "nl_NL", "format": "json"}


@pytest.fixture
def proxy(serve: Serve) -> Server:
    """Run a forwarding proxy that responds for the origin, as an HTTP proxy may."""
    return serve(make_response([{"id": 99}]))


@pytest.mark.usefixtures("idle_connections")
class TestProxies:
    """Proxies from the environment, on each engine."""

    @pytest.mark.parametrize("variable", ["http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"])
    @pytest.mark.parametrize("scheme", ["http://", ""])
    def test_the_environments_proxy_is_used(
        self, call: Call, proxy: Server, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
    ) -> None:
        """A request is sent to the proxy with its complete URL and its tokens."""
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv(variable, f"{scheme}127.0.0.1:{proxy.port}")
        page = call(connect("http://shop.example:8080"), "articles.list")
        assert [article.id for article in page] == [99]
        target = proxy.received[0].target
        assert target.startswith("http://shop.example:8080/v1/articles?")
        assert f"token={TOKEN}" in target

    @pytest.mark.parametrize("hosts", ["127.0.0.1", "*", "127.0.0.1:{port}"])
    def test_no_proxy_is_respected(
        self, call: Call, serve: Serve, proxy: Server, monkeypatch: pytest.MonkeyPatch, hosts: str
    ) -> None:
        """A host, or a host and port, in NO_PROXY is called directly."""
        server = serve(make_response([{"id": 7}]))
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", hosts.format(port=server.port))
        assert [article.id for article in call(connect(server), "articles.list")] == [7]
        assert proxy.received == []

    def test_an_unknown_proxy_scheme_is_a_connect_error(
        self, call: Call, recorded_sleeps: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A proxy scheme that httpx does not support raises ConnectError at the first call."""
        monkeypatch.setenv("http_proxy", "gopher://127.0.0.1")
        with pytest.raises(ConnectError, match=r"cannot be sent to shop.*gopher"):
            call(connect("http://shop.example", max_retries=2), "articles.list")
        assert recorded_sleeps == []

    def test_another_schemes_proxy_is_not_used(
        self, call: Call, serve: Serve, proxy: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """HTTPS_PROXY is not used for http."""
        monkeypatch.setenv("https_proxy", proxy.url)
        server = serve(make_response([{"id": 7}]))
        assert [article.id for article in call(connect(server), "articles.list")] == [7]

    def test_connections_through_a_proxy_are_closed(
        self, call: Call, proxy: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Closing closes the connections to a proxy as well."""
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("http_proxy", proxy.url)
        call(connect("http://shop.example"), "articles.list")
        proxy.wait_until_all_closed()

    def test_idle_proxy_connections_are_closed_for_a_loop(
        self, proxy: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An idle connection to a proxy is closed for a loop like one to the API."""
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("http_proxy", proxy.url)
        client = connect("http://shop.example", max_connections=1)
        client.articles.list()

        async def main() -> None:
            await client.articles.alist()
            await client.aclose()

        anyio.run(main)
        assert proxy.max_open == 1


@pytest.fixture
def start_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[StartProxy]:
    """Start proxies, which the environment then names for http and https."""
    proxies: list[ProxyServer] = []

    def start(ports: dict[str, int], *responses: bytes, user: str = "") -> ProxyServer:
        is_socks = user.startswith("socks")
        proxies.append((SocksServer if is_socks else ProxyServer)(ports, *responses))
        scheme = "" if is_socks else "http://"
        for variable in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(variable, f"{scheme}{user}{proxies[-1].address}")
        for variable in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(variable, raising=False)
        return proxies[-1]

    yield start
    for each in proxies:
        each.stop()


@pytest.fixture
def shop(context: ssl.SSLContext) -> Iterator[RawServer]:
    """Run a TLS server with a certificate for shop.example."""
    server = RawServer(lambda peer: peer.send(encode_response({"path": peer.path})), context)
    yield server
    server.stop()


def _get_port(server: RawServer) -> int:
    return int(server.url.rpartition(":")[2])


def _get_credentials(head: str) -> list[str]:
    lines = [line for line in head.split("\r\n") if line.startswith("Proxy-Authorization: Basic ")]
    return [base64.b64decode(line.rpartition(" ")[2]).decode() for line in lines]


@pytest.mark.usefixtures("idle_connections")
@pytest.mark.parametrize("user", ["", "me@", "m%40e:p%3Ass%C3%A9@"])
def test_https_goes_through_a_tunnel(
    call_all: CallAll, start_proxy: StartProxy, shop: RawServer, user: str
) -> None:
    """The proxy sees the name of the server, its own user and password, and nothing else."""
    proxy = start_proxy({"localhost": _get_port(shop)}, user=user)
    results = call_all(connect("https://localhost:7777"), [("GET", "/a"), ("POST", "/b", b"x")])
    assert results == [{"path": "/v1/a"}, {"path": "/v1/b"}]
    for head in proxy.heads:
        assert head.startswith("CONNECT localhost:7777 HTTP/1.1\r\n")
        expected = {"": [], "me@": ["me:"]}.get(user, ["m@e:p:ssé"])
        assert _get_credentials(head) == expected
    assert TOKEN.encode() not in proxy.seen


def test_a_tunnel_is_reused(call_all: CallAll, start_proxy: StartProxy, shop: RawServer) -> None:
    """Requests share a connection through a proxy as they share a direct one."""
    proxy = start_proxy({"localhost": _get_port(shop)})
    results = call_all(connect("https://localhost:7777", engine="fast"), [("GET", "/a")] * 3)
    assert results == [{"path": "/v1/a"}] * 3
    assert (len(proxy.heads), shop.connections) == (1, 1)


def test_a_tunnel_to_an_ipv6_address(
    call_all: CallAll, start_proxy: StartProxy, shop: RawServer
) -> None:
    """The address of the server is in brackets, and its certificate is verified."""
    proxy = start_proxy({"::1": _get_port(shop)})
    (error,) = call_all(connect("https://[::1]", engine="fast"), [("GET", "/a")])
    assert proxy.heads[0].startswith("CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443")
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)


@pytest.mark.usefixtures("idle_connections")
def test_http_requests_are_forwarded(
    call_all: CallAll, start_proxy: StartProxy, serve: Serve
) -> None:
    """A request over plain HTTP names the whole URL to the proxy, and has its authorization."""
    origin = serve(make_response({"a": 1}, then="close"))
    proxy = start_proxy({"shop.example": origin.port}, user="me:secret@")
    assert call_all(connect("http://shop.example"), [("GET", "/a")] * 2) == [{"a": 1}] * 2
    for head, received in zip(proxy.heads, origin.received, strict=True):
        assert head.startswith("GET http://shop.example/v1/a?language=nl_NL&")
        assert _get_credentials(head) == ["me:secret"]
        assert "proxy-authorization" not in received.headers
        assert received.headers["host"] == "shop.example"


REFUSALS = {
    "407": b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nsure",
    "403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    "302": b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refused_tunnel_is_a_connect_error(
    call_all: CallAll,
    start_proxy: StartProxy,
    recorded_sleeps: list[float],
    status: str,
    idle_connections: int,
) -> None:
    """The error names the proxy and its status, not its password, and nothing is repeated."""
    proxy = start_proxy({}, REFUSALS[status], user="me:s3cret@")
    (error,) = call_all(connect("https://shop.example", max_retries=3), [("GET", "/a")])
    assert type(error) is ConnectError
    address = f" {proxy.address}" if idle_connections else ""  # httpcore does not name it.
    advice = ": check its user and password" if status == "407" else ""
    assert str(error) == (
        "GET /v1/a: could not connect to shop.example "
        f"(the proxy{address} refused with status {status}{advice})"
    )
    assert (len(proxy.heads), recorded_sleeps) == (1, [])
    assert "s3cret" not in "".join(traceback.format_exception(error))


def test_a_tunnel_that_may_open_later_is_retried(
    call_all: CallAll,
    start_proxy: StartProxy,
    shop: RawServer,
    recorded_sleeps: list[float],
) -> None:
    """A proxy that cannot reach the server for a moment is asked again."""
    busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    proxy = start_proxy({"localhost": _get_port(shop)}, busy, b"", b"HTTP/1.1 200 OK\r\n\r\nx")
    client = connect("https://localhost", engine="fast", max_retries=3)
    assert call_all(client, [("GET", "/a")]) == [{"path": "/v1/a"}]
    assert (len(proxy.heads), len(recorded_sleeps)) == (4, 3)


BROKEN = {
    "nothing": (b"", "server disconnected"),
    "bytes behind the response": (b"HTTP/1.1 200 OK\r\n\r\nx", "sent bytes before"),
    "no HTTP": (b"SSH-2.0\r\n\r\n", "something other than an HTTP"),
}


@pytest.mark.parametrize(("response", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_proxy_is_a_transport_error(
    call_all: CallAll, start_proxy: StartProxy, response: bytes, reason: str
) -> None:
    """A proxy that does not respond properly is named in the error."""
    proxy = start_proxy({}, response)
    (error,) = call_all(connect("https://shop.example", engine="fast"), [("GET", "/a")])
    assert isinstance(error, TransportError)
    assert re.search(
        f"could not connect to shop.example .by the proxy {proxy.address}: ", str(error)
    )
    assert reason in str(error)


def test_a_silent_proxy_is_a_timeout(call: Call, serve: Serve) -> None:
    """The tunnel must be open within `connect_timeout`."""
    ended = threading.Event()
    silent_server = serve(make_response(wait_for=ended))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("https_proxy", silent_server.url)
        client = connect("https://shop.example", engine="fast", connect_timeout=0.1)
        with pytest.raises(TransportError, match=r"no connection within 0\.1 s"):
            call(client, "articles.list")
    ended.set()


def test_an_unreachable_proxy_is_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no proxy listens, the error names it, without its password."""
    monkeypatch.setenv("https_proxy", "http://me:s3cret@127.0.0.1:1")
    client = connect("https://shop.example", engine="fast")
    with pytest.raises(TransportError, match=r"\(by the proxy 127\.0\.0\.1:1: ") as raised:
        call(client, "articles.list")
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("address", ["me:s3cret@", "me:s3cret@127.0.0.1:99999", "[me:s3cret"])
def test_an_invalid_proxy_is_refused_at_creation(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """The error says where the URL comes from, and does not show it."""
    monkeypatch.setenv("https_proxy", f"http://{address}")
    with pytest.raises(ValueError, match="the proxy in the environment") as raised:
        connect("https://shop.example", engine="fast")
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_a_proxy_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The repr of a proxy has its address only."""
    monkeypatch.setenv("https_proxy", "http://me:s3cret@proxy.example")
    assert repr(find_http_proxy("https://shop.example")) == "Proxy('proxy.example:80')"


@pytest.mark.parametrize("scheme", ["https", "socks5", "socks5h"])
def test_other_proxies_use_httpx(call: Call, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """Proxies over TLS and SOCKS proxies are left to httpx."""
    monkeypatch.setenv("http_proxy", f"{scheme}://127.0.0.1:1")
    client = connect("http://shop.example")
    assert not client._transport._pools.uses_http1(is_sync=True)
    with pytest.raises(TransportError, match="could not connect"):
        call(client, "articles.list")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_socks_proxy(
    call_all: CallAll, start_proxy: StartProxy, shop: RawServer, serve: Serve, scheme: str
) -> None:
    """A SOCKS proxy connects to the server by its name."""
    origin = serve(make_response({"path": "/v1/a"}))
    port = _get_port(shop) if scheme == "https" else origin.port
    proxy = start_proxy({"localhost": port}, user="socks5://me:p%3A@")
    results = call_all(connect(f"{scheme}://localhost:7777"), [("GET", "/a")] * 2)
    assert results == [{"path": "/v1/a"}] * 2
    assert proxy.heads == ["me:p:@localhost:7777"] * 2


def test_a_missing_library_for_socks_is_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without socksio a SOCKS proxy raises, and says what to install."""
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    monkeypatch.setattr(httpcore_transports, "find_spec", lambda name: None)
    with pytest.raises(ConnectError, match=r'cannot be sent.*pip install "httpx\[socks\]"'):
        call(connect("http://shop.example"), "articles.list")
