"""Reconciler: find the rows that were added or deleted during a sync by comparing counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from myonlinestore.mirror.extract.streams import FetchPage
from myonlinestore.mirror.extract.window_reader import CountRows, WindowReader
from myonlinestore.mirror.records import Batch, Reject, row_key
from myonlinestore.mirror.timestamps import SECOND, date_filters


@dataclass
class _SeenWindow:
    """A window of created dates, and the keys of the rows that were read from it."""

    low: datetime
    high: datetime | None = None
    keys: set[object] = field(default_factory=set[object])


@dataclass
class Discrepancies:
    """The rows that were added or deleted since their window was read.

    Attributes:
        rows: all rows of the windows whose counts differ.
        deleted_keys: the keys of the rows that are no longer in their window.
    """

    rows: list[Any] = field(default_factory=list[Any])
    deleted_keys: set[object] = field(default_factory=set[object])

    def __bool__(self) -> bool:
        return bool(self.rows or self.deleted_keys)


class Reconciler:
    """Compares the windows of a sync with the store's counts.

    Args:
        key: the field that identifies a row.
        start: the first second of the first window.
        field: ``"created"`` or ``"changed"``, the date of the windows.
    """

    def __init__(self, key: str, start: datetime, field: str = "created") -> None:
        self.start = start
        self._field = field
        self._key = key
        self._windows = [_SeenWindow(start)]

    @property
    def row_count(self) -> int:
        """The number of distinct rows that were read."""
        return len(set[object]().union(*(window.keys for window in self._windows)))

    def record(self, batches: Iterable[Batch]) -> None:
        """Record the keys of the rows of batches."""
        for batch in batches:
            self._windows[-1].keys.update(map(self._get_key, batch.rows))
            if batch.cursor is not None:
                self._windows[-1].high = batch.cursor - SECOND
                self._windows.append(_SeenWindow(batch.cursor))

    async def find_discrepancies(self, fetch: FetchPage, count: CountRows) -> Discrepancies:
        """Read the windows again whose row counts differ from the store's."""
        found = Discrepancies()
        for window in await self._mismatching_windows(self._windows, count):
            rows = await self._read(window, fetch, count)
            keys = set(map(self._get_key, rows))
            found.rows += rows
            found.deleted_keys |= {key for key in window.keys - keys if not isinstance(key, bytes)}
            window.keys = keys
        return found

    async def _read(self, window: _SeenWindow, fetch: FetchPage, count: CountRows) -> list[Any]:
        rows = list[Any]()

        async def collect(batches: Sequence[Batch]) -> None:
            for batch in batches:
                rows.extend(batch.rows)

        windows = WindowReader(fetch, count, self._key, self._field, window.low, end=window.high)
        await windows.read(collect)
        return rows

    def _get_key(self, row: Any) -> object:
        """Return the key of a row, or the body of a reject whose key cannot be read."""
        key = row_key(row, self._key)
        return row.body if key is None and isinstance(row, Reject) else key

    async def _mismatching_windows(
        self, windows: Sequence[_SeenWindow], count: CountRows
    ) -> list[_SeenWindow]:
        """Return the windows whose counts differ, found by bisection."""
        counted = await count(**date_filters(self._field, windows[0].low, windows[-1].high))
        if counted == sum(len(window.keys) for window in windows):
            return []
        if len(windows) == 1:
            return list(windows)
        middle = len(windows) // 2
        return [
            *await self._mismatching_windows(windows[:middle], count),
            *await self._mismatching_windows(windows[middle:], count),
        ]
