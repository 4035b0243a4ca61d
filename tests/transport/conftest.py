"""Fixtures of the transport tests."""

from __future__ import annotations

import gc
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
import trustme

from myonlinestore import ConnectClient, ConnectConfig
from myonlinestore._transport import environment, pools, send
from myonlinestore._transport.rate_limiter import RateLimiter
from tests.support.calls import Call, EventLoopThread, get_method
from tests.support.raw_server import Handler, RawServer

RawServe = Callable[..., RawServer]
CallAll = Callable[..., list[Any]]
# A function that is called after each request, and may block.
Between = Callable[[], object]
# Method, path, and perhaps a body.
Sent = tuple[Any, ...]


@pytest.fixture(params=["sync", "asyncio", "trio"])
def call(request: pytest.FixtureRequest) -> Call:
    """Call a method by its sync name and close the client, once per way to do so."""

    def call_sync(client: ConnectClient, method: str, *args: Any, **kwargs: Any) -> Any:
        with client:
            return get_method(client, method)(*args, **kwargs)

    def call_async(client: ConnectClient, method: str, *args: Any, **kwargs: Any) -> Any:
        resource, _, name = method.rpartition(".")

        async def main() -> Any:
            async with client:
                return await get_method(client, f"{resource}.a{name}")(*args, **kwargs)

        return anyio.run(main, backend=request.param)

    return call_sync if request.param == "sync" else call_async


@pytest.fixture(params=["fast", "httpx"])
def idle_connections(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Use each engine, and return the number of connections that stay open after a call."""
    resolve_engine = pools.resolve_engine

    def resolve(config: ConnectConfig) -> str:
        is_chosen = config.engine != "auto"
        return resolve_engine(config if is_chosen else replace(config, engine=request.param))

    monkeypatch.setattr(pools, "resolve_engine", resolve)
    return 1 if request.param == "fast" else 0


@pytest.fixture
def recorded_sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the sleeps of senders, in seconds, instead of sleeping; the limiter's clock advances."""
    delays: list[float] = []

    def make_limiter(lock: threading.RLock) -> RateLimiter:
        return RateLimiter(lambda: time.monotonic() + sum(delays), lock)

    monkeypatch.setattr(pools, "RateLimiter", make_limiter)

    async def record_sleep(self: object, seconds: float) -> None:
        delays.append(seconds)

    monkeypatch.setattr(send.BaseSyncSender, "sleep", record_sleep)
    monkeypatch.setattr(send.BaseAsyncSender, "sleep", record_sleep)
    return delays


@pytest.fixture(params=["asyncio", "trio"])
def loop(request: pytest.FixtureRequest) -> Iterator[EventLoopThread]:
    """Return an event loop that runs in another thread."""
    other = EventLoopThread(request.param)
    yield other
    other.stop()


@pytest.fixture
def no_leaked_sockets() -> Iterator[None]:
    """Fail a test that left a socket open: closing it in a destructor is a warning."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gc.collect()


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ssl.SSLContext]:
    """Return a server's TLS context, whose authority clients trust."""
    authority = trustme.CA()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(server_context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    environment.load_ssl_context.cache_clear()
    yield server_context
    environment.load_ssl_context.cache_clear()


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

    def send_all_sync(
        client: ConnectClient, requests: list[Sent], between: Between = bool
    ) -> list[Any]:
        results: list[Any] = []
        for method, path, *data in requests:
            try:
                results.append(client.request(method, path, data=data[0] if data else None))
            except Exception as error:
                results.append(error)
            between()
        client.close()
        return results

    async def send_all_async(
        client: ConnectClient, requests: list[Sent], between: Between
    ) -> list[Any]:
        results: list[Any] = []
        for method, path, *data in requests:
            try:
                results.append(await client.arequest(method, path, data=data[0] if data else None))
            except Exception as error:
                results.append(error)
            between()
        await client.aclose()
        return results

    def run_send_all(
        client: ConnectClient, requests: list[Sent], between: Between = bool
    ) -> list[Any]:
        results: list[Any] = anyio.run(
            send_all_async, client, requests, between, backend=request.param
        )
        return results

    return send_all_sync if request.param == "sync" else run_send_all
