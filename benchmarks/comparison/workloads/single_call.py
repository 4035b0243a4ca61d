"""What a call costs on transports that answer at once, in microseconds."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable

import httpx

from comparison.worker import Figures, Timed
from comparison.workloads.fake_transport import AsyncCanned, Canned
from myonlinestore import ConnectClient

BODY = b'{"count":5}'
URL = "https://api.myonlinestore.com/v1/articles/count"
CALLS, TURNS = 200, 25


def one_call() -> Timed:
    """A small call: of the client, of httpx's client, and of the transport alone, in turn."""
    transport = Canned(lambda _: BODY)
    client = ConnectClient("token", transport=transport)
    plain = httpx.Client(transport=transport)
    request = httpx.Request("GET", URL)
    params = {"token": "token", "language": "nl_NL", "format": "json"}

    def run() -> Figures:
        return _in_turn(
            client=client.articles.count,
            httpx=lambda: plain.get(URL, params=params).json(),
            transport=lambda: transport.handle_request(request).read(),
        )

    return run


def sync_and_async() -> Timed:
    """A sync call, and its coroutine awaited in a loop."""

    async def run() -> Figures:
        client = ConnectClient(
            "token", transport=Canned(lambda _: BODY), async_transport=AsyncCanned(lambda _: BODY)
        )
        spent: dict[str, list[float]] = {"sync": [], "awaited": []}
        for _ in range(TURNS):
            spent["sync"].append(_each(client.articles.count))
            start = time.perf_counter()
            for _ in range(CALLS):
                await client.articles.acount()
            spent["awaited"].append((time.perf_counter() - start) / CALLS * 1e6)
        await client.aclose()
        return _medians(spent)

    return lambda: asyncio.run(run())


def _in_turn(**calls: Callable[[], object]) -> Figures:
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(TURNS):
        for name, call in calls.items():
            spent[name].append(_each(call))
    return _medians(spent)


def _each(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS * 1e6


def _medians(spent: dict[str, list[float]]) -> Figures:
    return {name: statistics.median(found) for name, found in spent.items()}
