"""Walks that ask for pages ahead of their turn, by tasks and by threads."""

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
    """A list call over rows that do not change; each call calls `meet` before it returns."""

    def __init__(self, rows: list[Any], meet: Callable[[int], Any] = lambda offset: None) -> None:
        self.rows = rows
        self.meet = meet
        self.asked: list[int] = []
        self.in_flight = self.most_in_flight = 0
        self._lock = threading.Lock()

    def list(self, *, limit: int, offset: int, **filters: Any) -> Page:
        """Return a page of the rows."""
        self._begin(offset)
        try:
            self.meet(offset)
        finally:
            self._end()
        return Page(self.rows[offset : offset + limit], limit, offset)

    async def alist(self, *, limit: int, offset: int, **filters: Any) -> Page:
        """Return what `list` returns; `meet` is a coroutine function."""
        self._begin(offset)
        try:
            await self.meet(offset)
        finally:
            self._end()
        return Page(self.rows[offset : offset + limit], limit, offset)

    def _begin(self, offset: int) -> None:
        with self._lock:
            self.asked.append(offset)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def _end(self) -> None:
        with self._lock:
            self.in_flight -= 1


def articles(count: int) -> list[Article]:
    return [Article(id=number) for number in range(1, count + 1)]


def walked(rows: Any) -> AsyncGenerator[Any, None]:
    return cast("AsyncGenerator[Any, None]", rows)


async def gathered(rows: Any) -> list[Any]:
    return [row async for row in rows]


async def asoon(condition: Callable[[], bool]) -> bool:
    """Return True if a condition becomes true soon, in another task."""
    with anyio.move_on_after(5):
        while not condition():  # noqa: ASYNC110 - what it waits for has no event
            await anyio.sleep(0.001)
    return condition()


DELAYS = st.lists(st.integers(0, 6), min_size=1, max_size=40)
STORES = (st.integers(0, 60), CHANGES, st.sampled_from([1, 2, 3, 10]))


@given(*STORES, st.integers(2, 9), DELAYS, DELAYS, st.sampled_from(["asyncio", "trio"]))
@settings(max_examples=150, deadline=None)
def test_a_walk_by_tasks_survives_changes(
    size: int,
    changes: list[list[Change]],
    page_size: int,
    concurrency: int,
    before: list[int],
    after: list[int],
    backend: str,
) -> None:
    """Rows come and go between answers that come in any order: none is lost or comes twice."""
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

    async def walk() -> list[int | None]:
        rows = aiterate_all(fetch, page_size=page_size, concurrency=concurrency)
        return [row.id async for row in rows]

    check(store, anyio.run(walk, backend=backend), concurrency)


@given(*STORES, st.integers(2, 9), DELAYS)
@settings(max_examples=60, deadline=None)
def test_a_walk_by_threads_survives_changes(
    size: int, changes: list[list[Change]], page_size: int, concurrency: int, delays: list[int]
) -> None:
    """So do threads, whichever comes first."""
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
    """Every row comes, in order, and few pages beyond the last are asked for."""
    rows: list[Any] = articles(count) if keyed else list(range(count))
    alone, source, twin = Rows(rows), Rows(rows), Rows(rows, lambda _: anyio.lowlevel.checkpoint())
    assert list(iterate_all(alone.list, page_size=page_size)) == rows
    assert list(iterate_all(source.list, page_size=page_size, concurrency=5)) == rows
    assert await gathered(aiterate_all(twin.alist, page_size=page_size, concurrency=5)) == rows
    for asked in (source.asked, twin.asked):
        assert set(alone.asked) <= set(asked)
        # A list of rows without a key drops once what was read ahead.
        assert len(asked) <= len(alone.asked) + 4


@pytest.mark.anyio
async def test_a_list_of_one_page_takes_two_requests() -> None:
    """A first page that is not full is followed by one request, which confirms the end."""
    source, twin = Rows(articles(9)), Rows(articles(9), lambda _: anyio.lowlevel.checkpoint())
    assert len(list(iterate_all(source.list, page_size=10, concurrency=8))) == 9
    assert len(await gathered(aiterate_all(twin.alist, page_size=10, concurrency=8))) == 9
    assert source.asked == twin.asked == [0, 8]


@pytest.mark.parametrize("operation", UNPAGED, ids=lambda o: o.call)
@pytest.mark.anyio
async def test_an_endpoint_that_does_not_page_takes_one_request(operation: Operation) -> None:
    """However many rows it has, such an endpoint is asked once."""
    recorder = RecordingTransport([operation.item] * 250)
    async with recorder.client() as client:
        for _ in iterate_all(operation.method(client), concurrency=8, **operation.path):
            pass
        rows = aiterate_all(operation.method(client, "a"), concurrency=8, **operation.path)
        assert len(await gathered(rows)) == 250
    assert len(recorder.requests) == 2


@pytest.mark.parametrize("concurrency", [2, 7])
@pytest.mark.anyio
async def test_tasks_are_bounded(concurrency: int) -> None:
    """At most `concurrency` requests are in flight, and as many pages are kept for a slow reader."""
    source = Rows(articles(100), lambda _: run_other_tasks())
    rows = walked(aiterate_all(source.alist, page_size=3, concurrency=concurrency))
    async with aclosing(rows):
        for taken in range(1, 9):
            await anext(rows)
            wanted = 1 + max(0, taken - 2) // 2 + concurrency
            assert await asoon(lambda wanted=wanted: len(source.asked) >= wanted)
            assert await asoon(lambda: source.in_flight == 0)
            await run_other_tasks()
            assert len(source.asked) == wanted
    assert source.most_in_flight == concurrency
    assert sorted(source.asked) == list(range(0, 2 * len(source.asked), 2))


@pytest.mark.parametrize("concurrency", [2, 7])
def test_threads_are_bounded(concurrency: int) -> None:
    """At most `concurrency` threads run, and as many pages are kept for a slow reader."""
    threads = threading.active_count()
    source = Rows(articles(100))
    together = threading.Barrier(concurrency)
    source.meet = lambda offset: together.wait(5) if 0 < offset <= 2 * concurrency else None
    with closing(
        cast("Any", iterate_all(source.list, page_size=3, concurrency=concurrency))
    ) as rows:
        for taken in range(1, 9):
            next(rows)
            wanted = 1 + max(0, taken - 2) // 2 + concurrency
            assert wait_until(
                lambda wanted=wanted: len(source.asked) == wanted and not source.in_flight
            )
            assert threading.active_count() == threads + concurrency
    assert source.most_in_flight == concurrency
    assert wait_until(lambda: threading.active_count() == threads)


def test_pages_are_read_ahead_while_rows_are_used() -> None:
    """The next pages are on their way before the rows of the first are used up."""
    source = Rows(articles(100))
    rows = iterate_all(source.list, page_size=10, concurrency=3)
    assert source.asked == []
    assert next(rows).id == 1
    assert wait_until(lambda: len(source.asked) == 4)
    assert sorted(source.asked) == [0, 9, 18, 27]


class BoomError(Exception):
    """The error of a failing page."""


@pytest.mark.anyio
async def test_an_error_of_a_task_is_raised_when_its_page_is_reached() -> None:
    """The first error is raised after the rows before it, and cancels everything else."""

    async def meet(offset: int) -> None:
        if offset in (8, 12):
            raise BoomError(offset)
        await (anyio.sleep_forever() if offset > 8 else run_other_tasks())

    source = Rows(articles(100), meet)
    rows = walked(aiterate_all(source.alist, page_size=5, concurrency=6))
    assert [(await anext(rows)).id for _ in range(9)] == list(range(1, 10))
    with pytest.raises(BoomError) as caught:
        await anext(rows)
    assert caught.value.args == (8,)
    assert source.in_flight == 0
    with pytest.raises(StopAsyncIteration):
        await anext(rows)
    assert sorted(source.asked) == [0, 4, 8, 12, 16, 20, 24, 28]


def test_an_error_of_a_thread_is_raised_when_its_page_is_reached() -> None:
    """The first error is raised after the rows before it, and no thread is left."""
    threads = threading.active_count()

    def meet(offset: int) -> None:
        if offset in (8, 12):
            raise BoomError(offset)

    source = Rows(articles(100), meet)
    rows = iterate_all(source.list, page_size=5, concurrency=6)
    assert [next(rows).id for _ in range(9)] == list(range(1, 10))
    with pytest.raises(BoomError) as caught:
        next(rows)
    assert caught.value.args == (8,)
    assert list(rows) == []
    assert source.in_flight == 0
    assert threading.active_count() == threads


def test_an_error_beyond_the_end_is_ignored() -> None:
    """A page that was asked for beyond the last may fail: the walk has no use for it."""

    def meet(offset: int) -> None:
        if offset > 11:
            raise BoomError(offset)

    assert len(list(iterate_all(Rows(articles(12), meet).list, page_size=6, concurrency=5))) == 12


@pytest.mark.anyio
async def test_a_cancelled_walk_leaves_no_task() -> None:
    """A cancel scope around a walk ends it, and what it has in flight, at once."""

    async def meet(offset: int) -> None:
        if offset:
            await anyio.sleep_forever()

    source = Rows(articles(100), meet)
    found: list[Any] = []
    with anyio.move_on_after(0.05) as scope:
        async for row in aiterate_all(source.alist, page_size=5, concurrency=6):
            found.append(row.id)  # noqa: PERF401 - a comprehension would keep none of them
    assert scope.cancelled_caught
    assert found == [1, 2, 3, 4, 5]
    assert source.most_in_flight == 6
    assert source.in_flight == 0


@pytest.mark.anyio
async def test_a_walk_cancelled_before_it_began_leaves_no_task() -> None:
    """A walk in a scope that is cancelled already asks for nothing."""
    source = Rows(articles(100), lambda _: anyio.sleep_forever())
    with anyio.CancelScope() as scope:
        scope.cancel()
        await gathered(aiterate_all(source.alist, concurrency=6))
    assert scope.cancelled_caught
    await run_other_tasks()
    assert source.in_flight == 0


@pytest.mark.anyio
async def test_a_closed_walk_leaves_no_task() -> None:
    """aclose() ends what is in flight before it returns, from another task too."""

    async def meet(offset: int) -> None:
        if offset:
            await anyio.sleep_forever()

    source = Rows(articles(100), meet)
    rows = walked(aiterate_all(source.alist, page_size=5, concurrency=6))
    await anext(rows)
    assert await asoon(lambda: source.in_flight == 6)

    async def close() -> None:
        await rows.aclose()

    async with anyio.create_task_group() as group:
        group.start_soon(close)
    assert source.in_flight == 0
    await rows.aclose()
    assert await gathered(rows) == []


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_leaving_a_loop_leaves_no_task() -> None:
    """On asyncio, a walk that is dropped in its middle is closed by the loop."""

    async def meet(offset: int) -> None:
        if offset:
            await anyio.sleep_forever()

    source = Rows(articles(100), meet)
    before = asyncio.all_tasks()
    async for _ in aiterate_all(source.alist, page_size=5, concurrency=6):
        break
    gc.collect()
    assert await asoon(lambda: asyncio.all_tasks() == before)
    assert source.in_flight == 0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_a_fetch_that_is_cancelled_cancels_the_walk() -> None:
    """On asyncio a call may be cancelled alone; the walk does not wait for it for ever."""

    async def meet(offset: int) -> None:
        if offset:
            raise asyncio.CancelledError

    rows = aiterate_all(Rows(articles(100), meet).alist, page_size=5, concurrency=6)
    with pytest.raises(asyncio.CancelledError):
        await gathered(rows)


def test_a_closed_walk_leaves_no_thread() -> None:
    """A walk that is closed, or dropped in a loop, ends its threads once their calls are over."""
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


def test_a_slow_thread_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that takes long ends in its own time; its thread asks for no more."""
    monkeypatch.setattr("myonlinestore.pagination._prefetch._GRACE_SECONDS", 0.01)
    threads = threading.active_count()
    answer = threading.Event()
    source = Rows(articles(100), lambda offset: answer.wait(5) if offset else None)
    rows = cast("Any", iterate_all(source.list, page_size=5, concurrency=3))
    next(rows)
    assert wait_until(lambda: source.in_flight == 3)
    rows.close()
    assert source.in_flight == 3
    answer.set()
    assert wait_until(lambda: threading.active_count() == threads)
    assert len(source.asked) == 4


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
    """A program that is interrupted while threads wait for answers ends soon, by that signal."""
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
    _, said = run.communicate(timeout=20)
    assert time.monotonic() - begin < 10
    assert run.returncode == -signal.SIGINT
    assert said.strip().endswith("KeyboardInterrupt")
    assert said.count("Traceback") == 1


@pytest.mark.anyio
async def test_tasks_fetch_no_page_that_was_dropped() -> None:
    """A page that is dropped before its request is sent is not asked for."""
    asked: list[int] = []
    answer = anyio.Event()

    async def fetch(offset: int) -> Page:
        asked.append(offset)
        await answer.wait()
        return Page([], 1, offset)

    def turn(offset: int) -> PendingPage[Page, anyio.Event]:
        return PendingPage(functools.partial(fetch, offset), anyio.Event(), anyio.Event())

    tasks = _Tasks(concurrency=1)
    await tasks.start()
    turns = [turn(offset) for offset in range(3)]
    tasks.fetch(turns[:1])
    await run_other_tasks()
    tasks.fetch(turns[1:])
    turns[1].cancelled = True
    answer.set()
    for turn in turns:
        await turn.done.wait()
    await tasks.aclose()
    assert asked == [0, 2]


def test_threads_fetch_no_page_that_was_dropped() -> None:
    """Neither do threads, nor a page that waits when the walk ends."""
    asked: list[int] = []
    answer = threading.Event()

    def fetch(offset: int) -> Page:
        asked.append(offset)
        answer.wait(5)
        return Page([], 1, offset)

    def turn(offset: int) -> PendingPage[Page, threading.Event]:
        return PendingPage(functools.partial(fetch, offset), threading.Event(), threading.Event())

    threads = _Threads(concurrency=1)
    turns = [turn(offset) for offset in range(3)]
    threads.fetch(turns)
    turns[1].cancelled = True
    answer.set()
    assert turns[2].done.wait(5)
    assert asked == [0, 2]
    answer.clear()
    threads.fetch([turn(offset) for offset in (3, 4)])
    assert wait_until(lambda: len(asked) == 3)
    threading.Timer(0.05, answer.set).start()
    threads.close()
    assert asked == [0, 2, 3]


@pytest.mark.anyio
async def test_pages_are_requested_one_by_one_after_a_shift() -> None:
    """When rows before its place were deleted, a walk reads back alone, and then ahead again."""
    source = Rows(articles(40))

    async def meet(offset: int) -> None:
        if offset == 12 and source.rows[0].id == 1:
            del source.rows[:2]  # All that were asked for are answered after this.
        await run_other_tasks()

    source.meet = meet
    found = await gathered(aiterate_all(source.alist, page_size=5, concurrency=4))
    assert [row.id for row in found] == list(range(1, 41))
    # The page at 4 held no row that was known.
    assert sorted(source.asked[:5]) == [0, 4, 8, 12, 16]
    assert source.asked[5] == 0
    assert sorted(source.asked[6:10]) == [4, 8, 12, 16]


@pytest.mark.anyio
async def test_one_page_is_requested_after_a_page_that_is_not_full() -> None:
    """After a page that is not full, one request confirms the end, and nothing is prefetched."""
    last = anyio.Event()

    async def meet(offset: int) -> None:
        if offset == 4:
            await last.wait()
        if offset == 8:
            last.set()

    source = Rows(articles(11), meet)
    async for _ in aiterate_all(source.alist, page_size=5, concurrency=2):
        await run_other_tasks()
    assert sorted(source.asked) == [0, 4, 8, 10]


@pytest.mark.parametrize("cap", [1, 2, 3])
def test_a_function_may_cap_the_page_size(cap: int) -> None:
    """Pages that are smaller than asked for are read ahead at their own stride."""
    source = Rows(articles(40))

    def capped(*, limit: int, offset: int) -> Page:
        return source.list(limit=min(limit, cap), offset=offset)

    assert list(iterate_all(capped, page_size=7, concurrency=4)) == source.rows
    assert len(source.asked) <= 40 / max(1, cap - 1) + 8


WHO = contextvars.ContextVar("WHO", default="nobody")


@pytest.mark.anyio
async def test_calls_see_the_callers_context() -> None:
    """Context variables of the reader are those of each call, in a task and in a thread."""
    seen: list[str] = []
    WHO.set("reader")
    source = Rows(articles(50), lambda _: seen.append(WHO.get()))
    list(iterate_all(source.list, page_size=5, concurrency=4))

    async def meet(offset: int) -> None:
        seen.append(WHO.get())

    await gathered(aiterate_all(Rows(articles(50), meet).alist, page_size=5, concurrency=4))
    assert len(seen) > 20
    assert set(seen) == {"reader"}


@pytest.mark.parametrize("concurrency", [0, -1, True, 2.0, "8", None])
def test_an_invalid_concurrency_is_refused(concurrency: Any) -> None:
    """A concurrency that is not a whole number from 1 raises immediately."""
    source = Rows(articles(5))
    for walk in (iterate_all, aiterate_all):
        with pytest.raises(ValueError) as caught:
            walk(cast("Any", source.list), concurrency=concurrency)
        sentence = f"concurrency must be a whole number, 1 or more, got {concurrency!r}"
        assert str(caught.value) == sentence
    assert source.asked == []


@pytest.mark.parametrize("page_size", [1, 7, 100])
@pytest.mark.anyio
async def test_every_list_of_a_real_store_is_walked_alike(page_size: int) -> None:
    """Over real HTTP, each list that pages gives the same rows by tasks and threads as alone."""
    with Sandbox(articles=30, faults=["get* delay=0-0.01"]) as shop:
        async with shop.client() as client:
            for name in ("articles", "categories", "orders", "newsletter"):
                resource: Any = getattr(client, name)
                alone = list(iterate_all(resource.list, page_size=page_size))
                threads = iterate_all(resource.list, page_size=page_size, concurrency=5)
                tasks = aiterate_all(resource.alist, page_size=page_size, concurrency=5)
                assert alone == list(threads) == await gathered(tasks)
                assert len(alone) == resource.count() > 0
