"""Servers for the tests of the HTTP/1.1 client, and every way to call it."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import trustme

from myonlinestore import ConnectClient
from myonlinestore._transport import engines
from myonlinestore._transport.http1 import head
from tests.support.calls import connect
from tests.support.raw_server import Handler, RawServer

PARSERS: dict[str, head.HeadParser] = {
    "httptools": head.HttptoolsParser(),
    "h11": head.H11Parser(),
}
RawServe = Callable[..., RawServer]
CallAll = Callable[..., list[Any]]
# A function that is called after each request, and may block.
Between = Callable[[], object]
# Method, path, and perhaps a body.
Sent = tuple[Any, ...]


@contextlib.contextmanager
def use_parser(name: str) -> Iterator[None]:
    """Parse the heads of responses with one of the parsers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(head, "get_parser", lambda: PARSERS[name])
        yield


# Not of function scope, which would not fit tests of hypothesis.
@pytest.fixture(scope="module", params=PARSERS)
def parser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a module's tests with each parser."""
    with use_parser(request.param):
        yield


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ssl.SSLContext]:
    """Return a server's TLS context, whose authority clients trust."""
    authority = trustme.CA()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(made)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    engines._ssl_context.cache_clear()
    yield made
    engines._ssl_context.cache_clear()


@pytest.fixture(params=["plain", "TLS"])
def raw_serve(request: pytest.FixtureRequest) -> Iterator[RawServe]:
    """Start servers, in plain text or with TLS, and stop them after the test."""
    context = None if request.param == "plain" else request.getfixturevalue("context")
    servers: list[RawServer] = []

    def start(handler: Handler, **options: Any) -> RawServer:
        servers.append(RawServer(handler, context, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(params=["sync", "asyncio", "trio"])
def call_all(request: pytest.FixtureRequest) -> CallAll:
    """Send requests one after another; return the bodies, or the errors."""

    def sync(client: ConnectClient, requests: list[Sent], between: Between = bool) -> list[Any]:
        results: list[Any] = []
        for method, path, *data in requests:
            try:
                results.append(client.request(method, path, data=data[0] if data else None))
            except Exception as error:
                results.append(error)
            between()
        client.close()
        return results

    async def on_loop(client: ConnectClient, requests: list[Sent], between: Between) -> list[Any]:
        results: list[Any] = []
        for method, path, *data in requests:
            try:
                results.append(await client.arequest(method, path, data=data[0] if data else None))
            except Exception as error:
                results.append(error)
            between()
        await client.aclose()
        return results

    def run(client: ConnectClient, requests: list[Sent], between: Between = bool) -> list[Any]:
        results: list[Any] = anyio.run(on_loop, client, requests, between, backend=request.param)
        return results

    return sync if request.param == "sync" else run


def fast(server: RawServer | str, **values: Any) -> ConnectClient:
    """Return a client on the fast engine."""
    url = server if isinstance(server, str) else server.url
    return connect(url, engine="fast", **values)
