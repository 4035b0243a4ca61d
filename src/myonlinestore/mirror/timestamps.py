"""Timestamps in the API's format, for its date filters and the sync state.

The filters have no time zone and mean Dutch time, which is one or two hours ahead of UTC. The
mirror filters by its own start time in UTC, which is up to two hours too early, and never too late.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

SECOND = timedelta(seconds=1)
# Earlier than any store. The filters of a window that starts here have no start date.
MIN_TIMESTAMP = datetime(2000, 1, 1)  # noqa: DTZ001 - the API's timestamps have no zone


def utc_now() -> datetime:
    """Return the current time in UTC, in whole seconds and without a zone."""
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


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
    day, time = getattr(row, f"{field}_date", None), getattr(row, f"{field}_time", None)
    try:
        return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=None)
    except ValueError:
        return None
