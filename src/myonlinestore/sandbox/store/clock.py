"""The sandbox's clock, which can be frozen, set and moved."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


class Clock:
    """A UTC clock that follows the system time until it is changed.

    Calling it returns the current time. A timestamp is a datetime, or text such as
    ``"2025-04-01 12:00:00"``; without a time zone it is UTC.
    """

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen_at: datetime | None = None

    def __call__(self) -> datetime:
        """Return the current time."""
        return self._frozen_at or _system_time() + self._offset

    def __repr__(self) -> str:
        return f"<Clock {self().isoformat()}{', frozen' if self.frozen else ''}>"

    @property
    def frozen(self) -> bool:
        """True if the clock is frozen."""
        return self._frozen_at is not None

    def freeze(self, timestamp: datetime | str | None = None) -> None:
        """Freeze at a timestamp, or at the current time. Raise ValueError if it is invalid."""
        self._frozen_at = self() if timestamp is None else _to_utc(timestamp)

    def set(self, timestamp: datetime | str) -> None:
        """Continue from a timestamp. Raise ValueError if it is invalid."""
        self._offset = _to_utc(timestamp) - _system_time()
        self._frozen_at = None

    def advance(self, step: timedelta | float) -> None:
        """Move by a timedelta or by seconds, also backwards; a frozen clock stays frozen.

        Raises ValueError if the result is out of range.
        """
        try:
            moved = self() + (step if isinstance(step, timedelta) else timedelta(seconds=step))
        except OverflowError as error:
            raise ValueError(
                f"cannot advance the clock by {step}: the result is out of range"
            ) from error
        if self.frozen:
            self._frozen_at = moved
        else:
            self.set(moved)

    def run(self) -> None:
        """Continue from the current time of the clock."""
        self.set(self())

    def reset(self) -> None:
        """Follow the system time again."""
        self._offset = timedelta()
        self._frozen_at = None


def _system_time() -> datetime:
    return datetime.now(timezone.utc)


def _to_utc(value: datetime | str) -> datetime:
    timestamp = _parse(value) if isinstance(value, str) else value
    return (
        timestamp.astimezone(timezone.utc)
        if timestamp.tzinfo
        else timestamp.replace(tzinfo=timezone.utc)
    )


def _parse(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 does not parse Z
    except ValueError as error:
        raise ValueError(f"invalid timestamp {text!r}: expected YYYY-MM-DD HH:MM:SS") from error
