"""What a person sees of a mirror: bars on a terminal, plain lines elsewhere, a table at the end."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

if TYPE_CHECKING:
    from types import TracebackType

    from myonlinestore.mirror import MirrorReport

_LINE_EVERY_ROWS = 5_000


class Display(AbstractContextManager["Display"], Protocol):
    """A mirror's `on_progress` that shows what it is told while its `with` block lasts."""

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        """Show how far a resource is."""


def display_on(console: Console) -> Display:
    """Bars where they can be redrawn, lines where they would fill a log."""
    return _Bars(console) if console.is_terminal else _Lines(console)


class _Bars(Display):
    """A bar for each resource."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        if resource not in self._tasks:
            self._tasks[resource] = self._progress.add_task(resource, total=total, pace="")
        task = self._tasks[resource]
        self._progress.update(task, completed=done, total=total)
        speed = self._progress.tasks[task].speed
        self._progress.update(task, pace=f"{speed:,.0f} rows/s" if speed else "")

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()


class _Lines(Display):
    """A line for each resource when it is done, and now and then while it is long."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._resource = ""
        self._done = self._shown = 0

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        if resource != self._resource:
            self._show()
            self._resource, self._shown = resource, 0
        self._done = done
        if done - self._shown >= _LINE_EVERY_ROWS and done != total:
            self._show("" if total is None else f" of {total:,}")

    def _show(self, of_total: str = "") -> None:
        if self._resource:
            self._console.print(f"{self._resource}: {self._done:,}{of_total}", highlight=False)
        self._shown = self._done

    def __enter__(self) -> Display:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._show()


def show_report(console: Console, report: MirrorReport, destination: str) -> None:
    """The closing table, and one sentence."""
    # Narrow enough for the eighty columns of a plain terminal.
    table = Table(box=SIMPLE, padding=(0, 0, 0, 1), show_edge=False)
    table.add_column("resource", no_wrap=True)
    for name in ("rows", "new", "changed", "deleted", "requests", "seconds"):
        table.add_column(name, justify="right")
    for one in report:
        numbers = (one.rows, one.new, one.changed, one.deleted, one.requests)
        table.add_row(one.resource, *(f"{number:,}" for number in numbers), f"{one.seconds:.1f}")
    console.print(table)
    console.print(
        f"{report.rows:,} rows in {destination}, {report.requests:,} requests, "
        f"{report.seconds:.1f} seconds.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
