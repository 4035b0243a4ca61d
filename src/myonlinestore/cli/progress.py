"""What a person sees of a mirror while it goes on: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
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

from myonlinestore.cli.formatting import Waits, duration

if TYPE_CHECKING:
    from types import TracebackType

    from myonlinestore import Retry

_LINE_EVERY_ROWS = 5_000
_LINE_EVERY_SECONDS = 10.0
_WAIT_EVERY_SECONDS = 1.0


class Display(AbstractContextManager["Display"], Protocol):
    """A mirror's `on_progress` that shows what it is told while its `with` block lasts."""

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        """Show how far a resource is."""

    def retry(self, retry: Retry) -> None:
        """Show what is waited for: a client's `on_retry`."""


def display_on(console: Console) -> Display:
    """Bars where they can be redrawn, lines where they would fill a log."""
    return _Bars(console) if console.is_terminal else _Lines(console)


class _Bars(Display):
    """A bar for each resource, with its rows per second and the time left; waits above them."""

    def __init__(self, console: Console) -> None:
        # Narrow enough for the eighty columns of a plain terminal.
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._waits = Waits(_WAIT_EVERY_SECONDS)

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        if resource not in self._tasks:
            self._tasks[resource] = self._progress.add_task(resource, total=total, pace="")
        number = self._tasks[resource]
        self._progress.update(number, completed=done, total=total)
        task = self._progress.tasks[number]
        # rich knows the speed of late, once it was told of rows twice.
        speed = task.speed or done / max(task.elapsed or 0, 1e-3)
        self._progress.update(number, pace=f"{speed:,.0f} rows/s" if done else "")

    def retry(self, retry: Retry) -> None:
        """Show it above the bars."""
        self._show(self._waits.sentence(retry))

    def _show(self, sentence: str | None) -> None:
        if sentence:
            self._progress.console.print(sentence, highlight=False, markup=False)

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._show(self._waits.rest())
        self._progress.stop()


class _Lines(Display):
    """A line for each resource when it is done, now and then while it is long, and for waits."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._resource = ""
        self._done = self._shown = 0
        self._started = self._shown_at = time.monotonic()
        self._waits = Waits(_LINE_EVERY_SECONDS)

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        if resource != self._resource:
            self._finish()
            self._resource, self._shown = resource, 0
            self._started = self._shown_at = time.monotonic()
        self._done = done
        if done != total and self._is_due():
            self._print(self._so_far(total))
            self._shown, self._shown_at = done, time.monotonic()

    def _is_due(self) -> bool:
        rows, seconds = self._done - self._shown, time.monotonic() - self._shown_at
        return rows >= _LINE_EVERY_ROWS or (rows > 0 and seconds >= _LINE_EVERY_SECONDS)

    def _so_far(self, total: int | None) -> str:
        speed = self._done / max(time.monotonic() - self._started, 1e-3)
        so_far = f"{self._resource}: {self._done:,}"
        if total is None:
            return f"{so_far}, {speed:,.0f} rows/s"
        left = duration(max(total - self._done, 0) / speed)
        return f"{so_far} of {total:,}, {speed:,.0f} rows/s, {left} left"

    def retry(self, retry: Retry) -> None:
        """Show it in a line, unless there was one just now."""
        sentence = self._waits.sentence(retry)
        if sentence:
            self._print(sentence)

    def _finish(self) -> None:
        if self._resource:
            self._print(f"{self._resource}: {self._done:,}")

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def __enter__(self) -> Display:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        rest = self._waits.rest()
        if rest:
            self._print(rest)
        if error is None:
            self._finish()
