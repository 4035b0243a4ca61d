"""What a copy holds and how fresh it is, and what a run would do to it."""

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
    """A copy as it stands.

    Attributes:
        store: the id of the store that it is of.
        origin: scheme and host of the API that it came from.
        resources: what is known of each resource that was mirrored.
    """

    store: str
    origin: str
    resources: tuple[SyncState, ...]

    @property
    def complete(self) -> bool:
        """Whether every resource was read to its end, by its latest pass."""
        return all(state.finished_at is not None for state in self.resources)

    def __iter__(self) -> Iterator[SyncState]:
        return iter(self.resources)


def read_status(target: str | os.PathLike[str]) -> MirrorStatus:
    """What a copy holds; nothing is changed or asked of the store.

    Raises:
        MirrorError: there is no copy at `target`, or it cannot be read.
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
    """What a run would do for one resource.

    Attributes:
        resource: its name.
        full: whether it would read everything.
        since: from when on it would ask for changes, in UTC; None for everything.
        resumes: whether it would go on with a pass that was cut off.
        store_rows: rows that it would read, where the vendor tells.
        row_count: rows in the copy.
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
    """What a run would do. It asks the store for counts alone, and writes nothing."""
    plans: list[PlannedSync] = []
    try:
        there = await to_thread.run_sync(destination.exists)
        if there:
            await to_thread.run_sync(partial(destination.open, read_only=True))
        for stream in streams:
            state = (
                await to_thread.run_sync(_state, stream, destination, options) if there else None
            )
            plans.append(await _plan(stream, client, state, options))
    finally:
        await to_thread.run_sync(destination.close)
    return plans


def _state(stream: Stream, destination: Destination, options: MirrorOptions) -> SyncState | None:
    return destination.read_state(with_raw_column(stream, destination, options).table)


async def _plan(
    stream: Stream, client: ConnectClient, state: SyncState | None, options: MirrorOptions
) -> PlannedSync:
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
