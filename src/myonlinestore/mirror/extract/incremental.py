"""MirrorOptions: how a run reads, and where a pass begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import Destination, SyncState
from myonlinestore.mirror.extract.streams import Stream
from myonlinestore.mirror.schema.table import RAW


@dataclass(frozen=True)
class MirrorOptions:
    """How a run reads, and what it does with what it finds.

    Attributes:
        full: read everything, not only what has changed.
        hard_delete: remove rows that the store has no more, instead of marking them.
        overlap: how much earlier than the last run's beginning changes are asked for.
        retry_rejects: try once more to decode what could not be decoded.
        concurrency: how many requests may be in flight.
        raw: keep each row as it was sent.
    """

    full: bool = False
    hard_delete: bool = False
    overlap: timedelta = timedelta(minutes=5)
    retry_rejects: bool = False
    concurrency: int = 8
    raw: bool = False


def with_raw_column(stream: Stream, destination: Destination, options: MirrorOptions) -> Stream:
    """The stream with raw if that is asked for, or if an open copy has it.

    A copy that once had the column would show values of old rows beside new ones.
    """
    return replace(stream, raw=options.raw or RAW in destination.read_columns(stream.name))


def incremental_since(
    stream: Stream, state: SyncState | None, options: MirrorOptions
) -> datetime | None:
    """From when on changes are asked for; None if everything is read."""
    if options.full or not stream.supports_incremental or stream.is_denormalized:
        return None
    if state is None or state.complete_from is None or _is_interrupted_full_refresh(state):
        return None
    return with_overlap(state.complete_from, options)


def with_overlap(started_at: str, options: MirrorOptions) -> datetime:
    """From when on a pass that began then may have missed a change."""
    return timestamps.parse_timestamp(started_at) - options.overlap


def _is_interrupted_full_refresh(state: SyncState) -> bool:
    return state.full and state.finished_at is None


def resume_point(state: SyncState, field: str, start: datetime) -> datetime:
    """Where a pass begins, or goes on if it was cut off while it read by the same stamp."""
    known, _, cursor = (state.cursor or "").partition(" ")
    return timestamps.parse_timestamp(cursor) if known == field else start
