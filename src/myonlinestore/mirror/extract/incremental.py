"""MirrorOptions, and the time from which an incremental sync reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import Destination, SyncState
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.extract.streams import Stream
from myonlinestore.mirror.records import PAGE_SIZE
from myonlinestore.mirror.schema.table import RAW

_MIN_MAX_DELETE = 10
# Its name among the options that a sync state records.
_LANGUAGE = "language"


@dataclass(frozen=True)
class MirrorOptions:
    """The options of a run.

    Attributes:
        full: read all rows, not only those that have changed.
        hard_delete: delete rows that were deleted from the store, instead of marking them.
        overlap: the time before the start of the last run from which changes are read again.
        retry_rejects: try again to decode the rejects of earlier runs.
        concurrency: the maximum number of requests in flight.
        raw: keep each row's JSON as it was received.
        max_delete: the maximum number of rows that a sync deletes; None for half of the rows, and
            at least 10.
        max_wait: seconds without a successful request after which an outage ends the run.
        language: the language of the store's texts.
        find_deleted: find the deleted rows after an incremental sync whose count is lower than
            that of the copy.
        reread_days: the number of days for which an order may change, and is read again.
    """

    full: bool = False
    hard_delete: bool = False
    overlap: timedelta = timedelta(minutes=5)
    retry_rejects: bool = False
    concurrency: int = 8
    raw: bool = False
    max_delete: int | None = None
    max_wait: float = 900.0
    find_deleted: bool = False
    language: str = "nl_NL"
    reread_days: int = 60

    @property
    def recorded(self) -> dict[str, str]:
        """The options that shape rows, which the sync state of each resource records."""
        return {_LANGUAGE: self.language}

    def max_deleted_rows(self, row_count: int) -> int:
        """Return the maximum number of rows that a sync deletes from `row_count` rows."""
        return max(_MIN_MAX_DELETE, row_count // 2) if self.max_delete is None else self.max_delete


def check_language(
    destination: Destination, streams: Iterable[Stream], options: MirrorOptions
) -> None:
    """Raise MirrorError if the copy has rows in another language, and not all are read again."""
    if options.full:
        return
    for stream in streams:
        state = destination.read_state(stream.table)
        recorded = None if state is None else state.options.get(_LANGUAGE)
        if recorded not in (None, options.language):
            raise MirrorError(
                f"the {stream.name} in {destination} are in the language {recorded}, and this run "
                f"reads {options.language}: run with --language {recorded}, or with --full to read "
                f"all rows in {options.language}"
            )


def with_raw_column(stream: Stream, destination: Destination, options: MirrorOptions) -> Stream:
    """Return the stream with `raw` set if the options ask for it, or if the copy has that column.

    Without it, a changed row would keep the JSON of its old values in that column.
    """
    return replace(stream, raw=options.raw or RAW in destination.read_columns(stream.name))


def incremental_since(
    stream: Stream, state: SyncState | None, options: MirrorOptions
) -> datetime | None:
    """Return the time from which changes are read, or None for a full refresh."""
    is_filtered = stream.supports_incremental or stream.rereads_recent
    if not is_filtered or stream.is_denormalized or must_read_all(state, options):
        return None
    assert state is not None  # noqa: S101 - otherwise, all rows are read
    assert state.complete_from is not None  # noqa: S101 - as well
    return with_overlap(state.complete_from, options)


def must_read_all(state: SyncState | None, options: MirrorOptions) -> bool:
    """Return True if a sync is a full one."""
    if options.full or state is None or state.complete_from is None:
        return True
    return _is_interrupted_full_refresh(state)


def first_recent_day(options: MirrorOptions, now: datetime) -> str:
    """Return the first day, ``yyyy-mm-dd``, from which rows may still change."""
    days = min(options.reread_days, (now - timestamps.MIN_TIMESTAMP).days)
    return (now - timedelta(days=days)).date().isoformat()


def with_overlap(started_at: str, options: MirrorOptions) -> datetime:
    """Return the time from which a sync that started at `started_at` may have missed changes."""
    return timestamps.parse_timestamp(started_at) - options.overlap


def _is_interrupted_full_refresh(state: SyncState) -> bool:
    return state.full and state.finished_at is None


def resume_point(state: SyncState, field: str, start: datetime) -> datetime:
    """Return the cursor of an interrupted sync if it is for this date field, otherwise `start`."""
    cursor_field, _, cursor = (state.cursor or "").partition(" ")
    return timestamps.parse_timestamp(cursor) if cursor_field == field else start


def resume_offset(state: SyncState) -> int:
    """Return the offset from which an interrupted sync continues, a page before its end."""
    name, _, offset = (state.cursor or "").partition(" ")
    return max(0, int(offset) - PAGE_SIZE) if name == "offset" else 0
