"""Walks over lists that can be counted: pages within the count are asked for at once."""

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


class Shop:
    """A list call with its count, over rows that do not change; each call calls `meet` first.

    `asked` are the offsets, and `COUNT` for the count.
    """

    def __init__(self, rows: int, meet: Callable[[int], Any] = lambda asked: None) -> None:
        self.rows = [Article(id=number) for number in range(1, rows + 1)]
        self.meet = meet
        self.asked: list[int] = []
        self.in_flight = self.most_in_flight = 0
        self.counted: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    @attach_count("acount")
    async def alist(self, *, limit: int, offset: int, archived: bool | None = None) -> Page:
        """Return a page of the rows."""
        await self._met(offset)
        return Page(self.rows[offset : offset + limit], limit, offset)

    async def acount(self, *, archived: bool | None = None) -> int:
        """Return the number of rows."""
        self.counted.append({"archived": archived})
        await self._met(COUNT)
        return len(self.rows)

    @property
    def sync_view(self) -> Shop:
        """This object: nothing suspends unless `meet` is a coroutine function."""
        return self

    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    async def _met(self, asked: int) -> None:
        with self._lock:
            self.asked.append(asked)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            met = self.meet(asked)
            if met is not None and hasattr(met, "__await__"):
                await met
        finally:
            with self._lock:
                self.in_flight -= 1


def ids(count: int) -> list[int]:
    return list(range(1, count + 1))


async def gathered(rows: Any) -> list[Any]:
    return [row.id async for row in rows]


def closable(rows: Any) -> AsyncGenerator[Any, None]:
    return cast("AsyncGenerator[Any, None]", rows)


class GoneError(ConnectError):
    """The error of a failing call."""

    def __init__(self, message: object = "gone") -> None:
        super().__init__(str(message))


class Held:
    """Holds up some calls until they are let go; for tasks, and for threads."""

    def __init__(self, *held: int, event: Callable[[], Any] = threading.Event) -> None:
        self.events = {asked: event() for asked in held}

    def __call__(self, asked: int) -> Any:
        """Wait, if this call is held up."""
        event = self.events.get(asked)
        return None if event is None else event.wait(*[5] * isinstance(event, threading.Event))

    def let_go(self, *asked: int) -> None:
        """Release these calls."""
        for one in asked:
            self.events[one].set()


def first_page_last(
    others: set[int], then: Callable[[int], Any] = lambda asked: None
) -> Callable[[int], Any]:
    """For threads: the first page is answered when those were asked for, and `then` is asked."""
    come = threading.Event()

    def meet(asked: int) -> None:
        others.discard(asked)
        if not others:
            come.set()
        if asked == 0:
            assert come.wait(5)
        then(asked)

    return meet


@pytest.mark.parametrize("count", [0, 1, 5, 6, 10, 11, 24, 25, 26, 27, 60])
@pytest.mark.parametrize("page_size", [1, 3, 6])
@pytest.mark.parametrize("concurrency", [2, 4, 16])
@pytest.mark.anyio
async def test_no_page_beyond_the_count_is_asked_for(
    count: int, page_size: int, concurrency: int
) -> None:
    """A walk whose count comes first asks for the pages of a walk in sequence, and no other."""
    alone = Shop(count)
    assert [row.id for row in iterate_all(alone.list, page_size=page_size)] == ids(count)
    shop = Shop(
        count, first_page_last({COUNT, *[at for at in alone.asked if at > 0][: concurrency - 1]})
    )
    rows = iterate_all(shop.list, page_size=page_size, concurrency=concurrency)
    assert [row.id for row in rows] == ids(count)
    held = Held(0, event=anyio.Event)
    twin = Shop(count, held)

    async def walk() -> None:
        rows = aiterate_all(twin.alist, page_size=page_size, concurrency=concurrency)
        assert await gathered(rows) == ids(count)

    async with anyio.create_task_group() as group:
        group.start_soon(walk)
        await run_other_tasks()
        held.let_go(0)
    assert sorted(shop.asked) == sorted(twin.asked) == sorted(alone.asked)
    assert max(shop.most_in_flight, twin.most_in_flight) <= concurrency


@pytest.mark.anyio
async def test_pages_within_the_count_do_not_wait_for_the_first() -> None:
    """When the count has arrived, `concurrency` pages are in flight."""
    held = Held(0, event=anyio.Event)
    shop = Shop(100, held)
    rows = closable(aiterate_all(shop.alist, page_size=11, concurrency=5))
    async with aclosing(rows), anyio.create_task_group() as group:
        group.start_soon(rows.__anext__)
        await run_other_tasks()
        assert sorted(shop.asked) == [COUNT, 0, 10, 20, 30, 40]
        assert shop.in_flight == 1  # The others were answered, and wait for their turn.
        held.let_go(0)


def test_so_it_is_for_threads() -> None:
    """Threads do not wait for it either, and there are no more of them than may be in flight."""
    held, threads = Held(0), threading.active_count()
    shop = Shop(100, held)
    rows = iterate_all(shop.list, page_size=11, concurrency=5)
    reader = threading.Thread(target=next, args=(rows,))
    reader.start()
    assert wait_until(lambda: sorted(shop.asked) == [COUNT, 0, 10, 20, 30, 40])
    assert threading.active_count() <= threads + 6
    held.let_go(0)
    reader.join()
    cast("Any", rows).close()
    assert wait_until(lambda: threading.active_count() == threads)


@pytest.mark.parametrize("concurrency", [2, 3, 7])
@pytest.mark.anyio
async def test_the_count_is_one_of_those_in_flight(concurrency: int) -> None:
    """While the count takes its time, it has one of the places, and the walk reads ahead."""
    held = Held(COUNT, event=anyio.Event)
    shop = Shop(200, held)
    rows = closable(aiterate_all(shop.alist, page_size=11, concurrency=concurrency))
    async with aclosing(rows):
        found = [(await anext(rows)).id for _ in range(50)]
        await run_other_tasks()
        assert shop.in_flight == 1
        assert {0, 10, 20, 30, 40} < set(shop.asked)
        held.let_go(COUNT)
        found += await gathered(rows)
    assert found == ids(200)
    assert shop.most_in_flight <= concurrency
    assert max(shop.asked) < 200


@pytest.mark.anyio
async def test_a_list_that_may_have_ended_waits_for_its_count() -> None:
    """After a first page that is not full, nothing is requested until the count has arrived."""
    held = Held(COUNT, event=anyio.Event)
    shop, found = Shop(5, held), []

    async def read() -> None:
        found.extend(await gathered(aiterate_all(shop.alist, page_size=11, concurrency=4)))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(read)
            await run_other_tasks()
            assert sorted(shop.asked) == [COUNT, 0]
            held.let_go(COUNT)
    assert found == ids(5)
    assert sorted(shop.asked) == [COUNT, 0]


def test_closing_does_not_wait_long_for_a_thread_that_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Threads cannot be cancelled: closing waits a moment for the count, and no longer."""
    monkeypatch.setattr("myonlinestore.pagination._prefetch._GRACE_SECONDS", 0.01)
    held, threads = Held(COUNT), threading.active_count()
    shop = Shop(5, first_page_last({COUNT}, held))
    rows = iterate_all(shop.list, page_size=11, concurrency=4)
    assert [next(rows).id for _ in range(5)] == ids(5)
    cast("Any", rows).close()
    assert shop.in_flight == 1
    held.let_go(COUNT)
    assert wait_until(lambda: threading.active_count() == threads)


@pytest.mark.anyio
async def test_a_count_that_fails_changes_nothing() -> None:
    """A failing count limits nothing: pages are prefetched from the second one on."""

    def meet(asked: int) -> None:
        if asked == COUNT:
            raise GoneError

    alone, shop, twin = Shop(40), Shop(40, first_page_last({COUNT}, meet)), Shop(40, meet)
    found = [row.id for row in iterate_all(alone.list, page_size=11)]
    assert [row.id for row in iterate_all(shop.list, page_size=11, concurrency=4)] == found
    assert await gathered(aiterate_all(twin.alist, page_size=11, concurrency=4)) == found
    for asked in (shop.asked, twin.asked):
        assert {COUNT, *alone.asked} <= set(asked) <= {COUNT, 39, *range(0, 80, 10)}


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
    """An error that is not the API's is not taken for a count that failed."""

    def meet(asked: int) -> None:
        if asked == COUNT:
            raise TypeError("no such filter")

    shop = Shop(40, meet)
    with pytest.raises(TypeError, match="no such filter"):
        list(iterate_all(shop.list, page_size=11, concurrency=concurrency))
    with pytest.raises(TypeError, match="no such filter"):
        await gathered(aiterate_all(shop.alist, page_size=11, concurrency=concurrency))


@pytest.mark.anyio
async def test_the_error_is_that_of_the_page() -> None:
    """If page and count both fail, the error of the page is raised, once."""

    def meet(asked: int) -> None:
        raise GoneError(asked)

    shop, twin = Shop(40, meet), Shop(40, meet)
    with pytest.raises(GoneError, match=r"^0$") as caught:
        list(iterate_all(shop.list, concurrency=4))
    assert caught.value.__context__ is None
    with pytest.raises(GoneError, match=r"^0$") as caught:
        await gathered(aiterate_all(twin.alist, concurrency=4))
    assert caught.value.__context__ is None


@pytest.mark.anyio
async def test_keyboard_interrupt_of_a_count_is_raised() -> None:
    """Ctrl-C during a count ends the iteration; it is not taken for a count that failed."""
    held = Held(0, event=anyio.Event)

    def meet(asked: int) -> Any:
        if asked == COUNT:
            raise KeyboardInterrupt
        return held(asked)

    shop = Shop(40, meet)
    with pytest.raises(KeyboardInterrupt):
        await gathered(aiterate_all(shop.alist, concurrency=4))
    assert shop.in_flight == 0


@pytest.mark.anyio
async def test_a_walk_that_is_cancelled_while_it_counts_leaves_no_task() -> None:
    """A cancel scope ends the count and the first page as it ends the others."""
    shop = Shop(40, Held(COUNT, 0, event=anyio.Event))
    with anyio.move_on_after(0.05) as scope:
        await gathered(aiterate_all(shop.alist, concurrency=4))
    assert scope.cancelled_caught
    assert sorted(shop.asked) == [COUNT, 0]
    assert shop.in_flight == 0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_a_walk_that_is_closed_half_way_leaves_no_task() -> None:
    """aclose() ends the count as it ends the pages, while the first rows are read."""
    shop = Shop(400, Held(COUNT, 20, 30, 40, event=anyio.Event))
    before = asyncio.all_tasks()
    rows = closable(aiterate_all(shop.alist, page_size=11, concurrency=4))
    await anext(rows)
    await run_other_tasks()
    assert shop.in_flight == 4
    await rows.aclose()
    assert shop.in_flight == 0
    assert asyncio.all_tasks() == before


@pytest.mark.anyio
async def test_prefetching_restarts_after_a_count_that_is_too_low() -> None:
    """When rows came after the count, a page is asked for alone, and others when that is full."""
    shop = Shop(100)
    told = Held(0, 30, 40, event=anyio.Event)
    shop.meet = told

    async def acount() -> int:
        return 31

    cast("Any", shop).acount = acount
    rows, found = aiterate_all(shop.alist, page_size=11, concurrency=4), list[int]()

    async def walk() -> None:
        found.extend(await gathered(rows))

    async with anyio.create_task_group() as group:
        group.start_soon(walk)
        for then, asked in ((0, [0, 10, 20, 30]), (30, []), (40, [40])):
            await run_other_tasks()
            assert sorted(shop.asked) == asked
            shop.asked.clear()
            told.let_go(then)
    assert found == ids(100)
    assert sorted(shop.asked)[:4] == [50, 60, 70, 80]


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "keyless"])
@pytest.mark.parametrize("count", [0, 5, 20, 21, 22, 60])
@pytest.mark.parametrize("told", [0, 1, 5, 20, 21, 500, 10**12])
@pytest.mark.anyio
async def test_a_wrong_count_loses_nothing(keyed: bool, count: int, told: int) -> None:
    """However wrong the count is, every row comes, in order; a count that is too high raises."""
    shop, twin = Shop(count), Shop(count, lambda _: anyio.lowlevel.checkpoint())
    for each in (shop, twin):
        if not keyed:
            each.rows = [Article(name=str(number)) for number in range(count)]

    async def acount() -> int:
        return told

    cast("Any", shop).acount = cast("Any", twin).acount = acount
    error = pytest.raises(ConnectError, match=f"its count is {told}") if told > count else None
    found: list[Article] = []
    with error or contextlib.nullcontext():
        found.extend(iterate_all(shop.list, page_size=5, concurrency=3))
    assert found == shop.rows
    found.clear()
    with error or contextlib.nullcontext():
        async for row in aiterate_all(twin.alist, page_size=5, concurrency=3):
            found.append(row)  # noqa: PERF401  rows before the error are kept
    assert found == twin.rows
    assert max(len(shop.asked), len(twin.asked)) < 4 * count / 4 + 16


class CountedStore(ChangingStore):
    """A list that changes while it is read, with a count that is wrong, or fails."""

    def __init__(self, size: int, changes: list[list[Change]], error: int | None) -> None:
        super().__init__(size, changes)
        self.error = error

    def count_rows(self) -> int:
        """Return the number of rows plus the error, or raise."""
        if self.error is None:
            raise GoneError
        return len(self.rows) + self.error


class TaskStore(CountedStore):
    """One whose calls wait before and after they are answered."""

    waits: Any
    in_flight = most_in_flight = 0

    @attach_count("acount")
    async def walk_by(self, *, limit: int, offset: int) -> PaginatedResponse[Article]:
        """Return a page."""
        return await self._waited(functools.partial(self.list, limit=limit, offset=offset))

    async def acount(self) -> int:
        """Return the count."""
        return await self._waited(self.count_rows)

    async def _waited(self, call: Callable[[], Any]) -> Any:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self._wait()
            answer = call()
            await self._wait()
        finally:
            self.in_flight -= 1
        return answer

    async def _wait(self) -> None:
        for _ in range(next(self.waits)):
            await anyio.lowlevel.checkpoint()


class ThreadStore(CountedStore):
    """One whose calls wait for each other."""

    waits: Any

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lock = threading.Lock()

    @attach_count("acount")
    def walk_by(self, *, limit: int, offset: int) -> PaginatedResponse[Article]:
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


# Waits are few steps, or many for a call that is slow.
WAITS = st.lists(st.one_of(st.integers(0, 6), st.just(60)), min_size=1, max_size=40)
STORES = (st.integers(0, 60), CHANGES, st.sampled_from([1, 2, 3, 10]))
ERRORS = st.one_of(st.none(), st.just(0), st.integers(-60, 60), st.just(10**9))


@given(*STORES, st.integers(2, 9), ERRORS, WAITS, st.sampled_from(["asyncio", "trio"]))
@settings(max_examples=150, deadline=None)
def test_a_counted_walk_by_tasks_survives_changes(
    size: int,
    changes: list[list[Change]],
    page_size: int,
    concurrency: int,
    error: int | None,
    waits: list[int],
    backend: str,
) -> None:
    """Whatever the count says, and whenever: no row is lost or doubled, and the bound holds."""
    store = TaskStore(size, changes, error)
    store.waits = itertools.cycle(waits)

    found: list[int | None] = []

    async def walk() -> None:
        async for row in aiterate_all(store.walk_by, page_size=page_size, concurrency=concurrency):
            found.append(row.id)  # noqa: PERF401  rows before the error are kept

    check(
        store,
        _rows_before_error(lambda: anyio.run(walk, backend=backend), found, error),
        3 * concurrency,
    )
    assert store.most_in_flight <= concurrency
    assert store.in_flight == 0


@given(*STORES, st.integers(2, 9), ERRORS, WAITS)
@settings(max_examples=60, deadline=None)
def test_a_counted_walk_by_threads_survives_changes(
    size: int,
    changes: list[list[Change]],
    page_size: int,
    concurrency: int,
    error: int | None,
    waits: list[int],
) -> None:
    """So it is by threads."""
    store = ThreadStore(size, changes, error)
    store.waits = itertools.cycle(waits)
    found: list[int | None] = []
    rows = iterate_all(store.walk_by, page_size=page_size, concurrency=concurrency)
    _rows_before_error(lambda: found.extend(row.id for row in rows), found, error)
    check(store, found, 3 * concurrency)


@pytest.mark.anyio
async def test_the_count_is_asked_for_what_the_walk_asks_for() -> None:
    """The filters of the walk go with the count; its model and page size do not."""
    shop, twin = Shop(5, first_page_last({COUNT})), Shop(5)
    list(iterate_all(shop.list, concurrency=2, archived=True))
    assert await gathered(aiterate_all(twin.alist, concurrency=2, archived=False)) == ids(5)
    assert (shop.counted, twin.counted) == ([{"archived": True}], [{"archived": False}])


def test_the_count_is_requested_after_the_first_page() -> None:
    """Without concurrency, the count is requested once, after the rows of the first page."""
    shop = Shop(40)
    rows = iterate_all(shop.list, page_size=11)
    assert [next(rows).id for _ in range(11)] == ids(11)
    assert shop.asked == [0]
    assert [row.id for row in rows] == ids(40)[11:]
    assert shop.asked == [0, COUNT, 10, 20, 30]


def test_a_function_of_the_callers_is_not_counted() -> None:
    """The count cannot know which rows a wrapper leaves out, so it is walked as a list without a count."""
    shop = Shop(40)
    bare: Any = shop.list

    @functools.wraps(bare)
    def wrapped(**is_paginated: Any) -> Page:
        page: Page = bare(**is_paginated)
        return page

    for fetch in (functools.partial(bare), wrapped, lambda **is_paginated: bare(**is_paginated)):  # noqa: PLW0108
        found = [row.id for row in iterate_all(fetch, page_size=11, concurrency=4)]
        assert found == ids(40)
    for fetch in (Mock(wraps=bare), Mock(spec=bare, side_effect=bare)):
        assert find_count(fetch, {}) is None
    assert shop.counted == []


@pytest.mark.parametrize("operation", LISTS, ids=lambda o: o.call)
@pytest.mark.anyio
async def test_the_lists_that_the_vendor_counts(operation: Operation) -> None:
    """Four of the vendor's lists have a count, which goes to the path of the list, with /count."""
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


class FirstPageLast(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends on, but the first page only when the pages at some other offsets were asked for."""

    def __init__(self, others: set[int]) -> None:
        self.others = others
        self.blocking, self.looping = httpx.HTTPTransport(), httpx.AsyncHTTPTransport()
        self.come, self.acome = threading.Event(), anyio.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response; for threads."""
        if self._is_first(request):
            assert self.come.wait(20)
        return self.blocking.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response; for tasks."""
        if self._is_first(request):
            with anyio.fail_after(20):
                await self.acome.wait()
        return await self.looping.handle_async_request(request)

    def close(self) -> None:
        """Close the connections of threads."""
        self.blocking.close()

    async def aclose(self) -> None:
        """Close those of tasks."""
        await self.looping.aclose()

    def _is_first(self, request: httpx.Request) -> bool:
        offset = int(request.url.params.get("offset", COUNT))
        self.others.discard(offset)
        if not self.others:
            self.come.set()
            self.acome.set()
        return offset == 0


@pytest.mark.parametrize("page_size", [3, 11, 100])
@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.anyio
async def test_a_real_store_is_asked_for_no_page_beyond_its_end(name: str, page_size: int) -> None:
    """Over real HTTP, a walk sends what one in sequence does, though its first page comes last."""
    with Sandbox(articles=41) as shop:
        with shop.client() as client:
            alone = list(iterate_all(getattr(client, name).list, page_size=page_size))
        asked = offsets(shop)
        for kind in ("threads", "tasks"):
            shop.journal.clear()
            first_last = FirstPageLast({COUNT, *asked[1:8]})
            async with shop.client(transport=first_last, async_transport=first_last) as client:
                call: Any = getattr(client, name)
                if kind == "threads":
                    rows = iterate_all(call.list, page_size=page_size, concurrency=8)
                    assert list(rows) == alone
                else:
                    arows = aiterate_all(call.alist, page_size=page_size, concurrency=8)
                    assert [row async for row in arows] == alone
            assert offsets(shop) == asked


def offsets(shop: Sandbox) -> list[int]:
    """Those of the pages that a sandbox was asked for, in order."""
    queries = [entry.query for entry in shop.journal]
    return sorted(int(query["offset"][0]) for query in queries if "offset" in query)
