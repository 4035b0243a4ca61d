"""The progress of a run, and its report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from myonlinestore.exceptions import ConnectError
from myonlinestore.mirror.destinations.base import SyncState, WriteResult


class OnProgress(Protocol):
    """A function that is called at the start of a resource, after each write, and at its end."""

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        """Receive the progress of a resource.

        Args:
            resource: its name, such as ``"articles"``.
            done: rows read and stored so far in this run.
            total: rows to read; ``None`` if the API has no count for this list.
        """


@dataclass(frozen=True)
class OutageWait:
    """A wait until the store responds again, after a request and its retries failed.

    Attributes:
        error: the failure.
        next_attempt: seconds until the request is sent again.
        remaining: seconds until the run ends if no request succeeds.
    """

    error: ConnectError
    next_attempt: float
    remaining: float


OnWait: TypeAlias = Callable[[OutageWait], object]
"""A function that is called each second during an outage."""


@dataclass(frozen=True)
class ResourceReport:
    """The report of a run for one resource.

    Attributes:
        resource: its name, such as ``"articles"``.
        rows: rows in the copy that are not marked as deleted.
        new: rows that were added to the copy.
        changed: rows whose values, or those of their child rows, have changed.
        deleted: rows that were marked as deleted in the copy, or deleted from it.
        requests: requests to the API, without retries.
        seconds: duration of the sync.
        read: rows that were read; a row that was read twice counts twice.
        rejected: rows that could not be decoded, or that the database refused, in this run or
            before.
        difference: the store's row count minus that of the copy, without rows that a full refresh
            has not seen. It is negative after an incremental sync if the store has deleted rows.
        full: True for a full refresh, False for an incremental sync.
        bytes: bytes of the responses as they were transferred, compressed or not.
        unread: changed rows that the store counts, but does not list; the next sync reads them.
        refused: rows that the store does not list, and that were not deleted because they are more
            than `max_delete`.
        error: why the resource could not be read; None if it was.
    """

    resource: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    deleted: int = 0
    requests: int = 0
    seconds: float = 0.0
    read: int = 0
    rejected: int = 0
    difference: int = 0
    full: bool = True
    bytes: int = 0
    unread: int = 0
    refused: int = 0
    error: str | None = None


@dataclass(frozen=True)
class MirrorReport:
    """The report of a run.

    Attributes:
        resources: one report for each resource, in the order in which they were copied.
        seconds: duration of the run.
    """

    resources: tuple[ResourceReport, ...]
    seconds: float

    @property
    def rows(self) -> int:
        """Rows of all resources."""
        return sum(report.rows for report in self.resources)

    @property
    def rejected(self) -> int:
        """Rows that could not be decoded, or that the database refused."""
        return sum(report.rejected for report in self.resources)

    @property
    def has_differences(self) -> bool:
        """True if the row count of any resource differs from the store's."""
        return any(report.difference or report.unread for report in self.resources)

    @property
    def refused(self) -> int:
        """Rows that were not deleted because they are more than `max_delete`."""
        return sum(report.refused for report in self.resources)

    @property
    def unreadable(self) -> list[str]:
        """Names of the resources that could not be read."""
        return [report.resource for report in self.resources if report.error is not None]

    @property
    def requests(self) -> int:
        """Requests for all resources."""
        return sum(report.requests for report in self.resources)

    @property
    def bytes(self) -> int:
        """Bytes of all responses as they were transferred."""
        return sum(report.bytes for report in self.resources)

    def __iter__(self) -> Iterator[ResourceReport]:
        return iter(self.resources)

    def __getitem__(self, resource: str) -> ResourceReport:
        """Return the report of a resource. Raises KeyError if it was not mirrored."""
        for report in self.resources:
            if report.resource == resource:
                return report
        raise KeyError(resource)


@dataclass
class Traffic:
    """The traffic of a run so far.

    Attributes:
        requests: calls, without their retries.
        received: bytes of the responses as they were transferred, compressed or not.
        store_time: the time in UTC in the Date header of the latest response; None without one.
        max_rate: the maximum requests per second, by an option or learned from a rate limit; None
            without a maximum.
    """

    requests: int = 0
    received: int = 0
    store_time: datetime | None = None
    max_rate: float | None = None


class ProgressCounter:
    """Counts the requests and rows of a resource, and reports its progress to the caller."""

    def __init__(self, resource: str, traffic: Traffic, on_progress: OnProgress | None) -> None:
        self._resource = resource
        self._traffic = traffic
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._baseline = traffic.requests, traffic.received
        self.total: int | None = None
        self.read: int = 0
        self.new: int = 0
        self.changed: int = 0
        self.deleted: int = 0
        self.difference: int = 0
        self.unread: int = 0
        self.refused: int = 0

    @property
    def store_time(self) -> datetime | None:
        """The time in the Date header of the store's latest response."""
        return self._traffic.store_time

    def add(self, rows: int, changes: WriteResult) -> None:
        """Count the rows of a write."""
        self.read += rows
        self.new += changes.new
        self.changed += changes.changed
        self.notify()

    def report(self, state: SyncState | None, error: ConnectError | None = None) -> ResourceReport:
        """Return the report of a sync.

        Args:
            state: the sync state after it; None if no sync of the resource was ever started.
            error: why the resource could not be read.
        """
        self.total = self.read
        self.notify()
        requests, received = self._baseline
        return ResourceReport(
            resource=self._resource,
            rows=0 if state is None else state.row_count,
            new=self.new,
            changed=self.changed,
            deleted=self.deleted,
            requests=self._traffic.requests - requests,
            bytes=self._traffic.received - received,
            seconds=time.perf_counter() - self._started,
            read=self.read,
            rejected=0 if state is None else state.rejects,
            difference=self.difference,
            full=state is None or state.full,
            unread=self.unread,
            refused=self.refused,
            error=None if error is None else str(error),
        )

    def notify(self) -> None:
        """Call the caller's progress function, if there is one."""
        if self._on_progress is not None:
            self._on_progress(self._resource, self.read, self.total)
