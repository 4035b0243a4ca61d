"""One small call, on transports that answer at once."""

from __future__ import annotations

from typing import Any

import anyio.from_thread
import httpx
import pytest

from comparison.workloads.fake_transport import AsyncCanned, Canned
from myonlinestore import ConnectClient

BODY = b'{"count":5}'
URL = "https://api.example/v1/articles/count"
PARAMS = {"token": "token", "language": "nl_NL", "format": "json"}
CALLS = 100

pytestmark = pytest.mark.benchmark(group=f"{CALLS} small calls")


def bench_sync(benchmark: Any) -> None:
    """This client, sync."""
    client = ConnectClient("token", transport=Canned(lambda _: BODY))
    benchmark(_repeat, client.articles.count)


def bench_async(benchmark: Any) -> None:
    """The same coroutines awaited; starting a call in the loop is a part of it."""
    client = ConnectClient("token", async_transport=AsyncCanned(lambda _: BODY))

    async def calls() -> None:
        for _ in range(CALLS):
            await client.articles.acount()

    with anyio.from_thread.start_blocking_portal() as portal:
        benchmark(portal.call, calls)


def bench_httpx(benchmark: Any) -> None:
    """What httpx's own client takes."""
    client = httpx.Client(transport=Canned(lambda _: BODY))
    benchmark(_repeat, lambda: client.get(URL, params=PARAMS).json())


def bench_transport(benchmark: Any) -> None:
    """What the transport itself takes."""
    transport, request = Canned(lambda _: BODY), httpx.Request("GET", URL)
    benchmark(_repeat, lambda: transport.handle_request(request).read())


def _repeat(call: Any) -> None:
    for _ in range(CALLS):
        call()
