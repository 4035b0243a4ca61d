"""Prefetch pages, by tasks or by threads, and yield their rows in order."""

from __future__ import annotations

import contextvars
import functools
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar, cast

import anyio
from anyio.abc import TaskGroup

from myonlinestore._concurrency.event_loops import running_loop
from myonlinestore._concurrency.sync import run_sync
from myonlinestore.pagination._count import CountRows
from myonlinestore.pagination._page import PaginatedResponse
from myonlinestore.pagination._paginator import OffsetPaginator

T = TypeVar("T")


class Event(Protocol):
    """An event of threads or of tasks."""

    def set(self) -> object:
        """Set the event and wake its waiters."""

    def is_set(self) -> bool:
        """Return True if the event is set."""
        ...


A = TypeVar("A")
E = TypeVar("E", bound=Event)


class PendingPage(Generic[A, E]):
    """A request for a page, or for the count; `done` is set once it has a result or an error.

    Args:
        fetch: the call; it returns the result, or a coroutine of it.
        done: set when this one is done.
        any_done: set as well; several requests share it.
        offset: the offset of the page.
    """

    def __init__(self, fetch: Callable[[], Any], done: E, any_done: E, offset: int = 0) -> None:
        self.fetch = fetch
        self.done = done
        self.offset = offset
        self.value: A | None = None
        self.error: BaseException | None = None
        self.cancelled = False
        self._any_done = any_done

    def set_done(self) -> None:
        """Set the events after the result or the error is stored."""
        self.done.set()
        self._any_done.set()

    def result(self) -> A:
        """Return the result, or raise the error of the call."""
        error, self.error = self.error, None  # The error holds this frame.
        if error is not None:
            raise error
        return cast("A", self.value)


class Prefetcher(Generic[T, E]):
    """Schedules page requests before the paginator needs them.

    The paginator checks each page as if it had requested it just then. The order in which pages
    were read does not matter: rows keep their order, so a page that contains a row seen before
    contains the rows after it. If the paginator needs another page than the next pending one, all
    pending pages are cancelled, and pages are requested one at a time until one fits again.

    The first page is requested alone: many lists have a single page. The `count`, if any, is
    requested together with it and limits how far to prefetch. If it is not available, nothing does;
    if there are more rows than counted, the prefetcher starts again with one page. A page that is
    not full is followed by no request until the count has arrived. The count is requested again if
    the list ends before it.
    """

    def __init__(
        self,
        paginator: OffsetPaginator[T],
        concurrency: int,
        event: Callable[[], E],
        fetch: Callable[[int], Any],
        count: Callable[[], Any] | None = None,
    ) -> None:
        self._paginator = paginator
        self._concurrency = concurrency
        self._event = event
        self._fetch = fetch
        self._first_event = event()
        self._at_start = True
        self._request_count = count
        self._count: PendingPage[int | None, E] | None = count and PendingPage(
            count, event(), self._first_event
        )
        self._total: int | None = None
        self._max_pending = 1
        self._pending: deque[PendingPage[PaginatedResponse[T], E]] = deque()

    def start(self) -> list[PendingPage[Any, E]]:
        """Return the first requests: a page, and the count if there is one."""
        pages: list[PendingPage[Any, E]] = [*self.schedule()]
        return pages if self._count is None else [*pages, self._count]

    def schedule(self) -> list[PendingPage[Any, E]]:
        """Return what to request now: the count again, or pages until `concurrency` are pending."""
        self._accept_count()
        if self._request_count is not None and self._needs_recount():
            self._count = PendingPage(self._request_count, self._event(), self._first_event)
            return [self._count]
        planned: list[PendingPage[Any, E]] = []
        while len(self._pending) < self._max_pending and self._may_have_next():
            page = self._create_pending(self._next_offset())
            self._pending.append(page)
            planned.append(page)
        return planned

    @property
    def next_event(self) -> E:
        """The event of the next page, or of the count without which no page is requested.

        At the start it is set by the first page or the count.
        """
        if self._at_start:
            return self._first_event
        awaited = self._pending[0] if self._pending else self._count
        assert awaited is not None  # noqa: S101 - or all rows were read
        return awaited.done

    def next_rows(self) -> list[T]:
        """Return the new rows of the next page, if it has arrived, or raise its error."""
        self._at_start = False
        if not (self._pending and self._pending[0].done.is_set()):
            return []  # The count came before it.
        page = self._pending[0]
        self._pending.popleft()
        rows = self._paginator.accept(page.result())
        ends = self._total is None and self._paginator.may_be_done
        is_ahead = self._paginator.offset > page.offset and not ends
        self._max_pending = self._concurrency if is_ahead else 1
        if self._pending and (
            self._paginator.done or self._pending[0].offset != self._paginator.offset
        ):
            self._cancel_pending()
        return rows

    def _accept_count(self) -> None:
        count = self._count
        if count is not None and count.done.is_set():
            self._count, self._total = None, count.result()
            if self._total is not None:
                self._max_pending = self._concurrency
            self._paginator.accept_count(self._total)
        if self._total is not None and not self._pending and self._paginator.offset >= self._total:
            self._total, self._max_pending = None, 1  # Rows were added since, usually few.

    def _needs_recount(self) -> bool:
        paginator = self._paginator
        return paginator.needs_count and paginator.may_be_done and self._count is None

    def _create_pending(self, offset: int) -> PendingPage[PaginatedResponse[T], E]:
        fetch = functools.partial(self._fetch, offset)
        return PendingPage(fetch, self._event(), self._first_event, offset)

    def _next_offset(self) -> int:
        return (
            self._pending[-1].offset + self._paginator.step
            if self._pending
            else self._paginator.offset
        )

    def _may_have_next(self) -> bool:
        """Return True if there may be a page after the pending ones."""
        if not self._pending:
            awaits_count = self._paginator.may_be_done and self._count is not None
            return not (self._paginator.done or awaits_count)
        if self._total is not None:
            return self._next_offset() < self._total
        return all(page.value is None or page.value.has_next for page in self._pending)

    def _cancel_pending(self) -> None:
        for page in self._pending:
            page.cancelled = True
        self._pending.clear()


_FetchTask = Callable[[int], Coroutine[Any, Any, PaginatedResponse[Any]]]


async def rows_by_tasks(
    fetch: _FetchTask,
    paginator: OffsetPaginator[T],
    concurrency: int,
    count: CountRows | None = None,
) -> AsyncIterator[T]:
    """Yield every row, with at most `concurrency` pages in flight or in memory."""
    prefetcher = Prefetcher(paginator, concurrency, anyio.Event, fetch, count)
    tasks = _Tasks(concurrency)
    # Before Python 3.13, a coroutine that is closed while it awaits a row runs no `finally` here.
    finalizer = weakref.finalize(prefetcher, running_loop().call_soon, tasks.stop)
    finalizer.atexit = False
    try:
        await tasks.start()
        tasks.fetch(prefetcher.start())
        while not paginator.done:
            await tasks.wait(prefetcher.next_event)
            rows = prefetcher.next_rows()
            tasks.fetch(prefetcher.schedule())
            for row in rows:
                yield row
    finally:
        finalizer.detach()
        await tasks.aclose()


class _Tasks:
    """A task group in a task of its own.

    Inside the generator, an error or a cancellation of the group would reach the caller between
    two rows, and a generator that is abandoned would leave the group in another task than the one
    that entered it.
    """

    def __init__(self, concurrency: int) -> None:
        self._slots = anyio.Semaphore(concurrency)
        self._group: TaskGroup | None = None
        self._task: object = None  # The event loop itself has only a weak reference.
        self._started, self._stopping, self._ended = anyio.Event(), anyio.Event(), anyio.Event()

    async def start(self) -> None:
        """Open the task group."""
        self._task = running_loop().spawn(self._run_task_group)
        await self.wait(self._started)

    async def wait(self, event: anyio.Event) -> None:
        """Wait for an event; if this coroutine is closed, let `aclose` await nothing."""
        try:
            await event.wait()
        except GeneratorExit:
            self._ended.set()
            raise

    def fetch(self, pages: Iterable[PendingPage[Any, anyio.Event]]) -> None:
        """Fetch the pages, at most `concurrency` at a time."""
        assert self._group is not None  # noqa: S101 - it has started
        for page in pages:
            self._group.start_soon(self._fetch_page, page)

    def stop(self) -> None:
        """Cancel the requests in flight."""
        self._stopping.set()

    async def aclose(self) -> None:
        """Cancel the requests in flight, and return when none runs."""
        self.stop()
        if not self._ended.is_set():
            with anyio.CancelScope(shield=True):
                await self._ended.wait()

    async def _run_task_group(self) -> None:
        try:
            async with anyio.create_task_group() as self._group:
                self._started.set()
                await self._stopping.wait()
                self._group.cancel_scope.cancel()
        finally:
            self._ended.set()

    async def _fetch(self, page: PendingPage[Any, anyio.Event]) -> Any:
        async with self._slots:
            return None if page.cancelled else await page.fetch()

    async def _fetch_page(self, page: PendingPage[Any, anyio.Event]) -> None:
        try:
            page.value = await self._fetch(page)
        except anyio.get_cancelled_exc_class() as error:
            page.error = error
            raise
        except BaseException as error:  # noqa: BLE001 - it is raised to the reader
            page.error = error
        finally:
            page.set_done()


_FetchPage = Callable[[int], PaginatedResponse[Any]]

# Seconds to wait for calls in flight at the end: a thread cannot be cancelled.
_GRACE_SECONDS = 1.0


def rows_by_threads(
    fetch: _FetchPage,
    paginator: OffsetPaginator[T],
    concurrency: int,
    count: CountRows | None = None,
) -> Iterator[T]:
    """Yield every row, with at most `concurrency` pages in flight or in memory."""
    request_count = None if count is None else functools.partial(_request_count, count)
    prefetcher = Prefetcher(paginator, concurrency, threading.Event, fetch, request_count)
    threads = _Threads(concurrency)
    try:
        threads.fetch(prefetcher.start())
        while not paginator.done:
            prefetcher.next_event.wait()
            rows = prefetcher.next_rows()
            threads.fetch(prefetcher.schedule())
            yield from rows
    finally:
        threads.close()


def _request_count(count: CountRows) -> int | None:
    return run_sync(count())


class _Threads:
    """Up to `concurrency` threads, started on demand.

    They are daemon threads, so that a program can exit without waiting for a response.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._threads: list[threading.Thread] = []
        self._pending: SimpleQueue[PendingPage[Any, threading.Event] | None] = SimpleQueue()
        self._closing = False

    def fetch(self, pages: Iterable[PendingPage[Any, threading.Event]]) -> None:
        """Fetch the pages, at most `concurrency` at a time."""
        for page in pages:
            self._pending.put(page)
            if len(self._threads) < self._concurrency:
                self._start_thread()

    def _start_thread(self) -> None:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._worker,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def close(self) -> None:
        """Stop fetching, and wait up to `_GRACE_SECONDS` for the requests in flight."""
        self._closing = True
        for _ in self._threads:
            self._pending.put(None)
        until = time.monotonic() + _GRACE_SECONDS
        for thread in self._threads:
            thread.join(max(0, until - time.monotonic()))

    def _worker(self) -> None:
        while self._process(self._pending.get()):
            pass  # No name here keeps a page while the thread waits.

    def _process(self, page: PendingPage[Any, threading.Event] | None) -> bool:
        if page is not None and not (page.cancelled or self._closing):
            self._fetch_page(page)
        return page is not None

    def _fetch_page(self, page: PendingPage[Any, threading.Event]) -> None:
        try:
            page.value = page.fetch()
        except BaseException as error:  # noqa: BLE001 - it is raised to the reader
            page.error = error
        finally:
            page.set_done()
