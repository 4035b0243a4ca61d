"""Errors, cancellation and the end of an iteration that prefetches pages."""

from __future__ import annotations

import asyncio
import functools
import gc
import signal
import subprocess
import sys
import threading
import time
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest

from myonlinestore import PaginatedResponse, aiterate_all, iterate_all
from myonlinestore.pagination._prefetch import PendingPage, _Tasks, _Threads
from tests.pagination.rows import cast_generator, collect, make_articles
from tests.pagination.uncounted_list import UncountedList
from tests.support.waiting import await_until, run_other_tasks, wait_until

Page = PaginatedResponse[Any]


class PageError(Exception):
    """The error of a failing page."""


@pytest.mark.anyio
async def test_an_error_of_a_task_is_raised_when_its_page_is_reached() -> None:
    """The first error is raised after the rows before it, and cancels everything else."""

    async def on_call(offset: int) -> None:
        if offset in (8, 12):
            raise PageError(offset)
        await (anyio.sleep_forever() if offset > 8 else run_other_tasks())

    source = UncountedList(make_articles(100), on_call)
    rows = cast_generator(aiterate_all(source.alist, page_size=5, concurrency=6))
    assert [(await anext(rows)).id for _ in range(9)] == list(range(1, 10))
    with pytest.raises(PageError) as caught:
        await anext(rows)
    assert caught.value.args == (8,)
    assert source.in_flight == 0
    with pytest.raises(StopAsyncIteration):
        await anext(rows)
    assert sorted(source.requested) == [0, 4, 8, 12, 16, 20, 24, 28]


def test_an_error_of_a_thread_is_raised_when_its_page_is_reached() -> None:
    """The first error is raised after the rows before it, and no thread is left."""
    threads = threading.active_count()

    def on_call(offset: int) -> None:
        if offset in (8, 12):
            raise PageError(offset)

    source = UncountedList(make_articles(100), on_call)
    rows = iterate_all(source.list, page_size=5, concurrency=6)
    assert [next(rows).id for _ in range(9)] == list(range(1, 10))
    with pytest.raises(PageError) as caught:
        next(rows)
    assert caught.value.args == (8,)
    assert list(rows) == []
    assert source.in_flight == 0
    assert threading.active_count() == threads


def test_an_error_beyond_the_end_is_ignored() -> None:
    """A page requested beyond the last may fail, as it is not needed."""

    def on_call(offset: int) -> None:
        if offset > 11:
            raise PageError(offset)

    assert (
        len(
            list(
                iterate_all(
                    UncountedList(make_articles(12), on_call).list, page_size=6, concurrency=5
                )
            )
        )
        == 12
    )


@pytest.mark.anyio
async def test_cancelled_iteration_leaves_no_task() -> None:
    """A cancel scope ends the iteration and its requests in flight immediately."""

    async def on_call(offset: int) -> None:
        if offset:
            await anyio.sleep_forever()

    source = UncountedList(make_articles(100), on_call)
    found: list[Any] = []
    with anyio.move_on_after(0.05) as scope:
        async for row in aiterate_all(source.alist, page_size=5, concurrency=6):
            found.append(row.id)  # noqa: PERF401  a comprehension would lose them
    assert scope.cancelled_caught
    assert found == [1, 2, 3, 4, 5]
    assert source.max_in_flight == 6
    assert source.in_flight == 0


@pytest.mark.anyio
async def test_iteration_cancelled_before_its_start_leaves_no_task() -> None:
    """In a scope that is cancelled already, nothing is requested."""
    source = UncountedList(make_articles(100), lambda _: anyio.sleep_forever())
    with anyio.CancelScope() as scope:
        scope.cancel()
        await collect(aiterate_all(source.alist, concurrency=6))
    assert scope.cancelled_caught
    await run_other_tasks()
    assert source.in_flight == 0


@pytest.mark.anyio
async def test_a_closed_iterator_leaves_no_task() -> None:
    """aclose() ends the requests in flight before it returns, also from another task."""

    async def on_call(offset: int) -> None:
        if offset:
            await anyio.sleep_forever()

    source = UncountedList(make_articles(100), on_call)
    rows = cast_generator(aiterate_all(source.alist, page_size=5, concurrency=6))
    await anext(rows)
    await await_until(lambda: source.in_flight == 6)

    async def close() -> None:
        await rows.aclose()

    async with anyio.create_task_group() as group:
        group.start_soon(close)
    assert source.in_flight == 0
    await rows.aclose()
    assert await collect(rows) == []


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_leaving_a_loop_leaves_no_task() -> None:
    """On asyncio, the event loop closes an iterator that is dropped midway."""

    async def on_call(offset: int) -> None:
        if offset:
            await anyio.sleep_forever()

    source = UncountedList(make_articles(100), on_call)
    before = asyncio.all_tasks()
    async for _ in aiterate_all(source.alist, page_size=5, concurrency=6):
        break
    gc.collect()
    await await_until(lambda: asyncio.all_tasks() == before)
    assert source.in_flight == 0


@pytest.mark.anyio
async def test_tasks_await_nothing_in_a_closed_coroutine() -> None:
    """After a coroutine was closed while it waited, closing the tasks does not suspend."""
    tasks = _Tasks(1)
    waiting = tasks.wait(anyio.Event())
    waiting.send(None)
    waiting.close()
    with pytest.raises(StopIteration):
        tasks.aclose().send(None)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.anyio
async def test_a_closed_coroutine_leaves_no_task(steps: int) -> None:
    """A coroutine that is closed while it awaits a row ends the requests in flight."""

    async def read() -> None:
        async for _ in aiterate_all(source.alist, page_size=5, concurrency=6):
            pass

    source = UncountedList(make_articles(100), lambda _: anyio.sleep_forever())
    before = asyncio.all_tasks()
    # Before Python 3.13, asyncio reports that it cannot close the iterator.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    reading = read()
    for _ in range(steps):
        reading.send(None)
        await run_other_tasks()
    reading.close()
    del reading
    gc.collect()
    await await_until(lambda: asyncio.all_tasks() == before)
    assert source.in_flight == 0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_a_cancelled_call_cancels_the_iteration() -> None:
    """On asyncio, a call that is cancelled by itself ends the iteration."""

    async def on_call(offset: int) -> None:
        if offset:
            raise asyncio.CancelledError

    rows = aiterate_all(
        UncountedList(make_articles(100), on_call).alist, page_size=5, concurrency=6
    )
    with pytest.raises(asyncio.CancelledError):
        await collect(rows)


def test_a_closed_iterator_leaves_no_thread() -> None:
    """An iterator that is closed, or dropped midway, ends its threads after their calls."""
    threads = threading.active_count()
    source = UncountedList(make_articles(100), lambda offset: time.sleep(0.01))
    for _ in iterate_all(source.list, page_size=5, concurrency=6):
        break
    assert source.in_flight == 0
    assert threading.active_count() == threads
    rows = cast("Any", iterate_all(source.list, page_size=5, concurrency=6))
    next(rows)
    rows.close()
    assert threading.active_count() == threads
    assert list(rows) == []


def test_closing_does_not_wait_for_a_slow_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow call ends after the iterator is closed, and its thread requests nothing more."""
    monkeypatch.setattr("myonlinestore.pagination._prefetch._GRACE_SECONDS", 0.01)
    threads = threading.active_count()
    proceed = threading.Event()
    source = UncountedList(make_articles(100), lambda offset: proceed.wait(5) if offset else None)
    rows = cast("Any", iterate_all(source.list, page_size=5, concurrency=3))
    next(rows)
    assert wait_until(lambda: source.in_flight == 3)
    rows.close()
    assert source.in_flight == 3
    proceed.set()
    assert wait_until(lambda: threading.active_count() == threads)
    assert len(source.requested) == 4


INTERRUPTED = """
import os, time
from myonlinestore import PaginatedResponse, iterate_all

def fetch(*, limit, offset):
    if offset:
        os.write(1, b"waiting\\n")
        time.sleep(60)
    return PaginatedResponse([{"id": offset + i} for i in range(limit)], limit, offset)

for row in iterate_all(fetch, page_size=5, concurrency=4):
    pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a signal for Ctrl-C is POSIX's")
def test_ctrl_c_ends_the_program() -> None:
    """A program interrupted while its threads wait for responses ends soon, by that signal."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert time.monotonic() - start < 10
    assert process.returncode == -signal.SIGINT
    assert stderr.strip().endswith("KeyboardInterrupt")
    assert stderr.count("Traceback") == 1


@pytest.mark.anyio
async def test_tasks_fetch_no_page_that_was_dropped() -> None:
    """A page that is dropped before its request is sent is not requested."""
    requested: list[int] = []
    proceed = anyio.Event()

    async def fetch(offset: int) -> Page:
        requested.append(offset)
        await proceed.wait()
        return Page([], 1, offset)

    def make_pending(offset: int) -> PendingPage[Page, anyio.Event]:
        return PendingPage(functools.partial(fetch, offset), anyio.Event(), anyio.Event())

    tasks = _Tasks(concurrency=1)
    await tasks.start()
    pending_pages = [make_pending(offset) for offset in range(3)]
    tasks.fetch(pending_pages[:1])
    await run_other_tasks()
    tasks.fetch(pending_pages[1:])
    pending_pages[1].cancelled = True
    proceed.set()
    for pending in pending_pages:
        await pending.done.wait()
    await tasks.aclose()
    assert requested == [0, 2]


def test_threads_fetch_no_page_that_was_dropped() -> None:
    """Threads do not request it either, nor a page still queued when the iterator is closed."""
    requested: list[int] = []
    proceed = threading.Event()

    def fetch(offset: int) -> Page:
        requested.append(offset)
        proceed.wait(5)
        return Page([], 1, offset)

    def make_pending(offset: int) -> PendingPage[Page, threading.Event]:
        return PendingPage(functools.partial(fetch, offset), threading.Event(), threading.Event())

    threads = _Threads(concurrency=1)
    pending_pages = [make_pending(offset) for offset in range(3)]
    threads.fetch(pending_pages)
    pending_pages[1].cancelled = True
    proceed.set()
    assert pending_pages[2].done.wait(5)
    assert requested == [0, 2]
    proceed.clear()
    threads.fetch([make_pending(offset) for offset in (3, 4)])
    assert wait_until(lambda: len(requested) == 3)
    threading.Timer(0.05, proceed.set).start()
    threads.close()
    assert requested == [0, 2, 3]
