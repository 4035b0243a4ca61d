"""Settling: which rows went while a pass read the others, found without reading all again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from myonlinestore.mirror.extract.batches import Batch
from myonlinestore.mirror.extract.streams import FetchPage
from myonlinestore.mirror.extract.window_reader import CountRows, WindowReader
from myonlinestore.mirror.records import row_key
from myonlinestore.mirror.timestamps import SECOND, date_filters


@dataclass
class _SeenWindow:
    """A window of created dates, and the keys of the rows that were read of it."""

    low: datetime
    high: datetime | None = None
    keys: set[object] = field(default_factory=set[object])


@dataclass
class Discrepancies:
    """What came and went since a pass read it.

    Attributes:
        rows: all rows of the windows that differ.
        deleted_keys: the keys of those that are no longer there.
    """

    rows: list[Any] = field(default_factory=list[Any])
    deleted_keys: set[object] = field(default_factory=set[object])

    def __bool__(self) -> bool:
        return bool(self.rows or self.deleted_keys)


class Reconciler:
    """What the windows of a pass held. Where the store counts other rows now, some came or went.

    Args:
        key: the field that tells rows apart.
        start: where the first window begins.
    """

    def __init__(self, key: str, start: datetime) -> None:
        self.start = start
        self._key = key
        self._windows = [_SeenWindow(start)]

    def record(self, batches: Iterable[Batch]) -> None:
        """Remember the rows of batches. Nothing is held of them but their keys."""
        for batch in batches:
            self._windows[-1].keys.update(map(self._key_of, batch.rows))
            if batch.cursor is not None:
                self._windows[-1].high = batch.cursor - SECOND
                self._windows.append(_SeenWindow(batch.cursor))

    async def find_discrepancies(self, fetch: FetchPage, count: CountRows) -> Discrepancies:
        """Read once more the windows of which the store counts other rows than they held."""
        found = Discrepancies()
        for window in await _mismatching_windows(self._windows, count):
            rows = await self._read(window, fetch, count)
            keys = set(map(self._key_of, rows))
            found.rows += rows
            found.deleted_keys |= window.keys - keys
            window.keys = keys
        return found

    async def _read(self, window: _SeenWindow, fetch: FetchPage, count: CountRows) -> list[Any]:
        rows = list[Any]()

        async def take(batches: Sequence[Batch]) -> None:
            for batch in batches:
                rows.extend(batch.rows)

        windows = WindowReader(fetch, count, self._key, "created", window.low, end=window.high)
        await windows.read(take)
        return rows

    def _key_of(self, row: Any) -> object:
        return row_key(row, self._key)


async def _mismatching_windows(
    windows: Sequence[_SeenWindow], count: CountRows
) -> list[_SeenWindow]:
    """The windows of which the store counts other rows than were read, by halves."""
    counted = await count(**_filters(windows[0], windows[-1]))
    if counted == sum(len(window.keys) for window in windows):
        return []
    if len(windows) == 1:
        return list(windows)
    middle = len(windows) // 2
    return [
        *await _mismatching_windows(windows[:middle], count),
        *await _mismatching_windows(windows[middle:], count),
    ]


def _filters(first: _SeenWindow, last: _SeenWindow) -> dict[str, Any]:
    return date_filters("created", first.low, last.high)
