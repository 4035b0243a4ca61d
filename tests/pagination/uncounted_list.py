"""A list call without a count."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from myonlinestore import PaginatedResponse

Page = PaginatedResponse[Any]


class UncountedList:
    """A list call over rows that do not change; each call calls `on_call` before it returns."""

    def __init__(
        self, rows: list[Any], on_call: Callable[[int], Any] = lambda offset: None
    ) -> None:
        self.rows = rows
        self.on_call = on_call
        self.requested: list[int] = []
        self.in_flight = self.max_in_flight = 0
        self._lock = threading.Lock()

    def list(self, *, limit: int, offset: int, **filters: Any) -> Page:
        """Return a page of the rows."""
        self._begin(offset)
        try:
            self.on_call(offset)
        finally:
            self._end()
        return Page(self.rows[offset : offset + limit], limit, offset)

    async def alist(self, *, limit: int, offset: int, **filters: Any) -> Page:
        """Return what `list` returns; `on_call` is a coroutine function."""
        self._begin(offset)
        try:
            await self.on_call(offset)
        finally:
            self._end()
        return Page(self.rows[offset : offset + limit], limit, offset)

    def _begin(self, offset: int) -> None:
        with self._lock:
            self.requested.append(offset)
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def _end(self) -> None:
        with self._lock:
            self.in_flight -= 1
