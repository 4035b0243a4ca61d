"""Settling: which rows went while a pass read the others, found without reading all again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from myonlinestore.mirror.extract.batches import Batch
from myonlinestore.mirror.extract.streams import FetchPage
from myonlinestore.mirror.extract.window_reader import CountRows, Windows
from myonlinestore.mirror.records import key_of
from myonlinestore.mirror.timestamps import SECOND, between


@dataclass
class _Span:
    """A span of created dates, and the keys of the rows that were read of it."""

    low: datetime
    high: datetime | None = None
    keys: set[object] = field(default_factory=set[object])


@dataclass
class Differences:
    """What came and went since a pass read it.

    Attributes:
        rows: all rows of the spans that differ.
        gone: the keys of those that are no longer there.
    """

    rows: list[Any] = field(default_factory=list[Any])
    gone: set[object] = field(default_factory=set[object])

    def __bool__(self) -> bool:
        return bool(self.rows or self.gone)


class Ledger:
    """What the windows of a pass held. Where the store counts other rows now, some came or went.

    Args:
        key: the field that tells rows apart.
        start: where the first window begins.
    """

    def __init__(self, key: str, start: datetime) -> None:
        self.start = start
        self._key = key
        self._spans = [_Span(start)]

    def note(self, batches: Iterable[Batch]) -> None:
        """Remember the rows of batches. Nothing is held of them but their keys."""
        for batch in batches:
            self._spans[-1].keys.update(map(self._key_of, batch.rows))
            if batch.cursor is not None:
                self._spans[-1].high = batch.cursor - SECOND
                self._spans.append(_Span(batch.cursor))

    async def settle(self, fetch: FetchPage, count: CountRows) -> Differences:
        """Read once more the spans of which the store counts other rows than they held."""
        found = Differences()
        for span in await _differing(self._spans, count):
            rows = await self._read(span, fetch, count)
            keys = set(map(self._key_of, rows))
            found.rows += rows
            found.gone |= span.keys - keys
            span.keys = keys
        return found

    async def _read(self, span: _Span, fetch: FetchPage, count: CountRows) -> list[Any]:
        rows = list[Any]()

        async def take(batches: Sequence[Batch]) -> None:
            for batch in batches:
                rows.extend(batch.rows)

        windows = Windows(fetch, count, self._key, "created", span.low, end=span.high)
        await windows.read(take)
        return rows

    def _key_of(self, row: Any) -> object:
        return key_of(row, self._key)


async def _differing(spans: Sequence[_Span], count: CountRows) -> list[_Span]:
    """The spans of which the store counts other rows than were read, by halves."""
    counted = await count(**_filters(spans[0], spans[-1]))
    if counted == sum(len(span.keys) for span in spans):
        return []
    if len(spans) == 1:
        return list(spans)
    middle = len(spans) // 2
    return [
        *await _differing(spans[:middle], count),
        *await _differing(spans[middle:], count),
    ]


def _filters(first: _Span, last: _Span) -> dict[str, Any]:
    return between("created", first.low, last.high)
