"""Proxies from the environment."""

from __future__ import annotations

import anyio
import pytest

from myonlinestore import ConnectError
from tests.support.calls import TOKEN, Call, Serve, connect
from tests.support.http_server import Server, make_response

OWN = {"token": TOKEN, "language": "nl_NL", "format": "json"}


@pytest.fixture
def proxy(serve: Serve) -> Server:
    """Run a forwarding proxy that responds for the origin, as an HTTP proxy may."""
    return serve(make_response([{"id": 99}]))


class TestProxies:
    """Proxies from the environment."""

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
