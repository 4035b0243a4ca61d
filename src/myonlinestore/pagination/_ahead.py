"""Pages asked for ahead of their turn, and taken in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from myonlinestore.pagination._page import PaginatedResponse
from myonlinestore.pagination._walk import Walk

T = TypeVar("T")
# The event of the world that fetches: a thread's, or a task's.
E = TypeVar("E")


class Turn(Generic[T, E]):
    """A page's place in the order; `arrived` is set once it has its page, or an error instead."""

    def __init__(self, offset: int, arrived: E) -> None:
        self.offset = offset
        self.arrived = arrived
        self.page: PaginatedResponse[T] | None = None
        self.error: BaseException | None = None
        self.dropped = False

    def answer(self) -> PaginatedResponse[T]:
        """The page. Raises the error in its place."""
        error, self.error = self.error, None  # The error holds this frame.
        if error is not None:
            raise error
        assert self.page is not None  # noqa: S101 - it has arrived
        return self.page


class Ahead(Generic[T, E]):
    """Which pages to ask for before the walk comes to them.

    The walk is the judge of each page, as if it had asked for it just then. That a page was read
    earlier or later than the one before it does not matter: rows keep their order, so a page that
    holds a row seen before holds what follows it. Where the walk wants another page than the one
    that comes next, all of them are dropped, and it goes on alone until a page fits again.

    The first page is asked for alone: many a list has no other, and some do not page.
    """

    def __init__(self, walk: Walk[T], concurrency: int, event: Callable[[], E]) -> None:
        self._walk = walk
        self._concurrency = concurrency
        self._event = event
        self._width = 1
        self._turns: deque[Turn[T, E]] = deque()

    def plan(self) -> list[Turn[T, E]]:
        """The pages to ask for now: with them, `concurrency` pages have not been taken."""
        planned: list[Turn[T, E]] = []
        while len(self._turns) < self._width and not self._ends():
            planned.append(Turn(self._next_offset(), self._event()))
            self._turns.append(planned[-1])
        return planned

    @property
    def first(self) -> Turn[T, E]:
        """The page that is to be taken next, once it has arrived."""
        return self._turns[0]

    def take(self) -> list[T]:
        """The new rows of the first page. Raises the error in its place."""
        turn = self._turns.popleft()
        rows = self._walk.take(turn.answer())
        self._width = self._concurrency if self._walk.offset > turn.offset else 1
        if self._turns and (self._walk.done or self._turns[0].offset != self._walk.offset):
            self._drop()
        return rows

    def _next_offset(self) -> int:
        return self._turns[-1].offset + self._walk.stride if self._turns else self._walk.offset

    def _ends(self) -> bool:
        """Whether the walk does, or a page that arrived before its turn is the last there is."""
        arrived = (turn.page for turn in self._turns)
        return self._walk.done or any(page is not None and not page.has_next for page in arrived)

    def _drop(self) -> None:
        for turn in self._turns:
            turn.dropped = True
        self._turns.clear()
