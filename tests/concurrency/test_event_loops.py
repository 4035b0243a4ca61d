"""Handles of event loops, which run callbacks and tasks."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator

import anyio
import pytest

from myonlinestore._concurrency.event_loops import (
    AsyncioLoop,
    EventLoop,
    TrioLoop,
    in_loop,
    running_loop,
)
from tests.support.waiting import await_until, wait_until


class ThreadedLoop:
    """An event loop in its own thread."""

    def __init__(self, backend: str) -> None:
        self._ready, self._end = threading.Event(), threading.Event()
        self.loop: EventLoop | None = None
        self._thread = threading.Thread(target=lambda: anyio.run(self._main, backend=backend))
        self._thread.start()
        assert self._ready.wait(5)

    async def _main(self) -> None:
        self.loop = running_loop()
        self._ready.set()
        await await_until(self._end.is_set)

    def stop(self) -> EventLoop:
        """End the loop, and return its handle."""
        self._end.set()
        self._thread.join()
        assert self.loop is not None
        return self.loop


@pytest.fixture(params=["asyncio", "trio"])
def other_loop(request: pytest.FixtureRequest) -> Iterator[ThreadedLoop]:
    """Run a loop in another thread."""
    other = ThreadedLoop(request.param)
    yield other
    other.stop()


def _get_loop(other: ThreadedLoop) -> EventLoop:
    assert other.loop is not None
    return other.loop


def test_no_loop_runs_in_sync_code() -> None:
    """Outside asyncio and trio no loop runs."""
    assert not in_loop()
    with pytest.raises(RuntimeError):
        running_loop()


def test_there_is_no_loop_before_asyncio_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before asyncio or trio is imported, no loop runs, and neither is imported."""
    monkeypatch.delitem(sys.modules, "asyncio")
    monkeypatch.delitem(sys.modules, "trio")
    assert not in_loop()
    with pytest.raises(RuntimeError, match="no running event loop"):
        running_loop()
    assert not {"asyncio", "trio"} & sys.modules.keys()


@pytest.mark.anyio
async def test_the_running_loop_is_found(anyio_backend: str) -> None:
    """Inside asyncio and trio, the handle is that of the running loop."""
    assert in_loop()
    assert isinstance(running_loop(), AsyncioLoop if anyio_backend == "asyncio" else TrioLoop)


@pytest.mark.parametrize("module", [None, object()])
def test_trio_may_be_missing_or_half_imported(
    monkeypatch: pytest.MonkeyPatch, module: object
) -> None:
    """Without trio, or while another thread imports it, asyncio's loop is found."""
    monkeypatch.setitem(sys.modules, "trio", module)

    async def main() -> bool:
        return isinstance(running_loop(), AsyncioLoop)

    assert asyncio.run(main())
    assert not in_loop()


def test_a_callback_runs_on_the_loops_thread(other_loop: ThreadedLoop) -> None:
    """A callback from another thread runs on the loop's own thread."""
    called: list[int] = []
    _get_loop(other_loop).call_soon(lambda: called.append(threading.get_ident()))
    assert wait_until(lambda: called)
    assert called == [other_loop._thread.ident]


def test_a_callback_for_an_ended_loop_is_dropped(other_loop: ThreadedLoop) -> None:
    """A callback for a loop that has ended is not called, and raises nothing."""
    loop, called = other_loop.stop(), list[str]()
    loop.call_soon(lambda: called.append("x"))
    assert called == []


def test_a_closed_asyncio_loop_is_closed() -> None:
    """An asyncio loop is open until it is closed, whether it runs or not."""
    loop = asyncio.new_event_loop()
    handle = AsyncioLoop(loop)
    assert not handle.is_closed()
    loop.close()
    assert handle.is_closed()


@pytest.mark.anyio
async def test_a_spawned_task_outlives_its_callers_cancellation() -> None:
    """A task runs in the background, and a cancellation of its caller does not reach it."""
    started, ended = anyio.Event(), anyio.Event()

    async def work() -> None:
        started.set()
        await anyio.sleep(0.01)
        ended.set()

    with anyio.CancelScope() as scope:
        task = running_loop().spawn(work)
        assert not started.is_set()
        await started.wait()
        scope.cancel()
        await anyio.sleep(60)
    await ended.wait()
    del task
