"""Handles of event loops, which run work on another loop."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
import trio

from myonlinestore._concurrency import event_loops
from myonlinestore._concurrency.event_loops import (
    AsyncioLoop,
    EventLoop,
    TrioLoop,
    arun_on_loop,
    in_loop,
    run_on_loop,
    running_loop,
)
from tests.support.waiting import await_until, wait_until

LONG = 30.0


class LoopInThread:
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


@pytest.fixture
def long_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait long for another loop, so that a wait is visible on a busy machine too."""
    monkeypatch.setattr(event_loops, "_GRACE_SECONDS", LONG)


@pytest.fixture(params=["asyncio", "trio"])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[LoopInThread]:
    """Run a loop in another thread."""
    other = LoopInThread(request.param)
    yield other
    other.stop()


def _loop_of(elsewhere: LoopInThread) -> EventLoop:
    assert elsewhere.loop is not None
    return elsewhere.loop


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
async def test_handles_of_one_loop_are_equal(anyio_backend: str) -> None:
    """Two handles of one loop have the same identity, and the loop is open and runs."""
    one, two = running_loop(), running_loop()
    assert in_loop()
    assert isinstance(one, AsyncioLoop if anyio_backend == "asyncio" else TrioLoop)
    assert one.identity is two.identity
    assert not one.is_closed()
    assert one.is_running()


@pytest.mark.parametrize("half", [None, object()])
def test_trio_may_be_missing_or_half_imported(
    monkeypatch: pytest.MonkeyPatch, half: object
) -> None:
    """Without trio, or while another thread imports it, asyncio's loop is found."""
    monkeypatch.setitem(sys.modules, "trio", half)

    async def main() -> bool:
        return isinstance(running_loop(), AsyncioLoop)

    assert asyncio.run(main())
    assert not in_loop()


def test_an_ended_loop_is_closed(elsewhere: LoopInThread) -> None:
    """A loop is open while it runs; later calls on it run nothing and raise nothing."""
    loop = _loop_of(elsewhere)
    assert not loop.is_closed()
    elsewhere.stop()
    called: list[str] = []
    loop.call_soon(lambda: called.append("x"))
    assert loop.is_closed()
    assert not loop.is_running()
    assert loop.is_closed()
    assert called == []


def test_work_runs_on_the_loops_thread(elsewhere: LoopInThread) -> None:
    """From another thread, work runs on the loop's own thread before `run_on_loop` returns."""
    done: list[int] = []

    async def work() -> None:
        await anyio.sleep(0.01)
        done.append(threading.get_ident())

    run_on_loop(_loop_of(elsewhere), [work, work])
    assert done == [elsewhere._thread.ident] * 2


def test_no_work_returns_immediately(elsewhere: LoopInThread) -> None:
    """Without work `run_on_loop` returns immediately."""
    run_on_loop(_loop_of(elsewhere), [])


@pytest.mark.anyio
async def test_work_on_another_loop_is_awaited(elsewhere: LoopInThread) -> None:
    """From a loop, work on another one is finished before `arun_on_loop` returns."""
    done: list[int] = []

    async def work() -> None:
        await anyio.sleep(0.01)
        done.append(threading.get_ident())

    await arun_on_loop(_loop_of(elsewhere), [work, work])
    assert done == [elsewhere._thread.ident] * 2


@pytest.mark.anyio
async def test_work_on_the_same_loop_is_only_started() -> None:
    """On its own loop work is only started, because waiting would block the loop."""
    begun: list[str] = []

    async def work() -> None:
        begun.append("x")

    run_on_loop(running_loop(), [work])
    assert begun == []
    await anyio.sleep(0.01)
    assert begun == ["x"]


@pytest.mark.usefixtures("long_grace")
@pytest.mark.anyio
async def test_sync_code_in_a_loop_does_not_wait_for_another_loop(
    elsewhere: LoopInThread,
) -> None:
    """Sync code inside a loop does not block that loop to wait for another."""
    stuck = threading.Event()

    async def work() -> None:
        await await_until(stuck.is_set)

    before = time.monotonic()
    run_on_loop(_loop_of(elsewhere), [work])
    assert time.monotonic() - before < LONG / 2
    stuck.set()


def test_a_blocked_loop_does_not_block_the_caller(
    elsewhere: LoopInThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait for work that does not end has a limit, however much work there is."""
    monkeypatch.setattr(event_loops, "_GRACE_SECONDS", 0.3)
    stuck = threading.Event()

    async def work() -> None:
        await await_until(stuck.is_set)

    before = time.monotonic()
    run_on_loop(_loop_of(elsewhere), [work] * 9)
    asyncio.run(arun_on_loop(_loop_of(elsewhere), [work]))
    assert 0.6 <= time.monotonic() - before < 2.5
    stuck.set()


def test_failing_work_is_isolated(
    elsewhere: LoopInThread, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in the work ends neither the caller nor the other loop's work."""

    async def failing() -> None:
        raise LookupError("st0re-t0ken")

    async def work() -> None:
        done.append("x")

    done: list[str] = []
    with caplog.at_level(logging.DEBUG, "myonlinestore"):
        run_on_loop(_loop_of(elsewhere), [failing, work])
    assert done == ["x"]
    assert "LookupError" in caplog.text
    assert "st0re-t0ken" not in caplog.text
    assert not _loop_of(elsewhere).is_closed()


def test_an_idle_loop_is_run_for_the_work() -> None:
    """An asyncio loop that is neither running nor closed is run for the work."""
    loop, done = asyncio.new_event_loop(), list[str]()

    async def work() -> None:
        await asyncio.sleep(0)
        done.append("x")

    handle = AsyncioLoop(loop)
    assert not handle.is_running()
    run_on_loop(handle, [work])
    assert done == ["x"]
    loop.close()
    assert handle.is_closed()


@pytest.mark.usefixtures("long_grace")
def test_an_idle_loop_is_not_run_inside_another() -> None:
    """Inside another loop an idle loop cannot be run: its work starts when it runs again."""
    idle, done = asyncio.new_event_loop(), list[str]()

    async def work() -> None:
        done.append("x")

    async def main() -> None:
        before = time.monotonic()
        await arun_on_loop(AsyncioLoop(idle), [work])
        run_on_loop(AsyncioLoop(idle), [work])
        assert time.monotonic() - before < LONG / 2

    asyncio.run(main())
    trio.run(main)
    assert done == []
    idle.run_until_complete(asyncio.sleep(0.01))
    assert done == ["x"] * 4
    idle.close()


@pytest.mark.usefixtures("long_grace")
def test_an_idle_loop_of_another_thread_is_not_run() -> None:
    """An idle loop of another thread may run or close there at any time."""
    idle, done = asyncio.new_event_loop(), list[str]()

    async def work() -> None:
        done.append("x")

    with ThreadPoolExecutor(1) as thread:
        handle = thread.submit(AsyncioLoop, idle).result()
        before = time.monotonic()
        run_on_loop(handle, [work])
        assert time.monotonic() - before < LONG / 2
        assert done == []
        thread.submit(idle.run_until_complete, asyncio.sleep(0.01)).result()
    assert done == ["x"]
    idle.close()


@pytest.mark.usefixtures("long_grace")
def test_work_for_an_ended_loop_is_dropped(elsewhere: LoopInThread) -> None:
    """Work for a loop that has ended is not done, and the caller does not wait."""
    loop, called = elsewhere.stop(), list[str]()

    async def work() -> None:
        called.append("x")

    async def main() -> None:
        await arun_on_loop(loop, [work])

    before = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - before < LONG / 2
    assert called == []


def test_a_running_task_is_referenced() -> None:
    """Tasks are referenced until they are done, because asyncio has only weak references."""
    elsewhere, kept = LoopInThread("asyncio"), list[int]()

    async def work() -> None:
        kept.append(len(event_loops._tasks))

    run_on_loop(_loop_of(elsewhere), [work])
    assert kept == [1]
    assert wait_until(lambda: not event_loops._tasks)
    elsewhere.stop()


def test_tasks_of_an_ended_loop_are_dropped(caplog: pytest.LogCaptureFixture) -> None:
    """Unfinished tasks of an ended loop, started or not, are dropped without a warning."""
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("ended")

    loop = asyncio.new_event_loop()
    handle = AsyncioLoop(loop)
    loop.call_soon(handle.spawn, work)
    loop.run_until_complete(asyncio.sleep(0.001))
    loop.call_soon(handle.spawn, work)
    loop.call_soon(loop.stop)
    loop.run_forever()
    event_loops.discard_closed_loops()
    assert len(event_loops._tasks) == 2
    loop.close()
    event_loops.discard_closed_loops()
    gc.collect()
    assert ended == ["ended"]
    assert not event_loops._tasks
    assert caplog.text == ""
