"""What a person sees of a mirror when it is done: a table, and one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from myonlinestore.cli.formatting import size

if TYPE_CHECKING:
    from collections.abc import Callable

    from myonlinestore.mirror import MirrorReport, ResourceReport

# The title of each column, a short one for a terminal of eighty columns, and what is in it.
_COLUMNS: tuple[tuple[str, str, Callable[[ResourceReport], str]], ...] = (
    ("rows", "rows", lambda one: f"{one.rows:,}"),
    ("new", "new", lambda one: f"{one.new:,}"),
    ("changed", "chg.", lambda one: f"{one.changed:,}"),
    ("deleted", "del.", lambda one: f"{one.deleted:,}"),
    ("rejected", "rej.", lambda one: f"{one.rejected:,}"),
    ("requests", "req.", lambda one: f"{one.requests:,}"),
    ("bytes", "bytes", lambda one: size(one.bytes)),
    ("seconds", "sec.", lambda one: f"{one.seconds:.1f}"),
)


def show_report(console: Console, report: MirrorReport, destination: str) -> None:
    """The closing table, and one sentence."""
    table = _table(report, [title for title, _, _ in _COLUMNS])
    if _width(console, table) > console.width:
        table = _table(report, [short for _, short, _ in _COLUMNS])
    console.print(table)
    console.print(
        f"{report.rows:,} rows in {destination}, {report.requests:,} requests, "
        f"{size(report.bytes)}, {report.seconds:.1f} seconds.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _width(console: Console, table: Table) -> int:
    """How wide it is where there is room enough."""
    return Measurement.get(console, console.options.update(max_width=1_000), table).maximum


def _table(report: MirrorReport, titles: list[str]) -> Table:
    table = Table(box=SIMPLE, padding=0, show_edge=False)
    table.add_column("resource", no_wrap=True)
    for title in titles:
        table.add_column(title, justify="right", overflow="fold")
    for one in report:
        table.add_row(one.resource, *(shown(one) for _, _, shown in _COLUMNS))
    return table
