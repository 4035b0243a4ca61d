"""ProgressCounter: what was done for one resource so far."""

from __future__ import annotations

import time

from myonlinestore.mirror.destinations.base import SyncState, WriteResult
from myonlinestore.mirror.extract.streams import Stream
from myonlinestore.mirror.extract.transport import MirrorTransport
from myonlinestore.mirror.report import OnProgress, ResourceReport


class ProgressCounter:
    """Counts the calls and rows of a resource, and tells how far it is."""

    def __init__(
        self, stream: Stream, transport: MirrorTransport, on_progress: OnProgress | None
    ) -> None:
        self._stream = stream
        self._transport = transport
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._baseline = transport.requests, transport.received
        self.total: int | None = None
        self.read: int = 0
        self.new: int = 0
        self.changed: int = 0
        self.deleted: int = 0

    def add(self, rows: int, changes: WriteResult) -> None:
        """Count what was written."""
        self.read += rows
        self.new += changes.new
        self.changed += changes.changed
        self.notify()

    def report(self, state: SyncState, difference: int) -> ResourceReport:
        """The end of it."""
        self.total = self.read
        self.notify()
        requests, received = self._baseline
        return ResourceReport(
            resource=self._stream.name,
            rows=state.row_count,
            new=self.new,
            changed=self.changed,
            deleted=self.deleted,
            requests=self._transport.requests - requests,
            bytes=self._transport.received - received,
            seconds=time.perf_counter() - self._started,
            read=self.read,
            rejected=state.rejects,
            difference=difference,
            full=state.full,
        )

    def notify(self) -> None:
        """Tell the caller's progress."""
        if self._on_progress is not None:
            self._on_progress(self._stream.name, self.read, self.total)
