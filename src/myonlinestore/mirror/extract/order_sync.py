"""OrderSync: the sync of orders, whose list has no filter for all changes.

It can be filtered by the day of an order, and by the time of its last status change. An incremental
sync reads the orders of recent days, which include all new ones, and those with a new status. An
older order that changes in another way is read by the next full refresh.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any

from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import UnseenRows
from myonlinestore.mirror.extract.incremental import (
    first_recent_day,
    resume_offset,
    with_overlap,
)
from myonlinestore.mirror.extract.stream_sync import MAX_ATTEMPTS, StreamSync
from myonlinestore.mirror.records import PAGE_SIZE, batch_rows, row_key
from myonlinestore.pagination import PaginatedResponse, aiterate_all


def order_filters(since: datetime, recent_day: str) -> list[dict[str, str]]:
    """Return the filters of the lists that contain new, recent and changed orders.

    Args:
        since: the time from which changes are read, in UTC; the store's own time is later.
        recent_day: the first day of the orders that are read again in any case.
    """
    return [
        {"start_date": min(since.date().isoformat(), recent_day)},
        {"status_changed_start_date": timestamps.format_timestamp(since)},
    ]


class OrderSync(StreamSync):
    """The syncs of the orders in one run."""

    async def _incremental(self, since: datetime) -> None:
        """Read the orders that are new, recent, or have a new status since a time."""
        await self._begin_sync(full=False, resume=False)
        await self._retry_rejects()
        await self._read_changed(since)
        if self._counter.unread:
            return
        self._counter.difference = await self._count_again(since)
        await self._in_thread(self._destination.finish_sync, self._table)

    async def _count_again(self, since: datetime) -> int:
        """Return the store's row count minus that of the copy, after reading the newest orders."""
        difference = await self._difference(UnseenRows())
        for _ in range(MAX_ATTEMPTS):
            if difference <= 0:
                break
            await self._read_filtered({"start_date": since.date().isoformat()})
            difference = await self._difference(UnseenRows())
        return difference

    async def _read_changed(self, since: datetime) -> None:
        """Read the orders that may have changed, and count those that cannot be read."""
        now = timestamps.earliest_now(self._counter.store_time)
        filters = order_filters(since, first_recent_day(self._options, now))
        counts = [await self._count(**one) or 0 for one in filters]
        if self._counter.total is None:
            self._counter.total = sum(counts)
            self._counter.notify()
        for one, counted in zip(filters, counts, strict=True):
            if counted:
                self._counter.unread += await self._read_filtered(one)

    async def _read_filtered(self, filters: dict[str, str]) -> int:
        """Read a filtered list until it has the rows that are counted. Return how many it lacks."""
        keys = set[object]()
        missing = 0
        for _ in range(MAX_ATTEMPTS):
            async with aclosing(batch_rows(self._iterate(**filters))) as batches:
                async for batch in batches:
                    await self._write(batch.rows, None)
                    keys.update(row_key(row, self._stream.key) for row in batch.rows)
            missing = (await self._count(**filters) or 0) - len(keys)
            if missing <= 0:
                break
        return max(0, missing)

    async def _read_full(self, *, by_offsets: bool) -> bool:
        """Read all orders once, from where an interrupted refresh has ended. Return False.

        Orders are listed by number, so that new ones are at the end.
        """
        state = await self._begin_sync(full=True, resume=not by_offsets)
        offset = resume_offset(state)
        if offset:
            await self._retry_rejects()
        await self._read_from(offset)
        if offset:
            await self._read_changed(with_overlap(state.started_at, self._options))
        return False

    async def _read_from(self, start: int) -> None:
        """Read all rows from an offset on, and save the offset with each batch."""
        if start and self._counter.total is not None:
            self._counter.total = max(0, self._counter.total - start)
        offset = start
        rows = self._iterate_from(start) if start else self._iterate()
        async with aclosing(batch_rows(rows)) as batches:
            async for batch in batches:
                offset += len(batch.rows)
                await self._write(batch.rows, f"offset {offset}")

    def _iterate(self, **filters: Any) -> AsyncIterator[Any]:
        pages = (self._counter.total or 0) // (PAGE_SIZE - 1)
        concurrency = max(1, min(self._options.concurrency, pages))
        return aiterate_all(self._fetch, page_size=PAGE_SIZE, concurrency=concurrency, **filters)

    def _iterate_from(self, start: int) -> AsyncIterator[Any]:
        async def fetch(*, limit: int, offset: int) -> PaginatedResponse[Any]:
            page = await self._fetch(limit=limit, offset=start + offset)
            return replace(page, offset=offset)

        return aiterate_all(fetch, page_size=PAGE_SIZE, concurrency=self._options.concurrency)
