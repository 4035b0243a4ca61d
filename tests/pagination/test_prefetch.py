"""Prefetching of pages, by tasks and by threads."""

from __future__ import annotations

import contextvars
import itertools
import threading
import time
from contextlib import aclosing, closing
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore import PaginatedResponse, aiterate_all, iterate_all
from myonlinestore.models import Article
from myonlinestore.sandbox import Sandbox
from tests.pagination.rows import cast_generator, collect, make_articles
from tests.pagination.uncounted_list import UncountedList
from tests.support.mutating_list import CHANGES, Change, ChangingStore, check
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import RecordingTransport
from tests.support.waiting import await_until, run_other_tasks, wait_until

Page = PaginatedResponse[Any]
UNPAGED = [o for o in OPERATIONS if o.is_list and not o.is_paginated]
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
    rows: list[Any] = make_articles(count) if keyed else list(range(count))
    sequential, source, async_source = (
        UncountedList(rows),
        UncountedList(rows),
        UncountedList(rows, lambda _: anyio.lowlevel.checkpoint()),
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
        UncountedList(make_articles(9)),
        UncountedList(make_articles(9), lambda _: anyio.lowlevel.checkpoint()),
    )
    assert len(list(iterate_all(source.list, page_size=10, concurrency=8))) == 9
    assert len(await collect(aiterate_all(async_source.alist, page_size=10, concurrency=8))) == 9
    assert source.requested == async_source.requested == [0, 8]


@pytest.mark.parametrize("operation", UNPAGED, ids=lambda o: o.call)
@pytest.mark.anyio
async def test_an_unpaged_list_takes_one_request(operation: Operation) -> None:
    """A list without limit and offset takes one request, for any number of rows."""
    transport = RecordingTransport([operation.item] * 250)
    async with transport.make_client() as client:
        for _ in iterate_all(operation.get_method(client), concurrency=8, **operation.path):
            pass
        rows = aiterate_all(operation.get_method(client, "a"), concurrency=8, **operation.path)
        assert len(await collect(rows)) == 250
    assert len(transport.requests) == 2


@pytest.mark.parametrize("concurrency", [2, 7])
@pytest.mark.anyio
async def test_tasks_are_bounded(concurrency: int) -> None:
    """At most `concurrency` requests are in flight, and as many pages are kept for a slow reader."""
    source = UncountedList(make_articles(100), lambda _: run_other_tasks())
    rows = cast_generator(aiterate_all(source.alist, page_size=3, concurrency=concurrency))
    async with aclosing(rows):
        for count in range(1, 9):
            await anext(rows)
            expected = 1 + max(0, count - 2) // 2 + concurrency
            await await_until(lambda expected=expected: len(source.requested) >= expected)
            await await_until(lambda: source.in_flight == 0)
            await run_other_tasks()
            assert len(source.requested) == expected
    assert source.max_in_flight == concurrency
    assert sorted(source.requested) == list(range(0, 2 * len(source.requested), 2))


@pytest.mark.parametrize("concurrency", [2, 7])
def test_threads_are_bounded(concurrency: int) -> None:
    """At most `concurrency` threads run, and as many pages are kept for a slow reader."""
    threads = threading.active_count()
    source = UncountedList(make_articles(100))
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
    source = UncountedList(make_articles(100))
    rows = iterate_all(source.list, page_size=10, concurrency=3)
    assert source.requested == []
    assert next(rows).id == 1
    assert wait_until(lambda: len(source.requested) == 4)
    assert sorted(source.requested) == [0, 9, 18, 27]


@pytest.mark.anyio
async def test_pages_are_requested_one_by_one_after_a_shift() -> None:
    """After rows before the position were deleted, pages are requested singly, then prefetched."""
    source = UncountedList(make_articles(40))

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

    source = UncountedList(make_articles(11), on_call)
    async for _ in aiterate_all(source.alist, page_size=5, concurrency=2):
        await run_other_tasks()
    assert sorted(source.requested) == [0, 4, 8, 10]


@pytest.mark.parametrize("cap", [1, 2, 3])
def test_a_function_may_cap_the_page_size(cap: int) -> None:
    """Pages smaller than requested are prefetched by their own size."""
    source = UncountedList(make_articles(40))

    def fetch_capped(*, limit: int, offset: int) -> Page:
        return source.list(limit=min(limit, cap), offset=offset)

    assert list(iterate_all(fetch_capped, page_size=7, concurrency=4)) == source.rows
    assert len(source.requested) <= 40 / max(1, cap - 1) + 8


CALLER = contextvars.ContextVar("CALLER", default="other")


@pytest.mark.anyio
async def test_calls_see_the_callers_context() -> None:
    """Each call, in a task or a thread, has the context variables of the caller."""
    seen: list[str] = []
    CALLER.set("reader")
    source = UncountedList(make_articles(50), lambda _: seen.append(CALLER.get()))
    list(iterate_all(source.list, page_size=5, concurrency=4))

    async def on_call(offset: int) -> None:
        seen.append(CALLER.get())

    await collect(
        aiterate_all(UncountedList(make_articles(50), on_call).alist, page_size=5, concurrency=4)
    )
    assert len(seen) > 20
    assert set(seen) == {"reader"}


@pytest.mark.parametrize("concurrency", [0, -1, True, 2.0, "8", None])
def test_an_invalid_concurrency_is_refused(concurrency: Any) -> None:
    """A concurrency that is not a whole number from 1 raises immediately."""
    source = UncountedList(make_articles(5))
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
