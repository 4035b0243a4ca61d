"""Windows: a list read in spans of time that fit one page each, so that no offset can shift.

The spans follow each other from the beginning, and the last one is open: what is added or changed
meanwhile stands in a span that is yet to come. Several are read at once, and handed over in their
order. A span that holds more than a page is cut into parts, by how many rows the store counts in
it; a single second that still is too full is walked by offsets that overlap.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import anyio

from myonlinestore.mirror import moments
from myonlinestore.mirror.batches import PAGE_SIZE, Batch, Take, pages_of
from myonlinestore.mirror.moments import SECOND
from myonlinestore.mirror.rejects import plain
from myonlinestore.mirror.sources import FetchPage
from myonlinestore.mirror.together import together
from myonlinestore.pagination import aiterate_all

# Wide enough to waste few requests, narrow enough that the page is seldom full.
_WANTED = 85
_MOST_PARTS = 16
_COUNTED_PARTS = 8
# What the store's clock may be ahead, Dutch time included, before the last window is asked for.
_AHEAD = timedelta(days=1)


CountRows: TypeAlias = Callable[..., Awaitable[int]]


@dataclass(eq=False)
class _Window:
    """A span of whole seconds, both ends in it; `expected` rows: a guess, unless it was counted."""

    low: datetime
    high: datetime | None
    expected: float = 0
    counted: bool = False
    claimed: bool = False
    rows: Sequence[Any] | None = None
    by_offsets: bool = False

    def is_smallest(self) -> bool:
        """Whether it cannot be cut: a second, or all that is dated in the future."""
        if self.high is None:
            return self.low >= moments.now() + _AHEAD
        return self.low == self.high

    def after(self) -> datetime | None:
        """Where the next window begins."""
        return None if self.high is None else self.high + SECOND

    def end(self) -> datetime:
        """As `after`; for an open window, a moment that none but odd rows come after."""
        return self.after() or max(moments.now(), self.low) + _AHEAD

    def parts(self, begin: datetime, width: timedelta, number: int) -> list[_Window]:
        """So many parts from `begin` on, what comes before them, and what comes after."""
        end = self.end()
        edges = ((begin + part * width).replace(microsecond=0) for part in range(number + 1))
        starts = sorted({self.low, *(edge for edge in edges if edge < end)})
        parts = [
            _Window(low, high - SECOND, self.expected / number)
            for low, high in itertools.pairwise([*starts, end])
        ]
        return parts if self.high else [*parts, _Window(end, None)]


class Windows:
    """A list call, read by the stamps of its rows.

    Args:
        fetch: the list call.
        count: the call that counts its rows, under the same filters.
        field: ``"created"`` or ``"changed"``, which moment of the rows.
        start: where to begin; EARLIEST for the very first row.
        concurrency: how many windows are read at once.
    """

    def __init__(
        self,
        fetch: FetchPage,
        count: CountRows,
        field: str,
        start: datetime,
        concurrency: int = 1,
    ) -> None:
        self._fetch = fetch
        self._count = count
        self._field = field
        self._stamp: Callable[[object], datetime | None] = functools.partial(
            moments.stamp_of, field="updated" if field == "changed" else field
        )
        self._windows = deque([_Window(start, None)])
        self._concurrency = concurrency

    async def read(self, take: Take) -> None:
        """Give the rows of each window to `take`, and where the next one begins; in their order.

        Windows that wait are given at once.
        """
        self._changed = anyio.Event()
        works = [self._work] * self._concurrency
        await together(functools.partial(self._hand_over, take), *works)

    async def _hand_over(self, take: Take) -> None:
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

    def _ready(self) -> list[_Window]:
        """The first windows, as far as they were read: half of what is held, at the most.

        The other half is read while they are written.
        """
        first = list(itertools.islice(self._windows, self._concurrency))
        if first and first[0].by_offsets:
            return first[:1]
        return list(itertools.takewhile(lambda w: w.rows is not None and not w.by_offsets, first))

    async def _work(self) -> None:
        while self._windows:
            window = self._claim()
            if window is None:
                await self._changed.wait()
                continue
            await self._read(window)
            self._tell()

    def _claim(self) -> _Window | None:
        """The first window that nobody reads, unless enough are held that wait to be written."""
        held = sum(window.claimed for window in self._windows)
        for window in self._windows:
            if not window.claimed:
                if held >= 2 * self._concurrency and window is not self._windows[0]:
                    return None
                window.claimed = True
                return window
        return None

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    async def _read(self, window: _Window) -> None:
        smallest = window.is_smallest()
        if window.expected > PAGE_SIZE and not smallest:
            await self._cut(window, ())
            return
        page = await self._fetch(**self._filters(window), limit=PAGE_SIZE, offset=0)
        if len(page.items) < PAGE_SIZE:
            window.rows = page.items
        elif smallest:
            window.rows, window.by_offsets = (), True
        else:
            await self._measure(window)
            await self._cut(window, page.items)

    async def _walk(self, window: _Window, take: Take) -> None:
        """What is in a window that cannot be cut. The cursor moves when all of it is written."""
        walk = aiterate_all(self._fetch, page_size=PAGE_SIZE, **self._filters(window))
        async with aclosing(pages_of(walk)) as found:
            async for batch in found:
                await take([batch])

    def _filters(self, window: _Window) -> dict[str, Any]:
        return moments.between(self._field, window.low, window.high)

    async def _measure(self, window: _Window) -> None:
        window.expected = await self._count(**self._filters(window))
        window.counted = True

    async def _cut(self, window: _Window, rows: Sequence[object]) -> None:
        """Put smaller windows in the place of one that holds more than a page.

        Those that may hold more than a page as well are counted first; neighbours that turn out to
        hold little are one window again.
        """
        pages = max(2, math.ceil(window.expected / _WANTED))
        number = pages if pages <= _MOST_PARTS else _COUNTED_PARTS
        begin, span = self._where(window, rows, pages)
        parts = window.parts(begin, span / number, number)
        unsure = [p for p in parts if number < pages or not begin <= p.low < begin + span]
        await together(*(functools.partial(self._measure, part) for part in unsure))
        place = self._windows.index(window)
        del self._windows[place]
        for part in reversed(_joined(parts)):
            self._windows.insert(place, part)

    def _where(
        self, window: _Window, rows: Sequence[object], pages: int
    ) -> tuple[datetime, timedelta]:
        """Where so many pages lie in a window, and over which span, as far as one page tells.

        Most shops have most of their articles from a few days.
        """
        stamps = sorted(filter(None, map(self._stamp, map(plain, rows))))
        end = window.end()
        if not stamps or not window.low <= stamps[0] <= stamps[-1] < end:
            return window.low, end - window.low
        span = max((stamps[-1] - stamps[0]) * _WANTED / PAGE_SIZE, SECOND) * pages
        return stamps[0], min(span, end - stamps[0])


def _joined(parts: Sequence[_Window]) -> list[_Window]:
    """Neighbours that were counted and together fit one page, as one."""
    joined = [parts[0]]
    for part in parts[1:]:
        last, both = joined[-1], joined[-1].expected + part.expected
        if last.counted and part.counted and both <= _WANTED:
            last.high, last.expected = part.high, both
        else:
            joined.append(part)
    return joined
