"""Windows: a list read in spans of time that fit one page each, so that no offset can shift.

The spans follow each other from the beginning, and the last one is open: what is added or changed
meanwhile stands in a span that is yet to come. A span whose page comes back full is read again in
a smaller one; a single second that is still full is walked by offsets that overlap.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from myonlinestore.mirror import moments
from myonlinestore.mirror.moments import EARLIEST, SECOND
from myonlinestore.mirror.sources import FetchPage
from myonlinestore.pagination import aiterate_all

PAGE_SIZE = 100
# Wide enough to waste few requests, narrow enough that the page is seldom full.
_WANTED = 75
_MOST_GROWTH = 4.0
# Of a full page's rows, the share that the next attempt is to hold.
_SHARE = 0.8
# What the store's clock may be ahead, Dutch time included, before the last window is asked for.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Batch:
    """Rows to be written at once.

    Attributes:
        rows: what was read.
        cursor: up to where everything is read when they are written; None if that is no moment.
    """

    rows: Sequence[Any]
    cursor: datetime | None = None


class Windows:
    """A list call, walked by the stamps of its rows.

    Args:
        fetch: the list call.
        field: ``"created"`` or ``"changed"``, which moment of the rows.
        start: where to begin; EARLIEST for the very first row.
    """

    def __init__(self, fetch: FetchPage, field: str, start: datetime) -> None:
        self._fetch = fetch
        self._field = field
        self._stamp: Callable[[object], datetime | None] = functools.partial(
            moments.stamp_of, field="updated" if field == "changed" else field
        )
        self._low = start
        self._high: datetime | None = None

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """The rows of each window, and where the next one begins."""
        while True:
            rows = (await self._fetch(**self._filters(), limit=PAGE_SIZE, offset=0)).items
            if len(rows) < PAGE_SIZE:
                yield Batch(rows, self._after())
            elif self._high != self._low:
                self._narrow(rows)
                continue
            else:
                async for batch in self._walk_second():
                    yield batch
            if self._high is None:
                return
            self._go_on(len(rows))

    def _filters(self) -> dict[str, Any]:
        filters: dict[str, str] = {}
        if self._low > EARLIEST:
            filters[f"{self._field}_start_date"] = moments.text(self._low)
        if self._high is not None:
            filters[f"{self._field}_end_date"] = moments.text(self._high)
        return filters

    def _after(self) -> datetime | None:
        return None if self._high is None else self._high + SECOND

    def _narrow(self, rows: Sequence[object]) -> None:
        """To half of the window, or to less where the rows show that half is too much as well."""
        top = self._high or max(moments.now() + _AHEAD, self._low + _AHEAD)
        middle = self._low + (top - self._low) / 2
        stamps = sorted(filter(None, map(self._stamp, rows)))
        if len(stamps) == len(rows) and self._low <= stamps[0] <= stamps[-1] <= top:
            middle = min(middle, stamps[int(len(stamps) * _SHARE)])
        # A window is whole seconds: both its ends are in it.
        self._high = max(self._low, min(middle, top - SECOND)).replace(microsecond=0)

    def _go_on(self, rows: int) -> None:
        """To the next window, which is as wide as it may be to hold as many rows as are wanted."""
        assert self._high is not None  # noqa: S101 - an open window is the last
        width = self._high - self._low + SECOND
        width *= min(_MOST_GROWTH, _WANTED / max(rows, 1))
        self._low = self._high + SECOND
        high = (self._low + max(width - SECOND, timedelta())).replace(microsecond=0)
        self._high = None if high >= moments.now() + _AHEAD else high

    async def _walk_second(self) -> AsyncGenerator[Batch, None]:
        """All of one second. The cursor moves with the last batch only."""
        walk = aiterate_all(self._fetch, page_size=PAGE_SIZE, **self._filters())
        async with aclosing(batches(walk)) as found:
            async for batch in found:
                yield batch
        yield Batch((), self._after())


async def batches(rows: AsyncIterator[Any]) -> AsyncGenerator[Batch, None]:
    """Rows of a walk, a page at a time: what is written at once, and all that is held at once."""
    walk = cast("AsyncGenerator[Any, None]", rows)
    held: list[Any] = []
    async with aclosing(walk):
        async for row in walk:
            held.append(row)
            if len(held) == PAGE_SIZE:
                yield Batch(held)
                held = []
    if held:
        yield Batch(held)
