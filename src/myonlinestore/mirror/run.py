"""Mirror: the job that copies a store into a database and keeps the copy current."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from typing import Any, cast

import anyio
from anyio import from_thread, to_thread

from myonlinestore._loop import in_loop
from myonlinestore.client import ConnectClient
from myonlinestore.mirror.destination import Changes, Destination, destination_of
from myonlinestore.mirror.report import MirrorReport, OnProgress, ResourceReport
from myonlinestore.mirror.sources import Source, chosen
from myonlinestore.models import Model
from myonlinestore.pagination import PaginatedResponse, aiterate_all

PAGE_SIZE = 100


class Mirror:
    """Copies a store into a database: one table for each resource, child tables for its lists.

    Every run reads the whole store. Rows are put in the place of those with the same key, and rows
    that the store has no more get a time in ``_deleted_at``; each page is one transaction, so a run
    that is cut off leaves a copy that is whole as far as it got, and the next run completes it.

    Args:
        client: the store.
        destination: a path such as ``catalog.sqlite``, or a URL such as ``sqlite:///catalog.sqlite``.
        only: names of the resources to copy; all if omitted.
        skip: names of resources to leave out.
        on_progress: is told how far each resource is.

    Raises:
        MirrorError: `destination` is of a kind that is not supported.
        ValueError: a resource has no such name, or none is left.
    """

    def __init__(
        self,
        client: ConnectClient,
        destination: str | os.PathLike[str] = "catalog.sqlite",
        *,
        only: Collection[str] | None = None,
        skip: Collection[str] | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        destination_of(destination)  # Refuses here what no run could use.
        self._client = client
        self._target = destination
        self._sources = chosen(only, skip)
        self._on_progress = on_progress

    def run(self) -> MirrorReport:
        """Copy the store, or bring the copy up to date. Works inside a running event loop as well.

        The client's connections are closed afterwards; it opens new ones when it is used again.

        Raises:
            ConnectError: a call failed, or (MirrorError) the copy cannot be written.
        """
        if not in_loop():
            try:
                return anyio.run(self._arun_in_own_loop)
            except asyncio.CancelledError as error:
                # What anyio makes of Ctrl-C on Python 3.10; nothing else cancels this loop.
                raise KeyboardInterrupt from error
        with from_thread.start_blocking_portal() as portal:
            return portal.call(self._arun_in_own_loop)

    async def arun(self) -> MirrorReport:
        """The async twin of `run`, on asyncio or trio. It leaves the client's connections open."""
        started = time.perf_counter()
        destination = destination_of(self._target)
        try:
            await to_thread.run_sync(destination.open)
            reports = [await self._copy(source, destination) for source in self._sources]
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(destination.close)
        return MirrorReport(tuple(reports), time.perf_counter() - started)

    async def _arun_in_own_loop(self) -> MirrorReport:
        """The loop ends with the run, and with it the connections that were opened in it."""
        try:
            return await self.arun()
        finally:
            with anyio.CancelScope(shield=True):
                await self._client.aclose()

    async def _copy(self, source: Source, destination: Destination) -> ResourceReport:
        tally = _Tally(source, self._on_progress)
        await to_thread.run_sync(destination.begin, source.table)
        await tally.count(self._client)
        async with aclosing(_batches(tally.rows(self._client))) as batches:
            async for rows in batches:
                changes = await to_thread.run_sync(destination.write, source.table, rows)
                tally.add(len(rows), changes)
        return tally.report(await to_thread.run_sync(destination.finish, source.table))


class _Tally:
    """What was done for one resource so far."""

    def __init__(self, source: Source, on_progress: OnProgress | None) -> None:
        self._source = source
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._total: int | None = None
        self._done = self._new = self._changed = self._requests = 0

    async def count(self, client: ConnectClient) -> None:
        """Ask how many rows there will be, where the vendor tells."""
        if self._source.count is not None:
            self._requests += 1
            self._total = await self._source.count(client)()
        self._tell()

    def rows(self, client: ConnectClient) -> AsyncIterator[Any]:
        """Every row of the resource; the requests that it takes are counted."""
        fetch = self._source.pages(client)

        @functools.wraps(fetch)
        async def counted(**window: int) -> PaginatedResponse[Any]:
            self._requests += 1
            return await fetch(**window)

        return aiterate_all(counted, page_size=PAGE_SIZE)

    def add(self, rows: int, changes: Changes) -> None:
        """Count what was written."""
        self._done += rows
        self._new += changes.new
        self._changed += changes.changed
        self._tell()

    def report(self, deleted: int) -> ResourceReport:
        """The end of it."""
        self._total = self._done
        self._tell()
        return ResourceReport(
            resource=self._source.name,
            rows=self._done,
            new=self._new,
            changed=self._changed,
            deleted=deleted,
            requests=self._requests,
            seconds=time.perf_counter() - self._started,
        )

    def _tell(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self._source.name, self._done, self._total)


async def _batches(rows: AsyncIterator[Model]) -> AsyncGenerator[list[Model], None]:
    """The rows in lists of a page each: what is written at once, and all that is held at once."""
    walk = cast("AsyncGenerator[Model, None]", rows)
    batch: list[Model] = []
    async with aclosing(walk):
        async for row in walk:
            batch.append(row)
            if len(batch) == PAGE_SIZE:
                yield batch
                batch = []
    if batch:
        yield batch
