"""Batches of rows, and how many of them are written in one transaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, cast

from myonlinestore.mirror.records import Reject

PAGE_SIZE = 100
# A transaction needs its rows in memory a second time, as the values of tables.
_MAX_TRANSACTION_ROWS = 900


@dataclass(frozen=True)
class Batch:
    """Rows that were read together.

    Attributes:
        rows: the rows, RawRows or Rejects.
        cursor: all rows before this time are read once these are written; None if there is no
            such time.
    """

    rows: Sequence[Any]
    cursor: datetime | None = None


BatchHandler: TypeAlias = Callable[[Sequence[Batch]], Awaitable[None]]
"""Processes consecutive batches."""


def merge_batches(batches: Sequence[Batch]) -> Iterator[Batch]:
    """Merge batches into larger ones, since each transaction has a cost.

    A batch with a reject ends a transaction: a later batch may contain the same row without the
    fault, which then replaces the reject.
    """
    pending: list[Batch] = []
    for batch in batches:
        pending.append(batch)
        is_full = sum(len(one.rows) for one in pending) >= _MAX_TRANSACTION_ROWS
        if is_full or any(isinstance(row, Reject) for row in batch.rows):
            yield _merge(pending)
            pending = []
    if pending:
        yield _merge(pending)


def _merge(batches: Sequence[Batch]) -> Batch:
    cursors = [batch.cursor for batch in batches if batch.cursor is not None]
    rows = [row for batch in batches for row in batch.rows]
    return Batch(rows, cursors[-1] if cursors else None)


async def batch_rows(rows: AsyncIterator[Any]) -> AsyncGenerator[Batch, None]:
    """Group rows into batches of a page each, so that no more than a page is in memory."""
    generator = cast("AsyncGenerator[Any, None]", rows)
    pending: list[Any] = []
    async with aclosing(generator):
        async for row in generator:
            pending.append(row)
            if len(pending) == PAGE_SIZE:
                yield Batch(pending)
                pending = []
    if pending:
        yield Batch(pending)
