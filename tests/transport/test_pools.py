"""Connections: reused, and not shared between threads, loops and forks that may not share."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from myonlinestore import ConnectClient
from myonlinestore._transport.pools import _reset_after_fork
from tests.support.calls import ITEM, Serve, connect, run
from tests.support.waiting import await_until

pytestmark = pytest.mark.usefixtures("no_leaked_sockets", "idle_connections")


def test_connections_of_sync_calls(serve: Serve, idle_connections: int) -> None:
    """The fast engine reuses a connection until it is closed, httpx opens one for each call."""
    server = serve(ITEM)
    with connect(server) as client:
        for _ in range(3):
            client.articles.list()
        assert server.open_connections == idle_connections
    server.wait_until_all_closed()
    assert server.accepted == (1 if idle_connections else 3)


@pytest.mark.anyio
async def test_connections_on_a_loop(serve: Serve, idle_connections: int) -> None:
    """Calls on a loop do the same, and all is closed before `aclose` returns."""
    server = serve(ITEM)
    async with connect(server) as client:
        for _ in range(3):
            await client.articles.alist()
        assert server.open_connections == idle_connections
    assert server.open_connections == 0
    assert server.accepted == (1 if idle_connections else 3)


def test_loops_one_after_another(serve: Serve, idle_connections: int) -> None:
    """Consecutive loops share the connections of the fast engine."""
    server = serve(ITEM)
    client = connect(server)

    async def main() -> None:
        (item,) = await client.articles.alist()
        assert item.id == 7

    for backend in ("asyncio", "trio", "asyncio", "trio"):
        run(backend, main)
    assert server.accepted == (1 if idle_connections else 4)
    assert server.open_connections == idle_connections
    client.close()
    assert server.open_connections == 0


def test_a_new_loop_collects_no_garbage(serve: Serve) -> None:
    """A collection takes a second on a large heap, so that no loop starts one."""
    client, collections = connect(serve(ITEM)), list[str]()

    def count(phase: str, info: dict[str, int]) -> None:
        collections.append(phase)

    asyncio.run(client.articles.alist())
    gc.disable()
    gc.callbacks.append(count)
    try:
        for _ in range(3):
            asyncio.run(client.articles.alist())
    finally:
        gc.callbacks.remove(count)
        gc.enable()
    client.close()
    assert collections == []


@pytest.mark.parametrize("linger", [True, False], ids=["running loops", "ended loops"])
def test_threads_and_loops_at_once(serve: Serve, linger: bool) -> None:
    """Threads, asyncio loops and trio share one client and its `max_connections`."""
    server = serve(ITEM)
    client = connect(server, max_connections=4, timeout=20, pool_timeout=20)
    total = 3 * 10 + 4 * 20

    def sync() -> None:
        for _ in range(10):
            assert len(client.articles.list().items) == 1

    async def call_repeatedly() -> None:
        for _ in range(4):
            assert len((await client.articles.alist()).items) == 1

    async def run_tasks() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(call_repeatedly)
        await await_until(lambda: not linger or len(server.received) == total)

    with ThreadPoolExecutor(7) as pool:
        jobs = [pool.submit(sync) for _ in range(3)]
        jobs += [pool.submit(run, backend, run_tasks) for backend in ("asyncio", "trio") * 2]
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

    def test_open_connections_are_left_alone(self, serve: Serve, idle_connections: int) -> None:
        """A reset neither closes nor uses the open connections of any client."""
        server = serve(ITEM)
        clients = [connect(server), connect(server)]
        taken: list[Any] = []
        for client in clients:
            client.articles.list()
            taken += _take_idle(client)
        assert len(taken) == 2 * idle_connections
        _reset_after_fork()
        assert server.open_connections == 2 * idle_connections
        for client in clients:
            client.articles.list()
            client.close()
        assert server.accepted == 4
        assert server.open_connections == 2 * idle_connections
        for connection in taken:
            connection.close()
        server.wait_until_all_closed()

    def test_held_locks_are_replaced(self, serve: Serve) -> None:
        """A lock or a permit that a lost thread held blocks no call."""
        client = connect(serve(ITEM), max_connections=1)
        released, locked = threading.Event(), threading.Event()
        client.articles.list()

        def hold() -> None:
            permit = client._transport._pools.semaphore.acquire_sync(1)
            with client._transport._pools._lock:
                locked.set()
                released.wait(10)
            assert permit

        thread = threading.Thread(target=hold)
        thread.start()
        assert locked.wait(5)
        for connection in _take_idle(client):
            connection.close()
        _reset_after_fork()
        assert len(client.articles.list().items) == 1
        released.set()
        thread.join()
        client.close()


def _take_idle(client: ConnectClient) -> list[Any]:
    http1 = client._transport._pools.http1
    return [] if http1 is None else [*http1._pool._idle]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_custom_async_transport_works_on_consecutive_loops(serve: Serve, backend: str) -> None:
    """A transport of httpx, given by the caller, keeps no connection of an ended loop."""
    server = serve(ITEM)
    client = connect(server, async_transport=httpx.AsyncHTTPTransport())

    async def main() -> None:
        (item,) = await client.articles.alist()
        assert item.id == 7

    for _ in range(3):
        run(backend, main)
    assert server.open_connections == 0
    run(backend, client.aclose)
