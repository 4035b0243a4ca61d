"""A client for a test's server, and the types of the fixtures that start one and call the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from myonlinestore import ConnectClient, ConnectConfig
from server import Server

TOKEN = "st0re-t0ken"
PARTNER_TOKEN = "p4rtner-t0ken"

Serve = Callable[..., Server]
Call = Callable[..., Any]


def connect(server: Server | str, **values: Any) -> ConnectClient:
    """A client of the server that gives up at once, unless told otherwise."""
    names = ("transport", "async_transport")
    transports = {name: values.pop(name) for name in names if name in values}
    values = {"store_token": TOKEN, "timeout": 5, "max_retries": 0, **values}
    url = server if isinstance(server, str) else server.url
    return ConnectClient(config=ConnectConfig(base_url=url, **values), **transports)


async def until(true: Callable[[], object]) -> None:
    """Return once it is so; fail after ten seconds."""
    with anyio.fail_after(10):
        while not true():  # noqa: ASYNC110  what is awaited happens in other threads
            await anyio.sleep(0.003)


def method_of(client: ConnectClient, path: str) -> Callable[..., Any]:
    """The method at a path such as ``articles.list``."""
    found: Any = client
    for name in filter(None, path.split(".")):
        found = getattr(found, name)
    return found  # type: ignore[no-any-return]
