"""Which connection a request gets: an idle one at once, and httpcore's choice where there is none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from typing import Any
from unittest.mock import Mock

import anyio
import httpcore
import httpx
import pytest

from myonlinestore import ConnectClient
from myonlinestore._transport import connections
from myonlinestore._transport import private_apis as assigning
from tests.support.calls import ITEM, Serve, connect
from tests.support.http_server import answer
from tests.transport.test_max_connections import respond_together

pytestmark = pytest.mark.usefixtures("no_leaked_sockets")


class Calls:
    """How often a method was called."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.number = 0
        self._method = method

    def __get__(self, instance: object, owner: type) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self.number += 1
            return self._method(instance, *arguments)

        return counted


def counted(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> Calls:
    calls = Calls(getattr(owner, name))
    monkeypatch.setattr(owner, name, calls)
    return calls


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """All connections are looked at once."""
    monkeypatch.setattr(assigning, "_LOOK_AT_ALL_EVERY_SECONDS", 60)


async def at_once(client: ConnectClient, number: int) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(number):
            group.start_soon(client.articles.alist)


@pytest.mark.anyio
@pytest.mark.usefixtures("seldom")
async def test_idle_connections_are_not_asked(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call beside eight idle connections looks at the one that it takes."""
    server = serve(respond_together(8))
    async with connect(server, max_connections=8) as client:
        await at_once(client, 8)
        server.script = [ITEM]
        polls = counted(monkeypatch, httpcore.AsyncHTTP11Connection, "has_expired")
        for _ in range(50):
            await client.articles.alist()
        assert 50 <= polls.number < 60
        assert server.accepted == server.open_connections == 8


@pytest.mark.anyio
@pytest.mark.usefixtures("seldom")
async def test_each_call_has_a_connection_to_itself(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that begin together are given different connections, and none has to ask again."""
    server = serve(respond_together(4))
    async with connect(server, max_connections=4) as client:
        await at_once(client, 4)
        choices = counted(monkeypatch, assigning._FastReuse, "__call__")
        for _ in range(10):
            await at_once(client, 4)
        assert choices.number == 2 * 4 * 10
        assert server.accepted == 4


@pytest.mark.usefixtures("seldom")
def test_threads_take_idle_connections(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sync calls beside idle connections look at the one that they take, and open no other."""
    server = serve(respond_together(4))
    with connect(server, max_connections=4) as client, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: client.articles.list(), range(4)))
        polls = counted(monkeypatch, httpcore.HTTP11Connection, "has_expired")
        list(threads.map(lambda _: client.articles.list(), range(40)))
        assert polls.number <= 40
        assert server.accepted == 4


def test_what_the_server_closed_is_not_taken(serve: Serve) -> None:
    """A connection that the other side closed while it was idle is given to no call."""
    server = serve(answer([{"id": 7}], then="close"))
    with connect(server) as client:
        for _ in range(3):
            assert client.articles.list().items[0].id == 7
            server.wait_for(lambda s: not s._open)
    assert server.accepted == 3


@pytest.mark.anyio
async def test_what_nobody_takes_is_closed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that the server closed are let go of with a later call, although none takes them."""
    monkeypatch.setattr(assigning, "_LOOK_AT_ALL_EVERY_SECONDS", 0.2)

    server = serve(respond_together(3))
    async with connect(server, max_connections=3) as client:
        await at_once(client, 3)
        pool = client._transport._pools.current_loop_pool()
        assert len(connections.connections(pool._inner)) == 3
        for connection in list(server._open.values())[1:]:
            connection.shutdown(2)
        server.script = [ITEM]
        await anyio.sleep(0.3)
        await client.articles.alist()
        assert len(connections.connections(pool._inner)) == 1
        assert server.accepted == 3


def test_no_more_are_kept_than_may_be(serve: Serve) -> None:
    """Idle connections beyond `max_keepalive` are closed."""
    server = serve(respond_together(3))
    with connect(server, max_connections=3, max_keepalive=1) as client:
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda _: client.articles.list(), range(3)))
        server.wait_for(lambda s: s.open_connections == 1)


@pytest.mark.anyio
@pytest.mark.usefixtures("seldom")
async def test_requests_of_another_make_are_left_to_the_pool(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where httpcore comes to name things in another way, it chooses, and calls go on."""
    server = serve(ITEM)
    async with connect(server) as client:
        await client.articles.alist()
        chosen = Mock(wraps=httpcore.AsyncConnectionPool._assign_requests_to_connections)
        monkeypatch.setattr(httpcore.AsyncConnectionPool, "_assign_requests_to_connections", chosen)
        await client.articles.alist()
        assert chosen.call_count == 0
        monkeypatch.setattr(assigning, "_REQUEST", attrgetter("renamed"))
        for _ in range(3):
            (item,) = await client.articles.alist()
            assert item.id == 7
        assert chosen.call_count >= 3
        assert server.accepted == 1


def test_another_pool_is_left_alone(serve: Serve) -> None:
    """A transport without a pool, or with one of another make, is used as it is."""
    assigning.install_fast_reuse(httpx.MockTransport(lambda _: httpx.Response(200)))
    transport = httpx.HTTPTransport()
    with connect(serve(ITEM), transport=transport) as client:
        client.articles.list()
        choose: Any = transport._pool._assign_requests_to_connections  # type: ignore[attr-defined]
        assert not isinstance(choose, assigning._FastReuse)
