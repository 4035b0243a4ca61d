"""Windows: a list read in spans of time, so that no offset can shift unnoticed.

The spans follow each other from the beginning, and the last one is open: what is added or changed
meanwhile stands in a span that is yet to come. Several are read at once, and handed over in their
order. A span that holds too much is cut where the row in its middle is.

What lies an hour back cannot gain rows any more, only lose them. There the rows of a span are
counted first and then read on several pages: when as many different rows are found as were counted,
they are those that were counted. Anything else, and what is recent, is read in spans of one page; a
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
from myonlinestore.mirror import timestamps as moments
from myonlinestore.mirror.extract.batches import PAGE_SIZE, Batch, Take, pages_of
from myonlinestore.mirror.extract.streams import FetchPage
from myonlinestore.mirror.extract.window import BLOCK_SIZE, Span
from myonlinestore.mirror.records import key_of, plain
from myonlinestore.pagination import aiterate_all

# The store's clock may be late by this, and by the hour or two that Dutch time is ahead of UTC.
_SETTLED_AFTER = timedelta(hours=1)

CountRows: TypeAlias = Callable[..., Awaitable[int]]


class Windows:
    """A list call, read by the stamps of its rows.

    Args:
        fetch: the list call.
        count: the call that counts its rows, under the same filters.
        key: the field that tells rows apart.
        field: ``"created"`` or ``"changed"``, which moment of the rows.
        start: where to begin; EARLIEST for the very first row.
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
            moments.stamp_of, field="updated" if field == "changed" else field
        )
        self._settled_until = moments.now() - _SETTLED_AFTER
        settled = end is not None and end < self._settled_until
        self._spans = deque([Span(start, end, expected, settled)])
        self._concurrency = concurrency

    async def read(self, take: Take) -> None:
        """Give the rows of each span to `take`, and where the next one begins; in their order.

        Spans that wait are given at once.
        """
        self._changed = anyio.Event()
        self._in_flight = anyio.CapacityLimiter(self._concurrency)
        works = [self._work] * self._concurrency
        await gather(functools.partial(self._hand_over, take), *works)

    async def _hand_over(self, take: Take) -> None:
        """What was read waits for `take`, and what is to be read waits for that."""
        while self._spans:
            ready = self._ready()
            if not ready:
                await self._changed.wait()
                continue
            if ready[0].by_offsets:
                await self._walk(ready[0], take)
            await take([Batch(span.rows or (), span.after()) for span in ready])
            for _ in ready:
                self._spans.popleft()
            self._tell()

    def _ready(self) -> list[Span]:
        """The first spans, as far as they were read: half of what is held, at the most.

        The other half is read while they are written.
        """
        ready, pages = list[Span](), 0
        for span in self._spans:
            if span.rows is None or pages >= self._concurrency:
                break
            if span.by_offsets:
                return ready or [span]
            ready.append(span)
            pages += span.pages()
        return ready

    async def _work(self) -> None:
        while self._spans:
            span = self._claim()
            if span is None:
                await self._changed.wait()
                continue
            await self._read(span)
            self._tell()

    def _claim(self) -> Span | None:
        """The first span that nobody reads, unless enough is held that waits to be written."""
        held = sum(span.pages() for span in self._spans if span.claimed)
        enough = held >= 2 * self._concurrency + BLOCK_SIZE // PAGE_SIZE
        for span in self._spans:
            if not span.claimed:
                span.claimed = not enough or span is self._spans[0]
                return span if span.claimed else None
        return None

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    async def _read(self, span: Span) -> None:
        """Read one that fits; any other is cut, and what it is cut into is read in its turn."""
        if span.expected <= PAGE_SIZE and await self._fits_a_page(span):
            return
        if span.expected <= span.room() or span.is_smallest():
            span.expected = await self._counted(span)
            if span.settled and await self._fits_a_block(span):
                return
        if span.is_smallest():
            span.rows, span.by_offsets = (), True
        else:
            await self._cut(span)

    async def _fits_a_page(self, span: Span) -> bool:
        """Read it, if it is not more than one page."""
        rows = await self._page(span)
        if len(rows) < PAGE_SIZE:
            span.rows = rows
        return span.rows is not None

    async def _fits_a_block(self, span: Span) -> bool:
        """Read as many rows as were counted; they must all be there, different, and no more."""
        number = span.expected
        if number > BLOCK_SIZE:
            return False
        # The last page is not full, which shows that nothing follows it.
        pages: list[Sequence[Any]] = [()] * (number // PAGE_SIZE + 1)

        async def read(page: int) -> None:
            pages[page] = await self._page(span, page * PAGE_SIZE)

        await gather(*(functools.partial(read, page) for page in range(len(pages))))
        rows = list(itertools.chain.from_iterable(pages))
        keys = {key_of(row, self._key) for row in rows} - {None}
        span.settled = len(keys) == len(rows) == number
        if span.settled:
            span.rows = rows
        return span.settled

    async def _walk(self, span: Span, take: Take) -> None:
        """What is in a second that is too full. The cursor moves when all of it is written."""
        walk = aiterate_all(self._fetch, page_size=PAGE_SIZE, **self._filters(span))
        async with aclosing(pages_of(walk)) as found:
            async for batch in found:
                await take([batch])

    async def _page(self, span: Span, offset: int = 0, limit: int = PAGE_SIZE) -> Sequence[Any]:
        async with self._in_flight:
            page = await self._fetch(**self._filters(span), limit=limit, offset=offset)
        return page.items

    async def _counted(self, span: Span) -> int:
        async with self._in_flight:
            return await self._count(**self._filters(span))

    def _filters(self, span: Span) -> dict[str, Any]:
        return moments.between(self._field, span.low, span.high)

    async def _cut(self, span: Span) -> None:
        """Put two spans in the place of one that holds too much."""
        if span.holds(self._settled_until) and not span.settled:
            halves = span.cut_at(self._settled_until, span.expected)
            # To be counted first: nobody knows on which side the rows are.
            halves[0].expected, halves[0].settled = min(span.expected, BLOCK_SIZE), True
        else:
            number = span.middle()
            rows = await self._page(span, number, limit=1)
            if not rows:  # So much for the count: what the halves hold, their pages show.
                span.expected, span.settled = 0, False
            moment = self._stamp(plain(rows[0])) if rows else None
            halves = span.cut_at(moment, number)
        place = self._spans.index(span)
        del self._spans[place]
        for half in reversed(halves):
            self._spans.insert(place, half)
