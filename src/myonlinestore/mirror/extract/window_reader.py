"""WindowReader: a list read in windows of time, so that no offset can shift unnoticed.

The windows follow each other from the beginning, and the last one is open: what is added or changed
meanwhile stands in a window that is yet to come. Several are read at once, and handed over in their
order. A window that holds too much is cut where the row in its middle is.

What lies an hour back cannot gain rows any more, only lose them. There the rows of a window are
counted first and then read on several pages: when as many different rows are found as were counted,
they are those that were counted. The rest, and what is recent, is read in windows of one page; a
single second that is too full for that is walked by offsets that overlap.
"""

from __future__ import annotations

import functools
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import anyio

from myonlinestore._concurrency.gather import gather
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.extract.batches import PAGE_SIZE, Batch, BatchHandler, batch_rows
from myonlinestore.mirror.extract.streams import FetchPage
from myonlinestore.mirror.extract.window import BLOCK_SIZE, Window
from myonlinestore.mirror.records import key_of, unwrap
from myonlinestore.pagination import aiterate_all

# The store's clock may be late by this, and by the hour or two that Dutch time is ahead of UTC.
_IMMUTABLE_AFTER = timedelta(hours=1)

CountRows: TypeAlias = Callable[..., Awaitable[int]]


class WindowReader:
    """A list call, read by the stamps of its rows.

    Args:
        fetch: the list call.
        count: the call that counts its rows, under the same filters.
        key: the field that tells rows apart.
        field: ``"created"`` or ``"changed"``, which moment of the rows.
        start: where to begin; MIN_TIMESTAMP for the very first row.
        end: the last second; None for whatever comes.
        expected: how many rows there are, if that is known.
        concurrency: how many requests are in flight at once.
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
        self._stamp: Callable[[object], datetime | None] = functools.partial(
            timestamps.row_timestamp, field="updated" if field == "changed" else field
        )
        self._settled_until = timestamps.utc_now() - _IMMUTABLE_AFTER
        settled = end is not None and end < self._settled_until
        self._windows = deque([Window(start, end, expected, settled)])
        self._concurrency = concurrency

    async def read(self, take: BatchHandler) -> None:
        """Give the rows of each window to `take`, and where the next one begins; in their order.

        Spans that wait are given at once.
        """
        self._changed = anyio.Event()
        self._in_flight = anyio.CapacityLimiter(self._concurrency)
        works = [self._work] * self._concurrency
        await gather(functools.partial(self._hand_over, take), *works)

    async def _hand_over(self, take: BatchHandler) -> None:
        """What was read waits for `take`, and what is to be read waits for that."""
        while self._windows:
            ready = self._ready()
            if not ready:
                await self._changed.wait()
                continue
            if ready[0].by_offsets:
                await self._walk(ready[0], take)
            await take([Batch(window.rows or (), window.after()) for window in ready])
            for _ in ready:
                self._windows.popleft()
            self._tell()

    def _ready(self) -> list[Window]:
        """The first windows, as far as they were read: half of what is held, at the most.

        The other half is read while they are written.
        """
        ready, pages = list[Window](), 0
        for window in self._windows:
            if window.rows is None or pages >= self._concurrency:
                break
            if window.by_offsets:
                return ready or [window]
            ready.append(window)
            pages += window.pages()
        return ready

    async def _work(self) -> None:
        while self._windows:
            window = self._claim()
            if window is None:
                await self._changed.wait()
                continue
            await self._read(window)
            self._tell()

    def _claim(self) -> Window | None:
        """The first window that nobody reads, unless enough is held that waits to be written."""
        held = sum(window.pages() for window in self._windows if window.claimed)
        enough = held >= 2 * self._concurrency + BLOCK_SIZE // PAGE_SIZE
        for window in self._windows:
            if not window.claimed:
                window.claimed = not enough or window is self._windows[0]
                return window if window.claimed else None
        return None

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    async def _read(self, window: Window) -> None:
        """Read one that fits; any other is cut, and what it is cut into is read in its turn."""
        if window.expected <= PAGE_SIZE and await self._fits_a_page(window):
            return
        if window.expected <= window.room() or window.is_smallest():
            window.expected = await self._counted(window)
            if window.settled and await self._fits_a_block(window):
                return
        if window.is_smallest():
            window.rows, window.by_offsets = (), True
        else:
            await self._cut(window)

    async def _fits_a_page(self, window: Window) -> bool:
        """Read it, if it is not more than one page."""
        rows = await self._page(window)
        if len(rows) < PAGE_SIZE:
            window.rows = rows
        return window.rows is not None

    async def _fits_a_block(self, window: Window) -> bool:
        """Read as many rows as were counted; they must all be there, different, and no more."""
        number = window.expected
        if number > BLOCK_SIZE:
            return False
        # The last page is not full, which shows that nothing follows it.
        pages: list[Sequence[Any]] = [()] * (number // PAGE_SIZE + 1)

        async def read(page: int) -> None:
            pages[page] = await self._page(window, page * PAGE_SIZE)

        await gather(*(functools.partial(read, page) for page in range(len(pages))))
        rows = list(itertools.chain.from_iterable(pages))
        keys = {key_of(row, self._key) for row in rows} - {None}
        window.settled = len(keys) == len(rows) == number
        if window.settled:
            window.rows = rows
        return window.settled

    async def _walk(self, window: Window, take: BatchHandler) -> None:
        """What is in a second that is too full. The cursor moves when all of it is written."""
        walk = aiterate_all(self._fetch, page_size=PAGE_SIZE, **self._filters(window))
        async with aclosing(batch_rows(walk)) as found:
            async for batch in found:
                await take([batch])

    async def _page(self, window: Window, offset: int = 0, limit: int = PAGE_SIZE) -> Sequence[Any]:
        async with self._in_flight:
            page = await self._fetch(**self._filters(window), limit=limit, offset=offset)
        return page.items

    async def _counted(self, window: Window) -> int:
        async with self._in_flight:
            return await self._count(**self._filters(window))

    def _filters(self, window: Window) -> dict[str, Any]:
        return timestamps.date_filters(self._field, window.low, window.high)

    async def _cut(self, window: Window) -> None:
        """Put two windows in the place of one that holds too much."""
        if window.holds(self._settled_until) and not window.settled:
            halves = window.cut_at(self._settled_until, window.expected)
            # To be counted first: nobody knows on which side the rows are.
            halves[0].expected, halves[0].settled = min(window.expected, BLOCK_SIZE), True
        else:
            number = window.middle()
            rows = await self._page(window, number, limit=1)
            if not rows:  # So much for the count: what the halves hold, their pages show.
                window.expected, window.settled = 0, False
            moment = self._stamp(unwrap(rows[0])) if rows else None
            halves = window.cut_at(moment, number)
        place = self._windows.index(window)
        del self._windows[place]
        for half in reversed(halves):
            self._windows.insert(place, half)
