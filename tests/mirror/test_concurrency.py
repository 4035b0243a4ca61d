"""The number of a mirror's requests in flight, and its pauses."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror
from myonlinestore.sandbox import Sandbox
from tests.mirror.snapshots import assert_equals_store

pytestmark = pytest.mark.anyio


class CountingTransport(httpx.AsyncHTTPTransport):
    """A transport that counts the requests in flight."""

    in_flight = most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and count those in flight."""
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            return await super().handle_async_request(request)
        finally:
            self.in_flight -= 1


async def mirror_and_count(sandbox: Sandbox, catalog: Path, concurrency: int) -> int:
    """Mirror some resources and return the largest number of requests in flight."""
    sandbox.faults.add("get* delay=0.005")
    transport = CountingTransport()
    async with ConnectClient(
        sandbox.store_token, base_url=sandbox.url, async_transport=transport
    ) as client:
        job = Mirror(
            client, catalog, only=["articles", "orders", "categories"], concurrency=concurrency
        )
        report = await job.arun()
    sandbox.faults.clear()
    assert not report.has_differences
    return transport.most


@pytest.mark.parametrize("concurrency", [1, 3, 8])
async def test_as_many_requests_as_asked_for(
    sandbox: Sandbox, client: ConnectClient, catalog: Path, concurrency: int
) -> None:
    """All readers together have as many requests in flight as `concurrency`, and never more."""
    assert await mirror_and_count(sandbox, catalog, concurrency) == concurrency
    assert_equals_store(catalog, client, "articles", "orders", "categories")


@pytest.mark.parametrize("wrong", [0, -1, True, 2.0])
async def test_an_invalid_concurrency_is_refused(
    client: ConnectClient, catalog: Path, wrong: int
) -> None:
    """Less than one request at once, or no whole number, is refused before anything is done."""
    with pytest.raises(ValueError, match="concurrency must be a whole number, 1 or more"):
        Mirror(client, catalog, concurrency=wrong)


async def test_a_copy_that_is_refused_now_and_then_is_whole(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A 429 pauses all requests, and no row is lost."""
    sandbox.faults.add("getOrderPayments nth=2 status=429 retry_after=1")
    report = await Mirror(client, catalog, only=["orders"], concurrency=3).arun()
    assert (report["orders"].difference, report.rejected) == (0, 0)
    entries = list(sandbox.journal)
    refused = next(entry.at for entry in entries if entry.status == 429)
    assert not [e for e in entries if 0.15 < (e.at - refused).total_seconds() < 0.95]
    assert len([e for e in entries if (e.at - refused).total_seconds() >= 0.95]) > 3
