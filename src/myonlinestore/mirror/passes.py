"""Passes: how one resource is read, in full or what has changed, and how the end is checked."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from anyio import to_thread

from myonlinestore.client import ConnectClient
from myonlinestore.mirror import moments
from myonlinestore.mirror.destination import Destination, State
from myonlinestore.mirror.moments import EARLIEST
from myonlinestore.mirror.rejects import Reject, row_of, sorted_out
from myonlinestore.mirror.report import OnProgress, ResourceReport
from myonlinestore.mirror.sources import Source
from myonlinestore.mirror.tally import Tally
from myonlinestore.mirror.windows import PAGE_SIZE, Batch, Windows, batches
from myonlinestore.pagination import aiterate_all

T = TypeVar("T")

# A store that changes all the time never agrees for long; a difference that stays is told.
_MOST_PASSES = 3


@dataclass(frozen=True)
class Options:
    """How a run reads, and what it does with what it finds.

    Attributes:
        full: read everything, not only what has changed.
        hard: remove rows that the store has no more, instead of marking them.
        overlap: how much earlier than the last run's beginning changes are asked for.
        retry_rejects: try once more to decode what could not be decoded.
    """

    full: bool = False
    hard: bool = False
    overlap: timedelta = timedelta(minutes=5)
    retry_rejects: bool = False


class Passes:
    """The passes over one resource in one run."""

    def __init__(
        self,
        source: Source,
        client: ConnectClient,
        destination: Destination,
        options: Options,
        on_progress: OnProgress | None,
    ) -> None:
        self._source = source
        self._table = source.table
        self._destination = destination
        self._options = options
        self._tally = Tally(source, client, on_progress)

    async def run(self) -> ResourceReport:
        """Bring the copy of this resource up to date."""
        state = await _in_thread(self._destination.state, self._table)
        since = changes_since(self._source, state, self._options)
        difference = await self._all() if since is None else await self._changes(since)
        return self._tally.report(await self._state(), difference)

    async def _all(self) -> int:
        """Read everything, again if the store then counts other rows; returns the difference."""
        self._tally.total = await self._tally.count()
        self._tally.tell()
        difference = 0
        for number in range(_MOST_PASSES):
            found = self._found()
            related = await self._pass(by_offsets=number > 0)
            difference = await self._difference()
            settled = not difference and not related
            if settled or (number > 0 and self._found() == found):
                break
        return difference

    async def _pass(self, *, by_offsets: bool) -> bool:
        """One pass over everything. Returns whether other rows may show what changed meanwhile.

        The first is by windows. Another one goes by offsets: rows without a date are in no window.
        """
        state = await self._begin(full=True, resume=not by_offsets)
        if state.cursor is not None:
            await self._retry_rejects()
        if by_offsets or not self._source.stamped:
            await self._write_all(batches(aiterate_all(self._tally.fetch, page_size=PAGE_SIZE)))
        else:
            await self._windows("created", _begin_of(state, "created", EARLIEST))
        changed = await self._closing(state)
        finish = functools.partial(self._destination.finish, hard=self._options.hard)
        self._tally.deleted += await _in_thread(finish, self._table)
        return self._source.linked and changed > 0

    async def _closing(self, state: State) -> int:
        """Read what has changed while the pass went on. Returns how many rows were not as held."""
        if not self._source.stamped:
            return 0
        before = self._found()
        fetch = self._tally.fetch
        since = _early(state.started_at, self._options)
        await self._write_all(Windows(fetch, "changed", since).batches())
        return sum(self._found()) - sum(before)

    async def _changes(self, since: datetime) -> int:
        """Read what was changed or made since; nothing says what was deleted."""
        start = moments.text(since)
        self._tally.total = await self._tally.count(changed_start_date=start)
        self._tally.tell()
        state = await self._begin(full=False, resume=True)
        await self._retry_rejects()
        if not (state.cursor or "").startswith("created"):
            await self._windows("changed", _begin_of(state, "changed", since))
        # Nobody documents that a new row counts as changed.
        await self._windows("created", _begin_of(state, "created", since))
        await _in_thread(self._destination.finish, self._table)
        return 0

    async def _windows(self, field: str, start: datetime) -> None:
        await self._write_all(Windows(self._tally.fetch, field, start).batches(), field)

    async def _write_all(
        self,
        found: AsyncGenerator[Batch, None],
        field: str | None = None,
    ) -> None:
        """Write each batch, and with it up to where the rows with this stamp are read."""
        async with aclosing(found):
            async for batch in found:
                cursor = f"{field} {moments.text(batch.cursor)}" if field and batch.cursor else None
                await self._write(batch, cursor)

    async def _write(self, batch: Batch, cursor: str | None) -> None:
        rows, rejects = sorted_out(batch.rows)
        write = functools.partial(self._destination.write, rejects=rejects, cursor=cursor)
        changes = await _in_thread(write, self._table, rows)
        self._tally.add(len(rows), changes)

    async def _retry_rejects(self) -> None:
        """What this version can decode is written; the pass then reads what it is by now."""
        if not self._options.retry_rejects:
            return
        kept = await _in_thread(self._destination.rejects, self._table)
        for reject in kept:
            row = row_of(reject.body, self._source.model, self._source.key, reject.request)
            if not isinstance(row, Reject):
                await self._write(Batch([row]), None)

    async def _difference(self) -> int:
        """How many rows the store counts beyond those that the copy knows of."""
        counted = await self._tally.count()
        if counted is None:
            return 0
        state = await self._state()
        return counted - state.held - state.unread

    async def _begin(self, *, full: bool, resume: bool) -> State:
        begin = functools.partial(self._destination.begin, full=full, resume=resume)
        return await _in_thread(begin, self._table)

    async def _state(self) -> State:
        state = await _in_thread(self._destination.state, self._table)
        assert state is not None  # noqa: S101 - it was begun
        return state

    def _found(self) -> tuple[int, int, int]:
        return self._tally.new, self._tally.changed, self._tally.deleted


def changes_since(source: Source, state: State | None, options: Options) -> datetime | None:
    """From when on changes are asked for; None if everything is read."""
    if options.full or not source.stamped or source.linked:
        return None
    if state is None or state.complete_from is None or _is_cut_off_in_full(state):
        return None
    return _early(state.complete_from, options)


def _early(started_at: str, options: Options) -> datetime:
    return moments.parsed(started_at) - options.overlap


def _is_cut_off_in_full(state: State) -> bool:
    return state.full and state.finished_at is None


def _begin_of(state: State, field: str, start: datetime) -> datetime:
    """Where a pass begins, or goes on if it was cut off while it read by the same stamp."""
    known, _, cursor = (state.cursor or "").partition(" ")
    return moments.parsed(cursor) if known == field else start


async def _in_thread(call: Callable[..., T], *arguments: object) -> T:
    """A blocking call of the destination, off the loop."""
    return await to_thread.run_sync(call, *arguments)
