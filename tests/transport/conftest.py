"""Fixtures of the transport tests."""

from __future__ import annotations

import gc
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from myonlinestore import ConnectClient
from myonlinestore._transport import pools, send
from myonlinestore._transport.rate_limiter import RateLimiter
from tests.support.calls import Call, EventLoopThread, get_method


@pytest.fixture(params=["sync", "asyncio", "trio"])
def call(request: pytest.FixtureRequest) -> Call:
    """Call a method by its sync name and close the client, once per way to do so."""

    def sync(client: ConnectClient, method: str, *args: Any, **kwargs: Any) -> Any:
        with client:
            return get_method(client, method)(*args, **kwargs)

    def in_event_loop(client: ConnectClient, method: str, *args: Any, **kwargs: Any) -> Any:
        resource, _, name = method.rpartition(".")

        async def main() -> Any:
            async with client:
                return await get_method(client, f"{resource}.a{name}")(*args, **kwargs)

        return anyio.run(main, backend=request.param)

    return sync if request.param == "sync" else in_event_loop


@pytest.fixture
def recorded_sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the sleeps of senders, in seconds, instead of sleeping; the limiter's clock advances."""
    waits: list[float] = []

    def limiter(lock: threading.RLock) -> RateLimiter:
        return RateLimiter(lambda: time.monotonic() + sum(waits), lock)

    monkeypatch.setattr(pools, "RateLimiter", limiter)

    async def record_sleep(self: object, seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(send.SyncCaller, "sleep", record_sleep)
    monkeypatch.setattr(send.AsyncCaller, "sleep", record_sleep)
    return waits


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
