"""Connections: reused, and not shared between threads, loops and forks that may not share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from myonlinestore._transport import connections
from myonlinestore._transport.pools import _reset_after_fork
from tests.support.calls import ITEM, USES_HTTPX, Serve, connect, run
from tests.support.waiting import await_until

pytestmark = pytest.mark.usefixtures("no_leaked_sockets")


def test_a_connection_is_reused(serve: Serve) -> None:
    """Calls of one client use one connection, and closing the client closes it."""
    server = serve(ITEM)
    with connect(server) as client:
        for _ in range(3):
            client.articles.list()
        assert server.open_connections == 1
    server.wait_until_all_closed()
    assert server.accepted == 1


@pytest.mark.anyio
async def test_a_connection_is_reused_on_a_loop(serve: Serve) -> None:
    """Calls on one loop use one connection, which is closed before `aclose` returns."""
    server = serve(ITEM)
    async with connect(server) as client:
        for _ in range(3):
            await client.articles.alist()
        assert server.open_connections == 1
    assert server.open_connections == 0
    assert server.accepted == 1


def test_loops_one_after_another(serve: Serve) -> None:
    """With httpx each loop has its own connections, and those of ended loops are closed."""
    server = serve(ITEM)
    client = connect(server)

    async def main() -> None:
        (item,) = await client.articles.alist()
        assert item.id == 7

    for backend in ("asyncio", "trio", "asyncio", "trio"):
        run(backend, main)
    assert server.accepted == (4 if USES_HTTPX else 1)
    assert server.open_connections == 1
    client.close()
    assert server.open_connections == 0


@pytest.mark.parametrize("linger", [True, False], ids=["running loops", "ended loops"])
def test_threads_and_loops_at_once(serve: Serve, linger: bool) -> None:
    """Threads, asyncio loops and trio share one client and its `max_connections`."""
    server = serve(ITEM)
    client = connect(server, max_connections=4, timeout=20, pool_timeout=20)
    total = 3 * 10 + 4 * 20

    def sync() -> None:
        for _ in range(10):
            assert len(client.articles.list().items) == 1

    async def task() -> None:
        for _ in range(4):
            assert len((await client.articles.alist()).items) == 1

    async def tasks() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(task)
        await await_until(lambda: not linger or len(server.received) == total)

    with ThreadPoolExecutor(7) as pool:
        jobs = [pool.submit(sync) for _ in range(3)]
        jobs += [pool.submit(run, backend, tasks) for backend in ("asyncio", "trio") * 2]
    for job in jobs:
        job.result()
    assert len(server.received) == total
    assert server.max_open == 4 or not linger
    client.close()
    server.wait_until_all_closed()


@pytest.mark.anyio
async def test_tasks_share_the_connections(serve: Serve) -> None:
    """A hundred tasks on one loop use at most `max_connections` connections."""
    server = serve(ITEM)
    async with connect(server, max_connections=3) as client, anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(client.articles.alist)
    assert len(server.received) == 100
    assert server.max_open <= 3
    assert server.open_connections == 0


class TestResetAfterFork:
    """The reset in a forked child, called here without a fork."""

    def test_open_connections_are_left_alone(self, serve: Serve) -> None:
        """A reset neither closes nor uses the open connections."""
        server = serve(ITEM)
        inner = httpx.HTTPTransport()
        client = connect(server, transport=inner)
        client.articles.list()
        held = connections.connections(inner)
        client._transport._pools.reset_after_fork()
        assert server.open_connections == 1
        client.articles.list()
        assert server.accepted == 2
        client.close()
        assert server.open_connections == 1
        for connection in held:
            connection.close()
        server.wait_until_all_closed()

    def test_every_client_is_reset(self, serve: Serve) -> None:
        """All clients of a process are reset together."""
        server = serve(ITEM)
        clients = [connect(server), connect(server)]
        held: list[Any] = []
        for client in clients:
            client.articles.list()
            held += client._transport._pools.sync_pool().idle()
        _reset_after_fork()
        for client in clients:
            client.articles.list()
            client.close()
        assert server.accepted == 4
        for connection in held:
            connection.close()
        server.wait_until_all_closed()

    def test_held_locks_are_replaced(self, serve: Serve) -> None:
        """A lock or a permit that a lost thread held blocks no call."""
        inner = httpx.HTTPTransport()
        client = connect(serve(ITEM), transport=inner, max_connections=1)
        pools = client._transport._pools
        client.articles.list()
        with pools._lock, inner._pool._optional_thread_lock:
            for connection in connections.connections(inner):
                connection.close()
            pools.reset_after_fork()
            assert len(client.articles.list().items) == 1
        client.close()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_custom_async_transport_works_on_consecutive_loops(serve: Serve, backend: str) -> None:
    """The connections of an ended loop are removed from the caller's own transport."""
    server = serve(ITEM)
    client = connect(server, async_transport=httpx.AsyncHTTPTransport())

    async def main() -> None:
        (item,) = await client.articles.alist()
        assert item.id == 7

    for _ in range(3):
        run(backend, main)
    assert server.open_connections == 1
    run(backend, client.aclose)
    assert server.open_connections == 0
