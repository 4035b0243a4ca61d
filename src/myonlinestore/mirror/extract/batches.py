"""Batches: rows that were read together, and how many of them are written at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, cast

from myonlinestore.mirror.records import Reject

PAGE_SIZE = 100
# What is written is held in memory a second time, as the values of tables.
_MAX_TRANSACTION_ROWS = 900


@dataclass(frozen=True)
class Batch:
    """Rows that were read together.

    Attributes:
        rows: what was read.
        cursor: up to where everything is read when they are written; None if that is no moment.
    """

    rows: Sequence[Any]
    cursor: datetime | None = None


BatchHandler: TypeAlias = Callable[[Sequence[Batch]], Awaitable[None]]
"""Takes batches that follow each other."""


def merge_batches(batches: Sequence[Batch]) -> Iterator[Batch]:
    """What is written at once: as much as waits, since each transaction costs.

    Not so where a row cannot be decoded: a later batch may have the same row in order, and then
    nothing is left of the reject.
    """
    waiting: list[Batch] = []
    for batch in batches:
        waiting.append(batch)
        full = sum(len(one.rows) for one in waiting) >= _MAX_TRANSACTION_ROWS
        if full or any(isinstance(row, Reject) for row in batch.rows):
            yield _merge(waiting)
            waiting = []
    if waiting:
        yield _merge(waiting)


def _merge(batches: Sequence[Batch]) -> Batch:
    cursors = [batch.cursor for batch in batches if batch.cursor is not None]
    rows = [row for batch in batches for row in batch.rows]
    return Batch(rows, cursors[-1] if cursors else None)


async def batch_rows(rows: AsyncIterator[Any]) -> AsyncGenerator[Batch, None]:
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
