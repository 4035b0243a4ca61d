"""Iteration over lists with a count: the pages within the count are requested at once."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import logging
import threading
import time
import typing
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast
from unittest.mock import Mock

import anyio
import anyio.lowlevel
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore import ConnectError, PaginatedResponse, aiterate_all, iterate_all
from myonlinestore._concurrency.sync import run_sync, sync_method_overloaded
from myonlinestore.models import Article
from myonlinestore.pagination._count import attach_count, find_count
from myonlinestore.resources import filters
from myonlinestore.sandbox import Sandbox
from tests.support.mutating_list import CHANGES, Change, ChangingStore, check
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import RecordingTransport
from tests.support.waiting import run_other_tasks, wait_until

Page = PaginatedResponse[Any]
LISTS = [o for o in OPERATIONS if o.is_list]
COUNTED = ("articles", "categories", "orders", "newsletter")
COUNT = -1


class CountedList:
    """A list call with its count, over rows that do not change; each call calls `on_call` first.

    `requested` are the offsets, and `COUNT` for the count.
    """

    def __init__(self, rows: int, on_call: Callable[[int], Any] = lambda requested: None) -> None:
        self.rows = [Article(id=number) for number in range(1, rows + 1)]
        self.on_call = on_call
        self.requested: list[int] = []
        self.in_flight = self.max_in_flight = 0
        self.counted: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    @attach_count("acount")
    async def alist(self, *, limit: int, offset: int, archived: bool | None = None) -> Page:
        """Return a page of the rows."""
        await self._record(offset)
        return Page(self.rows[offset : offset + limit], limit, offset)

    async def acount(self, *, archived: bool | None = None) -> int:
        """Return the number of rows."""
        self.counted.append({"archived": archived})
        await self._record(COUNT)
        return len(self.rows)

    @property
    def sync_view(self) -> CountedList:
        """This object: nothing suspends unless `on_call` is a coroutine function."""
        return self

    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    async def _record(self, requested: int) -> None:
        with self._lock:
            self.requested.append(requested)
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            result = self.on_call(requested)
            if result is not None and hasattr(result, "__await__"):
                await result
        finally:
            with self._lock:
                self.in_flight -= 1


def first_ids(count: int) -> list[int]:
    return list(range(1, count + 1))


async def collect_ids(rows: Any) -> list[Any]:
    return [row.id async for row in rows]


def as_generator(rows: Any) -> AsyncGenerator[Any, None]:
    return cast("AsyncGenerator[Any, None]", rows)


class FailedCallError(ConnectError):
    """The error of a failing call."""

    def __init__(self, message: object = "gone") -> None:
        super().__init__(str(message))


class BlockedCalls:
    """A callback that blocks some calls, of tasks or threads, until they are released."""

    def __init__(self, *blocked: int, event: Callable[[], Any] = threading.Event) -> None:
        self.events = {requested: event() for requested in blocked}

    def __call__(self, requested: int) -> Any:
        """Block this call until it is released, if it is one of those."""
        event = self.events.get(requested)
        return None if event is None else event.wait(*[5] * isinstance(event, threading.Event))

    def release(self, *requested: int) -> None:
        """Release these calls."""
        for call in requested:
            self.events[call].set()


def respond_to_first_page_last(
    others: set[int], then: Callable[[int], Any] = lambda requested: None
) -> Callable[[int], Any]:
    """Return a callback for threads that blocks the first page until `others` were requested."""
    others_requested = threading.Event()

    def on_call(requested: int) -> None:
        others.discard(requested)
        if not others:
            others_requested.set()
        if requested == 0:
            assert others_requested.wait(5)
        then(requested)

    return on_call


@pytest.mark.parametrize("count", [0, 1, 5, 6, 10, 11, 24, 25, 26, 27, 60])
@pytest.mark.parametrize("page_size", [1, 3, 6])
@pytest.mark.parametrize("concurrency", [2, 4, 16])
@pytest.mark.anyio
async def test_no_page_beyond_the_count_is_requested(
    count: int, page_size: int, concurrency: int
) -> None:
    """If the count arrives first, the pages requested are those of a sequential iteration."""
    sequential = CountedList(count)
    assert [row.id for row in iterate_all(sequential.list, page_size=page_size)] == first_ids(count)
    source = CountedList(
        count,
        respond_to_first_page_last(
            {COUNT, *[at for at in sequential.requested if at > 0][: concurrency - 1]}
        ),
    )
    rows = iterate_all(source.list, page_size=page_size, concurrency=concurrency)
    assert [row.id for row in rows] == first_ids(count)
    blocked = BlockedCalls(0, event=anyio.Event)
    async_source = CountedList(count, blocked)

    async def read() -> None:
        rows = aiterate_all(async_source.alist, page_size=page_size, concurrency=concurrency)
        assert await collect_ids(rows) == first_ids(count)

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
    rows = as_generator(aiterate_all(source.alist, page_size=11, concurrency=5))
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
    rows = as_generator(aiterate_all(source.alist, page_size=11, concurrency=concurrency))
    async with aclosing(rows):
        found = [(await anext(rows)).id for _ in range(50)]
        await run_other_tasks()
        assert source.in_flight == 1
        assert {0, 10, 20, 30, 40} < set(source.requested)
        blocked.release(COUNT)
        found += await collect_ids(rows)
    assert found == first_ids(200)
    assert source.max_in_flight <= concurrency
    assert max(source.requested) < 200


@pytest.mark.anyio
async def test_the_count_precedes_the_request_after_a_short_first_page() -> None:
    """After a first page that is not full, nothing is requested until the count has arrived."""
    blocked = BlockedCalls(COUNT, event=anyio.Event)
    source, found = CountedList(5, blocked), []

    async def read() -> None:
        found.extend(await collect_ids(aiterate_all(source.alist, page_size=11, concurrency=4)))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(read)
            await run_other_tasks()
            assert sorted(source.requested) == [COUNT, 0]
            blocked.release(COUNT)
    assert found == first_ids(5)
    assert sorted(source.requested) == [COUNT, 0]


def test_closing_does_not_wait_long_for_a_thread_that_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Threads cannot be cancelled: closing waits for the count for a short time only."""
    monkeypatch.setattr("myonlinestore.pagination._prefetch._GRACE_SECONDS", 0.01)
    blocked, threads = BlockedCalls(COUNT), threading.active_count()
    source = CountedList(5, respond_to_first_page_last({COUNT}, blocked))
    rows = iterate_all(source.list, page_size=11, concurrency=4)
    assert [next(rows).id for _ in range(5)] == first_ids(5)
    cast("Any", rows).close()
    assert source.in_flight == 1
    blocked.release(COUNT)
    assert wait_until(lambda: threading.active_count() == threads)


@pytest.mark.anyio
async def test_a_count_that_fails_changes_nothing() -> None:
    """A failing count limits nothing: pages are prefetched from the second one on."""

    def on_call(requested: int) -> None:
        if requested == COUNT:
            raise FailedCallError

    sequential, source, async_source = (
        CountedList(40),
        CountedList(40, respond_to_first_page_last({COUNT}, on_call)),
        CountedList(40, on_call),
    )
    found = [row.id for row in iterate_all(sequential.list, page_size=11)]
    assert [row.id for row in iterate_all(source.list, page_size=11, concurrency=4)] == found
    assert await collect_ids(aiterate_all(async_source.alist, page_size=11, concurrency=4)) == found
    for requested in (source.requested, async_source.requested):
        assert {COUNT, *sequential.requested} <= set(requested) <= {COUNT, 39, *range(0, 80, 10)}


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.anyio
async def test_a_count_that_fails_is_logged(
    concurrency: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A failed count is logged once, with its error and without the token."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return httpx.Response(403, json={"message": f"no right: {request.url}"})
        first = request.url.params["offset"] == "0"
        return httpx.Response(200, json=[{"id": 1}] if first else [])

    async with RecordingTransport(respond).client() as client:
        assert len(list(iterate_all(client.articles.list, concurrency=concurrency))) == 1
        rows = aiterate_all(client.articles.alist, concurrency=concurrency)
        assert len([row async for row in rows]) == 1
    records = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [record.name for record in records] == ["myonlinestore"] * 2
    for record in records:
        assert record.getMessage().startswith("the list is read without its count")
        assert "no right" in record.getMessage()
        assert "secret-store-token" not in record.getMessage()


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.anyio
async def test_a_programming_error_in_a_count_is_raised(concurrency: int) -> None:
    """An error that is not a ConnectError is raised, not treated as a missing count."""

    def on_call(requested: int) -> None:
        if requested == COUNT:
            raise TypeError("no such filter")

    source = CountedList(40, on_call)
    with pytest.raises(TypeError, match="no such filter"):
        list(iterate_all(source.list, page_size=11, concurrency=concurrency))
    with pytest.raises(TypeError, match="no such filter"):
        await collect_ids(aiterate_all(source.alist, page_size=11, concurrency=concurrency))


@pytest.mark.anyio
async def test_the_error_is_that_of_the_page() -> None:
    """If page and count both fail, the error of the page is raised, once."""

    def on_call(requested: int) -> None:
        raise FailedCallError(requested)

    source, async_source = CountedList(40, on_call), CountedList(40, on_call)
    with pytest.raises(FailedCallError, match=r"^0$") as caught:
        list(iterate_all(source.list, concurrency=4))
    assert caught.value.__context__ is None
    with pytest.raises(FailedCallError, match=r"^0$") as caught:
        await collect_ids(aiterate_all(async_source.alist, concurrency=4))
    assert caught.value.__context__ is None


@pytest.mark.anyio
async def test_keyboard_interrupt_of_a_count_is_raised() -> None:
    """Ctrl-C during a count ends the iteration; it is not treated as a missing count."""
    blocked = BlockedCalls(0, event=anyio.Event)

    def on_call(requested: int) -> Any:
        if requested == COUNT:
            raise KeyboardInterrupt
        return blocked(requested)

    source = CountedList(40, on_call)
    with pytest.raises(KeyboardInterrupt):
        await collect_ids(aiterate_all(source.alist, concurrency=4))
    assert source.in_flight == 0


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
    rows = as_generator(aiterate_all(source.alist, page_size=11, concurrency=4))
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
    rows, found = aiterate_all(source.alist, page_size=11, concurrency=4), list[int]()

    async def read() -> None:
        found.extend(await collect_ids(rows))

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        for then, requested in ((0, [0, 10, 20, 30]), (30, []), (40, [40])):
            await run_other_tasks()
            assert sorted(source.requested) == requested
            source.requested.clear()
            blocked.release(then)
    assert found == first_ids(100)
    assert sorted(source.requested)[:4] == [50, 60, 70, 80]


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "keyless"])
@pytest.mark.parametrize("count", [0, 5, 20, 21, 22, 60])
@pytest.mark.parametrize("reported", [0, 1, 5, 20, 21, 500, 10**12])
@pytest.mark.anyio
async def test_a_wrong_count_loses_nothing(keyed: bool, count: int, reported: int) -> None:
    """With any wrong count, every row is yielded in order; a count that is too high raises."""
    source, async_source = (
        CountedList(count),
        CountedList(count, lambda _: anyio.lowlevel.checkpoint()),
    )
    for each in (source, async_source):
        if not keyed:
            each.rows = [Article(name=str(number)) for number in range(count)]

    async def acount() -> int:
        return reported

    cast("Any", source).acount = cast("Any", async_source).acount = acount
    error = (
        pytest.raises(ConnectError, match=f"its count is {reported}") if reported > count else None
    )
    found: list[Article] = []
    with error or contextlib.nullcontext():
        found.extend(iterate_all(source.list, page_size=5, concurrency=3))
    assert found == source.rows
    found.clear()
    with error or contextlib.nullcontext():
        async for row in aiterate_all(async_source.alist, page_size=5, concurrency=3):
            found.append(row)  # noqa: PERF401  rows before the error are kept
    assert found == async_source.rows
    assert max(len(source.requested), len(async_source.requested)) < 4 * count / 4 + 16


class CountedStore(ChangingStore):
    """A list that changes while it is read, with a count that is wrong, or fails."""

    def __init__(self, size: int, changes: list[list[Change]], error: int | None) -> None:
        super().__init__(size, changes)
        self.error = error

    def count_rows(self) -> int:
        """Return the number of rows plus the error, or raise."""
        if self.error is None:
            raise FailedCallError
        return len(self.rows) + self.error


class TaskStore(CountedStore):
    """A store whose calls suspend before and after they read the list."""

    waits: Any
    in_flight = max_in_flight = 0

    @attach_count("acount")
    async def list_page(self, *, limit: int, offset: int) -> PaginatedResponse[Article]:
        """Return a page."""
        return await self._waited(functools.partial(self.list, limit=limit, offset=offset))

    async def acount(self) -> int:
        """Return the count."""
        return await self._waited(self.count_rows)

    async def _waited(self, call: Callable[[], Any]) -> Any:
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            await self._wait()
            result = call()
            await self._wait()
        finally:
            self.in_flight -= 1
        return result

    async def _wait(self) -> None:
        for _ in range(next(self.waits)):
            await anyio.lowlevel.checkpoint()


class ThreadStore(CountedStore):
    """A store whose calls block each other."""

    waits: Any

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lock = threading.Lock()

    @attach_count("acount")
    def list_page(self, *, limit: int, offset: int) -> PaginatedResponse[Article]:
        """Return a page."""
        time.sleep(next(self.waits) / 50_000)
        with self._lock:
            return self.list(limit=limit, offset=offset)

    async def acount(self) -> int:
        """Return the count."""
        time.sleep(next(self.waits) / 50_000)  # noqa: ASYNC251  it runs in a thread
        with self._lock:
            return self.count_rows()

    @property
    def sync_view(self) -> ThreadStore:
        """This object: its count does not suspend."""
        return self


def _rows_before_error(
    read: Callable[[], object], found: list[int | None], error: int | None
) -> list[int | None]:
    """Return the rows that were read; only a count that is too high may raise."""
    try:
        read()
    except ConnectError as raised:
        if not error or error < 0 or "but its count is" not in str(raised):
            raise
    return found


# A few checkpoints, or many for a slow call.
WAITS = st.lists(st.one_of(st.integers(0, 6), st.just(60)), min_size=1, max_size=40)
STORES = (st.integers(0, 60), CHANGES, st.sampled_from([1, 2, 3, 10]))
ERRORS = st.one_of(st.none(), st.just(0), st.integers(-60, 60), st.just(10**9))


@given(*STORES, st.integers(2, 9), ERRORS, WAITS, st.sampled_from(["asyncio", "trio"]))
@settings(max_examples=150, deadline=None)
def test_tasks_with_a_count_survive_changes(
    size: int,
    changes: list[list[Change]],
    page_size: int,
    concurrency: int,
    error: int | None,
    waits: list[int],
    backend: str,
) -> None:
    """No row is lost or repeated, for any count that arrives at any time; the bound holds."""
    store = TaskStore(size, changes, error)
    store.waits = itertools.cycle(waits)

    found: list[int | None] = []

    async def read() -> None:
        async for row in aiterate_all(
            store.list_page, page_size=page_size, concurrency=concurrency
        ):
            found.append(row.id)  # noqa: PERF401  rows before the error are kept

    check(
        store,
        _rows_before_error(lambda: anyio.run(read, backend=backend), found, error),
        3 * concurrency,
    )
    assert store.max_in_flight <= concurrency
    assert store.in_flight == 0


@given(*STORES, st.integers(2, 9), ERRORS, WAITS)
@settings(max_examples=60, deadline=None)
def test_threads_with_a_count_survive_changes(
    size: int,
    changes: list[list[Change]],
    page_size: int,
    concurrency: int,
    error: int | None,
    waits: list[int],
) -> None:
    """Threads lose and repeat no row either."""
    store = ThreadStore(size, changes, error)
    store.waits = itertools.cycle(waits)
    found: list[int | None] = []
    rows = iterate_all(store.list_page, page_size=page_size, concurrency=concurrency)
    _rows_before_error(lambda: found.extend(row.id for row in rows), found, error)
    check(store, found, 3 * concurrency)


@pytest.mark.anyio
async def test_the_count_gets_the_filters_of_the_list() -> None:
    """The count gets the filters of the list, but not its model or page size."""
    source, async_source = CountedList(5, respond_to_first_page_last({COUNT})), CountedList(5)
    list(iterate_all(source.list, concurrency=2, archived=True))
    assert await collect_ids(
        aiterate_all(async_source.alist, concurrency=2, archived=False)
    ) == first_ids(5)
    assert (source.counted, async_source.counted) == ([{"archived": True}], [{"archived": False}])


def test_the_count_is_requested_after_the_first_page() -> None:
    """Without concurrency, the count is requested once, after the rows of the first page."""
    source = CountedList(40)
    rows = iterate_all(source.list, page_size=11)
    assert [next(rows).id for _ in range(11)] == first_ids(11)
    assert source.requested == [0]
    assert [row.id for row in rows] == first_ids(40)[11:]
    assert source.requested == [0, COUNT, 10, 20, 30]


def test_a_callers_function_is_not_counted() -> None:
    """A wrapper may leave out rows, so it is read as a list without a count."""
    source = CountedList(40)
    bare: Any = source.list

    @functools.wraps(bare)
    def wrapped(**is_paginated: Any) -> Page:
        page: Page = bare(**is_paginated)
        return page

    for fetch in (functools.partial(bare), wrapped, lambda **is_paginated: bare(**is_paginated)):  # noqa: PLW0108
        found = [row.id for row in iterate_all(fetch, page_size=11, concurrency=4)]
        assert found == first_ids(40)
    for fetch in (Mock(wraps=bare), Mock(spec=bare, side_effect=bare)):
        assert find_count(fetch, {}) is None
    assert source.counted == []


@pytest.mark.parametrize("operation", LISTS, ids=lambda o: o.call)
@pytest.mark.anyio
async def test_the_lists_that_the_vendor_counts(operation: Operation) -> None:
    """Four of the vendor's lists have a count, at the path of the list followed by /count."""
    recorder = RecordingTransport({"count": 7})
    async with recorder.client() as client:
        count = find_count(operation.method(client), {}, is_sync=True)
        acount = find_count(operation.method(client, "a"), {})
        if operation.call not in {f"{name}.list" for name in COUNTED}:
            assert (count, acount) == (None, None)
            return
        assert count is not None
        assert acount is not None
        assert run_sync(count()) == await acount() == 7
    listed = operation.request_line.removeprefix("GET ")
    assert [r.url.path.endswith(f"{listed}/count") for r in recorder.requests] == [True, True]


UNSUPPORTED: list[tuple[str, dict[str, Any]]] = [
    ("articles", {"ids": [1, 2]}),
    ("articles", {"uuids": ["a"]}),
    ("articles", {"use_url_id": True}),
    ("categories", {"as_tree": True}),
    ("categories", {"max_depth": 2}),
    ("orders", {"ordering": "desc"}),
    ("newsletter", {"activate": True}),
]


@pytest.mark.parametrize(("name", "filters"), UNSUPPORTED, ids=str)
def test_a_filter_that_the_count_does_not_take(name: str, filters: dict[str, Any]) -> None:
    """A list whose filters the count does not take is not counted, and nothing is logged."""
    recorder = RecordingTransport([])
    assert list(iterate_all(getattr(recorder.client(), name).list, concurrency=4, **filters)) == []
    (sent,) = recorder.requests
    assert not sent.url.path.endswith("/count")


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("articles", filters.ArticleFilters),
        ("categories", filters.CategoryFilters),
        ("orders", filters.OrderFilters),
        ("newsletter", filters.SubscriberFilters),
    ],
)
def test_the_count_takes_every_other_filter(name: str, keywords: type[Any]) -> None:
    """Each filter of a counted list is sent with the count, or the list is not counted."""
    recorder = RecordingTransport({"count": 3})
    method = getattr(recorder.client(), name).list
    unsupported = {key for other, values in UNSUPPORTED if other == name for key in values}
    for keyword in typing.get_type_hints(keywords).keys() - {"limit", "offset"}:
        count = find_count(method, {keyword: "1"}, is_sync=True)
        assert (count is None) == (keyword in unsupported)
        if count is not None:
            assert run_sync(count()) == 3
            assert len(recorder.query) == 1
    count = find_count(method, dict.fromkeys(unsupported), is_sync=True)  # None filters nothing
    assert count is not None
    assert run_sync(count()) == 3


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
        requested = offsets(sandbox)
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
            assert offsets(sandbox) == requested


def offsets(sandbox: Sandbox) -> list[int]:
    """Return the offsets of the pages that a sandbox received, sorted."""
    queries = [entry.query for entry in sandbox.journal]
    return sorted(int(query["offset"][0]) for query in queries if "offset" in query)
