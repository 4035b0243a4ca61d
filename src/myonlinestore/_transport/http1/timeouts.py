"""Timeouts in seconds for each phase of a request, and a deadline for all phases together."""

from __future__ import annotations

import time
from collections.abc import Mapping

from myonlinestore._transport.http1.errors import DeadlineExceededError, TimedOutError


class Timeouts:
    """The time that each wait of a phase may take; None means no limit.

    `deadline` is a time of `time.monotonic` at which the request ends, whatever its phase.
    """

    __slots__ = ("connect", "deadline", "read", "write")

    def __init__(
        self,
        connect: float | None = None,
        read: float | None = None,
        write: float | None = None,
        deadline: float | None = None,
    ) -> None:
        self.connect = connect
        self.read = read
        self.write = write
        self.deadline = deadline

    @classmethod
    def from_mapping(
        cls, seconds: Mapping[str, float | None], deadline: float | None = None
    ) -> Timeouts:
        """Return the timeouts of a mapping with the keys of ``httpx.Timeout.as_dict``."""
        return cls(seconds["connect"], seconds["read"], seconds["write"], deadline)

    def limit(self, seconds: float | None) -> float | None:
        """Return the seconds that a wait may take. Raises DeadlineExceededError."""
        if self.deadline is None:
            return seconds
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise DeadlineExceededError
        return left if seconds is None else min(seconds, left)

    def error(self, phase: type[TimedOutError]) -> TimedOutError:
        """Return the error for a wait of this phase that ended without a result."""
        is_over = self.deadline is not None and time.monotonic() >= self.deadline
        return DeadlineExceededError() if is_over else phase()
