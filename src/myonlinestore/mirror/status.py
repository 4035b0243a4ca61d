"""The status of a copy, and the plan of the next run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from anyio import to_thread

from myonlinestore.client import ConnectClient
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import Destination, SyncState
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.incremental import (
    MirrorOptions,
    incremental_since,
    with_raw_column,
)
from myonlinestore.mirror.extract.streams import STREAMS, Stream


@dataclass(frozen=True)
class MirrorStatus:
    """The status of a copy.

    Attributes:
        store: the id of its store.
        origin: scheme and host of the API.
        resources: the sync state of each mirrored resource.
    """

    store: str
    origin: str
    resources: tuple[SyncState, ...]

    @property
    def complete(self) -> bool:
        """True if the latest sync of every resource was finished."""
        return all(state.finished_at is not None for state in self.resources)

    def __iter__(self) -> Iterator[SyncState]:
        return iter(self.resources)


def read_status(target: str | os.PathLike[str]) -> MirrorStatus:
    """Read the status of a copy, without changing it and without requests to the store.

    Raises:
        MirrorError: `target` does not contain a copy, or the copy cannot be read.
    """
    destination = resolve_destination(target)
    try:
        destination.open(read_only=True)
        store, origin = destination.read_owner() or ("", "")
        states = (destination.read_state(stream.table) for stream in STREAMS)
        return MirrorStatus(store, origin, tuple(filter(None, states)))
    finally:
        destination.close()


@dataclass(frozen=True)
class PlannedSync:
    """The work of the next run for one resource.

    Attributes:
        resource: its name.
        full: True for a full refresh.
        since: the time from which changes are read, in UTC; None for a full refresh.
        resumes: True if an interrupted sync is resumed.
        store_rows: the number of rows to read; None if the API has no count for this list.
        row_count: the number of rows in the copy.
    """

    resource: str
    full: bool
    since: str | None
    resumes: bool
    store_rows: int | None
    row_count: int


async def make_plan(
    streams: list[Stream], client: ConnectClient, destination: Destination, options: MirrorOptions
) -> list[PlannedSync]:
    """Return the work of the next run for each stream. Reads only counts, and writes nothing."""
    plans: list[PlannedSync] = []
    try:
        exists = await to_thread.run_sync(destination.exists)
        if exists:
            await to_thread.run_sync(partial(destination.open, read_only=True))
        for stream in streams:
            state = (
                await to_thread.run_sync(_state, stream, destination, options) if exists else None
            )
            plans.append(await plan_sync(stream, client, state, options))
    finally:
        await to_thread.run_sync(destination.close)
    return plans


def _state(stream: Stream, destination: Destination, options: MirrorOptions) -> SyncState | None:
    return destination.read_state(with_raw_column(stream, destination, options).table)


async def plan_sync(
    stream: Stream, client: ConnectClient, state: SyncState | None, options: MirrorOptions
) -> PlannedSync:
    """Return the work of the next run for a stream whose sync state is given."""
    since = incremental_since(stream, state, options)
    full = since is None
    resumes = state is not None and state.can_resume(full=full)
    return PlannedSync(
        resource=stream.name,
        full=full,
        since=None if since is None else timestamps.format_timestamp(since),
        resumes=resumes,
        store_rows=await _count(stream, client, since),
        row_count=0 if state is None else state.row_count,
    )


async def _count(stream: Stream, client: ConnectClient, since: datetime | None) -> int | None:
    if stream.count is None:
        return None
    count = stream.count(client)
    return await (
        count() if since is None else count(changed_start_date=timestamps.format_timestamp(since))
    )
