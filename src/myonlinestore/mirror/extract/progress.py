"""ProgressCounter: the progress of one resource, for the caller and for the report."""

from __future__ import annotations

import time

from myonlinestore.mirror.destinations.base import SyncState, WriteResult
from myonlinestore.mirror.extract.streams import Stream
from myonlinestore.mirror.extract.transport import Traffic
from myonlinestore.mirror.report import OnProgress, ResourceReport


class ProgressCounter:
    """Counts the requests and rows of a resource, and reports its progress to the caller."""

    def __init__(self, stream: Stream, traffic: Traffic, on_progress: OnProgress | None) -> None:
        self._stream = stream
        self._traffic = traffic
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._baseline = traffic.requests, traffic.received
        self.total: int | None = None
        self.read: int = 0
        self.new: int = 0
        self.changed: int = 0
        self.deleted: int = 0

    def add(self, rows: int, changes: WriteResult) -> None:
        """Count the rows of a write."""
        self.read += rows
        self.new += changes.new
        self.changed += changes.changed
        self.notify()

    def report(self, state: SyncState, difference: int) -> ResourceReport:
        """Return the report of a finished sync."""
        self.total = self.read
        self.notify()
        requests, received = self._baseline
        return ResourceReport(
            resource=self._stream.name,
            rows=state.row_count,
            new=self.new,
            changed=self.changed,
            deleted=self.deleted,
            requests=self._traffic.requests - requests,
            bytes=self._traffic.received - received,
            seconds=time.perf_counter() - self._started,
            read=self.read,
            rejected=state.rejects,
            difference=difference,
            full=state.full,
        )

    def notify(self) -> None:
        """Call the caller's progress function, if there is one."""
        if self._on_progress is not None:
            self._on_progress(self._stream.name, self.read, self.total)
