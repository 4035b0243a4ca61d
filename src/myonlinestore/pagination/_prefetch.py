"""Prefetch pages, by tasks or by threads, and yield their rows in order."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

import anyio
from anyio.abc import TaskGroup

from myonlinestore._concurrency.event_loops import running_loop
from myonlinestore.pagination._page import PaginatedResponse
from myonlinestore.pagination._paginator import OffsetPaginator

T = TypeVar("T")


class Event(Protocol):
    """The event of the world that fetches: a thread's, or a task's."""

    def set(self) -> object:
        """Wake who waits for it."""

    def is_set(self) -> bool:
        """Whether it happened."""
        ...


A = TypeVar("A")
E = TypeVar("E", bound=Event)


class PendingPage(Generic[A, E]):
    """A call in its place in the order; `done` is set once it has its answer, or an error.

    Args:
        fetch: the call; it gives the answer, or a coroutine of it.
        done: set when this one is done.
        any_done: set when any of several is.
        offset: where its page begins.
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
        """Tell who waits that the answer is there, or an error."""
        self.done.set()
        self._any_done.set()

    def result(self) -> A:
        """The answer. Raises the error in its place."""
        error, self.error = self.error, None  # The error holds this frame.
        if error is not None:
            raise error
        assert self.value is not None  # noqa: S101 - it is done
        return self.value


class Prefetcher(Generic[T, E]):
    """Which pages to ask for before the walk comes to them.

    The walk is the judge of each page, as if it had asked for it just then. That a page was read
    earlier or later than the one before it does not matter: rows keep their order, so a page that
    holds a row seen before holds what follows it. Where the walk wants another page than the one
    that comes next, all of them are dropped, and it goes on alone until a page fits again.

    The first page is asked for alone: many a list has no other, and some do not page. A `count` is
    asked for together with it, and says how far to read ahead. It is a hint and no more: where it
    fails, the walk goes on without, and where it ends before the rows do, as from its start.
    """

    def __init__(
        self,
        walk: OffsetPaginator[T],
        concurrency: int,
        event: Callable[[], E],
        fetch: Callable[[int], Any],
        count: Callable[[], Any] | None = None,
    ) -> None:
        self._walk = walk
        self._concurrency = concurrency
        self._event = event
        self._fetch = fetch
        self._first_event = event()
        self._at_start = True
        self._count: PendingPage[int, E] | None = count and PendingPage(
            count, event(), self._first_event
        )
        self._total: int | None = None
        self._max_pending = 1
        self._turns: deque[PendingPage[PaginatedResponse[T], E]] = deque()

    def start(self) -> list[PendingPage[Any, E]]:
        """What to ask for at first."""
        pages: list[PendingPage[Any, E]] = [*self.schedule()]
        return pages if self._count is None else [*pages, self._count]

    def schedule(self) -> list[PendingPage[PaginatedResponse[T], E]]:
        """The pages to ask for now: with them, `concurrency` pages have not been taken."""
        self._look_at_count()
        planned: list[PendingPage[PaginatedResponse[T], E]] = []
        while len(self._turns) < self._max_pending and self._may_have_next():
            planned.append(self._turn(self._next_offset()))
            self._turns.append(planned[-1])
        return planned

    @property
    def next_event(self) -> E:
        """What to wait for: the next page; at the start that or the count, whichever is first."""
        return self._first_event if self._at_start else self._turns[0].done

    def next_rows(self) -> list[T]:
        """The new rows of the next page, if it is there. Raises the error in its place."""
        self._at_start = False
        turn = self._turns[0]
        if not turn.done.is_set():
            return []  # The count came before it.
        self._turns.popleft()
        rows = self._walk.accept(turn.result())
        self._max_pending = self._concurrency if self._walk.offset > turn.offset else 1
        if self._turns and (self._walk.done or self._turns[0].offset != self._walk.offset):
            self._cancel_pending()
        return rows

    def _look_at_count(self) -> None:
        count = self._count
        if count is not None and count.done.is_set():
            self._count = None
            with contextlib.suppress(Exception):
                self._total, self._max_pending = count.result(), self._concurrency
        if self._total is not None and not self._turns and self._walk.offset >= self._total:
            self._total, self._max_pending = None, 1  # Rows came since: few, as a rule.

    def _turn(self, offset: int) -> PendingPage[PaginatedResponse[T], E]:
        ask = functools.partial(self._fetch, offset)
        return PendingPage(ask, self._event(), self._first_event, offset)

    def _next_offset(self) -> int:
        return self._turns[-1].offset + self._walk.step if self._turns else self._walk.offset

    def _may_have_next(self) -> bool:
        """Whether there may be a page after those that were asked for: the walk wants the next."""
        if not self._turns:
            return not self._walk.done
        counted = self._total is None or self._next_offset() < self._total
        return counted and all(turn.value is None or turn.value.has_next for turn in self._turns)

    def _cancel_pending(self) -> None:
        for turn in self._turns:
            turn.cancelled = True
        self._turns.clear()


_FetchTask = Callable[[int], Coroutine[Any, Any, PaginatedResponse[Any]]]
_CountTask = Callable[[], Coroutine[Any, Any, int]]


async def rows_by_tasks(
    fetch: _FetchTask, walk: OffsetPaginator[T], concurrency: int, count: _CountTask | None = None
) -> AsyncIterator[T]:
    """Every row of the walk; at most so many pages are in flight, or wait for their turn."""
    ahead = Prefetcher(walk, concurrency, anyio.Event, fetch, count)
    tasks = _Tasks(concurrency)
    try:
        await tasks.start()
        tasks.fetch(ahead.start())
        while not walk.done:
            await ahead.next_event.wait()
            rows = ahead.next_rows()
            tasks.fetch(ahead.schedule())
            for row in rows:
                yield row
    finally:
        await tasks.aclose()


class _Tasks:
    """A task group in a task of its own.

    Were it the walk's, an error or a cancellation in it would strike the walk's reader between two
    rows, and a walk that is dropped half way would leave it in another task than it was entered in.
    """

    def __init__(self, concurrency: int) -> None:
        self._slots = anyio.Semaphore(concurrency)
        self._group: TaskGroup | None = None
        self._started, self._stopping, self._ended = anyio.Event(), anyio.Event(), anyio.Event()

    async def start(self) -> None:
        """Open the task group."""
        running_loop().spawn(self._run_task_group)
        await self._started.wait()

    def fetch(self, turns: Iterable[PendingPage[Any, anyio.Event]]) -> None:
        """Fetch the turns' answers, while fewer than `concurrency` are in flight."""
        assert self._group is not None  # noqa: S101 - it has started
        for turn in turns:
            self._group.start_soon(self._answer, turn)

    async def aclose(self) -> None:
        """Cancel what is in flight; returns when nothing runs any more."""
        self._stopping.set()
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

    async def _fetch(self, turn: PendingPage[Any, anyio.Event]) -> Any:
        async with self._slots:
            return None if turn.cancelled else await turn.fetch()

    async def _answer(self, turn: PendingPage[Any, anyio.Event]) -> None:
        try:
            turn.value = await self._fetch(turn)
        except anyio.get_cancelled_exc_class() as error:
            turn.error = error
            raise
        except BaseException as error:  # noqa: BLE001 - the reader is who it is for
            turn.error = error
        finally:
            turn.set_done()


_FetchPage = Callable[[int], PaginatedResponse[Any]]
_CountRows = Callable[[], int]

# Seconds that the end of a walk waits for calls in flight: a thread cannot be cancelled.
_GRACE_SECONDS = 1.0


def rows_by_threads(
    fetch: _FetchPage, walk: OffsetPaginator[T], concurrency: int, count: _CountRows | None = None
) -> Iterator[T]:
    """Every row of the walk; at most so many pages are in flight, or wait for their turn."""
    ahead = Prefetcher(walk, concurrency, threading.Event, fetch, count)
    threads = _Threads(concurrency)
    try:
        threads.fetch(ahead.start())
        while not walk.done:
            ahead.next_event.wait()
            rows = ahead.next_rows()
            threads.fetch(ahead.schedule())
            yield from rows
    finally:
        threads.close()


class _Threads:
    """At most so many threads, started as they are needed.

    They are daemons, so that a program which is told to end does not wait for an answer.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._threads: list[threading.Thread] = []
        self._turns: SimpleQueue[PendingPage[Any, threading.Event] | None] = SimpleQueue()
        self._closing = False

    def fetch(self, turns: Iterable[PendingPage[Any, threading.Event]]) -> None:
        """Fetch the turns' answers, while fewer than `concurrency` are in flight."""
        for turn in turns:
            self._turns.put(turn)
            if len(self._threads) < self._concurrency:
                self._start_thread()

    def _start_thread(self) -> None:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._worker,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def close(self) -> None:
        """Fetch no more; wait a moment for what is in flight."""
        self._closing = True
        for _ in self._threads:
            self._turns.put(None)
        until = time.monotonic() + _GRACE_SECONDS
        for thread in self._threads:
            thread.join(max(0, until - time.monotonic()))

    def _worker(self) -> None:
        while self._process(self._turns.get()):
            pass  # No name here keeps a page while the thread waits.

    def _process(self, turn: PendingPage[Any, threading.Event] | None) -> bool:
        if turn is not None and not (turn.cancelled or self._closing):
            self._answer(turn)
        return turn is not None

    def _answer(self, turn: PendingPage[Any, threading.Event]) -> None:
        try:
            turn.value = turn.fetch()
        except BaseException as error:  # noqa: BLE001 - the reader is who it is for
            turn.error = error
        finally:
            turn.set_done()
