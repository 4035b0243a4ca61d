"""A list call with a count, and callbacks that control its calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from myonlinestore import ConnectError, PaginatedResponse
from myonlinestore._concurrency.sync import sync_method_overloaded
from myonlinestore.models import Article
from myonlinestore.pagination._count import attach_count

Page = PaginatedResponse[Any]
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
