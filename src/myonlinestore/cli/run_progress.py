"""RunProgress: the rows, the requests and the time left of a run."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from myonlinestore.mirror import PlannedSync, Traffic
from myonlinestore.mirror.extract.streams import CHILD_NAMES

# The speed is that of the last half minute: the first requests are slower than the others.
_SPEED_WINDOW_SECONDS = 30.0
_SAMPLE_INTERVAL_SECONDS = 1.0
_MIN_ELAPSED_SECONDS = 1e-3
# The usual number of requests per row of a list, until a resource shows its own.
_REQUESTS_PER_ROW = 0.015


@dataclass
class ResourceProgress:
    """The progress of one resource.

    Attributes:
        name: its name.
        done: rows read so far.
        total: rows to read; None if that is not known.
        requests: requests so far.
        is_started: True if its sync was started.
    """

    name: str
    done: int = 0
    total: int | None = None
    requests: int = 0
    is_started: bool = False

    @property
    def is_finished(self) -> bool:
        """True if all rows were read."""
        return self.is_started and self.total is not None and self.done >= self.total

    @property
    def remaining_requests(self) -> float:
        """Estimated number of requests for the rows that were not read yet."""
        remaining_rows = max(0, (self.total or 0) - self.done)
        if self.done and self.requests:
            return remaining_rows * self.requests / self.done
        takes_one_each = self.name in CHILD_NAMES
        return remaining_rows * (1.0 if takes_one_each else _REQUESTS_PER_ROW)


class RunProgress:
    """The progress of all resources of a run.

    Args:
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._resources: dict[str, ResourceProgress] = {}
        self._latest: ResourceProgress | None = None
        self._traffic = Traffic()
        self._attributed_requests = 0
        # The time and the number of requests, oldest first.
        self._samples = deque([(clock(), 0)])

    def start(self, plans: Sequence[PlannedSync], traffic: Traffic) -> None:
        """Begin a run; an `on_start` callback of a mirror."""
        self._traffic, self._attributed_requests = traffic, traffic.requests
        for plan in plans:
            self._resources[plan.resource] = ResourceProgress(plan.resource, total=plan.store_rows)

    def update(self, name: str, done: int, total: int | None) -> None:
        """Save the progress of a resource, with the requests since the previous call."""
        resource = self._resources.setdefault(name, ResourceProgress(name))
        resource.done, resource.total, resource.is_started = done, total, True
        resource.requests += self.requests - self._attributed_requests
        self._attributed_requests = self.requests
        self._latest = resource
        self._take_sample()

    def _take_sample(self) -> None:
        now = self._clock()
        if now - self._samples[-1][0] >= _SAMPLE_INTERVAL_SECONDS:
            self._samples.append((now, self.requests))
        while len(self._samples) > 1 and self._samples[1][0] <= now - _SPEED_WINDOW_SECONDS:
            self._samples.popleft()

    def _all(self) -> list[ResourceProgress]:
        """Return a copy of the list: a thread draws the display while the mirror adds resources."""
        return list(self._resources.values())

    @property
    def running(self) -> list[ResourceProgress]:
        """The resources that are being read, in the order of their start."""
        return [
            resource
            for resource in self._all()
            if resource.is_started and (resource is self._latest or not resource.is_finished)
        ]

    @property
    def rows(self) -> int:
        """Rows of all resources read so far."""
        return sum(resource.done for resource in self._all())

    @property
    def total_rows(self) -> int:
        """Rows to read, as far as they are known."""
        return sum(max(resource.done, resource.total or 0) for resource in self._all())

    @property
    def requests(self) -> int:
        """Requests so far, without retries."""
        return self._traffic.requests

    @property
    def max_rate(self) -> float | None:
        """Maximum requests per second; None without a limit."""
        return self._traffic.max_rate

    def get_speed(self) -> float:
        """Return the requests per second over the last half minute."""
        started_at, requests = self._samples[0]
        elapsed = max(self._clock() - started_at, _MIN_ELAPSED_SECONDS)
        return (self.requests - requests) / elapsed

    def get_seconds_left(self) -> float | None:
        """Return the estimated time left; None before the first response.

        It is the time for the remaining requests, not rows: the payments of orders take a request
        each, so they are the slowest by far.
        """
        remaining = sum(resource.remaining_requests for resource in self._all())
        speed = self.get_speed()
        return remaining / speed if speed and self.rows else None
