"""What a copy holds and how fresh it is, and what a run would do to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from anyio import to_thread

from myonlinestore.client import ConnectClient
from myonlinestore.mirror import timestamps as moments
from myonlinestore.mirror.destinations.base import Destination, SyncState
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.incremental import Options, as_kept, changes_since
from myonlinestore.mirror.extract.streams import SOURCES, Source


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


def status_of(target: str | os.PathLike[str]) -> MirrorStatus:
    """What a copy holds; nothing is changed or asked of the store.

    Raises:
        MirrorError: there is no copy at `target`, or it cannot be read.
    """
    destination = resolve_destination(target)
    try:
        destination.open(read_only=True)
        store, origin = destination.read_owner() or ("", "")
        states = (destination.read_state(source.table) for source in SOURCES)
        return MirrorStatus(store, origin, tuple(filter(None, states)))
    finally:
        destination.close()


@dataclass(frozen=True)
class Planned:
    """What a run would do for one resource.

    Attributes:
        resource: its name.
        full: whether it would read everything.
        since: from when on it would ask for changes, in UTC; None for everything.
        goes_on: whether it would go on with a pass that was cut off.
        store_rows: rows that it would read, where the vendor tells.
        held: rows in the copy.
    """

    resource: str
    full: bool
    since: str | None
    goes_on: bool
    store_rows: int | None
    held: int


async def plan_of(
    sources: list[Source], client: ConnectClient, destination: Destination, options: Options
) -> list[Planned]:
    """What a run would do. It asks the store for counts alone, and writes nothing."""
    plans: list[Planned] = []
    try:
        there = await to_thread.run_sync(destination.exists)
        if there:
            await to_thread.run_sync(partial(destination.open, read_only=True))
        for source in sources:
            state = (
                await to_thread.run_sync(_state, source, destination, options) if there else None
            )
            plans.append(await _plan(source, client, state, options))
    finally:
        await to_thread.run_sync(destination.close)
    return plans


def _state(source: Source, destination: Destination, options: Options) -> SyncState | None:
    return destination.read_state(as_kept(source, destination, options).table)


async def _plan(
    source: Source, client: ConnectClient, state: SyncState | None, options: Options
) -> Planned:
    since = changes_since(source, state, options)
    full = since is None
    goes_on = state is not None and state.can_resume(full=full)
    return Planned(
        resource=source.name,
        full=full,
        since=None if since is None else moments.text(since),
        goes_on=goes_on,
        store_rows=await _count(source, client, since),
        held=0 if state is None else state.row_count,
    )


async def _count(source: Source, client: ConnectClient, since: datetime | None) -> int | None:
    if source.count is None:
        return None
    count = source.count(client)
    return await (count() if since is None else count(changed_start_date=moments.text(since)))
