"""A walk whose pages are fetched by threads, for sync code, in a running event loop too."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any, TypeVar

from myonlinestore.pagination._page import PaginatedResponse
from myonlinestore.pagination._paginator import OffsetPaginator
from myonlinestore.pagination._prefetch import PendingPage, Prefetcher

T = TypeVar("T")
Fetch = Callable[[int], PaginatedResponse[Any]]
Count = Callable[[], int]

# Seconds that the end of a walk waits for calls in flight: a thread cannot be cancelled.
_GRACE_SECONDS = 1.0


def rows_by_threads(
    fetch: Fetch, walk: OffsetPaginator[T], concurrency: int, count: Count | None = None
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
