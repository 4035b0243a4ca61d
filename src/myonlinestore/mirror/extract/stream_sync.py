"""Passes: how one resource is read, in full or what has changed, and how the end is checked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from anyio import to_thread

from myonlinestore._concurrency.gather import gather
from myonlinestore.client import ConnectClient
from myonlinestore.exceptions import NotFoundError
from myonlinestore.mirror import timestamps as moments
from myonlinestore.mirror.destinations.base import Destination, SyncState
from myonlinestore.mirror.extract.batches import PAGE_SIZE, Batch, joined, pages_of
from myonlinestore.mirror.extract.incremental import Options, begin_of, changes_since, early
from myonlinestore.mirror.extract.progress import Tally
from myonlinestore.mirror.extract.reconcile import Ledger
from myonlinestore.mirror.extract.streams import Source
from myonlinestore.mirror.extract.window_reader import CountRows, Windows
from myonlinestore.mirror.records import Kept, Reject, plain, row_of, sorted_out
from myonlinestore.mirror.report import ResourceReport
from myonlinestore.mirror.timestamps import EARLIEST
from myonlinestore.pagination import aiterate_all

T = TypeVar("T")

# A store that changes all the time never agrees for long; a difference that stays is told.
_MOST_PASSES = 3


class Passes:
    """The passes over one resource in one run."""

    def __init__(
        self,
        source: Source,
        client: ConnectClient,
        destination: Destination,
        options: Options,
        tally: Tally,
    ) -> None:
        self._source = source
        self._client = client
        self._fetch = source.fetch(client)
        self._table = source.table
        self._destination = destination
        self._options = options
        self._tally = tally

    async def run(self) -> ResourceReport:
        """Bring the copy of this resource up to date."""
        state = await _in_thread(self._destination.read_state, self._table)
        since = changes_since(self._source, state, self._options)
        difference = await self._all() if since is None else await self._changes(since)
        return self._tally.report(await self._state(), difference)

    async def _all(self) -> int:
        """Read everything, again if the store then counts other rows; returns the difference."""
        self._tally.total = await self._count()
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
        ledger = Ledger(self._source.key, begin_of(state, "created", EARLIEST))
        by_windows = self._source.stamped and not by_offsets
        await (self._created(state, ledger) if by_windows else self._walk())
        moved = await self._closing(state) if self._source.stamped else 0
        moved += await self._settle(ledger, state) if by_windows else 0
        finish = functools.partial(self._destination.finish_sync, hard=self._options.hard)
        self._tally.deleted += await _in_thread(finish, self._table)
        return self._source.linked and moved > 0

    async def _created(self, state: SyncState, ledger: Ledger) -> None:
        await self._windows("created", ledger.start, ledger, expected=self._expected(state))

    async def _closing(self, state: SyncState) -> int:
        """Read what has changed while the pass went on. Returns how many rows were not as held."""
        before = self._found()
        since = early(state.started_at, self._options)
        await self._windows("changed", since, keeps_cursor=True)
        return sum(self._found()) - sum(before)

    async def _changes(self, since: datetime) -> int:
        """Read what was changed or made since; nothing says what was deleted."""
        start = moments.text(since)
        self._tally.total = await self._count(changed_start_date=start)
        self._tally.tell()
        state = await self._begin(full=False, resume=True)
        await self._retry_rejects()
        if not (state.cursor or "").startswith("created"):
            begin, expected = begin_of(state, "changed", since), self._expected(state)
            await self._windows("changed", begin, expected=expected)
        # Nobody documents that a new row counts as changed.
        await self._windows("created", begin_of(state, "created", since))
        await _in_thread(self._destination.finish_sync, self._table)
        return 0

    async def _windows(
        self,
        field: str,
        start: datetime,
        ledger: Ledger | None = None,
        *,
        expected: int = 0,
        keeps_cursor: bool = False,
    ) -> None:
        """Write each window, and with it up to where the rows with this stamp are read."""

        async def take(batches: Sequence[Batch]) -> None:
            for batch in joined(batches):
                reached = None if keeps_cursor else batch.cursor
                cursor = None if reached is None else f"{field} {moments.text(reached)}"
                await self._write(batch.rows, cursor)
            if ledger is not None:
                ledger.note(batches)

        calls = self._fetch, self._counter(), self._source.key
        at_once = self._options.concurrency
        windows = Windows(*calls, field, start, expected=expected, concurrency=at_once)
        await windows.read(take)

    def _expected(self, state: SyncState) -> int:
        """How many rows are to come, if that is known: not so when a run goes on with another."""
        return 0 if state.cursor else self._tally.total or 0

    async def _settle(self, ledger: Ledger, state: SyncState) -> int:
        """Find what came and went while the pass lasted, until the store counts what was met.

        Returns how many rows that were. What went is not met by the pass after all.
        """
        moved = 0
        for _ in range(_MOST_PASSES):
            found = await ledger.settle(self._fetch, self._counter())
            if not found:
                break
            await self._write(found.rows, None)
            await _in_thread(self._destination.unmark_seen, self._table, found.gone)
            moved += len(found.gone) + await self._closing(state)
        return moved

    def _counter(self) -> CountRows:
        assert self._source.count is not None  # noqa: S101 - what is stamped can be counted
        return self._source.count(self._client)

    async def _walk(self) -> None:
        """Write everything, by offsets. A list that is short by count has no page read ahead."""
        pages = (self._tally.total or 0) // (PAGE_SIZE - 1)
        concurrency = max(1, min(self._options.concurrency, pages))
        walk = aiterate_all(self._fetch, page_size=PAGE_SIZE, concurrency=concurrency)
        async with aclosing(pages_of(walk)) as found:
            async for batch in found:
                await self._write(batch.rows, None)

    async def _write(self, rows: Sequence[Any], cursor: str | None) -> None:
        sound, rejects = sorted_out(rows)
        rejects += await self._fill(sound)
        raws = [row.raw for row in sound] if self._source.raw else None
        models = [plain(row) for row in sound]
        write = functools.partial(
            self._destination.write, raws=raws, rejects=rejects, cursor=cursor
        )
        changes = await _in_thread(write, self._table, models)
        self._tally.add(len(models), changes)

    async def _fill(self, rows: Sequence[Any]) -> list[Reject]:
        """Ask what the store tells of each row in a call of its own. Returns what is odd in it."""
        part, odd = self._source.part, list[Reject]()
        if part is None:
            return odd

        async def fill(row: Any) -> None:
            try:
                found, rejects = sorted_out(await part.fetch(self._client, row))
            except NotFoundError:  # It was deleted since it was listed.
                return
            setattr(row, part.field, found)
            odd.extend(replace(one, key=getattr(row, self._source.key)) for one in rejects)

        await gather(*(functools.partial(fill, plain(row)) for row in rows))
        return odd

    async def _retry_rejects(self) -> None:
        """What this version can decode is written; the pass then reads what it is by now."""
        if not self._options.retry_rejects:
            return
        kept = await _in_thread(self._destination.read_rejects, self._table)
        for reject in kept:
            row = row_of(reject.body, self._source.model, self._source.key, reject.request)
            # Another key is one of a part: a payment may well pass for an order.
            if isinstance(row, Kept) and reject.key in (None, row.key, str(row.key)):
                await self._write([row], None)

    async def _count(self, **filters: str) -> int | None:
        """How many rows the store has, where the vendor tells."""
        count = self._source.count
        return None if count is None else await count(self._client)(**filters)

    async def _difference(self) -> int:
        """How many rows the store counts beyond those that the copy knows of."""
        counted = await self._count()
        if counted is None:
            return 0
        state = await self._state()
        return counted - state.row_count - state.missing_rows

    async def _begin(self, *, full: bool, resume: bool) -> SyncState:
        begin = functools.partial(self._destination.begin_sync, full=full, resume=resume)
        return await _in_thread(begin, self._table)

    async def _state(self) -> SyncState:
        state = await _in_thread(self._destination.read_state, self._table)
        assert state is not None  # noqa: S101 - it was begun
        return state

    def _found(self) -> tuple[int, int, int]:
        return self._tally.new, self._tally.changed, self._tally.deleted


async def _in_thread(call: Callable[..., T], *arguments: object) -> T:
    """A blocking call of the destination, off the loop."""
    return await to_thread.run_sync(call, *arguments)
