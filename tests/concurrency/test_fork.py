"""A fork: the child uses no socket of its parent, and waits for no lock of a lost thread."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import warnings
from collections.abc import Callable

import httpx
import pytest

from myonlinestore.http import HttpTransport
from myonlinestore.resources import ArticlesResource
from tests.support.calls import USES_HTTPX, Serve, connect
from tests.support.http_server import make_response

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

ITEM = make_response([{"id": 7}])


def _run_in_child(work: Callable[[], None]) -> int:
    """Return the exit status of a forked child that runs a function: 0 if it succeeds."""
    with warnings.catch_warnings():
        # Python 3.12 warns of forks in processes with threads, which is what is tried here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        signal.alarm(5)
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("own_transport", [False, True], ids=["own pool", "given transport"])
def test_a_child_opens_its_own_connections(serve: Serve, own_transport: bool) -> None:
    """Parent and child use different connections, and the parent's stays usable."""
    server = serve(ITEM)
    transports = {"transport": httpx.HTTPTransport()} if own_transport else {}
    client = connect(server, **transports)
    client.articles.list()

    def work() -> None:
        assert len(client.articles.list().items) == 1
        client.close()

    assert _run_in_child(work) == 0
    client.articles.list()
    client.close()
    keeps = not own_transport and not USES_HTTPX
    assert [request.connection for request in server.received] == (
        [1, 2, 1] if keeps else [1, 2, 3]
    )
    server.wait_until_all_closed()


def test_a_child_that_only_closes_leaves_the_parents_connection(serve: Serve) -> None:
    """A child that closes its copy of the client closes no connection of its parent."""
    server = serve(ITEM)
    client = connect(server)
    client.articles.list()
    assert _run_in_child(client.close) == 0
    client.articles.list()
    client.close()
    assert [request.connection for request in server.received] == ([1, 2] if USES_HTTPX else [1, 1])


def test_a_child_has_its_own_loops(serve: Serve) -> None:
    """An event loop in the child opens its own connections."""
    server = serve(ITEM)
    client = connect(server)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(client.articles.alist())

    async def main() -> None:
        assert len((await client.articles.alist()).items) == 1
        await client.aclose()

    assert _run_in_child(lambda: asyncio.run(main())) == 0
    loop.run_until_complete(client.articles.alist())
    loop.run_until_complete(client.aclose())
    loop.close()
    expected = [1, 2, 3] if USES_HTTPX else [1, 2, 1]
    assert [request.connection for request in server.received] == expected


def test_a_held_lock_does_not_block_the_child(serve: Serve) -> None:
    """Locks and permits that other threads held at the fork are free in the child."""
    slow = threading.Event()
    server = serve(make_response([{"id": 1}], wait_for=slow), ITEM)
    client = connect(server, max_connections=1)
    calling = threading.Thread(target=client.articles.list)
    calling.start()
    server.wait_for(lambda s: len(s.received) == 1)
    pools = client._transport._pools

    def work() -> None:
        assert len(client.articles.list().items) == 1
        asyncio.run(client.articles.alist())
        client.close()

    assert pools._lock is pools.semaphore.lock is pools.limiter._lock
    with pools._lock:
        assert _run_in_child(work) == 0
    slow.set()
    calling.join()
    client.close()


def test_a_child_has_its_own_rate_limiter(serve: Serve) -> None:
    """A pause of the parent delays no request of the child."""
    client = connect(serve(ITEM))
    limiter = client._transport._pools.limiter
    reservation = limiter.reservation()
    limiter.reserve(reservation)
    limiter.on_rate_limited(reservation.at, 60)

    def work() -> None:
        assert len(client.articles.list().items) == 1

    assert _run_in_child(work) == 0
    assert limiter.reserve(limiter.reservation()) > 50


def test_a_sync_view_being_created_does_not_block_the_child(serve: Serve) -> None:
    """A thread that creates a sync view at the fork holds no lock of another client."""
    server, created = serve(ITEM), threading.Event()
    started = threading.Event()

    class Slow(ArticlesResource):
        def __init__(self, transport: HttpTransport) -> None:
            if started.is_set():
                created.wait(10)
            started.set()
            super().__init__(transport)

    slow = Slow(connect(server)._transport)
    client = connect(server)
    thread = threading.Thread(target=lambda: slow.sync_view)
    thread.start()

    def work() -> None:
        assert len(client.articles.list().items) == 1
        client.request("GET", "/x")

    status = _run_in_child(work)
    created.set()
    thread.join()
    assert status == 0


def test_every_client_is_reset(serve: Serve) -> None:
    """A fork resets every client of the process, and those derived from them."""
    server = serve(ITEM)
    clients = [connect(server) for _ in range(3)]
    clients.append(clients[0].with_options(language="de_DE"))
    for client in clients:
        client.articles.list()

    def work() -> None:
        for client in clients:
            client.articles.list()

    assert _run_in_child(work) == 0
    for client in clients:
        client.close()
    parent_connections = {request.connection for request in server.received[:4]}
    child_connections = {request.connection for request in server.received[4:]}
    assert len(server.received) == 8
    assert not parent_connections & child_connections


@pytest.mark.parametrize("engine", ["auto", "httpx"])
def test_a_fork_while_another_thread_opens_event_loops(serve: Serve, engine: str) -> None:
    """A child neither hangs nor fails if a thread runs one event loop after another."""
    client = connect(serve(ITEM), engine=engine)
    stopping = threading.Event()

    def run_loops() -> None:
        while not stopping.is_set():
            asyncio.run(client.articles.alist())

    def work() -> None:
        assert len(client.articles.list().items) == 1

    work()
    running = threading.Thread(target=run_loops)
    running.start()
    statuses = [_run_in_child(work) for _ in range(20)]
    stopping.set()
    running.join()
    client.close()
    assert statuses == [0] * 20
