"""What is sent: the shape of a request, through the client, the transport and the raw httpx clients."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import anyio
import httpx
import pytest
import respx
from calling import PARTNER_TOKEN, TOKEN, Call, Serve, connect

from myonlinestore import ConnectClient, ConnectConfig, ConnectError, TransportError, __version__
from myonlinestore.http import HttpTransport
from server import Server, answer, redirect

OWN = {"token": TOKEN, "language": "nl_NL", "format": "json"}


def test_every_request_has_tokens_language_and_format(call: Call, serve: Serve) -> None:
    """Tokens, language and format go with each call, in the query."""
    server = serve(answer())
    client = connect(server, partner_token=PARTNER_TOKEN, language="en_GB")
    call(client, "articles.list", limit=3)
    (got,) = server.received
    assert (got.method, got.path) == ("GET", "/v1/articles")
    assert dict(got.query) == {
        "token": TOKEN,
        "partner_token": PARTNER_TOKEN,
        "language": "en_GB",
        "format": "json",
        "limit": "3",
    }


def test_every_request_says_what_it_is(call: Call, serve: Serve) -> None:
    """JSON is asked for, and the client tells its name; a GET has no body."""
    server = serve(answer())
    call(connect(server), "articles.list")
    headers = server.received[0].headers
    assert headers["accept"] == "application/json"
    assert headers["user-agent"].startswith(f"myonlinestore-connect/{__version__} ")
    assert "content-type" not in headers
    assert "content-length" not in headers


@pytest.mark.parametrize("method", ["get", "POST", "Patch", "PUT", "DELETE", "OPTIONS"])
def test_any_request_can_be_made(call: Call, serve: Serve, method: str) -> None:
    """`client.request` sends any method to any path below the version, and returns plain JSON."""
    server = serve(answer({"a": [1, {"b": None}]}))
    client = connect(server, partner_token=PARTNER_TOKEN)
    params = {"flag": True, "none": None, "ids": [1, 2], "q": "a b&c"}
    reply = call(client, "request", method, "new/thing", params=params, json={"name": "x"})
    assert reply == {"a": [1, {"b": None}]}
    (got,) = server.received
    assert (got.method, got.path) == (method.upper(), "/v1/new/thing")
    assert [pair for pair in got.query if pair[0] not in (*OWN, "partner_token")] == [
        ("flag", "true"),
        ("ids", "1"),
        ("ids", "2"),
        ("q", "a b&c"),
    ]
    assert json.loads(got.body) == {"name": "x"}
    assert got.headers["content-type"] == "application/json"


def test_a_request_may_name_its_version(call: Call, serve: Serve) -> None:
    """`version` goes before the configured one."""
    server = serve(answer({}))
    call(connect(server), "request", "GET", "/articles", version="2-beta")
    assert server.received[0].path == "/v2-beta/articles"


def test_api_version_goes_into_the_path(call: Call, serve: Serve) -> None:
    """`api_version` of the configuration is the version of every path."""
    server = serve(answer())
    call(connect(server, api_version="2-beta"), "articles.list")
    assert server.received[0].path == "/v2-beta/articles"


def test_base_url_may_have_a_path(call: Call, serve: Serve) -> None:
    """A base URL with a path, such as a gateway's, keeps it."""
    server = serve(answer())
    call(connect(f"{server.url}/gate/way/"), "articles.list")
    assert server.received[0].path == "/gate/way/v1/articles"


def test_own_headers_go_before_the_clients(call: Call, serve: Serve) -> None:
    """A header of the caller replaces the client's own, however it is spelled, and is sent once."""
    server = serve(answer({}))
    headers = {"Accept": "text/csv", "USER-AGENT": "mine", "X-More": "1", "content-Type": "text/x"}
    call(connect(server), "request", "POST", "/x", json={}, headers=headers)
    sent = server.received[0].headers
    assert sent["accept"] == "text/csv"
    assert (sent["user-agent"], sent["x-more"], sent["content-type"]) == ("mine", "1", "text/x")


def test_a_form_can_be_sent(call: Call, serve: Serve, naps: list[float]) -> None:
    """`data` is sent as a form, the same one in each repetition."""
    server = serve(answer({}, 503), answer({}))
    client = connect(server, max_retries=1)
    call(client, "request", "POST", "/form", data={"a": "1 2", "b": ["x", "y"]})
    first, second = server.received
    assert first.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(first.body.decode()) == {"a": ["1 2"], "b": ["x", "y"]}
    assert first.body == second.body


@pytest.mark.parametrize("data", ["é=1", "é=1".encode()])
def test_data_may_be_encoded_already(call: Call, serve: Serve, data: object) -> None:
    """Text and bytes are sent as they are, under the caller's content type."""
    server = serve(answer({}))
    headers = {"Content-Type": "text/plain"}
    call(connect(server), "request", "POST", "/x", data=data, headers=headers)
    call(connect(server), "request", "POST", "/x", data=data)
    first, second = server.received
    assert first.body == second.body == "é=1".encode()
    assert first.headers["content-type"] == "text/plain"
    assert "content-type" not in second.headers


def test_files_can_be_sent(call: Call, serve: Serve, naps: list[float]) -> None:
    """`files` are read once and sent as a multipart form, the same one in each repetition."""
    server = serve(answer({}, 503), answer({"ok": True}))
    client = connect(server, max_retries=1)
    files = {"file": ("a.txt", io.BytesIO(b"content"), "text/plain")}
    reply = call(client, "request", "POST", "/files", data={"a": "1"}, files=files)
    assert reply == {"ok": True}
    first, second = server.received
    assert first.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert first.headers["content-type"] == second.headers["content-type"]
    assert b'filename="a.txt"' in first.body
    assert b"content" in first.body
    assert b'name="a"' in first.body
    assert first.body == second.body


@pytest.mark.parametrize("nothing", [{"data": {}}, {"files": {}}, {"data": ""}, {"json": None}])
def test_an_empty_form_is_no_body(call: Call, serve: Serve, nothing: dict[str, Any]) -> None:
    """A form of nothing sends nothing, and claims no content type."""
    server = serve(answer({}))
    call(connect(server), "request", "POST", "/x", **nothing)
    assert server.received[0].body == b""
    assert "content-type" not in server.received[0].headers


@pytest.mark.parametrize("other", [{"data": {"a": 1}}, {"files": {"f": b"x"}}, {"data": ""}])
def test_a_request_has_one_body(call: Call, serve: Serve, other: dict[str, Any]) -> None:
    """JSON and a form at once are refused, and nothing is sent."""
    server = serve()
    with pytest.raises(ValueError, match="one body"):
        call(connect(server), "request", "POST", "/x", json={}, **other)
    assert server.received == []


def test_an_empty_answer_is_none(call: Call, serve: Serve) -> None:
    """Where nothing comes back, `request` returns None."""
    assert call(connect(serve(answer(b"", 204))), "request", "DELETE", "/x") is None


class TestTransport:
    """`HttpTransport`, as code written against the published client uses it."""

    @pytest.mark.parametrize(
        ("method", "kwargs"),
        [
            ("get", {"params": {"a": 1}}),
            ("post", {"params": {"a": 1}, "json": {"x": 1}}),
            ("patch", {"params": {"a": 1}, "json": {"x": 1}}),
            ("delete", {"params": {"a": 1}}),
        ],
    )
    def test_each_method_has_its_function(
        self, serve: Serve, method: str, kwargs: dict[str, Any]
    ) -> None:
        """get, post, patch and delete send their method, parameters, body and version."""
        server = serve(answer({"ok": 1}))
        transport = HttpTransport(ConnectConfig(TOKEN, base_url=server.url))

        async def both() -> list[Any]:
            sync = getattr(transport, method)("/x", version="2-beta", **kwargs)
            reply = await getattr(transport, f"a{method}")("/x", version="2-beta", **kwargs)
            await transport.aclose()
            return [sync, reply]

        assert anyio.run(both) == [{"ok": 1}] * 2
        for got in server.received:
            assert (got.method, got.path) == (method.upper(), "/v2-beta/x")
            assert ("a", "1") in got.query
            assert got.body == (b'{"x":1}' if "json" in kwargs else b"")

    def test_post_takes_files(self, serve: Serve) -> None:
        """`post` sends files as `request` does."""
        server = serve(answer({}))
        transport = HttpTransport(ConnectConfig(TOKEN, base_url=server.url))
        transport.post("/x", files={"f": b"content"})
        transport.delete("/x")
        transport.close()
        assert b"content" in server.received[0].body

    def test_sync_client_is_signed(self, serve: Serve) -> None:
        """`sync_client` is an httpx.Client on the same pool; the tokens are added beneath it."""
        server = serve(answer({"ok": 1}))
        client = connect(server, timeout=3)
        with client:
            client.request("GET", "/y")
            raw = client._transport.sync_client
            response = raw.get(f"{server.url}/v1/x?a=1#part")
            assert isinstance(raw, httpx.Client)
            assert raw.timeout.read == 3
        assert response.json() == {"ok": 1}
        assert "token" not in str(response.url)
        assert server.received[-1].query == [("a", "1"), ("token", TOKEN)]
        assert server.accepted == 1

    @pytest.mark.anyio
    async def test_async_client_is_signed(self, serve: Serve) -> None:
        """`async_client` is an httpx.AsyncClient on the running loop's pool, signed as well."""
        server = serve(answer({"ok": 1}))
        async with connect(server) as client:
            await client.arequest("GET", "/y")
            raw = client._transport.async_client
            response = await raw.post(f"{server.url}/v1/x", json={"a": 1})
            assert isinstance(raw, httpx.AsyncClient)
        assert response.json() == {"ok": 1}
        assert "token" not in str(response.request.url)
        assert server.received[-1].query == [("token", TOKEN)]
        assert server.received[-1].body == b'{"a":1}'
        assert server.accepted == 1

    def test_a_raw_client_keeps_to_max_connections(self, serve: Serve) -> None:
        """The pool itself opens no more than `max_connections`, and waits for `pool_timeout`."""
        slow = threading.Event()
        server = serve(answer({}, after=slow))
        client = connect(server, max_connections=1, pool_timeout=0.1)
        with client, ThreadPoolExecutor(1) as threads:
            raw = client._transport.sync_client
            waiting = threads.submit(raw.get, server.url)
            server.wait_for(lambda s: len(s.received) == 1)
            with pytest.raises(httpx.PoolTimeout):
                raw.get(server.url)
            slow.set()
            assert waiting.result().status_code == 200
        assert server.most_open == 1

    def test_another_origin_is_not_signed(self, serve: Serve) -> None:
        """A raw client may go elsewhere, but no token goes with it."""
        server, other = serve(answer({})), serve(answer({}))
        client = connect(server)
        with client:
            client._transport.sync_client.get(f"{other.url}/v1/x")
            client._transport.sync_client.get(f"http://localhost:{server.port}/v1/x")
        assert [got.query for got in other.received + server.received] == [[], []]

    def test_redirects_of_a_raw_client_are_signed_at_home(self, serve: Serve) -> None:
        """A raw client follows redirects, and signs each request to the API's origin."""
        server = serve(redirect("/v1/moved"), answer({}))
        client = connect(server)
        with client:
            assert client._transport.sync_client.get(f"{server.url}/v1/x").status_code == 200
        assert server.received[1].query == [("token", TOKEN)]

    def test_errors_of_a_raw_client_are_httpx_errors(self) -> None:
        """A raw client raises what httpx raises, with the request as the caller made it."""
        client = connect("http://127.0.0.1:1")
        with client, pytest.raises(httpx.ConnectError) as raised:
            client._transport.sync_client.get("http://127.0.0.1:1/v1/x")
        assert str(raised.value.request.url) == "http://127.0.0.1:1/v1/x"


@respx.mock
def test_respx_sees_the_requests() -> None:
    """A mock of httpx's transports sees what is sent."""
    route = respx.get("https://api.myonlinestore.com/v1/articles", params=OWN | {"limit": "50"})
    route.respond(json=[{"id": 7}])
    with ConnectClient(TOKEN) as client:
        assert [article.id for article in client.articles.list()] == [7]
    assert route.call_count == 1


class TestOwnTransports:
    """`transport=` and `async_transport=`."""

    def test_a_given_transport_is_used(self, call: Call) -> None:
        """Sync calls go over `transport`, async ones over `async_transport`, both signed."""
        seen: list[httpx.Request] = []

        def handle(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return httpx.Response(200, json=[{"id": 7}])

        mock = httpx.MockTransport(handle)
        client = connect("http://nowhere.example", transport=mock, async_transport=mock)
        assert [a.id for a in call(client, "articles.list")] == [7]
        assert seen[0].url.params["token"] == TOKEN
        assert seen[0].extensions["timeout"] == dict.fromkeys(["connect", "read", "write"], 5) | {
            "pool": 30
        }

    def test_a_given_transport_is_closed_and_can_be_used_again(self) -> None:
        """Closing the client closes the caller's transport; the client goes on with it."""
        closed: list[str] = []

        class Own(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                return httpx.Response(200, json=[])

            def close(self) -> None:
                closed.append("x")

        client = connect("http://nowhere.example", transport=Own())
        for _ in range(2):
            client.articles.list()
            client.close()
        assert closed == ["x", "x"]

    def test_a_given_transports_error_is_a_transport_error(self, call: Call) -> None:
        """What a custom transport raises in httpx's terms, or as OSError, is typed."""
        for error in (
            httpx.ProxyError("proxy"),
            OSError("disk"),
            httpx.ReadError("read"),
            ConnectionResetError("r"),
        ):

            def handle(request: httpx.Request, error: Exception = error) -> httpx.Response:
                raise error

            mock = httpx.MockTransport(handle)
            client = connect("http://nowhere.example", transport=mock, async_transport=mock)
            with pytest.raises(TransportError, match="broke off to nowhere") as raised:
                call(client, "articles.list")
            assert raised.value.__cause__ is error

    @pytest.mark.parametrize(
        ("kind", "sentence"),
        [
            (httpx.ConnectTimeout, r"no connection within 1 s \(connect_timeout\) to x"),
            (httpx.ReadTimeout, r"no bytes within 2 s \(read_timeout\) from x"),
            (httpx.WriteTimeout, r"could not send within 4 s \(timeout\) to x"),
            (
                httpx.PoolTimeout,
                r"no free connection within 3.5 s \(pool_timeout, max_connections\) to x",
            ),
        ],
    )
    def test_each_timeout_names_its_setting(self, kind: type[Exception], sentence: str) -> None:
        """A timeout says how long it was and which value sets it."""

        def handle(request: httpx.Request) -> httpx.Response:
            raise kind("")

        timeouts = {"timeout": 4, "connect_timeout": 1, "read_timeout": 2, "pool_timeout": 3.5}
        client = connect("http://x", transport=httpx.MockTransport(handle), **timeouts)
        with pytest.raises(TransportError, match=f"^GET /v1/articles: {sentence}$"):
            client.articles.list()

    @pytest.mark.parametrize("kind", [ValueError, ImportError, httpx.UnsupportedProtocol])
    def test_what_no_retry_mends_is_not_repeated(
        self, call: Call, naps: list[float], kind: type[Exception]
    ) -> None:
        """An engine that cannot do what is asked of it ends as ConnectError at once."""

        def handle(request: httpx.Request) -> httpx.Response:
            raise kind("odd")

        mock = httpx.MockTransport(handle)
        client = connect("http://x", transport=mock, async_transport=mock, max_retries=3)
        with pytest.raises(ConnectError, match=r"^GET /v1/articles: cannot be sent to x \(odd\)$"):
            call(client, "articles.list")
        assert naps == []

    def test_a_stream_of_any_make_is_read(self, call: Call) -> None:
        """A response whose body comes in pieces from a custom transport is read to its end."""

        class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
            def __iter__(self) -> Any:
                yield from (b"[{", b'"id": 7}]')

            async def __aiter__(self) -> Any:
                for piece in self:
                    yield piece

        mock = httpx.MockTransport(lambda request: httpx.Response(200, stream=Pieces()))
        client = connect("http://x", transport=mock, async_transport=mock)
        assert [a.id for a in call(client, "articles.list")] == [7]


class TestOptions:
    """`with_options`."""

    def test_the_connection_is_shared(self, call: Call, serve: Serve) -> None:
        """A derived client uses the same connection, with its own values."""
        server = serve(answer())
        client = connect(server)
        with client, client.with_options(language="de_DE") as other:
            client.articles.list()
            other.articles.list()
            client.articles.list()
        languages = [dict(got.query)["language"] for got in server.received]
        assert languages == ["nl_NL", "de_DE", "nl_NL"]
        assert {got.connection for got in server.received} == {1}
        server.wait_until_all_closed()

    @pytest.mark.anyio
    async def test_the_connection_is_shared_on_a_loop(self, serve: Serve) -> None:
        """So it does on an event loop, and closing either closes both."""
        server = serve(answer())
        client = connect(server)
        await client.articles.alist()
        await client.with_options(language="de_DE").articles.alist()
        await client.with_options(timeout=3).aclose()
        assert {got.connection for got in server.received} == {1}
        assert server.open_connections == 0

    def test_max_connections_is_shared(self, serve: Serve) -> None:
        """A derived client takes its permits from the same gate."""
        client = connect(serve(), max_connections=1, pool_timeout=0.05)
        gate = client._transport._pools.gate
        assert gate.enter(0)
        with pytest.raises(TransportError, match="pool_timeout"):
            client.with_options(language="de_DE").articles.list()
        gate.leave()

    def test_retries_and_timeout_change(self, call: Call, serve: Serve, naps: list[float]) -> None:
        """A derived client has its own retries and timeout."""
        server = serve(answer({}, 503))
        client = connect(server, read_timeout=9)
        derived = client.with_options(max_retries=2, timeout=1.5)
        with pytest.raises(Exception, match="503"):
            call(derived, "articles.list")
        assert len(server.received) == 3
        assert derived._transport._timeouts == dict.fromkeys(["connect", "read", "write"], 1.5) | {
            "pool": 30
        }
        assert client._transport._timeouts["read"] == 9


@pytest.mark.parametrize("host", ["[:::]", "\u2603\u2603.example"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    """A base_url whose host httpx does not take is a ValueError, when the client is made."""
    with pytest.raises(ValueError, match="base_url"):
        connect(f"http://{host}")


def test_timeouts_have_their_defaults() -> None:
    """Connecting and reading take `timeout` unless they have their own; the pool has its own."""
    timeouts = HttpTransport(ConnectConfig(TOKEN, timeout=7, connect_timeout=2))._timeouts
    assert timeouts == {"connect": 2, "read": 7, "write": 7, "pool": 30}


@pytest.fixture
def proxy(serve: Serve) -> Server:
    """A forwarding proxy that answers in the origin's stead, as an HTTP proxy may."""
    return serve(answer([{"id": 99}]))


class TestProxies:
    """Proxies from the environment."""

    @pytest.mark.parametrize("variable", ["http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"])
    @pytest.mark.parametrize("scheme", ["http://", ""])
    def test_the_environments_proxy_is_used(
        self, call: Call, proxy: Server, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
    ) -> None:
        """A request goes to the proxy with its whole address and its tokens."""
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv(variable, f"{scheme}127.0.0.1:{proxy.port}")
        page = call(connect("http://shop.example:8080"), "articles.list")
        assert [article.id for article in page] == [99]
        target = proxy.received[0].target
        assert target.startswith("http://shop.example:8080/v1/articles?")
        assert f"token={TOKEN}" in target

    @pytest.mark.parametrize("hosts", ["127.0.0.1", "*", "127.0.0.1:{port}"])
    def test_no_proxy_is_heeded(
        self, call: Call, serve: Serve, proxy: Server, monkeypatch: pytest.MonkeyPatch, hosts: str
    ) -> None:
        """A host, or a host and port, in NO_PROXY is asked directly."""
        server = serve(answer([{"id": 7}]))
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", hosts.format(port=server.port))
        assert [article.id for article in call(connect(server), "articles.list")] == [7]
        assert proxy.received == []

    def test_a_proxy_of_no_known_kind_is_a_connect_error(
        self, call: Call, naps: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A proxy that httpx does not know is told at the first call."""
        monkeypatch.setenv("http_proxy", "gopher://127.0.0.1")
        with pytest.raises(ConnectError, match=r"cannot be sent to shop.*gopher"):
            call(connect("http://shop.example", max_retries=2), "articles.list")
        assert naps == []

    def test_another_schemes_proxy_is_not_used(
        self, call: Call, serve: Serve, proxy: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """HTTPS_PROXY is for https."""
        monkeypatch.setenv("https_proxy", proxy.url)
        server = serve(answer([{"id": 7}]))
        assert [article.id for article in call(connect(server), "articles.list")] == [7]

    def test_connections_through_a_proxy_are_closed(
        self, call: Call, proxy: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Closing closes the connections to a proxy as well."""
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("http_proxy", proxy.url)
        call(connect("http://shop.example"), "articles.list")
        proxy.wait_until_all_closed()

    def test_idle_connections_through_a_proxy_make_room(
        self, proxy: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An idle connection to a proxy makes room for a loop, as one to the API does."""
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("http_proxy", proxy.url)
        client = connect("http://shop.example", max_connections=1)
        client.articles.list()

        async def main() -> None:
            await client.articles.alist()
            await client.aclose()

        anyio.run(main)
        assert proxy.most_open == 1
