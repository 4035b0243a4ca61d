"""Timestamps in the API's format, for its date filters and the sync state.

The filters have no time zone and mean Dutch time, which is one or two hours ahead of UTC. The
mirror filters by its own start time in UTC, which is up to two hours too early, and never too late.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

SECOND = timedelta(seconds=1)
# Without a Date header, this machine's clock may be ahead of the store's by up to this.
_UNKNOWN_SKEW = timedelta(days=1)
# Earlier than any store. The filters of a window that starts here have no start date.
MIN_TIMESTAMP = datetime(2000, 1, 1)  # noqa: DTZ001 - the API's timestamps have no zone
# Rows without a date do not match a filter with this end.
MAX_TIMESTAMP = datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - as above


def utc_now() -> datetime:
    """Return the current time in UTC, in whole seconds and without a zone."""
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def parse_http_date(text: str | None) -> datetime | None:
    """Return the time in a Date header (RFC 9110, 6.6.1), in UTC without a zone, or None."""
    try:
        return parsedate_to_datetime(text or "").astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def earliest_now(store_time: datetime | None) -> datetime:
    """Return a time in UTC that the store's clock has certainly reached.

    A sync reads the changes since the start of the previous one. If this machine's clock is ahead
    of the store's, its own time as that start would lose changes.

    Args:
        store_time: the time in the store's latest Date header, or None without one.
    """
    now = utc_now()
    return now - _UNKNOWN_SKEW if store_time is None else min(now, store_time)


def format_timestamp(timestamp: datetime) -> str:
    """Format a timestamp for the API's filters."""
    return timestamp.isoformat(" ", "seconds")


def date_filters(field: str, low: datetime, high: datetime | None) -> dict[str, Any]:
    """Return the filters for rows dated `low` to `high` inclusive, or without an end for None."""
    filters: dict[str, Any] = {}
    if low > MIN_TIMESTAMP:
        filters[f"{field}_start_date"] = format_timestamp(low)
    if high is not None:
        filters[f"{field}_end_date"] = format_timestamp(high)
    return filters


def parse_timestamp(text: str) -> datetime:
    """Parse the text that `format_timestamp` returned."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


def row_timestamp(row: object, field: str) -> datetime | None:
    """Return the time in fields such as ``created_date`` and ``created_time``, or None."""
    return parse_date_and_time(
        getattr(row, f"{field}_date", None), getattr(row, f"{field}_time", None)
    )


def parse_date_and_time(day: object, time: object) -> datetime | None:
    """Return the time of ``yyyy-mm-dd`` (or a date) and ``hh:mm:ss``, or None."""
    try:
        return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=None)
    except ValueError:
        return None
