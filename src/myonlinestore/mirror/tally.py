"""Tally: what was done for one resource so far."""

from __future__ import annotations

import functools
import time
from typing import Any

from myonlinestore.client import ConnectClient
from myonlinestore.mirror.destination import Changes, State
from myonlinestore.mirror.report import OnProgress, ResourceReport
from myonlinestore.mirror.sources import FetchPage, Source
from myonlinestore.pagination import PaginatedResponse


class Tally:
    """Counts the calls and rows of a resource, and tells how far it is."""

    def __init__(
        self, source: Source, client: ConnectClient, on_progress: OnProgress | None
    ) -> None:
        self._source = source
        self._client = client
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._requests = 0
        self.total: int | None = None
        self.read: int = 0
        self.new: int = 0
        self.changed: int = 0
        self.deleted: int = 0

    @property
    def fetch(self) -> FetchPage:
        """The list call; it is counted."""
        fetch = self._source.pages(self._client)

        @functools.wraps(fetch)
        async def counted(**filters: Any) -> PaginatedResponse[Any]:
            self._requests += 1
            return await fetch(**filters)

        return counted

    async def count(self, **filters: str) -> int | None:
        """How many rows the store has, where the vendor tells."""
        if self._source.count is None:
            return None
        self._requests += 1
        return await self._source.count(self._client)(**filters)

    def add(self, rows: int, changes: Changes) -> None:
        """Count what was written."""
        self.read += rows
        self.new += changes.new
        self.changed += changes.changed
        self.tell()

    def report(self, state: State, difference: int) -> ResourceReport:
        """The end of it."""
        self.total = self.read
        self.tell()
        return ResourceReport(
            resource=self._source.name,
            rows=state.held,
            new=self.new,
            changed=self.changed,
            deleted=self.deleted,
            requests=self._requests,
            seconds=time.perf_counter() - self._started,
            read=self.read,
            rejected=state.rejects,
            difference=difference,
            full=state.full,
        )

    def tell(self) -> None:
        """Tell the caller's progress."""
        if self._on_progress is not None:
            self._on_progress(self._source.name, self.read, self.total)
