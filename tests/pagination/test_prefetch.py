"""Prefetching of pages, by tasks and by threads."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, closing
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore import PaginatedResponse, aiterate_all, iterate_all
from myonlinestore.models import Article
from myonlinestore.pagination._prefetch import PendingPage, _Tasks, _Threads
from myonlinestore.sandbox import Sandbox
from tests.support.mutating_list import CHANGES, Change, ChangingStore, check
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import RecordingTransport
from tests.support.waiting import run_other_tasks, wait_until

Page = PaginatedResponse[Any]
UNPAGED = [o for o in OPERATIONS if o.is_list and not o.is_paginated]


class Rows:
    """A list call over rows that do not change; each call calls `on_call` before it returns."""

    def __init__(
        self, rows: list[Any], on_call: Callable[[int], Any] = lambda offset: None
    ) -> None:
        self.rows = rows
        self.on_call = on_call
        self.requested: list[int] = []
        self.in_flight = self.max_in_flight = 0
        self._lock = threading.Lock()

    def list(self, *, limit: int, offset: int, **filters: Any) -> Page:
        """Return a page of the rows."""
        self._begin(offset)
        try:
            self.on_call(offset)
        finally:
            self._end()
        return Page(self.rows[offset : offset + limit], limit, offset)

    async def alist(self, *, limit: int, offset: int, **filters: Any) -> Page:
        """Return what `list` returns; `on_call` is a coroutine function."""
        self._begin(offset)
        try:
            await self.on_call(offset)
        finally:
            self._end()
        return Page(self.rows[offset : offset + limit], limit, offset)

    def _begin(self, offset: int) -> None:
        with self._lock:
            self.requested.append(offset)
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def _end(self) -> None:
        with self._lock:
            self.in_flight -= 1


def articles(count: int) -> list[Article]:
    return [Article(id=number) for number in range(1, count + 1)]


def as_generator(rows: Any) -> AsyncGenerator[Any, None]:
    return cast("AsyncGenerator[Any, None]", rows)


async def collect(rows: Any) -> list[Any]:
    return [row async for row in rows]


async def await_condition(condition: Callable[[], bool]) -> bool:
    """Return True if a condition becomes true soon, in another task."""
    with anyio.move_on_after(5):
        while not condition():  # noqa: ASYNC110  the condition has no event
            await anyio.sleep(0.001)
    return condition()


DELAYS = st.lists(st.integers(0, 6), min_size=1, max_size=40)
STORES = (st.integers(0, 60), CHANGES, st.sampled_from([1, 2, 3, 10]))


@given(*STORES, st.integers(2, 9), DELAYS, DELAYS, st.sampled_from(["asyncio", "trio"]))
@settings(max_examples=150, deadline=None)
def test_tasks_survive_changes(
    size: int,
    changes: list[list[Change]],
    page_size: int,
    concurrency: int,
    before: list[int],
    after: list[int],
    backend: str,
) -> None:
    """Rows are added and deleted between responses in any order: none is lost or repeated."""
    store = ChangingStore(size, changes)
    delays, delays_after = itertools.cycle(before), itertools.cycle(after)
    in_flight: list[int] = []

    async def fetch(*, limit: int, offset: int) -> PaginatedResponse[Article]:
        in_flight.append(offset)
        assert len(in_flight) <= concurrency
        for _ in range(next(delays)):
            await anyio.lowlevel.checkpoint()
        page = store.list(limit=limit, offset=offset)
        for _ in range(next(delays_after)):
            await anyio.lowlevel.checkpoint()
        in_flight.remove(offset)
        return page

    async def read() -> list[int | None]:
        rows = aiterate_all(fetch, page_size=page_size, concurrency=concurrency)
        return [row.id async for row in rows]

    check(store, anyio.run(read, backend=backend), concurrency)


@given(*STORES, st.integers(2, 9), DELAYS)
@settings(max_examples=60, deadline=None)
def test_threads_survive_changes(
    size: int, changes: list[list[Change]], page_size: int, concurrency: int, delays: list[int]
) -> None:
    """Threads lose and repeat no row either, in any order of responses."""
    store = ChangingStore(size, changes)
    lock, waits = threading.Lock(), itertools.cycle(delays)

    def fetch(*, limit: int, offset: int) -> PaginatedResponse[Article]:
        time.sleep(next(waits) / 50_000)
        with lock:
            return store.list(limit=limit, offset=offset)

    rows = iterate_all(fetch, page_size=page_size, concurrency=concurrency)
    check(store, [row.id for row in rows], concurrency)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 99, 100, 101, 199, 200, 201])
@pytest.mark.parametrize("page_size", [1, 3, 100])
@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "keyless"])
@pytest.mark.anyio
async def test_every_row_comes_once_in_order(count: int, page_size: int, keyed: bool) -> None:
    """Every row is yielded in order, and few pages beyond the last are requested."""
    rows: list[Any] = articles(count) if keyed else list(range(count))
    sequential, source, async_source = (
        Rows(rows),
        Rows(rows),
        Rows(rows, lambda _: anyio.lowlevel.checkpoint()),
    )
    assert list(iterate_all(sequential.list, page_size=page_size)) == rows
    assert list(iterate_all(source.list, page_size=page_size, concurrency=5)) == rows
    assert (
        await collect(aiterate_all(async_source.alist, page_size=page_size, concurrency=5)) == rows
    )
    for requested in (source.requested, async_source.requested):
        assert set(sequential.requested) <= set(requested)
        # For rows without a key, the prefetched pages are dropped once.
        assert len(requested) <= len(sequential.requested) + 4


@pytest.mark.anyio
async def test_a_list_of_one_page_takes_two_requests() -> None:
    """A first page that is not full is followed by one request, which confirms the end."""
    source, async_source = (
        Rows(articles(9)),
        Rows(articles(9), lambda _: anyio.lowlevel.checkpoint()),
    )
    assert len(list(iterate_all(source.list, page_size=10, concurrency=8))) == 9
    assert len(await collect(aiterate_all(async_source.alist, page_size=10, concurrency=8))) == 9
    assert source.requested == async_source.requested == [0, 8]


@pytest.mark.parametrize("operation", UNPAGED, ids=lambda o: o.call)
@pytest.mark.anyio
async def test_an_unpaged_list_takes_one_request(operation: Operation) -> None:
    """A list without limit and offset takes one request, for any number of rows."""
    transport = RecordingTransport([operation.item] * 250)
    async with transport.client() as client:
        for _ in iterate_all(operation.method(client), concurrency=8, **operation.path):
            pass
        rows = aiterate_all(operation.method(client, "a"), concurrency=8, **operation.path)
        assert len(await collect(rows)) == 250
    assert len(transport.requests) == 2


@pytest.mark.parametrize("concurrency", [2, 7])
@pytest.mark.anyio
async def test_tasks_are_bounded(concurrency: int) -> None:
    """At most `concurrency` requests are in flight, and as many pages are kept for a slow reader."""
    source = Rows(articles(100), lambda _: run_other_tasks())
    rows = as_generator(aiterate_all(source.alist, page_size=3, concurrency=concurrency))
    async with aclosing(rows):
        for count in range(1, 9):
            await anext(rows)
            expected = 1 + max(0, count - 2) // 2 + concurrency
            assert await await_condition(
                lambda expected=expected: len(source.requested) >= expected
            )
            assert await await_condition(lambda: source.in_flight == 0)
            await run_other_tasks()
            assert len(source.requested) == expected
    assert source.max_in_flight == concurrency
    assert sorted(source.requested) == list(range(0, 2 * len(source.requested), 2))


@pytest.mark.parametrize("concurrency", [2, 7])
def test_threads_are_bounded(concurrency: int) -> None:
    """At most `concurrency` threads run, and as many pages are kept for a slow reader."""
    threads = threading.active_count()
    source = Rows(articles(100))
    barrier = threading.Barrier(concurrency)
    source.on_call = lambda offset: barrier.wait(5) if 0 < offset <= 2 * concurrency else None
    with closing(
        cast("Any", iterate_all(source.list, page_size=3, concurrency=concurrency))
    ) as rows:
        for count in range(1, 9):
            next(rows)
            expected = 1 + max(0, count - 2) // 2 + concurrency
            assert wait_until(
                lambda expected=expected: len(source.requested) == expected and not source.in_flight
            )
            assert threading.active_count() == threads + concurrency
    assert source.max_in_flight == concurrency
    assert wait_until(lambda: threading.active_count() == threads)


def test_pages_are_prefetched_while_rows_are_used() -> None:
    """The next pages are requested before all rows of the first are used."""
    source = Rows(articles(100))
    rows = iterate_all(source.list, page_size=10, concurrency=3)
    assert source.requested == []
    assert next(rows).id == 1
    assert wait_until(lambda: len(source.requested) == 4)
    assert sorted(source.requested) == [0, 9, 18, 27]


class PageError(Exception):
    """The error of a failing page."""


@pytest.mark.anyio
async def test_an_error_of_a_task_is_raised_when_its_page_is_reached() -> None:
    """The first error is raised after the rows before it, and cancels everything else."""

    async def on_call(offset: int) -> None:
        if offset in (8, 12):
            raise PageError(offset)
        await (anyio.sleep_forever() if offset > 8 else run_other_tasks())

    source = Rows(articles(100), on_call)
    rows = as_generator(aiterate_all(source.alist, page_size=5, concurrency=6))
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

    source = Rows(articles(100), on_call)
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
        len(list(iterate_all(Rows(articles(12), on_call).list, page_size=6, concurrency=5))) == 12
    )


@pytest.mark.anyio
async def test_cancelled_iteration_leaves_no_task() -> None:
    """A cancel scope ends the iteration and its requests in flight immediately."""

    async def on_call(offset: int) -> None:
        if offset:
            await anyio.sleep_forever()

    source = Rows(articles(100), on_call)
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
    source = Rows(articles(100), lambda _: anyio.sleep_forever())
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

    source = Rows(articles(100), on_call)
    rows = as_generator(aiterate_all(source.alist, page_size=5, concurrency=6))
    await anext(rows)
    assert await await_condition(lambda: source.in_flight == 6)

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

    source = Rows(articles(100), on_call)
    before = asyncio.all_tasks()
    async for _ in aiterate_all(source.alist, page_size=5, concurrency=6):
        break
    gc.collect()
    assert await await_condition(lambda: asyncio.all_tasks() == before)
    assert source.in_flight == 0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_a_cancelled_call_cancels_the_iteration() -> None:
    """On asyncio, a call that is cancelled by itself ends the iteration."""

    async def on_call(offset: int) -> None:
        if offset:
            raise asyncio.CancelledError

    rows = aiterate_all(Rows(articles(100), on_call).alist, page_size=5, concurrency=6)
    with pytest.raises(asyncio.CancelledError):
        await collect(rows)


def test_a_closed_iterator_leaves_no_thread() -> None:
    """An iterator that is closed, or dropped midway, ends its threads after their calls."""
    threads = threading.active_count()
    source = Rows(articles(100), lambda offset: time.sleep(0.01))
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
    source = Rows(articles(100), lambda offset: proceed.wait(5) if offset else None)
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
    run = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "waiting\n"
    begin = time.monotonic()
    run.send_signal(signal.SIGINT)
    _, stderr = run.communicate(timeout=20)
    assert time.monotonic() - begin < 10
    assert run.returncode == -signal.SIGINT
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


@pytest.mark.anyio
async def test_pages_are_requested_one_by_one_after_a_shift() -> None:
    """After rows before the position were deleted, pages are requested singly, then prefetched."""
    source = Rows(articles(40))

    async def on_call(offset: int) -> None:
        if offset == 12 and source.rows[0].id == 1:
            del source.rows[:2]  # All pages requested are returned after this.
        await run_other_tasks()

    source.on_call = on_call
    found = await collect(aiterate_all(source.alist, page_size=5, concurrency=4))
    assert [row.id for row in found] == list(range(1, 41))
    # The page at 4 contained no row seen before.
    assert sorted(source.requested[:5]) == [0, 4, 8, 12, 16]
    assert source.requested[5] == 0
    assert sorted(source.requested[6:10]) == [4, 8, 12, 16]


@pytest.mark.anyio
async def test_one_page_is_requested_after_a_page_that_is_not_full() -> None:
    """After a page that is not full, one request confirms the end, and nothing is prefetched."""
    last = anyio.Event()

    async def on_call(offset: int) -> None:
        if offset == 4:
            await last.wait()
        if offset == 8:
            last.set()

    source = Rows(articles(11), on_call)
    async for _ in aiterate_all(source.alist, page_size=5, concurrency=2):
        await run_other_tasks()
    assert sorted(source.requested) == [0, 4, 8, 10]


@pytest.mark.parametrize("cap", [1, 2, 3])
def test_a_function_may_cap_the_page_size(cap: int) -> None:
    """Pages smaller than requested are prefetched by their own size."""
    source = Rows(articles(40))

    def capped(*, limit: int, offset: int) -> Page:
        return source.list(limit=min(limit, cap), offset=offset)

    assert list(iterate_all(capped, page_size=7, concurrency=4)) == source.rows
    assert len(source.requested) <= 40 / max(1, cap - 1) + 8


CALLER = contextvars.ContextVar("CALLER", default="other")


@pytest.mark.anyio
async def test_calls_see_the_callers_context() -> None:
    """Each call, in a task or a thread, has the context variables of the caller."""
    seen: list[str] = []
    CALLER.set("reader")
    source = Rows(articles(50), lambda _: seen.append(CALLER.get()))
    list(iterate_all(source.list, page_size=5, concurrency=4))

    async def on_call(offset: int) -> None:
        seen.append(CALLER.get())

    await collect(aiterate_all(Rows(articles(50), on_call).alist, page_size=5, concurrency=4))
    assert len(seen) > 20
    assert set(seen) == {"reader"}


@pytest.mark.parametrize("concurrency", [0, -1, True, 2.0, "8", None])
def test_an_invalid_concurrency_is_refused(concurrency: Any) -> None:
    """A concurrency that is not a whole number from 1 raises immediately."""
    source = Rows(articles(5))
    for iterate in (iterate_all, aiterate_all):
        with pytest.raises(ValueError) as caught:
            iterate(cast("Any", source.list), concurrency=concurrency)
        sentence = f"concurrency must be a whole number, 1 or more, got {concurrency!r}"
        assert str(caught.value) == sentence
    assert source.requested == []


@pytest.mark.parametrize("page_size", [1, 7, 100])
@pytest.mark.anyio
async def test_every_list_of_a_real_store_has_the_same_rows(page_size: int) -> None:
    """Over real HTTP, each paginated list has the same rows by tasks, by threads and sequentially."""
    with Sandbox(articles=30, faults=["get* delay=0-0.01"]) as sandbox:
        async with sandbox.client() as client:
            for name in ("articles", "categories", "orders", "newsletter"):
                resource: Any = getattr(client, name)
                sequential = list(iterate_all(resource.list, page_size=page_size))
                threads = iterate_all(resource.list, page_size=page_size, concurrency=5)
                tasks = aiterate_all(resource.alist, page_size=page_size, concurrency=5)
                assert sequential == list(threads) == await collect(tasks)
                assert len(sequential) == resource.count() > 0
