"""Raw bytes as responses: a response is only ever given to its request, whatever is sent.

By default a small run, the same each time. `nox -s fuzz` runs other examples, for 10 minutes.
"""

from __future__ import annotations

import itertools
import os
import ssl
import time
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from myonlinestore import ConnectClient
from tests.support.calls import connect
from tests.support.raw_responses import FOREIGN, Exchange, Plan, exchanges, find_violation
from tests.support.raw_server import Peer, RawServer
from tests.transport.http1.conftest import use_parser

# The time for all ways to call, in seconds.
SECONDS = float(os.environ.get("MYONLINESTORE_FUZZ_SECONDS", "0"))
ENGINES = ["httptools", "h11", "httpx"]
BACKENDS = ["sync", "asyncio", "trio"]
SETTINGS = settings(
    deadline=None,
    derandomize=not SECONDS,
    database=None,
    # Each attempt to shrink an example takes the time of its delays and timeouts.
    phases=[Phase.generate],
    max_examples=100 if SECONDS else 50,
    suppress_health_check=list(HealthCheck),
)
Calls = list[tuple[str, str, Plan]]


class FuzzServer:
    """Servers, in plain text and with TLS, that send for each request what was planned for it."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.plans: dict[str, Plan] = {}
        self._numbers = itertools.count(1)
        self._servers = [RawServer(self._handle), RawServer(self._handle, context)]

    def get_url(self, *, is_tls: bool) -> str:
        """Return the URL of one of the two."""
        return self._servers[is_tls].url

    def add(self, exchange: Exchange) -> tuple[str, Plan]:
        """Plan the response to a new request, and return the request's id."""
        request_id = f"request{next(self._numbers):016x}"
        self.plans[request_id] = exchange.plan(request_id)
        return request_id, self.plans[request_id]

    def stop(self) -> None:
        """Close everything."""
        for server in self._servers:
            server.stop()

    def _handle(self, peer: Peer) -> None:
        plan = self.plans[peer.path.removeprefix("/v1/")]
        try:
            for delay, piece in plan.pieces:
                time.sleep(delay)
                peer.send(piece)
            if plan.closes:
                peer.close()
        finally:
            plan.is_sent.set()


@pytest.fixture
def fuzz_server(context: ssl.SSLContext) -> Iterator[FuzzServer]:
    """Run the servers."""
    server = FuzzServer(context)
    yield server
    server.stop()


def call_sync(client: ConnectClient, calls: Calls) -> list[Any]:
    """Return the results of requests, each sent when the response before it is sent wholly."""
    results: list[Any] = []
    for method, request_id, plan in calls:
        try:
            results.append(client.request(method, f"/{request_id}"))
        except Exception as error:
            results.append(error)
        assert plan.is_sent.wait(5) or isinstance(results[-1], Exception)
    client.close()
    return results


async def call_async(client: ConnectClient, calls: Calls) -> list[Any]:
    """Do the same on an event loop."""
    results: list[Any] = []
    for method, request_id, plan in calls:
        try:
            results.append(await client.arequest(method, f"/{request_id}"))
        except Exception as error:
            results.append(error)
        assert plan.is_sent.wait(5) or isinstance(results[-1], Exception)
    await client.aclose()
    return results


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_response_is_given_to_its_request_alone(
    engine: str, backend: str, fuzz_server: FuzzServer
) -> None:
    """No response is given to another request, and no failure becomes a success."""

    @SETTINGS
    @given(st.lists(exchanges(), min_size=2, max_size=5), st.booleans())
    def check(sequence: list[Exchange], is_tls: bool) -> None:
        url = fuzz_server.get_url(is_tls=is_tls)
        name = "httpx" if engine == "httpx" else "fast"
        client = connect(url, engine=name, timeout=20, max_connections=1)
        calls = [(exchange.method, *fuzz_server.add(exchange)) for exchange in sequence]
        if backend == "sync":
            results = call_sync(client, calls)
        else:
            results = anyio.run(call_async, client, calls, backend=backend)
        ids = {FOREIGN, *(request_id for _, request_id, _ in calls)}
        for (_, request_id, plan), result in zip(calls, results, strict=True):
            assert find_violation(result, plan, ids - {request_id}) is None
        fuzz_server.plans.clear()

    end = time.monotonic() + SECONDS / len(ENGINES) / len(BACKENDS)
    with use_parser(engine) if engine != "httpx" else nullcontext():
        check()
        while time.monotonic() < end:
            check()
