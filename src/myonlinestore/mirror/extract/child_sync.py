"""ChildSync: the sync of lists that take a request for each row of another resource.

The lists are read after all rows of their resource, and only those that may have changed. Each
transaction saves which ones were read, so that an interrupted sync is resumed after the last one.
Three kinds of tasks are connected by memory object streams::

    selector ── parent rows ──> readers ── lists ──> writer

A list that cannot be read is read once more at the end, and is then a reject, which the next sync
tries again. If no list can be read, or many in a row cannot, the resource cannot be read.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, TypeVar

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from myonlinestore._codec.encode import encode
from myonlinestore._concurrency.gather import gather
from myonlinestore.client import ConnectClient
from myonlinestore.exceptions import ConnectError
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import Destination, SyncState
from myonlinestore.mirror.extract.incremental import (
    MirrorOptions,
    first_recent_day,
    must_read_all,
)
from myonlinestore.mirror.extract.outage import is_outage
from myonlinestore.mirror.extract.stream_sync import run_in_thread
from myonlinestore.mirror.extract.streams import ArticlesInCategory, ChildRows, ChildStream
from myonlinestore.mirror.extract.transport import FailedReadError
from myonlinestore.mirror.records import Reject, partition_rejects
from myonlinestore.mirror.report import ProgressCounter, ResourceReport
from myonlinestore.mirror.schema.table import Table
from myonlinestore.models import ArticleLimited

T = TypeVar("T")

# The lists in one transaction, and the parent rows that are selected at once.
_BATCH_SIZE = 100
_SELECT_SIZE = 500
# After this many failures without a success between them, it is not the lists that are faulty.
_MAX_FAILURES = 10
# One list that fails is a reject; several, without a success, are a resource that cannot be read.
_MIN_UNREADABLE = 2
# A sync is only resumed if it has a cursor; which lists are read is in the sync state of each.
_CURSOR = "lists"


class _UnreadableError(Exception):
    """The lists cannot be read, while other resources may be readable."""

    def __init__(self, error: ConnectError) -> None:
        super().__init__(str(error))
        self.error = error


class ChildSync:
    """The sync of one child stream in one run.

    Args:
        stream: the child stream.
        parent: the table of its parent rows.
        client: repeats requests during an outage.
        direct_client: raises FailedReadError for a request that fails.
        destination: the copy.
        options: the options of the run.
        counter: counts lists and requests.
        lock: held by each call of the destination.
        derives: True if the links of the articles in the copy are up to date.
    """

    def __init__(
        self,
        stream: ChildStream,
        parent: Table,
        client: ConnectClient,
        direct_client: ConnectClient,
        destination: Destination,
        options: MirrorOptions,
        counter: ProgressCounter,
        lock: threading.Lock,
        *,
        derives: bool,
    ) -> None:
        self._stream = stream
        self._parent = parent
        self._client = client
        self._direct_client = direct_client
        self._destination = destination
        self._options = options
        self._counter = counter
        self._lock = lock
        self._derives = derives and stream.is_linked
        self._rejected: list[Sequence[Any]] = []
        self._failed: list[tuple[Sequence[Any], FailedReadError]] = []
        self._is_second_attempt = False
        self._failures_in_a_row = 0
        self._has_succeeded = False

    async def run(self) -> ResourceReport:
        """Bring the lists up to date, and return their report, which counts lists.

        If the lists cannot be read, the report has the error.
        """
        error: ConnectError | None = None
        try:
            await self._sync()
        except _UnreadableError as unreadable:
            error = unreadable.error
        return self._counter.report(await self._read_state(), error)

    async def _sync(self) -> None:
        full = must_read_all(await self._read_state(), self._options)
        now = timestamps.earliest_now(self._counter.store_time)
        begin = functools.partial(
            self._destination.begin_sync,
            full=full,
            options=self._options.recorded,
            started_at=timestamps.format_timestamp(now),
        )
        await self._in_thread(begin, self._stream.table)
        reads_all = full or (self._stream.is_linked and not self._derives)
        since_day = None if reads_all else first_recent_day(self._options, now)
        ((self._counter.total,),) = await self._select([], since_day)
        self._counter.notify()
        if not reads_all and self._derives:
            await self._derive_lists(since_day)
        await self._read_lists(self._iterate_pending(since_day))
        await self._retry_failed()
        finish = functools.partial(
            self._destination.finish_sync, hard_delete=self._options.hard_delete
        )
        self._counter.deleted += await self._in_thread(finish, self._stream.table)

    async def _iterate_pending(self, since_day: str | None) -> AsyncGenerator[Sequence[Any], None]:
        """Yield the parent rows whose lists have to be read, except rejects of earlier runs."""
        after = None
        while rows := await self._select(self._stream.columns, since_day, after):
            for *parent, is_reject in rows:
                if is_reject:
                    self._rejected.append(parent)
                else:
                    yield parent
            after = rows[-1][0]

    async def _derive_lists(self, since_day: str | None) -> None:
        """Write the lists that do not have to be read, as the links of the articles give them."""
        pending = {parent[0] async for parent in self._iterate_pending(since_day)}
        unseen = [parent[0] async for parent in self._iterate_pending(None)]
        keys = [key for key in unseen if key not in pending]
        self._rejected = []
        for start in range(0, len(keys), _BATCH_SIZE):
            derived = await self._read_links(keys[start : start + _BATCH_SIZE])
            await self._write(
                [ArticlesInCategory(id=k, is_final=True, articles=v) for k, v in derived.items()]
            )

    async def _read_links(self, keys: Sequence[int]) -> dict[int, list[ArticleLimited]]:
        """Return the articles in categories by the links of the articles in the copy."""
        rows = await self._in_thread(self._destination.read_category_articles, keys)
        found: dict[int, list[ArticleLimited]] = {key: [] for key in keys}
        for category, number, name, uuid, is_main in sorted(rows, key=lambda row: row[:2]):
            article = ArticleLimited(
                id=number, name=name, uuid=uuid, is_main=None if is_main is None else bool(is_main)
            )
            found[category].append(article)
        return found

    async def _read_lists(self, parents: AsyncGenerator[Sequence[Any], None]) -> None:
        """Read the lists of parent rows, and write them in batches."""
        to_read, to_readers = anyio.create_memory_object_stream[Sequence[Any]](0)
        to_write, to_writer = anyio.create_memory_object_stream[ChildRows](_BATCH_SIZE)

        async def send_parents() -> None:
            async with to_read, aclosing(parents):
                async for parent in parents:
                    await to_read.send(parent)

        with to_readers, to_writer:
            readers = [
                functools.partial(self._read, to_readers.clone(), to_write.clone())
                for _ in range(self._options.concurrency)
            ]
            to_write.close()
            await gather(send_parents, functools.partial(self._write_lists, to_writer), *readers)

    async def _read(
        self,
        parents: MemoryObjectReceiveStream[Sequence[Any]],
        lists: MemoryObjectSendStream[ChildRows],
    ) -> None:
        with parents, lists:
            async for parent in parents:
                try:
                    found = await self._fetch(parent)
                except FailedReadError as failure:
                    if not await self._is_outage(parent, failure):
                        continue
                    found = await self._read_after_outage(parent)
                self._failures_in_a_row, self._has_succeeded = 0, True
                await lists.send(found)

    async def _fetch(self, parent: Sequence[Any]) -> ChildRows:
        """Return the list of a parent row. Raises FailedReadError unless all requests fail."""
        try:
            return await self._stream.fetch(self._direct_client, parent)
        except ConnectError as error:
            if error.status_code is not None:
                raise
            # The pages of the list contradict each other.
            raise FailedReadError(error, "") from error

    async def _is_outage(self, parent: Sequence[Any], failure: FailedReadError) -> bool:
        """Return True if a list was not read because of an outage; otherwise, add it to the failed.

        Raises:
            _UnreadableError: no list can be read any more.
        """
        self._failures_in_a_row += not self._is_second_attempt
        if self._failures_in_a_row < _MAX_FAILURES:
            self._failed.append((parent, failure))
            return False
        if not is_outage(failure.error):
            raise _UnreadableError(failure.error)
        return True

    async def _read_after_outage(self, parent: Sequence[Any]) -> ChildRows:
        """Read a list when the store responds again.

        Raises:
            ConnectError: the outage lasts too long.
            _UnreadableError: the store responds to other requests.
        """
        try:
            return await self._stream.fetch(self._client, parent)
        except ConnectError as error:
            with contextlib.suppress(FailedReadError):
                await self._direct_client.store.aget()
                raise _UnreadableError(error) from error
            raise

    async def _write_lists(self, lists: MemoryObjectReceiveStream[ChildRows]) -> None:
        """Write lists in batches, so that an interrupted sync has to read few of them again."""
        batch: list[ChildRows] = []
        async for found in lists:
            batch.append(found)
            if len(batch) == _BATCH_SIZE:
                await self._write(await self._compare_with_links(batch))
                batch = []
        await self._write(await self._compare_with_links(batch))

    async def _compare_with_links(self, lists: list[ChildRows]) -> list[ChildRows]:
        """Set `is_final` of the lists that the links of the articles give in the same order."""
        if self._derives:
            in_categories = [one for one in lists if isinstance(one, ArticlesInCategory)]
            derived = await self._read_links([one.id for one in in_categories if one.id])
            for one in in_categories:
                one.is_final = derived.get(one.id or 0) == one.articles
        return lists

    async def _write(self, lists: Sequence[ChildRows], rejects: Sequence[Reject] = ()) -> None:
        if not lists and not rejects:
            return
        (field,) = self._stream.table.children[0].path
        all_rejects = [*rejects]
        for one in lists:
            rows, rejected = partition_rejects(getattr(one, field))
            setattr(one, field, rows)
            key = getattr(one, self._stream.key)
            all_rejects += [replace(reject, key=key) for reject in rejected]
        write = functools.partial(self._destination.write, rejects=all_rejects, cursor=_CURSOR)
        changes = await self._in_thread(write, self._stream.table, lists)
        self._counter.add(len(lists), changes)

    async def _retry_failed(self) -> None:
        """Read the lists again that could not be read; those that fail again are rejects.

        Raises:
            _UnreadableError: several lists fail and none can be read.
        """
        parents = [*self._rejected, *(parent for parent, _ in self._failed)]
        if not parents:
            return
        await self._client.store.aget()  # Returns when an outage has ended.
        self._failed, self._is_second_attempt, self._failures_in_a_row = [], True, 0
        await self._read_lists(_iterate(parents))
        is_new = not self._has_succeeded and not self._rejected
        if is_new and len(self._failed) >= _MIN_UNREADABLE:
            raise _UnreadableError(self._failed[0][1].error)
        rejects = [_reject_list(parent[0], failure) for parent, failure in self._failed]
        await self._write([], rejects)

    async def _select(
        self, columns: Sequence[str], since_day: str | None, after: object = None
    ) -> list[tuple[Any, ...]]:
        select = functools.partial(
            self._destination.read_pending, since_day=since_day, after=after, limit=_SELECT_SIZE
        )
        return await self._in_thread(select, self._stream.table, self._parent, columns)

    async def _read_state(self) -> SyncState | None:
        return await self._in_thread(self._destination.read_state, self._stream.table)

    async def _in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        return await run_in_thread(self._lock, call, *arguments)


async def _iterate(parents: Sequence[Sequence[Any]]) -> AsyncGenerator[Sequence[Any], None]:
    for parent in parents:
        yield parent


def _reject_list(key: Any, failure: FailedReadError) -> Reject:
    """Return the reject of a list that could not be read: the response, or an excerpt of it."""
    body = failure.error.body
    content = body.encode() if isinstance(body, str) else b"" if body is None else encode(body)
    return Reject(content, str(failure.error), failure.request, key)
