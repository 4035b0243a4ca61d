"""Progress of a running mirror: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console

from myonlinestore import Retry
from myonlinestore.cli.notices import RetryNotices, describe_wait, format_duration
from myonlinestore.cli.progress_bars import ProgressBars
from myonlinestore.mirror import OutageWait, PlannedSync, Traffic

if TYPE_CHECKING:
    from types import TracebackType

_LINE_INTERVAL_ROWS = 5_000
_LINE_INTERVAL_SECONDS = 10.0
_MIN_ELAPSED_SECONDS = 1e-3


class ProgressReporter(AbstractContextManager["ProgressReporter"], Protocol):
    """An `on_progress` callback of a mirror that shows progress during its `with` block."""

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        """Show the progress of a resource."""

    def start(self, plans: Sequence[PlannedSync], traffic: Traffic) -> None:
        """Begin a run; an `on_start` callback of a mirror."""

    def retry(self, retry: Retry) -> None:
        """Show a retry; an `on_retry` callback of a client."""

    def wait(self, wait: OutageWait) -> None:
        """Show how long an outage is waited for; an `on_wait` callback of a mirror."""


def create_progress(console: Console) -> ProgressReporter:
    """Return bars for a terminal, and lines for anything else, such as a log file.

    For rich, a log file is a terminal if FORCE_COLOR is set.
    """
    is_terminal = console.is_terminal and console.file.isatty() and not console.is_dumb_terminal
    return ProgressBars(console) if is_terminal else _ProgressLines(console)


class _ProgressLines(ProgressReporter):
    """A line per finished resource, at intervals for a long one, and for retries."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._resource = ""
        self._done = self._printed_rows = 0
        self._started_at = self._printed_at = time.monotonic()
        self._notices = RetryNotices(_LINE_INTERVAL_SECONDS)
        self._next_wait_line_at = 0.0

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        if resource != self._resource:
            self._print_finished()
            self._resource, self._printed_rows = resource, 0
            self._started_at = self._printed_at = time.monotonic()
        self._done = done
        if done != total and self._is_due():
            self._print(self._format_progress(total))
            self._printed_rows, self._printed_at = done, time.monotonic()

    def start(self, plans: Sequence[PlannedSync], traffic: Traffic) -> None:
        """See `ProgressReporter`. Do nothing, because each resource has its own lines."""

    def retry(self, retry: Retry) -> None:
        """Show a retry, unless another was shown within the interval."""
        self._print(self._notices.notice(retry))

    def wait(self, wait: OutageWait) -> None:
        """Show a wait, unless another was shown within the interval."""
        now = time.monotonic()
        if now >= self._next_wait_line_at:
            self._next_wait_line_at = now + _LINE_INTERVAL_SECONDS
            self._print(describe_wait(wait))

    def _is_due(self) -> bool:
        rows = self._done - self._printed_rows
        seconds = time.monotonic() - self._printed_at
        return rows >= _LINE_INTERVAL_ROWS or (rows > 0 and seconds >= _LINE_INTERVAL_SECONDS)

    def _format_progress(self, total: int | None) -> str:
        speed = self._done / max(time.monotonic() - self._started_at, _MIN_ELAPSED_SECONDS)
        rows = f"{self._resource}: {self._done:,}"
        if total is None:
            return f"{rows}, {speed:,.0f} rows/s"
        time_left = format_duration(max(total - self._done, 0) / speed)
        return f"{rows} of {total:,}, {speed:,.0f} rows/s, {time_left} left"

    def _print_finished(self) -> None:
        if self._resource:
            self._print(f"{self._resource}: {self._done:,}")

    def _print(self, line: str | None) -> None:
        if line:
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def __enter__(self) -> ProgressReporter:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._print(self._notices.suppressed_notice())
        if exc is None:
            self._print_finished()
