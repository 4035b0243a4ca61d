"""What the transport's tests share: a server to talk to, a client for it, and a way to call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
from server import Script, Server

from myonlinestore import ConnectClient, ConnectConfig
from myonlinestore import _wire as wire

TOKEN = "st0re-t0ken"
PARTNER_TOKEN = "p4rtner-t0ken"

Serve = Callable[..., Server]
Call = Callable[..., Any]


def connect(server: Server | str, **values: Any) -> ConnectClient:
    """A client of the server that gives up at once, unless told otherwise."""
    transports = {name: values.pop(name) for name in ("transport", "async_transport") if name in values}
    values = {"store_token": TOKEN, "timeout": 5, "max_retries": 0, **values}
    url = server if isinstance(server, str) else server.url
    return ConnectClient(config=ConnectConfig(base_url=url, **values), **transports)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers; they are stopped after the test."""
    servers: list[Server] = []

    def start(*script: Script) -> Server:
        servers.append(Server(*script).listen())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(params=["sync", "asyncio", "trio"])
def call(request: pytest.FixtureRequest) -> Call:
    """Call a method by its sync name, and close the client: once in each way that it can be done."""

    def sync(client: ConnectClient, method: str, *args: Any, **kwargs: Any) -> Any:
        with client:
            return _method(client, method)(*args, **kwargs)

    def in_loop(client: ConnectClient, method: str, *args: Any, **kwargs: Any) -> Any:
        resource, _, name = method.rpartition(".")

        async def main() -> Any:
            async with client:
                return await _method(client, f"{resource}.a{name}")(*args, **kwargs)

        return anyio.run(main, backend=request.param)

    return sync if request.param == "sync" else in_loop


def _method(client: ConnectClient, path: str) -> Callable[..., Any]:
    found: Any = client
    for name in filter(None, path.split(".")):
        found = getattr(found, name)
    return found  # type: ignore[no-any-return]


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits before retries, in seconds; none of them is waited for."""
    waits: list[float] = []

    async def nap(self: object, seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(wire.BlockingWire, "sleep", nap)
    monkeypatch.setattr(wire.AsyncWire, "sleep", nap)
    return waits
