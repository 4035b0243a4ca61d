"""Iteration over lists with a count: the pages within the count are requested at once."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import Any, cast

import anyio
import anyio.lowlevel
import httpx
import pytest

from myonlinestore import aiterate_all, iterate_all
from myonlinestore.sandbox import Sandbox
from tests.pagination.counted_list import (
    COUNT,
    BlockedCalls,
    CountedList,
    respond_to_first_page_last,
)
from tests.pagination.rows import cast_generator, collect_ids, make_ids
from tests.support.waiting import run_other_tasks, wait_until

COUNTED = ("articles", "categories", "orders", "newsletter")


@pytest.mark.parametrize("count", [0, 1, 5, 6, 10, 11, 24, 25, 26, 27, 60])
@pytest.mark.parametrize("page_size", [1, 3, 6])
@pytest.mark.parametrize("concurrency", [2, 4, 16])
@pytest.mark.anyio
async def test_no_page_beyond_the_count_is_requested(
    count: int, page_size: int, concurrency: int
) -> None:
    """If the count arrives first, the pages requested are those of a sequential iteration."""
    sequential = CountedList(count)
    assert [row.id for row in iterate_all(sequential.list, page_size=page_size)] == make_ids(count)
    source = CountedList(
        count,
        respond_to_first_page_last(
            {COUNT, *[at for at in sequential.requested if at > 0][: concurrency - 1]}
        ),
    )
    rows = iterate_all(source.list, page_size=page_size, concurrency=concurrency)
    assert [row.id for row in rows] == make_ids(count)
    blocked = BlockedCalls(0, event=anyio.Event)
    async_source = CountedList(count, blocked)

    async def read() -> None:
        rows = aiterate_all(async_source.alist, page_size=page_size, concurrency=concurrency)
        assert await collect_ids(rows) == make_ids(count)

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        await run_other_tasks()
        blocked.release(0)
    assert (
        sorted(source.requested) == sorted(async_source.requested) == sorted(sequential.requested)
    )
    assert max(source.max_in_flight, async_source.max_in_flight) <= concurrency


@pytest.mark.anyio
async def test_pages_within_the_count_do_not_wait_for_the_first() -> None:
    """When the count has arrived, `concurrency` pages are in flight."""
    blocked = BlockedCalls(0, event=anyio.Event)
    source = CountedList(100, blocked)
    rows = cast_generator(aiterate_all(source.alist, page_size=11, concurrency=5))
    async with aclosing(rows), anyio.create_task_group() as group:
        group.start_soon(rows.__anext__)
        await run_other_tasks()
        assert sorted(source.requested) == [COUNT, 0, 10, 20, 30, 40]
        assert source.in_flight == 1  # The other pages have arrived, and are kept for later.
        blocked.release(0)


def test_threads_request_pages_within_the_count_at_once() -> None:
    """Threads do so as well, and there are at most as many threads as pages in flight."""
    blocked, threads = BlockedCalls(0), threading.active_count()
    source = CountedList(100, blocked)
    rows = iterate_all(source.list, page_size=11, concurrency=5)
    reader = threading.Thread(target=next, args=(rows,))
    reader.start()
    assert wait_until(lambda: sorted(source.requested) == [COUNT, 0, 10, 20, 30, 40])
    assert threading.active_count() <= threads + 6
    blocked.release(0)
    reader.join()
    cast("Any", rows).close()
    assert wait_until(lambda: threading.active_count() == threads)


@pytest.mark.parametrize("concurrency", [2, 3, 7])
@pytest.mark.anyio
async def test_the_count_is_one_of_those_in_flight(concurrency: int) -> None:
    """A slow count occupies one of the `concurrency` calls, and pages are prefetched."""
    blocked = BlockedCalls(COUNT, event=anyio.Event)
    source = CountedList(200, blocked)
    rows = cast_generator(aiterate_all(source.alist, page_size=11, concurrency=concurrency))
    async with aclosing(rows):
        ids = [(await anext(rows)).id for _ in range(50)]
        await run_other_tasks()
        assert source.in_flight == 1
        assert {0, 10, 20, 30, 40} < set(source.requested)
        blocked.release(COUNT)
        ids += await collect_ids(rows)
    assert ids == make_ids(200)
    assert source.max_in_flight <= concurrency
    assert max(source.requested) < 200


@pytest.mark.anyio
async def test_the_count_precedes_the_request_after_a_short_first_page() -> None:
    """After a first page that is not full, nothing is requested until the count has arrived."""
    blocked = BlockedCalls(COUNT, event=anyio.Event)
    source, ids = CountedList(5, blocked), []

    async def read() -> None:
        ids.extend(await collect_ids(aiterate_all(source.alist, page_size=11, concurrency=4)))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(read)
            await run_other_tasks()
            assert sorted(source.requested) == [COUNT, 0]
            blocked.release(COUNT)
    assert ids == make_ids(5)
    assert sorted(source.requested) == [COUNT, 0]


def test_closing_does_not_wait_long_for_a_thread_that_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Threads cannot be cancelled: closing waits for the count for a short time only."""
    monkeypatch.setattr("myonlinestore.pagination._prefetch._GRACE_SECONDS", 0.01)
    blocked, threads = BlockedCalls(COUNT), threading.active_count()
    source = CountedList(5, respond_to_first_page_last({COUNT}, blocked))
    rows = iterate_all(source.list, page_size=11, concurrency=4)
    assert [next(rows).id for _ in range(5)] == make_ids(5)
    cast("Any", rows).close()
    assert source.in_flight == 1
    blocked.release(COUNT)
    assert wait_until(lambda: threading.active_count() == threads)


@pytest.mark.anyio
async def test_a_cancelled_count_leaves_no_task() -> None:
    """A cancel scope ends the count and the first page."""
    source = CountedList(40, BlockedCalls(COUNT, 0, event=anyio.Event))
    with anyio.move_on_after(0.05) as scope:
        await collect_ids(aiterate_all(source.alist, concurrency=4))
    assert scope.cancelled_caught
    assert sorted(source.requested) == [COUNT, 0]
    assert source.in_flight == 0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_an_iterator_closed_midway_leaves_no_task() -> None:
    """aclose() ends the count and the pages in flight, while the first rows are read."""
    source = CountedList(400, BlockedCalls(COUNT, 20, 30, 40, event=anyio.Event))
    before = asyncio.all_tasks()
    rows = cast_generator(aiterate_all(source.alist, page_size=11, concurrency=4))
    await anext(rows)
    await run_other_tasks()
    assert source.in_flight == 4
    await rows.aclose()
    assert source.in_flight == 0
    assert asyncio.all_tasks() == before


@pytest.mark.anyio
async def test_prefetching_restarts_after_a_count_that_is_too_low() -> None:
    """If rows were added after the count, one page is requested, and more once it is full."""
    source = CountedList(100)
    blocked = BlockedCalls(0, 30, 40, event=anyio.Event)
    source.on_call = blocked

    async def acount() -> int:
        return 31

    cast("Any", source).acount = acount
    rows, ids = aiterate_all(source.alist, page_size=11, concurrency=4), list[int]()

    async def read() -> None:
        ids.extend(await collect_ids(rows))

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        for then, requested in ((0, [0, 10, 20, 30]), (30, []), (40, [40])):
            await run_other_tasks()
            assert sorted(source.requested) == requested
            source.requested.clear()
            blocked.release(then)
    assert ids == make_ids(100)
    assert sorted(source.requested)[:4] == [50, 60, 70, 80]


def test_the_count_is_requested_after_the_first_page() -> None:
    """Without concurrency, the count is requested once, after the rows of the first page."""
    source = CountedList(40)
    rows = iterate_all(source.list, page_size=11)
    assert [next(rows).id for _ in range(11)] == make_ids(11)
    assert source.requested == [0]
    assert [row.id for row in rows] == make_ids(40)[11:]
    assert source.requested == [0, COUNT, 10, 20, 30]


class FirstPageLastTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that holds back the first page until pages at other offsets were requested."""

    def __init__(self, others: set[int]) -> None:
        self.others = others
        self.sync_inner, self.async_inner = httpx.HTTPTransport(), httpx.AsyncHTTPTransport()
        self.others_requested, self.others_requested_async = threading.Event(), anyio.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response; for threads."""
        if self._is_first(request):
            assert self.others_requested.wait(20)
        return self.sync_inner.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response; for tasks."""
        if self._is_first(request):
            with anyio.fail_after(20):
                await self.others_requested_async.wait()
        return await self.async_inner.handle_async_request(request)

    def close(self) -> None:
        """Close the connections of threads."""
        self.sync_inner.close()

    async def aclose(self) -> None:
        """Close those of tasks."""
        await self.async_inner.aclose()

    def _is_first(self, request: httpx.Request) -> bool:
        offset = int(request.url.params.get("offset", COUNT))
        self.others.discard(offset)
        if not self.others:
            self.others_requested.set()
            self.others_requested_async.set()
        return offset == 0


@pytest.mark.parametrize("page_size", [3, 11, 100])
@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.anyio
async def test_no_page_beyond_the_end_of_a_real_store_is_requested(
    name: str, page_size: int
) -> None:
    """Over real HTTP, prefetching sends the requests of a sequential iteration, in any order."""
    with Sandbox(articles=41) as sandbox:
        with sandbox.client() as client:
            sequential = list(iterate_all(getattr(client, name).list, page_size=page_size))
        requested = get_requested_offsets(sandbox)
        for kind in ("threads", "tasks"):
            sandbox.journal.clear()
            first_last = FirstPageLastTransport({COUNT, *requested[1:8]})
            async with sandbox.client(transport=first_last, async_transport=first_last) as client:
                call: Any = getattr(client, name)
                if kind == "threads":
                    rows = iterate_all(call.list, page_size=page_size, concurrency=8)
                    assert list(rows) == sequential
                else:
                    arows = aiterate_all(call.alist, page_size=page_size, concurrency=8)
                    assert [row async for row in arows] == sequential
            assert get_requested_offsets(sandbox) == requested


def get_requested_offsets(sandbox: Sandbox) -> list[int]:
    """Return the offsets of the pages that a sandbox received, sorted."""
    queries = [entry.query for entry in sandbox.journal]
    return sorted(int(query["offset"][0]) for query in queries if "offset" in query)
