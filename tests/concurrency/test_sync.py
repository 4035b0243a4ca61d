"""The sync form of a coroutine method."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from myonlinestore import ConnectClient, resources
from myonlinestore._concurrency.sync import run_sync, sync_method
from myonlinestore.http import HttpTransport
from tests.support.calls import Serve, connect
from tests.support.http_server import make_response


def test_run_sync_returns_the_result() -> None:
    """A coroutine that never suspends runs to its end."""

    async def inner() -> int:
        return 3

    async def outer() -> int:
        return await inner() + 1

    assert run_sync(outer()) == 4


def test_run_sync_raises_the_exception() -> None:
    """An exception is raised unchanged."""

    async def fail() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        run_sync(fail())


def test_run_sync_raises_when_the_coroutine_suspends() -> None:
    """A coroutine that suspends is closed and raises, rather than returning None."""
    ended: list[str] = []

    async def suspend() -> int:
        try:
            await asyncio.sleep(0)
        finally:
            ended.append("closed")
        return 3

    with pytest.raises(RuntimeError, match="prefix 'a'"):
        run_sync(suspend())
    assert ended == ["closed"]


def _sync_methods(owner: type) -> Iterator[tuple[str, Callable[..., Any], Callable[..., Any]]]:
    for name, method in inspect.getmembers(owner, inspect.isfunction):
        sync = getattr(owner, name[1:], None) if name.startswith("a") else None
        if inspect.iscoroutinefunction(method) and callable(sync) and name != "aclose":
            yield f"{owner.__name__}.{name}", method, sync


RESOURCES = [getattr(resources, name) for name in resources.__all__ if name != "simple"]
SYNC_METHODS = [
    pytest.param(method, sync, id=name)
    for owner in (ConnectClient, HttpTransport, *RESOURCES)
    for name, method, sync in _sync_methods(owner)
]


def test_sync_methods_are_found() -> None:
    """The list of sync methods is not empty by accident."""
    assert len(SYNC_METHODS) > 60


@pytest.mark.parametrize(("method", "sync"), SYNC_METHODS)
def test_a_sync_method_has_the_signature_of_its_async_method(
    method: Callable[..., Any], sync: Callable[..., Any]
) -> None:
    """A sync method has the signature, annotations and docstring of its async method."""
    assert inspect.signature(sync) == inspect.signature(method)
    assert sync.__annotations__ == method.__annotations__
    assert inspect.getdoc(sync) == inspect.getdoc(method)
    assert inspect.getdoc(sync)
    assert f"a{sync.__name__}" == method.__name__
    assert sync.__qualname__ == f"{method.__qualname__.rpartition('.')[0]}.{sync.__name__}"
    assert not inspect.iscoroutinefunction(sync)


def test_a_sync_method_runs_on_the_sync_view() -> None:
    """The coroutine gets the object's sync view as its self."""

    class Thing:
        def __init__(self, view: Thing | None = None) -> None:
            self.sync_view = view

        async def aself(self, *, shift: int = 0) -> tuple[Thing, int]:
            return self, shift

        @sync_method(aself)
        def self(self) -> None: ...

    view = Thing()
    assert Thing(view).self(shift=2) == (view, 2)


def test_a_wrong_argument_is_a_type_error(serve: Serve) -> None:
    """A misspelled keyword raises in the call, and sends nothing."""
    server = serve()
    with connect(server) as client, pytest.raises(TypeError, match="limti"):
        client.articles.list(limti=3)  # type: ignore[call-arg]
    assert server.received == []


@pytest.mark.anyio
async def test_a_sync_call_works_inside_a_running_loop(serve: Serve) -> None:
    """In a notebook, where a loop is running, sync methods work as elsewhere."""
    server = serve(make_response([{"id": 7}]))
    async with connect(server) as client:
        (sync_item,) = client.articles.list()
        (async_item,) = await client.articles.alist()
    assert sync_item == async_item
    server.wait_until_all_closed()
