"""The status of a copy, and the plan of the next run."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import anyio

from myonlinestore.client import ConnectClient
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import Destination, SyncState, check_owner
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.exceptions import NoCopyError
from myonlinestore.mirror.extract.incremental import (
    MirrorOptions,
    check_language,
    first_recent_day,
    incremental_since,
    with_raw_column,
)
from myonlinestore.mirror.extract.order_sync import order_filters
from myonlinestore.mirror.extract.stream_sync import run_in_thread
from myonlinestore.mirror.extract.streams import STREAMS, Stream, list_tables


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
        """True if the latest sync of every resource in the copy was finished, and there is one."""
        return bool(self.resources) and all(state.finished_at for state in self.resources)

    @property
    def not_copied(self) -> tuple[str, ...]:
        """The names of the resources that the copy does not have."""
        copied = {state.resource for state in self.resources}
        return tuple(stream.name for stream in STREAMS if stream.name not in copied)

    def __iter__(self) -> Iterator[SyncState]:
        return iter(self.resources)


def read_status(target: str | os.PathLike[str]) -> MirrorStatus:
    """Read the status of a copy, without changing it and without requests to the store.

    Raises:
        MirrorError: `target` does not contain a copy, or the copy cannot be read. The message says
            what it contains instead.
    """
    destination = resolve_destination(target)
    try:
        destination.open(read_only=True)
        owner = destination.read_owner()
        states = (destination.read_state(table) for table in list_tables())
        resources = tuple(filter(None, states))
        if owner is None and not resources:
            raise NoCopyError(f"{destination} is empty: nothing was mirrored into it yet")
        return MirrorStatus(*(owner or ("", "")), resources)
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
    streams: list[Stream],
    client: ConnectClient,
    destination: Destination,
    options: MirrorOptions,
    owner: tuple[str, str],
) -> list[PlannedSync]:
    """Return the work of the next run for each stream. Reads only counts, and writes nothing.

    Args:
        streams: the resources.
        client: the store.
        destination: the copy, which is closed at the end.
        options: the options of the run.
        owner: the store's id and origin.

    Raises:
        MirrorError: the copy is of another store or in another language, or cannot be read.
    """
    lock = threading.Lock()
    try:
        states = await run_in_thread(lock, _read_states, streams, destination, options, owner)
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_thread(lock, destination.close)
    return [
        await plan_sync(stream, client, state, options)
        for stream, state in zip(streams, states, strict=True)
    ]


def _read_states(
    streams: list[Stream], destination: Destination, options: MirrorOptions, owner: tuple[str, str]
) -> list[SyncState | None]:
    """Return the sync states of streams, or None for each if there is no copy yet."""
    try:
        destination.open(read_only=True)
    except NoCopyError:
        return [None] * len(streams)
    saved_owner = destination.read_owner()
    if saved_owner is not None:
        check_owner(destination, saved_owner, *owner)
    check_language(destination, streams, options)
    tables = [with_raw_column(stream, destination, options).table for stream in streams]
    return [destination.read_state(table) for table in tables]


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
        store_rows=await _count(stream, client, since, options),
        row_count=0 if state is None else state.row_count,
    )


async def _count(
    stream: Stream, client: ConnectClient, since: datetime | None, options: MirrorOptions
) -> int | None:
    if stream.count is None:
        return None
    count = stream.count(client)
    if since is None:
        return await count()
    if stream.rereads_recent:
        filters = order_filters(since, first_recent_day(options, timestamps.utc_now()))
        return sum([await count(**one) for one in filters])
    return await count(changed_start_date=timestamps.format_timestamp(since))
