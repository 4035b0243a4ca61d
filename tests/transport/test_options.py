"""`with_options`, timeouts, and an invalid base_url."""

from __future__ import annotations

import pytest

from myonlinestore import ConnectConfig, TransportError
from myonlinestore.http import HttpTransport
from tests.support.calls import ITEM, TOKEN, USES_HTTPX, Call, Serve, connect
from tests.support.http_server import make_response

OWN = {"token": TOKEN, "language": "nl_NL", "format": "json"}


class TestOptions:
    """`with_options`."""

    def test_the_connection_is_shared(self, call: Call, serve: Serve) -> None:
        """A derived client uses the same connection, with its own values."""
        server = serve(make_response())
        client = connect(server)
        with client, client.with_options(language="de_DE") as other:
            client.articles.list()
            other.articles.list()
            client.articles.list()
        languages = [dict(request.query)["language"] for request in server.received]
        assert languages == ["nl_NL", "de_DE", "nl_NL"]
        assert {request.connection for request in server.received} == (
            {1, 2, 3} if USES_HTTPX else {1}
        )
        server.wait_until_all_closed()

    @pytest.mark.anyio
    async def test_the_connection_is_shared_on_a_loop(self, serve: Serve) -> None:
        """A derived client shares the connection on a loop, and closing either closes both."""
        server = serve(make_response())
        client = connect(server)
        await client.articles.alist()
        await client.with_options(language="de_DE").articles.alist()
        await client.with_options(timeout=3).aclose()
        assert {request.connection for request in server.received} == (
            {1, 2} if USES_HTTPX else {1}
        )
        assert server.open_connections == 0

    def test_max_connections_is_shared(self, serve: Serve) -> None:
        """A derived client uses the same semaphore."""
        client = connect(serve(), max_connections=1, pool_timeout=0.05)
        semaphore = client._transport._pools.semaphore
        permit = semaphore.acquire_sync(0)
        assert permit
        with pytest.raises(TransportError, match="pool_timeout"):
            client.with_options(language="de_DE").articles.list()
        permit.release()

    @pytest.mark.parametrize("on_resource", [False, True])
    def test_headers_are_added(self, call: Call, serve: Serve, on_resource: bool) -> None:
        """Headers of a derived client or resource are sent, in addition to earlier ones."""
        server = serve(ITEM)
        client = connect(server).with_options(headers={"X-First": "1", "X-Both": "old"})
        added = {"X-Second": "2", "X-Both": "new"}
        if on_resource:
            articles = client.articles.with_options(headers=added, language="de_DE")
            articles.list()
            (request,) = server.received
            client.close()
        else:
            call(client.with_options(headers=added, language="de_DE"), "articles.list")
            (request,) = server.received
        sent = {name: request.headers[name] for name in ("x-first", "x-second", "x-both")}
        assert sent == {"x-first": "1", "x-second": "2", "x-both": "new"}
        assert dict(request.query)["language"] == "de_DE"

    def test_headers_of_a_request_take_precedence(self, call: Call, serve: Serve) -> None:
        """The headers of one request replace those of the client."""
        server = serve(ITEM)
        client = connect(server).with_options(headers={"X-A": "client", "X-B": "client"})
        call(client, "request", "GET", "/articles", headers={"X-A": "request"})
        (request,) = server.received
        assert (request.headers["x-a"], request.headers["x-b"]) == ("request", "client")

    def test_an_idempotency_key_is_sent_with_each_attempt(
        self, call: Call, serve: Serve, recorded_sleeps: list[float]
    ) -> None:
        """A given key is sent instead of a random one, by the retries too."""
        server = serve(make_response({}, 503), make_response({"id": 7}))
        client = connect(server, max_retries=1).with_options(idempotency_key="order-12")
        call(client, "articles.create", body={"name": "A"})
        keys = [request.headers["idempotency-key"] for request in server.received]
        assert keys == ["order-12", "order-12"]

    @pytest.mark.parametrize(("header", "name"), [("X-Key", "x-key"), (None, "idempotency-key")])
    def test_an_idempotency_key_has_the_configured_header(
        self, call: Call, serve: Serve, header: str | None, name: str
    ) -> None:
        """The key is sent in the configured header, or in the usual one if there is none."""
        server = serve(make_response({"id": 7}))
        client = connect(server, idempotency_key_header=header)
        call(client.with_options(idempotency_key="k1"), "articles.create", body={})
        assert server.received[0].headers[name] == "k1"

    @pytest.mark.anyio
    async def test_a_resource_with_options_is_sync_and_async(self, serve: Serve) -> None:
        """A derived resource has the same methods, and leaves the client's resource as it is."""
        server = serve(make_response([]))
        client = connect(server)
        articles = client.articles.with_options(language="de_DE")
        assert type(articles) is type(client.articles)
        articles.list()
        await articles.alist()
        await client.articles.alist()
        languages = [dict(request.query)["language"] for request in server.received]
        assert languages == ["de_DE", "de_DE", "nl_NL"]
        await client.aclose()

    def test_retries_and_timeout_change(
        self, call: Call, serve: Serve, recorded_sleeps: list[float]
    ) -> None:
        """A derived client has its own `max_retries` and `timeout`."""
        server = serve(make_response({}, 503))
        client = connect(server, read_timeout=9)
        derived = client.with_options(max_retries=2, timeout=1.5)
        with pytest.raises(Exception, match="503"):
            call(derived, "articles.list")
        assert len(server.received) == 3
        assert derived._transport._builder.timeouts == dict.fromkeys(
            ["connect", "read", "write"], 1.5
        ) | {"pool": 30}
        assert client._transport._builder.timeouts["read"] == 9


@pytest.mark.parametrize("host", ["[:::]", "\u2603\u2603.example"])
def test_an_invalid_host_is_rejected(host: str) -> None:
    """A base_url whose host httpx rejects raises ValueError when the client is created."""
    with pytest.raises(ValueError, match="base_url"):
        connect(f"http://{host}")


def test_timeouts_have_their_defaults() -> None:
    """Connecting and reading default to `timeout`; waiting for a connection does not."""
    timeouts = HttpTransport(ConnectConfig(TOKEN, timeout=7, connect_timeout=2))._builder.timeouts
    assert timeouts == {"connect": 2, "read": 7, "write": 7, "pool": 30}
