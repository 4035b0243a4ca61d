"""HTTP/2 with a custom transport, where `h2` is installed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import anyio
import h2.config
import h2.connection
import h2.events
import httpx
import pytest

from tests.support.calls import TOKEN, Call, connect

PAGE = b'[{"id": 7}]'


class _Http2Server:
    """A server that accepts one HTTP/2 connection and responds with a page to every request."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.header_names: set[str] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        with connection:
            while data := connection.recv(65_536):
                for event in state.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        self._respond(state, event)
                connection.sendall(state.data_to_send())

    def _respond(self, state: h2.connection.H2Connection, event: h2.events.RequestReceived) -> None:
        sent = {_decode(name): _decode(value) for name, value in event.headers}
        self.paths.append(sent[":path"])
        self.header_names |= sent.keys()
        state.send_headers(event.stream_id, [(":status", "200"), ("server", "two")])
        state.send_data(event.stream_id, PAGE, end_stream=True)

    def stop(self) -> None:
        """Wait until the client has closed the connection."""
        self._thread.join(5)
        self._listener.close()


def _decode(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


@pytest.fixture
def server() -> Iterator[_Http2Server]:
    """Run the server during a test."""
    running_server = _Http2Server()
    yield running_server
    running_server.stop()


def test_a_custom_transport_may_use_http2(call: Call, server: _Http2Server) -> None:
    """Requests are signed, and responses decoded, over HTTP/2 too."""
    client = connect(
        f"http://127.0.0.1:{server.port}",
        transport=httpx.HTTPTransport(http1=False, http2=True),
        async_transport=httpx.AsyncHTTPTransport(http1=False, http2=True),
    )
    assert [article.id for article in call(client, "articles.list", limit=3)] == [7]
    assert server.paths == [
        f"/v1/articles?language=nl_NL&format=json&limit=3&token={TOKEN}",
    ]


@pytest.mark.anyio
async def test_requests_share_a_connection_of_http2(server: _Http2Server) -> None:
    """HTTP/2 has no header that ends a connection, so that one carries many requests at once."""
    transport = httpx.AsyncHTTPTransport(http1=False, http2=True)
    async with (
        connect(f"http://127.0.0.1:{server.port}", async_transport=transport) as client,
        anyio.create_task_group() as group,
    ):
        for _ in range(5):
            group.start_soon(client.articles.alist)
    assert len(server.paths) == 5
    assert "connection" not in server.header_names
