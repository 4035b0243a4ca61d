"""Progress of a running mirror: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from myonlinestore import RateLimitError, Retry
from myonlinestore.mirror import OutageWait

if TYPE_CHECKING:
    from types import TracebackType

_LINE_INTERVAL_ROWS = 5_000
_LINE_INTERVAL_SECONDS = 10.0
_BAR_NOTICE_INTERVAL_SECONDS = 1.0
_MIN_ELAPSED_SECONDS = 1e-3


class ProgressReporter(AbstractContextManager["ProgressReporter"], Protocol):
    """An `on_progress` callback of a mirror that shows progress during its `with` block."""

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        """Show the progress of a resource."""

    def retry(self, retry: Retry) -> None:
        """Show a retry; an `on_retry` callback of a client."""

    def wait(self, wait: OutageWait) -> None:
        """Show how long an outage is waited for; an `on_wait` callback of a mirror."""


def create_progress(console: Console) -> ProgressReporter:
    """Return bars for a terminal, and lines for anything else, such as a log file."""
    return _ProgressBars(console) if console.is_terminal else _ProgressLines(console)


class RetryNotices:
    """Sentences about retries, limited to one per interval so that they do not flood a log.

    Args:
        interval: the minimum number of seconds between two notices.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._clock = clock
        self._next_at = 0.0
        self._suppressed = 0

    def notice(self, retry: Retry) -> str | None:
        """Return a sentence about a retry and the suppressed ones, or None to suppress it too."""
        now = self._clock()
        if now < self._next_at:
            self._suppressed += 1
            return None
        suppressed = f", {self._suppressed:,} more before" if self._suppressed else ""
        self._next_at, self._suppressed = now + self._interval, 0
        attempts = f"retry {retry.attempt} of {retry.max_retries}"
        return f"{_describe_retry(retry)} ({attempts}{suppressed})"

    def suppressed_notice(self) -> str | None:
        """Return a sentence about the suppressed retries, or None if there are none."""
        return f"{self._suppressed:,} more retries" if self._suppressed else None


def _describe_retry(retry: Retry) -> str:
    if isinstance(retry.error, RateLimitError):
        return f"rate limit: retrying {retry.method} {retry.path} in {retry.wait:.1f} s"
    return f"{retry.error}: retrying in {retry.wait:.1f} s"


def _describe_wait(wait: OutageWait) -> str:
    return (
        f"{wait.error}: next attempt in {wait.next_attempt:.0f} s, "
        f"the run ends in {format_duration(max(wait.remaining, 0))}"
    )


class _ProgressBars(ProgressReporter):
    """A bar per resource with rows per second and the time left; retry notices above the bars."""

    def __init__(self, console: Console) -> None:
        # The columns fit in a terminal of 80 columns.
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._notices = RetryNotices(_BAR_NOTICE_INTERVAL_SECONDS)
        self._waiting: TaskID | None = None

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        self._end_wait()
        if resource not in self._tasks:
            self._tasks[resource] = self._progress.add_task(resource, total=total, speed="")
        task_id = self._tasks[resource]
        self._progress.update(task_id, completed=done, total=total)
        task = next(task for task in self._progress.tasks if task.id == task_id)
        # rich has a recent speed only after two updates.
        speed = task.speed or done / max(task.elapsed or 0, _MIN_ELAPSED_SECONDS)
        self._progress.update(task_id, speed=f"{speed:,.0f} rows/s" if done else "")

    def retry(self, retry: Retry) -> None:
        """Show a retry above the bars."""
        self._print(self._notices.notice(retry))

    def wait(self, wait: OutageWait) -> None:
        """Show a countdown below the bars."""
        if self._waiting is None:
            self._print(_describe_wait(wait))
            self._waiting = self._progress.add_task("no response", total=None, speed="")
        self._progress.update(
            self._waiting, speed=f"ends in {format_duration(max(wait.remaining, 0))}"
        )

    def _end_wait(self) -> None:
        if self._waiting is not None:
            self._progress.remove_task(self._waiting)
            self._waiting = None

    def _print(self, sentence: str | None) -> None:
        if sentence:
            self._progress.console.print(sentence, highlight=False, markup=False)

    def __enter__(self) -> ProgressReporter:
        self._progress.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end_wait()
        self._print(self._notices.suppressed_notice())
        self._progress.stop()


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

    def retry(self, retry: Retry) -> None:
        """Show a retry, unless another was shown within the interval."""
        self._print(self._notices.notice(retry))

    def wait(self, wait: OutageWait) -> None:
        """Show a wait, unless another was shown within the interval."""
        now = time.monotonic()
        if now >= self._next_wait_line_at:
            self._next_wait_line_at = now + _LINE_INTERVAL_SECONDS
            self._print(_describe_wait(wait))

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


def format_duration(seconds: float) -> str:
    """Return a duration, such as ``0:42`` or ``1:02:03``."""
    minutes, seconds_left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds_left:02}" if hours else f"{minutes}:{seconds_left:02}"
