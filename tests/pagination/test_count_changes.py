"""Iteration with a count over lists that change while they are read."""

from __future__ import annotations

import functools
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore import ConnectError, PaginatedResponse, aiterate_all, iterate_all
from myonlinestore.models import Article
from myonlinestore.pagination._count import attach_count
from tests.pagination.counted_list import FailedCallError
from tests.support.mutating_list import CHANGES, Change, ChangingStore, check


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
        return await self._call_with_waits(functools.partial(self.list, limit=limit, offset=offset))

    async def acount(self) -> int:
        """Return the count."""
        return await self._call_with_waits(self.count_rows)

    async def _call_with_waits(self, call: Callable[[], Any]) -> Any:
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


def _read_until_error(
    read: Callable[[], object], ids: list[int | None], error: int | None
) -> list[int | None]:
    """Return the rows that were read; only a count that is too high may raise."""
    try:
        read()
    except ConnectError as raised:
        if not error or error < 0 or "but its count is" not in str(raised):
            raise
    return ids


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

    ids: list[int | None] = []

    async def read() -> None:
        async for row in aiterate_all(
            store.list_page, page_size=page_size, concurrency=concurrency
        ):
            ids.append(row.id)  # noqa: PERF401  rows before the error are kept

    check(
        store,
        _read_until_error(lambda: anyio.run(read, backend=backend), ids, error),
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
    ids: list[int | None] = []
    rows = iterate_all(store.list_page, page_size=page_size, concurrency=concurrency)
    _read_until_error(lambda: ids.extend(row.id for row in rows), ids, error)
    check(store, ids, 3 * concurrency)
