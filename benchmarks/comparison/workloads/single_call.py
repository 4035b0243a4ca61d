"""The cost of a call on mock transports, in microseconds."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable

import httpx

from comparison.worker import Figures, Timed
from comparison.workloads.fake_transport import AsyncFakeTransport, FakeTransport
from myonlinestore import ConnectClient

BODY = b'{"count":5}'
URL = "https://api.myonlinestore.com/v1/articles/count"
CALLS, ROUNDS = 200, 25


def call_once() -> Timed:
    """Make a small call with the client, with httpx's client and on the transport."""
    transport = FakeTransport(lambda _: BODY)
    client = ConnectClient("token", transport=transport)
    plain = httpx.Client(transport=transport)
    request = httpx.Request("GET", URL)
    params = {"token": "token", "language": "nl_NL", "format": "json"}

    def run() -> Figures:
        return _measure_alternately(
            client=client.articles.count,
            httpx=lambda: plain.get(URL, params=params).json(),
            transport=lambda: transport.handle_request(request).read(),
        )

    return run


def sync_and_async() -> Timed:
    """Make a sync call, and await its coroutine in an event loop."""

    async def run() -> Figures:
        client = ConnectClient(
            "token",
            transport=FakeTransport(lambda _: BODY),
            async_transport=AsyncFakeTransport(lambda _: BODY),
        )
        spent: dict[str, list[float]] = {"sync": [], "awaited": []}
        for _ in range(ROUNDS):
            spent["sync"].append(_measure_microseconds(client.articles.count))
            start = time.perf_counter()
            for _ in range(CALLS):
                await client.articles.acount()
            spent["awaited"].append((time.perf_counter() - start) / CALLS * 1e6)
        await client.aclose()
        return _compute_medians(spent)

    return lambda: asyncio.run(run())


def _measure_alternately(**calls: Callable[[], object]) -> Figures:
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            spent[name].append(_measure_microseconds(call))
    return _compute_medians(spent)


def _measure_microseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS * 1e6


def _compute_medians(spent: dict[str, list[float]]) -> Figures:
    return {name: statistics.median(found) for name, found in spent.items()}
