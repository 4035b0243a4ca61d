"""StreamSync: the full refresh or the incremental sync of one resource."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from anyio import to_thread

from myonlinestore.client import ConnectClient
from myonlinestore.exceptions import AuthenticationError, NotFoundError
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import Destination, SyncState, UnseenRows
from myonlinestore.mirror.extract.deletions import DATE_COLUMNS, CopiedRows, DeletionFinder
from myonlinestore.mirror.extract.incremental import (
    MirrorOptions,
    incremental_since,
    resume_point,
    with_overlap,
)
from myonlinestore.mirror.extract.reconcile import Reconciler
from myonlinestore.mirror.extract.streams import Stream
from myonlinestore.mirror.extract.window_reader import CountRows, WindowReader
from myonlinestore.mirror.records import (
    PAGE_SIZE,
    Batch,
    RawRow,
    batch_rows,
    decode_row,
    merge_batches,
    partition_rejects,
    unwrap,
)
from myonlinestore.mirror.report import ProgressCounter, ResourceReport
from myonlinestore.mirror.timestamps import MIN_TIMESTAMP
from myonlinestore.pagination import aiterate_all

T = TypeVar("T")

# The counts of a store that changes all the time may never agree; the report has the difference.
MAX_ATTEMPTS = 3
_DATE_FIELDS = ("changed", "created")


class StreamSync:
    """The syncs of one resource in one run."""

    def __init__(
        self,
        stream: Stream,
        client: ConnectClient,
        destination: Destination,
        options: MirrorOptions,
        counter: ProgressCounter,
        lock: threading.Lock,
    ) -> None:
        self._stream = stream
        self._client = client
        self._fetch = stream.fetch(client)
        self._table = stream.table
        self._destination = destination
        self._options = options
        self._counter = counter
        self._lock = lock

    async def run(self) -> ResourceReport:
        """Bring the copy of this resource up to date, and return its report.

        If the token may not read the resource, the report has the error.
        """
        try:
            return self._counter.report(await self._sync())
        except (AuthenticationError, NotFoundError) as error:
            if error.status_code == HTTPStatus.UNAUTHORIZED:
                raise
            state = await self._in_thread(self._destination.read_state, self._table)
            return self._counter.report(state, error)

    async def _sync(self) -> SyncState:
        """Read the resource, and return its state."""
        before = await self._in_thread(self._destination.read_state, self._table)
        since = incremental_since(self._stream, before, self._options)
        await (self._full_refresh() if since is None else self._incremental(since))
        return await self._state()

    async def _full_refresh(self) -> None:
        """Read all rows, and again while the counts differ; then delete those that are gone."""
        self._counter.total = await self._count()
        self._counter.notify()
        unseen, previous = UnseenRows(), None
        for attempt in range(MAX_ATTEMPTS):
            before = self._counters()
            is_outdated = await self._read_full(by_offsets=attempt > 0)
            unseen = await self._in_thread(self._destination.count_unseen, self._table)
            difference = self._counter.difference = await self._difference(unseen)
            is_consistent = not (difference or is_outdated or await self._is_doubtful(unseen))
            is_repeated = unseen == previous and self._counters() == before
            if is_consistent or is_repeated:
                break
            previous = unseen
        await self._finish_full(unseen)

    async def _is_doubtful(self, unseen: UnseenRows) -> bool:
        """Return True if a list is empty or lacks rows, and no count confirms that."""
        if self._stream.count is None:
            return unseen.rows > 0 or self._counter.read == 0
        return unseen.rows > await self._max_delete()

    async def _max_delete(self) -> int:
        return self._options.max_deleted_rows((await self._state()).row_count)

    async def _finish_full(self, unseen: UnseenRows) -> None:
        """Finish the sync and delete the rows that are gone from the store.

        Nothing is deleted if the store counts more rows than were read, since the missing rows may
        be among those. If more rows are missing than may be deleted, the sync stays unfinished, so
        that the next one reads all rows again.
        """
        if unseen.rows > await self._max_delete():
            self._counter.refused = unseen.rows
            return
        finish = functools.partial(
            self._destination.finish_sync,
            hard_delete=self._options.hard_delete,
            keep_unseen=self._counter.difference > 0,
        )
        self._counter.deleted += await self._in_thread(finish, self._table)

    async def _read_full(self, *, by_offsets: bool) -> bool:
        """Read all rows once. Returns True if rows that were read before may be outdated.

        The first time, rows are read by windows. Later, they are read by offsets, since rows
        without a date are in no window.
        """
        state = await self._begin_sync(full=True, resume=not by_offsets)
        if state.cursor is not None:
            await self._retry_rejects()
        reconciler = Reconciler(self._stream.key, resume_point(state, "created", MIN_TIMESTAMP))
        by_windows = self._stream.supports_incremental and not by_offsets
        await (self._read_created(state, reconciler) if by_windows else self._read_by_offset())
        differing = await self._catch_up(state) if self._stream.supports_incremental else 0
        differing += await self._reconcile(reconciler, state) if by_windows else 0
        return self._stream.is_denormalized and differing > 0

    async def _read_created(self, state: SyncState, reconciler: Reconciler) -> None:
        await self._read_windows(
            "created", reconciler.start, reconciler, expected=self._get_expected_count(state)
        )

    async def _catch_up(self, state: SyncState) -> int:
        """Read the changes since the sync started. Returns the number of rows that differed."""
        before = self._counters()
        since = with_overlap(state.started_at, self._options)
        await self._read_windows("changed", since, keep_cursor=True)
        return sum(self._counters()) - sum(before)

    async def _incremental(self, since: datetime) -> None:
        """Read the rows changed or created since a time; the API does not list deleted rows.

        If fewer rows can be read than the store counts, the sync stays unfinished without a cursor,
        so that the next one reads the same changes again.
        """
        state = await self._begin_sync(full=False, resume=True)
        await self._retry_rejects()
        # It is not documented that a new row counts as changed.
        fields = ("created",) if (state.cursor or "").startswith("created") else _DATE_FIELDS
        for field in fields:
            self._counter.unread += await self._read_changes(
                field, resume_point(state, field, since)
            )
        if self._counter.unread:
            await self._begin_sync(full=False, resume=False)
            return
        self._counter.difference = await self._count_again(since)
        if self._options.find_deleted and self._counter.difference < 0:
            await self._find_deleted()
        await self._in_thread(self._destination.finish_sync, self._table)

    async def _count_again(self, since: datetime) -> int:
        """Return the store's row count minus that of the copy.

        The copy may lack rows that were created since they were read, which are read first.
        """
        difference = await self._difference(UnseenRows())
        for _ in range(MAX_ATTEMPTS):
            if difference <= 0:
                break
            await self._read_windows("created", since, keep_cursor=True)
            difference = await self._difference(UnseenRows())
        return difference

    async def _find_deleted(self) -> None:
        """Find the rows that are gone from the store, and delete them.

        Nothing is deleted if more rows are missing from the store's list than from its count, since
        the list is wrong then.
        """
        state = await self._state()
        columns = [self._stream.key, *DATE_COLUMNS]
        rows = await self._in_thread(self._destination.read_values, self._table, columns)
        rejects = await self._in_thread(self._destination.read_rejects, self._table)
        finder = DeletionFinder(
            CopiedRows.load(rows, rejects),
            self._fetch,
            self._count_rows(),
            self._stream.key,
            self._stream.key_filter,
        )
        row_count = state.row_count + state.missing_rows
        found = await finder.find(row_count + self._counter.difference)
        await self._write(found.rows, None)
        self._counter.difference = await self._difference(UnseenRows())
        number = len(found.deleted_keys)
        if number > await self._max_delete():
            self._counter.refused = number
        elif number <= -self._counter.difference:
            delete = functools.partial(
                self._destination.delete_rows, hard_delete=self._options.hard_delete
            )
            self._counter.deleted += await self._in_thread(delete, self._table, found.deleted_keys)
            self._counter.difference += number

    async def _read_changes(self, field: str, start: datetime) -> int:
        """Read the rows dated from a time on. Returns the number of rows that cannot be read."""
        counted = await self._count(**timestamps.date_filters(field, start, None)) or 0
        if self._counter.total is None:
            self._counter.total = counted
            self._counter.notify()
        reconciler = Reconciler(self._stream.key, start, field)
        await self._read_windows(field, start, reconciler, expected=counted)
        for _ in range(MAX_ATTEMPTS):
            if reconciler.row_count >= counted:
                break
            found = await reconciler.find_discrepancies(self._fetch, self._count_rows())
            await self._write(found.rows, None)
            counted = await self._count(**timestamps.date_filters(field, start, None)) or 0
        return max(0, counted - reconciler.row_count)

    async def _read_windows(
        self,
        field: str,
        start: datetime,
        reconciler: Reconciler | None = None,
        *,
        expected: int = 0,
        keep_cursor: bool = False,
    ) -> None:
        """Read windows by a date field, and write their rows together with the cursor."""

        async def write_batches(batches: Sequence[Batch]) -> None:
            for batch in merge_batches(batches):
                cursor = None
                if batch.cursor is not None and batch.is_complete and not keep_cursor:
                    cursor = f"{field} {timestamps.format_timestamp(batch.cursor)}"
                await self._write(batch.rows, cursor)
            if reconciler is not None:
                reconciler.record(batches)

        reader = WindowReader(
            self._fetch,
            self._count_rows(),
            self._stream.key,
            field,
            start,
            expected=expected,
            concurrency=self._options.concurrency,
        )
        await reader.read(write_batches)

    def _get_expected_count(self, state: SyncState) -> int:
        """Return the expected number of rows, or 0 if a sync is resumed."""
        return 0 if state.cursor else self._counter.total or 0

    async def _reconcile(self, reconciler: Reconciler, state: SyncState) -> int:
        """Correct the rows that were added or deleted during the sync, until the counts agree.

        Deleted rows are unmarked as seen. Returns the number of rows that differed.
        """
        differing = 0
        for _ in range(MAX_ATTEMPTS):
            found = await reconciler.find_discrepancies(self._fetch, self._count_rows())
            if not found:
                break
            await self._write(found.rows, None)
            await self._in_thread(self._destination.unmark_seen, self._table, found.deleted_keys)
            differing += len(found.deleted_keys) + await self._catch_up(state)
        return differing

    def _count_rows(self) -> CountRows:
        assert self._stream.count is not None  # noqa: S101 - every list with date filters has a count
        return self._stream.count(self._client)

    async def _read_by_offset(self) -> None:
        """Read all rows by offsets; the pages of a short list are not prefetched."""
        pages = (self._counter.total or 0) // (PAGE_SIZE - 1)
        concurrency = max(1, min(self._options.concurrency, pages))
        rows = aiterate_all(self._fetch, page_size=PAGE_SIZE, concurrency=concurrency)
        async with aclosing(batch_rows(rows)) as batches:
            async for batch in batches:
                await self._write(batch.rows, None)

    async def _write(self, rows: Sequence[Any], cursor: str | None) -> None:
        decoded, rejects = partition_rejects(rows)
        raws = [row.raw for row in decoded] if self._stream.raw else None
        models = [unwrap(row) for row in decoded]
        write = functools.partial(
            self._destination.write, raws=raws, rejects=rejects, cursor=cursor
        )
        changes = await self._in_thread(write, self._table, models)
        self._counter.add(len(models), changes)

    async def _retry_rejects(self) -> None:
        """Write the rejects that can be decoded now; the sync then reads their current values."""
        if not self._options.retry_rejects:
            return
        rejects = await self._in_thread(self._destination.read_rejects, self._table)
        for reject in rejects:
            row = decode_row(reject.body, self._stream.model, self._stream.key, reject.request)
            if isinstance(row, RawRow):
                await self._write([row], None)

    async def _count(self, **filters: str) -> int | None:
        """Return the store's row count, or None if the API has no count for this list."""
        count = self._stream.count
        return None if count is None else await count(self._client)(**filters)

    async def _difference(self, unseen: UnseenRows) -> int:
        """Return the store's row count minus that of the copy after the deletion of unseen rows.

        Rows that could not be decoded count as rows of the copy.
        """
        counted = await self._count()
        if counted is None:
            return 0
        state = await self._state()
        seen = state.row_count - unseen.rows + state.missing_rows - unseen.missing_rows
        return counted - seen

    async def _begin_sync(self, *, full: bool, resume: bool) -> SyncState:
        started_at = timestamps.earliest_now(self._counter.store_time)
        begin = functools.partial(
            self._destination.begin_sync,
            full=full,
            resume=resume,
            options=self._options.recorded,
            started_at=timestamps.format_timestamp(started_at),
        )
        return await self._in_thread(begin, self._table)

    async def _state(self) -> SyncState:
        state = await self._in_thread(self._destination.read_state, self._table)
        assert state is not None  # noqa: S101 - the sync was started before
        return state

    def _counters(self) -> tuple[int, int]:
        return self._counter.new, self._counter.changed

    async def _in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        """Call a blocking method of the destination in a worker thread."""
        return await run_in_thread(self._lock, call, *arguments)


async def run_in_thread(lock: threading.Lock, call: Callable[..., T], *arguments: object) -> T:
    """Call a blocking method of the destination in a worker thread, when no other call runs.

    Ctrl-C cancels the task that waits for a call, but not the call itself. Its connection must not
    be closed until it returns.
    """

    def call_exclusively() -> T:
        with lock:
            return call(*arguments)

    return await to_thread.run_sync(call_exclusively)
