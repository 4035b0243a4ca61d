"""Pages asked for ahead of their turn, and taken in order."""

from __future__ import annotations

import contextlib
import functools
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from myonlinestore.pagination._page import PaginatedResponse
from myonlinestore.pagination._paginator import OffsetPaginator


class Event(Protocol):
    """The event of the world that fetches: a thread's, or a task's."""

    def set(self) -> object:
        """Wake who waits for it."""

    def is_set(self) -> bool:
        """Whether it happened."""
        ...


A = TypeVar("A")
T = TypeVar("T")
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
