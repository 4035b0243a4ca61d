"""`HttpTransport` and its httpx clients, as code for the published client uses them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import pytest

from myonlinestore import ConnectConfig
from myonlinestore.http import HttpTransport
from tests.support.calls import TOKEN, Serve, connect
from tests.support.http_server import make_redirect, make_response

OWN = {"token": TOKEN, "language": "nl_NL", "format": "json"}


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
        server = serve(make_response({"ok": 1}))
        transport = HttpTransport(ConnectConfig(TOKEN, base_url=server.url))

        async def call_both() -> list[Any]:
            sync = getattr(transport, method)("/x", version="2-beta", **kwargs)
            response = await getattr(transport, f"a{method}")("/x", version="2-beta", **kwargs)
            await transport.aclose()
            return [sync, response]

        assert anyio.run(call_both) == [{"ok": 1}] * 2
        for request in server.received:
            assert (request.method, request.path) == (method.upper(), "/v2-beta/x")
            assert ("a", "1") in request.query
            assert request.body == (b'{"x":1}' if "json" in kwargs else b"")

    def test_post_takes_files(self, serve: Serve) -> None:
        """`post` sends files as `request` does."""
        server = serve(make_response({}))
        transport = HttpTransport(ConnectConfig(TOKEN, base_url=server.url))
        transport.post("/x", files={"f": b"content"})
        transport.delete("/x")
        transport.close()
        assert b"content" in server.received[0].body

    def test_sync_client_is_signed(self, serve: Serve) -> None:
        """`sync_client` is an httpx.Client; the tokens are added below it."""
        server = serve(make_response({"ok": 1}))
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
        assert server.accepted == 2

    @pytest.mark.anyio
    async def test_async_client_is_signed(self, serve: Serve) -> None:
        """`async_client` is an httpx.AsyncClient, whose requests are signed as well."""
        server = serve(make_response({"ok": 1}))
        async with connect(server) as client:
            await client.arequest("GET", "/y")
            raw = client._transport.async_client
            response = await raw.post(f"{server.url}/v1/x", json={"a": 1})
            assert isinstance(raw, httpx.AsyncClient)
        assert response.json() == {"ok": 1}
        assert "token" not in str(response.request.url)
        assert server.received[-1].query == [("token", TOKEN)]
        assert server.received[-1].body == b'{"a":1}'
        assert server.accepted == 2

    def test_a_raw_client_respects_max_connections(self, serve: Serve) -> None:
        """A request of a raw client takes a permit, and waits for `pool_timeout`."""
        slow = threading.Event()
        server = serve(make_response({}, wait_for=slow))
        client = connect(server, max_connections=1, pool_timeout=0.1)
        with client, ThreadPoolExecutor(1) as threads:
            raw = client._transport.sync_client
            waiting = threads.submit(raw.get, server.url)
            server.wait_for(lambda s: len(s.received) == 1)
            with pytest.raises(httpx.PoolTimeout):
                raw.get(server.url)
            slow.set()
            assert waiting.result().status_code == 200
        assert server.max_open == 1

    @pytest.mark.anyio
    async def test_a_raw_async_client_respects_max_connections(self, serve: Serve) -> None:
        """The same holds on an event loop, also for a response that is read later."""
        server = serve(make_response({}))
        client = connect(server, max_connections=1, pool_timeout=0.1)
        async with client, client._transport.async_client as raw:
            async with raw.stream("GET", server.url) as response:
                with pytest.raises(httpx.PoolTimeout):
                    await raw.get(server.url)
                assert await response.aread() == b"{}"
            assert (await raw.get(server.url)).json() == {}
        assert server.max_open == 1
        assert server.open_connections == 0

    def test_a_raw_client_can_stream(self, serve: Serve) -> None:
        """A body that a raw client streams is signed, and read once."""
        server = serve(make_response({}))
        with connect(server) as client, client._transport.sync_client as raw:
            headers = {"Content-Length": "2"}
            response = raw.post(server.url, content=iter([b"a", b"b"]), headers=headers)
        assert response.json() == {}
        assert (server.received[0].query, server.received[0].body) == ([("token", TOKEN)], b"ab")

    def test_another_origin_is_not_signed(self, serve: Serve) -> None:
        """A raw client may call another origin, but sends it no token."""
        server, other = serve(make_response({})), serve(make_response({}))
        client = connect(server)
        with client:
            client._transport.sync_client.get(f"{other.url}/v1/x")
            client._transport.sync_client.get(f"http://localhost:{server.port}/v1/x")
        assert [request.query for request in other.received + server.received] == [[], []]

    def test_redirects_of_a_raw_client_are_signed_within_the_origin(self, serve: Serve) -> None:
        """A raw client follows redirects, and signs each request to the API's origin."""
        server = serve(make_redirect("/v1/moved"), make_response({}))
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

    @pytest.mark.anyio
    async def test_errors_of_a_raw_async_client_are_httpx_errors(self) -> None:
        """A raw async client raises httpx's errors, with the request as the caller made it."""
        async with connect("http://127.0.0.1:1") as client:
            with pytest.raises(httpx.ConnectError) as raised:
                await client._transport.async_client.get("http://127.0.0.1:1/v1/x")
        assert str(raised.value.request.url) == "http://127.0.0.1:1/v1/x"
