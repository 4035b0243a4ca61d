"""Spans: the pieces of time that a list is read in, how much each may hold, and where it is cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from myonlinestore.mirror import timestamps
from myonlinestore.mirror.extract.batches import PAGE_SIZE
from myonlinestore.mirror.timestamps import SECOND

# What one count vouches for, and what a worker holds: few counts, little memory.
BLOCK_SIZE = 500
# Rows of one second are not cut apart: one side has some more than it was meant to have.
_SPLIT_MARGIN_ROWS = 10
# What the store's clock may be ahead, Dutch time included, before the last window is asked for.
_CLOCK_SKEW = timedelta(days=1)


@dataclass(eq=False)
class Window:
    """Whole seconds of a list, both ends in it; an open one has no last.

    Attributes:
        expected: how many rows are in it; a guess.
        settled: whether nothing can come into it any more, so that its rows can be counted first;
            no longer once a count was at odds with the rows.
        rows: what was read, once all of it was.
        by_offsets: whether it is too full for its rows to be held.
    """

    low: datetime
    high: datetime | None
    expected: int = 0
    settled: bool = False
    claimed: bool = False
    rows: Sequence[Any] | None = None
    by_offsets: bool = False

    def room(self) -> int:
        """How many rows may be read at once, on as many pages as they need."""
        return BLOCK_SIZE if self.settled else PAGE_SIZE

    def pages(self) -> int:
        """How many pages of rows are held when it is read. None are of one that is to be cut."""
        return max(1, math.ceil(self.expected / PAGE_SIZE)) if self.expected <= BLOCK_SIZE else 0

    def is_smallest(self) -> bool:
        """Whether it cannot be cut: a second, or all that is dated in the future."""
        if self.high is None:
            return self.low >= timestamps.utc_now() + _CLOCK_SKEW
        return self.low == self.high

    def after(self) -> datetime | None:
        """Where the next one begins."""
        return None if self.high is None else self.high + SECOND

    def holds(self, moment: datetime) -> bool:
        """Whether a moment is in it, and not its very first."""
        return self.low < moment and (self.high is None or moment <= self.high)

    def middle(self) -> int:
        """The number of a row at which to cut it, so that what comes before it fills its reads."""
        wanted = self.room() - _SPLIT_MARGIN_ROWS
        return wanted * max(1, round(self.expected / 2 / wanted))

    def cut_at(self, moment: datetime | None, number: int) -> tuple[Window, Window]:
        """Two windows: the second begins at a moment, where the row with this number was found.

        Where that says nothing it is cut by time; where all rows before are of the first second,
        behind that one.
        """
        if moment == self.low:
            moment = self.low + SECOND
        elif moment is None or not self.holds(moment):
            moment, number = self._half_way(), self.expected // 2
        before = Window(self.low, moment - SECOND, min(number, self.expected), self.settled)
        return before, Window(moment, self.high, max(0, self.expected - number), self.settled)

    def _half_way(self) -> datetime:
        end = self.after() or max(timestamps.utc_now(), self.low) + _CLOCK_SKEW
        half = (self.low + (end - self.low) / 2).replace(microsecond=0)
        return max(half, self.low + SECOND)
