"""Moments in the vendor's format, by which windows are cut and changes are asked for.

The filters hold no zone and mean Dutch time, which is one or two hours ahead of UTC. The mirror
asks from its own start in UTC: too early by that much at the most, never too late.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

SECOND = timedelta(seconds=1)
# Before any store of this vendor. A window that begins here is asked for without a beginning.
MIN_TIMESTAMP = datetime(2000, 1, 1)  # noqa: DTZ001 - as the vendor's stamps, without zone


def utc_now() -> datetime:
    """The present second in UTC, without zone."""
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def format_timestamp(timestamp: datetime) -> str:
    """As the vendor's filters take it."""
    return timestamp.isoformat(" ", "seconds")


def date_filters(field: str, low: datetime, high: datetime | None) -> dict[str, Any]:
    """The filters for rows with a stamp from `low` to `high`, both included; None is no end."""
    filters: dict[str, Any] = {}
    if low > MIN_TIMESTAMP:
        filters[f"{field}_start_date"] = format_timestamp(low)
    if high is not None:
        filters[f"{field}_end_date"] = format_timestamp(high)
    return filters


def parse_timestamp(stamp: str) -> datetime:
    """A moment that `text` wrote."""
    return datetime.fromisoformat(stamp).replace(tzinfo=None)


def row_timestamp(row: object, field: str) -> datetime | None:
    """A row's own moment, of its fields such as ``created_date`` and ``created_time``, if any."""
    day, time = getattr(row, f"{field}_date", None), getattr(row, f"{field}_time", None)
    try:
        return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=None)
    except ValueError:
        return None
