"""A client for a test's server, and ways to call it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import anyio

from myonlinestore import ConnectClient, ConnectConfig
from tests.support.http_server import Server, make_response

# See tests/conftest.py.
USES_HTTPX = os.environ.get("MYONLINESTORE_TEST_ENGINE") == "httpx"
TOKEN = "st0re-t0ken"
PARTNER_TOKEN = "p4rtner-t0ken"

ITEM = make_response([{"id": 7}])

Serve = Callable[..., Server]
Call = Callable[..., Any]


def connect(server: Server | str, **values: Any) -> ConnectClient:
    """Return a client of the server, by default without retries."""
    names = ("transport", "async_transport")
    transports = {name: values.pop(name) for name in names if name in values}
    values = {"store_token": TOKEN, "timeout": 20, "max_retries": 0, **values}
    url = server if isinstance(server, str) else server.url
    return ConnectClient(config=ConnectConfig(base_url=url, **values), **transports)


def get_method(client: ConnectClient, path: str) -> Callable[..., Any]:
    """Return the method at a path such as ``articles.list``."""
    method: Any = client
    for name in filter(None, path.split(".")):
        method = getattr(method, name)
    return method  # type: ignore[no-any-return]


def run(backend: str, function: Callable[[], Any]) -> Any:
    """Run an async function on asyncio or trio, and return its result."""
    return anyio.run(function, backend=backend)


class EventLoopThread:
    """An event loop in its own thread that runs jobs until it is stopped."""

    def __init__(self, backend: str) -> None:
        self._jobs: list[tuple[Callable[[], Any], threading.Event]] = []
        self._stopped = False
        self._thread = threading.Thread(target=run, args=(backend, self._main))
        self._thread.start()

    async def _main(self) -> None:
        while not self._stopped:
            while self._jobs:
                job, done = self._jobs.pop(0)
                await job()
                done.set()
            await anyio.sleep(0.001)

    def run(self, job: Callable[[], Any]) -> None:
        """Run an async function on the loop; return when it has finished."""
        done = threading.Event()
        self._jobs.append((job, done))
        assert done.wait(30)

    def stop(self) -> None:
        """End the loop."""
        self._stopped = True
        self._thread.join()
