"""Read a list in windows of time, so that rows cannot shift between pages unnoticed.

The windows cover the list from its first row, in order; the last one has no end. A row that is
added or changed during the read belongs to a window that is read later. Several windows are read
at once, and their rows are passed on in the order of the windows. A window with too many rows is
split at the row in its middle.

Windows that end more than an hour ago are immutable except for deletions. Their rows are counted,
then read from several pages at once; if the number of distinct keys equals the count, the window
is complete. Otherwise, and for recent windows, one window is at most one page. A single second
with more rows than a page holds is read with overlapping offsets.

Three kinds of tasks are connected by memory object streams::

    scheduler ── windows to read ──> workers ──┐
        │                                      ├── updates ──> scheduler
        └────── windows to write ──> writer ───┘

The scheduler keeps the windows in order. It starts to read a window only if the rows in memory
leave space for it, and gives the writer the windows at the front whose rows are complete.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from myonlinestore._concurrency.gather import gather
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.extract.streams import FetchPage
from myonlinestore.mirror.records import PAGE_SIZE, Batch, BatchHandler, batch_rows, row_key, unwrap
from myonlinestore.mirror.timestamps import SECOND
from myonlinestore.pagination import aiterate_all

# A row that is created now has a later date than UTC minus this: dates are in Dutch time, which is
# one or two hours ahead of UTC, and the store's clock may even be slow.
_IMMUTABLE_AFTER = timedelta(hours=1)

# The most rows that one count verifies, and that one worker holds: few counts, little memory.
BLOCK_SIZE = 500
# Rows of one second are not separated, so a half can hold a few more rows than intended.
_SPLIT_MARGIN_ROWS = 10
# A page with fewer rows than are counted is read again this many times.
_MAX_PAGE_ATTEMPTS = 3
# The store's clock and its time zone may be ahead of this machine's UTC by less than this.
_CLOCK_SKEW = timedelta(days=1)

CountRows: TypeAlias = Callable[..., Awaitable[int]]


@dataclass(eq=False)
class Window:
    """A period of whole seconds in a list, both ends included.

    Attributes:
        low: the first second.
        high: the last second, or None if the window has no end.
        expected: the estimated number of rows.
        is_immutable: True if rows can be deleted from the window but not added, so that its rows
            can be counted first. It becomes False if a count disagrees with the rows.
        in_progress: True from the start of reading.
        rows: the rows, once all of them are read.
        by_offsets: True if the window holds too many rows for memory and cannot be split.
        is_short: True if the store counts more rows than it lists.
    """

    low: datetime
    high: datetime | None
    expected: int = 0
    is_immutable: bool = False
    in_progress: bool = False
    rows: Sequence[Any] | None = None
    by_offsets: bool = False
    is_short: bool = False

    @property
    def capacity(self) -> int:
        """The maximum number of rows to read without a split."""
        return BLOCK_SIZE if self.is_immutable else PAGE_SIZE

    @property
    def page_count(self) -> int:
        """The number of pages that the window holds in memory; 0 if it must be split."""
        return max(1, math.ceil(self.expected / PAGE_SIZE)) if self.expected <= BLOCK_SIZE else 0

    def is_smallest(self) -> bool:
        """Return True if the window cannot be split: one second, or only future dates."""
        if self.high is None:
            return self.low >= timestamps.utc_now() + _CLOCK_SKEW
        return self.low == self.high

    @property
    def next_start(self) -> datetime | None:
        """The first second of the next window, or None if this one has no end."""
        return None if self.high is None else self.high + SECOND

    def contains(self, timestamp: datetime) -> bool:
        """Return True if the timestamp is in the window after its first second."""
        return self.low < timestamp and (self.high is None or timestamp <= self.high)

    @property
    def split_offset(self) -> int:
        """The offset of the row to split at, so that each read of the first half is full."""
        target = self.capacity - _SPLIT_MARGIN_ROWS
        return target * max(1, round(self.expected / 2 / target))

    def split_at(self, timestamp: datetime | None, offset: int) -> tuple[Window, Window]:
        """Return two windows, of which the second starts at `timestamp`.

        Args:
            timestamp: the time of the row at `offset`, or None. Without a time within the window,
                it is split at half its duration; if all earlier rows are in its first second,
                after that.
            offset: the number of rows expected in the first window.
        """
        if timestamp == self.low:
            timestamp = self.low + SECOND
        elif timestamp is None or not self.contains(timestamp):
            timestamp, offset = self._midpoint(), self.expected // 2
        return (
            Window(self.low, timestamp - SECOND, min(offset, self.expected), self.is_immutable),
            Window(timestamp, self.high, max(0, self.expected - offset), self.is_immutable),
        )

    def _midpoint(self) -> datetime:
        end = self.next_start or max(timestamps.utc_now(), self.low) + _CLOCK_SKEW
        midpoint = (self.low + (end - self.low) / 2).replace(microsecond=0)
        return max(midpoint, self.low + SECOND)


_Update: TypeAlias = tuple[list[Window], list[Window]]
"""Consecutive windows, and those that replace them: halves, or none once they are written."""


class WindowReader:
    """Reads a list by the created or changed dates of its rows.

    Args:
        fetch: the list call.
        count: the call that counts the rows for the same filters.
        key: the field that identifies a row.
        field: ``"created"`` or ``"changed"``, the date to filter by.
        start: the first second; MIN_TIMESTAMP for all rows.
        end: the last second; None for no end.
        expected: the number of rows, if known.
        concurrency: the maximum number of requests in flight.
    """

    def __init__(
        self,
        fetch: FetchPage,
        count: CountRows,
        key: str,
        field: str,
        start: datetime,
        *,
        end: datetime | None = None,
        expected: int = 0,
        concurrency: int = 1,
    ) -> None:
        self._fetch = fetch
        self._count = count
        self._key = key
        self._field = field
        self._row_timestamp: Callable[[object], datetime | None] = functools.partial(
            timestamps.row_timestamp, field="updated" if field == "changed" else field
        )
        self._immutable_until = timestamps.utc_now() - _IMMUTABLE_AFTER
        is_immutable = end is not None and end < self._immutable_until
        self._windows = [Window(start, end, expected, is_immutable)]
        self._concurrency = concurrency

    async def read(self, on_batches: BatchHandler) -> None:
        """Read all windows, and pass each one's rows and the start of the next to `on_batches`.

        Windows that are complete when `on_batches` returns are passed together in the next call.
        """
        self._in_flight = anyio.CapacityLimiter(self._concurrency)
        to_read, to_workers = anyio.create_memory_object_stream[Window](self._concurrency)
        to_write, to_writer = anyio.create_memory_object_stream[list[Window]](1)
        send_update, updates = anyio.create_memory_object_stream[_Update](math.inf)
        with to_read, to_workers, to_write, to_writer, send_update, updates:
            worker = functools.partial(self._read_windows, to_workers, send_update)
            await gather(
                functools.partial(self._schedule, to_read, to_write, updates),
                functools.partial(self._write_windows, to_writer, send_update, on_batches),
                *[worker] * self._concurrency,
            )

    async def _schedule(
        self,
        to_read: MemoryObjectSendStream[Window],
        to_write: MemoryObjectSendStream[list[Window]],
        updates: MemoryObjectReceiveStream[_Update],
    ) -> None:
        """Distribute windows to the workers and the writer until all of them are written."""
        writing: list[Window] = []
        with to_read, to_write:
            while self._windows:
                while window := self._select_next_to_read():
                    window.in_progress = True
                    to_read.send_nowait(window)
                if not writing and (writing := self._select_next_to_write()):
                    to_write.send_nowait(writing)
                old, new = await updates.receive()
                if old is writing:
                    writing = []
                position = self._windows.index(old[0])
                self._windows[position : position + len(old)] = new

    def _select_next_to_read(self) -> Window | None:
        """Return the first unread window, or None if the workers or the memory are fully used.

        The window at the front is always read, since everything else is written after it.
        """
        started = [window for window in self._windows if window.in_progress]
        if sum(window.rows is None for window in started) >= self._concurrency:
            return None
        max_pages = 2 * self._concurrency + BLOCK_SIZE // PAGE_SIZE
        is_full = sum(window.page_count for window in started) >= max_pages
        window = next((window for window in self._windows if not window.in_progress), None)
        return None if is_full and window is not self._windows[0] else window

    def _select_next_to_write(self) -> list[Window]:
        """Return the complete windows at the front, up to half of the pages that fit in memory.

        The other half is read while these are written.
        """
        ready, pages = list[Window](), 0
        for window in self._windows:
            if window.rows is None or pages >= self._concurrency:
                break
            if window.by_offsets:
                return ready or [window]
            ready.append(window)
            pages += window.page_count
        return ready

    async def _write_windows(
        self,
        windows: MemoryObjectReceiveStream[list[Window]],
        updates: MemoryObjectSendStream[_Update],
        on_batches: BatchHandler,
    ) -> None:
        """Pass windows to `on_batches`, and report them as written.

        After a window with fewer rows than are counted, no batch is complete.
        """
        is_complete = True
        async for ready in windows:
            if ready[0].by_offsets:
                await self._read_by_offset(ready[0], on_batches)
            batches = list[Batch]()
            for window in ready:
                is_complete = is_complete and not window.is_short
                batches.append(Batch(window.rows or (), window.next_start, is_complete))
            await on_batches(batches)
            updates.send_nowait((ready, []))

    async def _read_windows(
        self,
        windows: MemoryObjectReceiveStream[Window],
        updates: MemoryObjectSendStream[_Update],
    ) -> None:
        """Read windows, and report each as read or split."""
        async for window in windows:
            updates.send_nowait(([window], await self._read(window)))

    async def _read(self, window: Window) -> list[Window]:
        """Return the window with its rows, or its halves if it holds too many rows."""
        if window.expected <= PAGE_SIZE and await self._try_read_page(window):
            return [window]
        if window.expected <= window.capacity or window.is_smallest():
            window.expected = await self._count_rows(window)
            if window.is_immutable and await self._try_read_block(window):
                return [window]
        if window.is_smallest():
            window.rows, window.by_offsets = (), True
            return [window]
        return await self._split(window)

    async def _try_read_page(self, window: Window) -> bool:
        """Read one page. Return True if that is all of the window."""
        rows = await self._fetch_page(window)
        if len(rows) < min(window.expected, PAGE_SIZE):
            rows = await self._confirm_page(window, rows)
        if len(rows) < PAGE_SIZE:
            window.rows = rows
        return window.rows is not None

    async def _confirm_page(self, window: Window, rows: Sequence[Any]) -> Sequence[Any]:
        """Compare a page that has fewer rows than expected with the count, and read it again.

        Return the last page read. `is_short` is True if it has fewer rows than are counted.
        """
        window.is_short = len(rows) < await self._count_rows(window)
        for _ in range(_MAX_PAGE_ATTEMPTS):
            if not window.is_short:
                break
            rows = await self._fetch_page(window)
            window.is_short = len(rows) < await self._count_rows(window)
        return rows

    async def _try_read_block(self, window: Window) -> bool:
        """Read the pages of a counted window. Return True if the distinct keys equal the count."""
        count = window.expected
        if count > BLOCK_SIZE:
            return False
        # The last page is not full, which shows that no row follows it.
        pages: list[Sequence[Any]] = [()] * (count // PAGE_SIZE + 1)

        async def read(number: int) -> None:
            pages[number] = await self._fetch_page(window, number * PAGE_SIZE)

        await gather(*(functools.partial(read, number) for number in range(len(pages))))
        rows = list(itertools.chain.from_iterable(pages))
        keys = {row_key(row, self._key) for row in rows} - {None}
        window.is_immutable = len(keys) == len(rows) == count
        if window.is_immutable:
            window.rows = rows
        return window.is_immutable

    async def _read_by_offset(self, window: Window, on_batches: BatchHandler) -> None:
        """Pass on the pages of a second with too many rows, without a new cursor."""
        rows = aiterate_all(self._fetch, page_size=PAGE_SIZE, **self._build_filters(window))
        async with aclosing(batch_rows(rows)) as batches:
            async for batch in batches:
                await on_batches([batch])

    async def _fetch_page(
        self, window: Window, offset: int = 0, limit: int = PAGE_SIZE
    ) -> Sequence[Any]:
        async with self._in_flight:
            page = await self._fetch(**self._build_filters(window), limit=limit, offset=offset)
        return page.items

    async def _count_rows(self, window: Window) -> int:
        async with self._in_flight:
            return await self._count(**self._build_filters(window))

    def _build_filters(self, window: Window) -> dict[str, Any]:
        return timestamps.date_filters(self._field, window.low, window.high)

    async def _split(self, window: Window) -> list[Window]:
        """Return the two halves of a window with too many rows."""
        if window.contains(self._immutable_until) and not window.is_immutable:
            older, newer = window.split_at(self._immutable_until, window.expected)
            # The distribution of the rows over the halves is unknown, so the older one is counted.
            older.expected, older.is_immutable = min(window.expected, BLOCK_SIZE), True
            return [older, newer]
        offset = window.split_offset
        rows = await self._fetch_page(window, offset, limit=1)
        if not rows:  # The count was wrong; the pages of the halves show how many rows there are.
            window.expected, window.is_immutable = 0, False
        timestamp = self._row_timestamp(unwrap(rows[0])) if rows else None
        return list(window.split_at(timestamp, offset))
