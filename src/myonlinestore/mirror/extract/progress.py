"""Tally: what was done for one resource so far."""

from __future__ import annotations

import time

from myonlinestore.mirror.destinations.base import SyncState, WriteResult
from myonlinestore.mirror.extract.streams import Source
from myonlinestore.mirror.extract.transport import MirrorPipeline
from myonlinestore.mirror.report import OnProgress, ResourceReport


class Tally:
    """Counts the calls and rows of a resource, and tells how far it is."""

    def __init__(
        self, source: Source, pipeline: MirrorPipeline, on_progress: OnProgress | None
    ) -> None:
        self._source = source
        self._pipeline = pipeline
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._before = pipeline.requests, pipeline.received
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
        self.tell()

    def report(self, state: SyncState, difference: int) -> ResourceReport:
        """The end of it."""
        self.total = self.read
        self.tell()
        requests, received = self._before
        return ResourceReport(
            resource=self._source.name,
            rows=state.row_count,
            new=self.new,
            changed=self.changed,
            deleted=self.deleted,
            requests=self._pipeline.requests - requests,
            bytes=self._pipeline.received - received,
            seconds=time.perf_counter() - self._started,
            read=self.read,
            rejected=state.rejects,
            difference=difference,
            full=state.full,
        )

    def tell(self) -> None:
        """Tell the caller's progress."""
        if self._on_progress is not None:
            self._on_progress(self._source.name, self.read, self.total)
