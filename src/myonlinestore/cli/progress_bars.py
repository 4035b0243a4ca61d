"""ProgressBars: a display on a terminal that is updated in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from myonlinestore.cli.notices import RetryNotices, describe_wait, format_duration
from myonlinestore.cli.run_progress import RunProgress

if TYPE_CHECKING:
    from types import TracebackType

    from myonlinestore import Retry
    from myonlinestore.mirror import OutageWait, PlannedSync, Traffic

_NOTICE_INTERVAL_SECONDS = 1.0
_MIN_WIDTH_FOR_BARS = 60
_MAX_BAR_WIDTH = 40
_MIN_BAR_WIDTH = 5
# The resources that are read at the same time are one, and the one that is read for its rows.
_MAX_RESOURCES = 3


class ProgressBars:
    """A `ProgressReporter` for a terminal: the resources that are being read, and the whole run.

    It disappears at the end, because the report has the same numbers. Notices stay above it.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = RunProgress()
        self._notices = RetryNotices(_NOTICE_INTERVAL_SECONDS)
        self._wait: OutageWait | None = None
        self._live = Live(self, console=console, transient=True)

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        """Show the progress of a resource."""
        self._wait = None
        self._progress.update(resource, done, total)

    def start(self, plans: Sequence[PlannedSync], traffic: Traffic) -> None:
        """See `ProgressReporter`."""
        self._progress.start(plans, traffic)

    def retry(self, retry: Retry) -> None:
        """Show a retry above the bars."""
        self._print(self._notices.notice(retry))

    def wait(self, wait: OutageWait) -> None:
        """Show a sentence above the bars, and a countdown below them."""
        if self._wait is None:
            self._print(describe_wait(wait))
        self._wait = wait

    def __enter__(self) -> ProgressBars:  # noqa: PYI034 - Self is not in 3.10
        self._live.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()
        self._print(self._notices.suppressed_notice())

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """Yield the lines for the present width of the terminal."""
        running = self._progress.running[-_MAX_RESOURCES:]
        if not running:
            return
        width = options.max_width
        rows = [(resource.name, resource.done, resource.total) for resource in running]
        rows.append(("total", self._progress.rows, self._progress.total_rows))
        yield _create_bars(rows, width) if width >= _MIN_WIDTH_FOR_BARS else _create_counts(rows)
        for line in self._describe(is_narrow=width < _MIN_WIDTH_FOR_BARS):
            yield Text(line, no_wrap=True, overflow="ellipsis")

    def _describe(self, *, is_narrow: bool) -> Iterator[str]:
        """Yield lines with the requests, their rate, its maximum, and the time left."""
        progress, rate = self._progress, f"{self._progress.get_speed():.0f}"
        if progress.max_rate is not None:
            rate += f"{'/' if is_narrow else ' of '}{progress.max_rate:.3g}"
        seconds_left = progress.get_seconds_left()
        time_left = "" if seconds_left is None else f", {format_duration(seconds_left)} left"
        if is_narrow:
            yield f"{rate} req/s{time_left}"
        else:
            yield f"{progress.requests:,} requests, {rate} per second{time_left}"
        if self._wait is not None:
            ends_in = format_duration(max(self._wait.remaining, 0))
            yield f"no response: the run ends in {ends_in}"

    def _print(self, sentence: str | None) -> None:
        if sentence:
            self._console.print(sentence, highlight=False, markup=False)


def _create_bars(rows: Sequence[tuple[str, int, int | None]], width: int) -> Table:
    """Return a line with a bar for each name, number of rows and total."""
    counts = [_format_count(done, total, " of ") + " rows" for _, done, total in rows]
    text_width = max(len(name) for name, _, _ in rows) + max(map(len, counts)) + 2
    bar_width = max(_MIN_BAR_WIDTH, min(_MAX_BAR_WIDTH, width - text_width))
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(width=bar_width)
    table.add_column(no_wrap=True, justify="right")
    for (name, done, total), count in zip(rows, counts, strict=True):
        bar = ProgressBar(total, min(done, done if total is None else total), width=bar_width)
        table.add_row(name, bar, count)
    return table


def _create_counts(rows: Sequence[tuple[str, int, int | None]]) -> Table:
    """Return a line without a bar for each name, number of rows and total."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True, overflow="ellipsis", justify="right")
    for name, done, total in rows:
        table.add_row(name, _format_count(done, total, "/"))
    return table


def _format_count(done: int, total: int | None, separator: str) -> str:
    return f"{done:,}" if total is None else f"{done:,}{separator}{max(done, total):,}"
