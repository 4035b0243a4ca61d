"""DeletionFinder: find the rows that the store has deleted, without reading all of them."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from myonlinestore._codec.decode import decode
from myonlinestore._concurrency.gather import gather
from myonlinestore.exceptions import DecodeError
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.extract.reconcile import Discrepancies
from myonlinestore.mirror.extract.streams import FetchPage
from myonlinestore.mirror.extract.window_reader import CountRows, WindowReader
from myonlinestore.mirror.records import PAGE_SIZE, Batch, Reject, row_key
from myonlinestore.mirror.timestamps import MAX_TIMESTAMP, MIN_TIMESTAMP, SECOND, date_filters
from myonlinestore.models import Model

DATE_COLUMNS = ("created_date", "created_time")
"""The columns of a row's created date."""


class _CreatedRow(Model):
    """The created date of a row that cannot be decoded as a whole."""

    created_date: str | None = None
    created_time: str | None = None


@dataclass(frozen=True)
class CopiedRows:
    """The rows of a copy by their created dates.

    Attributes:
        dates: the created dates in order; those before 2000 as MIN_TIMESTAMP.
        keys: the key of each date's row; None for a row that could not be decoded or written.
        undated: the keys of the rows without a created date.
    """

    dates: Sequence[datetime] = ()
    keys: Sequence[object] = ()
    undated: Sequence[object] = ()

    @classmethod
    def load(
        cls, rows: Iterable[tuple[object, object, object]], rejects: Iterable[Reject]
    ) -> CopiedRows:
        """Return the rows of a copy, and the rejects of which the copy has no row.

        Args:
            rows: key, created date and created time of each row.
            rejects: the rejects of the resource.
        """
        dated, undated, copied = list[tuple[datetime, object]](), list[object](), set[str]()
        for key, day, time in rows:
            date = timestamps.parse_date_and_time(day, time)
            copied.add(str(key))
            undated.append(key) if date is None else dated.append((date, key))
        for reject in rejects:
            if str(reject.key) not in copied and (date := _created_date(reject)) is not None:
                dated.append((date, None))
        dated.sort(key=lambda row: row[0])
        dates = [max(date, MIN_TIMESTAMP) for date, _ in dated]
        return cls(dates, [key for _, key in dated], undated)


@dataclass(frozen=True)
class _Span:
    """A window of created dates, and the positions of its rows in the copy.

    Attributes:
        start: the position of the first row.
        end: the position after the last row.
        low: the first second.
        high: the last second; None for no end.
    """

    start: int
    end: int
    low: datetime
    high: datetime | None

    @property
    def row_count(self) -> int:
        """The number of rows in the copy."""
        return self.end - self.start

    @property
    def filters(self) -> dict[str, Any]:
        """The filters for the rows of the window."""
        return date_filters("created", self.low, self.high)


class DeletionFinder:
    """Compares the windows of a copy with the store's counts.

    A window whose counts differ is halved, until reading its pages takes no more requests than
    counting further. One deleted row among N takes about log2(N / 100) counts and one page; no
    number of deleted rows takes more than about twice the requests of reading all rows.

    Args:
        copy: the rows of the copy.
        fetch: the list call.
        count: the call that counts the rows for the same filters.
        key: the field that identifies a row.
        key_filter: the list call's filter by keys; None if it has none.
    """

    def __init__(
        self,
        copy: CopiedRows,
        fetch: FetchPage,
        count: CountRows,
        key: str,
        key_filter: str | None,
    ) -> None:
        self._copy = copy
        self._fetch = fetch
        self._count = count
        self._key = key
        self._key_filter = key_filter

    async def find(self, counted: int) -> Discrepancies:
        """Return the rows that only the store has, and the keys that only the copy has.

        Rows without a created date are in no window, so they are requested by their keys, if the
        list has a filter for that. So are all rows that were found, to be sure.

        Args:
            counted: the store's row count.
        """
        found = Discrepancies()
        dated = counted
        if self._copy.undated:
            dated = await self._count(**date_filters("created", MIN_TIMESTAMP, MAX_TIMESTAMP))
        span = _Span(0, len(self._copy.dates), MIN_TIMESTAMP, None)
        await self._search(span, dated, found)
        if self._key_filter is not None:
            if len(self._copy.undated) > counted - dated:
                found.deleted_keys.update(self._copy.undated)
            found.deleted_keys -= await self._listed_keys(self._key_filter, found.deleted_keys)
        return found

    async def _search(self, span: _Span, counted: int, found: Discrepancies) -> None:
        """Find the differences in a window that has `counted` rows in the store."""
        difference = abs(span.row_count - counted)
        if difference == 0:
            return
        is_short = math.ceil(span.row_count / PAGE_SIZE) <= difference
        middle = None if is_short else self._find_middle(span)
        if middle is None:
            await self._read(span, counted, found)
            return
        boundary = self._copy.dates[middle]
        older = _Span(span.start, middle, span.low, boundary - SECOND)
        newer = _Span(middle, span.end, boundary, span.high)
        older_count = await self._count(**older.filters)
        await gather(
            partial(self._search, older, older_count, found),
            partial(self._search, newer, counted - older_count, found),
        )

    def _find_middle(self, span: _Span) -> int | None:
        """Return the first position of the second half; None if all rows are of one second."""
        dates = self._copy.dates
        date = dates[(span.start + span.end) // 2]
        middle = bisect_left(dates, date, span.start, span.end)
        if middle == span.start:
            middle = bisect_right(dates, date, span.start, span.end)
        return middle if middle < span.end else None

    async def _read(self, span: _Span, counted: int, found: Discrepancies) -> None:
        """Read a window. If the store counts more rows than it lists, nothing is deleted in it."""
        rows, is_complete = list[Any](), True

        async def collect(batches: Sequence[Batch]) -> None:
            nonlocal is_complete
            for batch in batches:
                rows.extend(batch.rows)
                is_complete = is_complete and batch.is_complete

        reader = WindowReader(
            self._fetch,
            self._count,
            self._key,
            "created",
            span.low,
            end=span.high,
            expected=max(0, counted),
        )
        await reader.read(collect)
        copied = set(self._copy.keys[span.start : span.end]) - {None}
        listed = {row_key(row, self._key): row for row in rows}
        found.rows += [row for key, row in listed.items() if key not in copied]
        if is_complete:
            found.deleted_keys |= copied - listed.keys()

    async def _listed_keys(self, key_filter: str, keys: Collection[object]) -> set[object]:
        """Return those of the keys that the store still lists."""
        listed, remaining = set[object](), iter(keys)
        while chunk := list(itertools.islice(remaining, PAGE_SIZE)):
            page = await self._fetch(**{key_filter: chunk}, limit=PAGE_SIZE)
            listed.update(row_key(row, self._key) for row in page.items)
        return listed


def _created_date(reject: Reject) -> datetime | None:
    """Return the created date of a row that cannot be decoded, if that can be read."""
    try:
        row = decode(reject.body, _CreatedRow)
    except DecodeError:
        return None
    return timestamps.row_timestamp(row, "created")
