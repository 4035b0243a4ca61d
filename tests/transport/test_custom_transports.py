"""`transport=` and `async_transport=`: other engines, mocks and unusual streams."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import respx

from myonlinestore import ConnectClient, ConnectError, ResponseTooLargeError, TransportError
from tests.support.calls import TOKEN, Call, connect

OWN = {"token": TOKEN, "language": "nl_NL", "format": "json"}


@respx.mock
def test_respx_sees_the_requests() -> None:
    """A mock of httpx's transports sees the requests of the engine httpx."""
    route = respx.get("https://api.myonlinestore.com/v1/articles", params=OWN | {"limit": "50"})
    route.respond(json=[{"id": 7}])
    with ConnectClient(TOKEN, engine="httpx") as client:
        assert [article.id for article in client.articles.list()] == [7]
    assert route.call_count == 1


class TestCustomTransports:
    """`transport=` and `async_transport=`."""

    def test_a_custom_transport_is_used(self, call: Call) -> None:
        """Sync calls use `transport`, async calls `async_transport`, and both are signed."""
        seen: list[httpx.Request] = []

        def handle(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return httpx.Response(200, json=[{"id": 7}])

        mock = httpx.MockTransport(handle)
        transports = {"transport": mock, "async_transport": mock}
        client = connect("http://nowhere.example", timeout=5, **transports)
        assert [a.id for a in call(client, "articles.list")] == [7]
        assert seen[0].url.params["token"] == TOKEN
        assert seen[0].extensions["timeout"] == dict.fromkeys(["connect", "read", "write"], 5) | {
            "pool": 30
        }

    def test_a_custom_transport_is_closed_and_can_be_reused(self) -> None:
        """Closing the client closes the caller's transport, and a later call uses it again."""
        closed: list[str] = []

        class ClosingTransport(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                return httpx.Response(200, json=[])

            def close(self) -> None:
                closed.append("x")

        client = connect("http://nowhere.example", transport=ClosingTransport())
        client.close()
        assert closed == []
        for _ in range(2):
            client.articles.list()
            client.close()
            client.close()
        assert closed == ["x", "x"]
        client._transport.sync_client.get("http://nowhere.example")
        client.close()
        assert closed == ["x", "x", "x"]

    def test_a_custom_transport_is_closed_after_its_last_call(self) -> None:
        """Closing the client during calls interrupts none; the last of them closes the transport."""
        both, end, closed = threading.Barrier(3), threading.Event(), list[str]()

        class WaitingTransport(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                assert closed == []
                if not end.is_set():
                    both.wait(5)
                    end.wait(5)
                return httpx.Response(200, json=[])

            def close(self) -> None:
                closed.append("x")

        client = connect("http://nowhere.example", transport=WaitingTransport())
        with ThreadPoolExecutor(2) as threads:
            calls = [threads.submit(client.articles.list) for _ in range(2)]
            both.wait(5)
            client.close()
            assert closed == []
            end.set()
            assert [call.result().items for call in calls] == [[], []]
        assert closed == ["x"]

    def test_a_stream_without_an_end_is_an_error(self, call: Call) -> None:
        """A body that continues after it was closed is not read further."""

        class EndlessStream(httpx.SyncByteStream, httpx.AsyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                while True:
                    yield b" " * 100_000

            def __aiter__(self) -> AsyncIterator[bytes]:
                return self

            async def __anext__(self) -> bytes:
                return b" " * 100_000

        mock = httpx.MockTransport(lambda request: httpx.Response(200, stream=EndlessStream()))
        client = connect(
            "http://x", transport=mock, async_transport=mock, max_response_bytes=150_000
        )
        with pytest.raises(ResponseTooLargeError):
            call(client, "articles.list")

    def test_an_error_of_a_custom_transport_is_a_transport_error(self, call: Call) -> None:
        """An httpx error or OSError of a custom transport is raised as TransportError."""
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
            with pytest.raises(TransportError, match="lost the connection to nowhere") as raised:
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
        """The message of a timeout names its length and its setting."""

        def handle(request: httpx.Request) -> httpx.Response:
            raise kind("")

        timeouts = {"timeout": 4, "connect_timeout": 1, "read_timeout": 2, "pool_timeout": 3.5}
        client = connect("http://x", transport=httpx.MockTransport(handle), **timeouts)
        with pytest.raises(TransportError, match=f"^GET /v1/articles: {sentence}$"):
            client.articles.list()

    @pytest.mark.parametrize("kind", [ValueError, ImportError, httpx.UnsupportedProtocol])
    def test_permanent_errors_are_not_retried(
        self, call: Call, recorded_sleeps: list[float], kind: type[Exception]
    ) -> None:
        """An error of a transport that no retry can solve is raised immediately as ConnectError."""

        def handle(request: httpx.Request) -> httpx.Response:
            raise kind("odd")

        mock = httpx.MockTransport(handle)
        client = connect("http://x", transport=mock, async_transport=mock, max_retries=3)
        with pytest.raises(ConnectError, match=r"^GET /v1/articles: cannot be sent to x \(odd\)$"):
            call(client, "articles.list")
        assert recorded_sleeps == []

    def test_any_stream_is_read(self, call: Call) -> None:
        """A response body that comes in pieces from a custom transport is read completely."""

        class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
            def __iter__(self) -> Any:
                yield from (b"[{", b'"id": 7}]')

            async def __aiter__(self) -> Any:
                for piece in self:
                    yield piece

        mock = httpx.MockTransport(lambda request: httpx.Response(200, stream=Pieces()))
        client = connect("http://x", transport=mock, async_transport=mock)
        assert [a.id for a in call(client, "articles.list")] == [7]
