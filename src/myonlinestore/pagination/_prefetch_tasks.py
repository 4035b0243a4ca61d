"""A walk whose pages are fetched by tasks, on asyncio and trio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, TypeVar

import anyio
from anyio.abc import TaskGroup

from myonlinestore._concurrency.event_loops import running_loop
from myonlinestore.pagination._page import PaginatedResponse
from myonlinestore.pagination._paginator import OffsetPaginator
from myonlinestore.pagination._prefetch import PendingPage, Prefetcher

T = TypeVar("T")
Fetch = Callable[[int], Coroutine[Any, Any, PaginatedResponse[Any]]]
Count = Callable[[], Coroutine[Any, Any, int]]


async def rows_by_tasks(
    fetch: Fetch, walk: OffsetPaginator[T], concurrency: int, count: Count | None = None
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
