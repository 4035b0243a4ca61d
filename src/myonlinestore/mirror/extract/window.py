"""Windows: the periods in which a list is read, their capacity, and where to split them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from myonlinestore.mirror import timestamps
from myonlinestore.mirror.extract.batches import PAGE_SIZE
from myonlinestore.mirror.timestamps import SECOND

# The most rows that one count verifies, and that one worker holds: few counts, little memory.
BLOCK_SIZE = 500
# Rows of one second are not separated, so a half can hold a few more rows than intended.
_SPLIT_MARGIN_ROWS = 10
# The store's clock and its time zone may be ahead of this machine's UTC by less than this.
_CLOCK_SKEW = timedelta(days=1)


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
    """

    low: datetime
    high: datetime | None
    expected: int = 0
    is_immutable: bool = False
    in_progress: bool = False
    rows: Sequence[Any] | None = None
    by_offsets: bool = False

    def capacity(self) -> int:
        """Return the maximum number of rows to read without a split."""
        return BLOCK_SIZE if self.is_immutable else PAGE_SIZE

    def pages(self) -> int:
        """Return the number of pages that the window holds in memory; 0 if it must be split."""
        return max(1, math.ceil(self.expected / PAGE_SIZE)) if self.expected <= BLOCK_SIZE else 0

    def is_smallest(self) -> bool:
        """Return True if the window cannot be split: one second, or only future dates."""
        if self.high is None:
            return self.low >= timestamps.utc_now() + _CLOCK_SKEW
        return self.low == self.high

    def next_start(self) -> datetime | None:
        """Return the first second of the next window, or None if this one has no end."""
        return None if self.high is None else self.high + SECOND

    def contains(self, timestamp: datetime) -> bool:
        """Return True if the timestamp is in the window after its first second."""
        return self.low < timestamp and (self.high is None or timestamp <= self.high)

    def split_row(self) -> int:
        """Return the offset of the row to split at, so that the first half fills its reads."""
        target = self.capacity() - _SPLIT_MARGIN_ROWS
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
        end = self.next_start() or max(timestamps.utc_now(), self.low) + _CLOCK_SKEW
        midpoint = (self.low + (end - self.low) / 2).replace(microsecond=0)
        return max(midpoint, self.low + SECOND)
