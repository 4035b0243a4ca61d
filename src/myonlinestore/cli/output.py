"""The result of a command: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from rich.box import SIMPLE
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from myonlinestore._codec.encode import encode
from myonlinestore.mirror import MirrorReport, MirrorStatus, PlannedSync, ResourceReport

_BYTE_UNITS = ("B", "kB", "MB", "GB")
_BYTES_PER_KILOBYTE = 1000
_MAX_ONE_DECIMAL = 9.95
_UNLIMITED_WIDTH = 1_000

# The title of each column, its short title for a terminal of 80 columns, and its cell.
_REPORT_COLUMNS: tuple[tuple[str, str, Callable[[ResourceReport], str]], ...] = (
    ("rows", "rows", lambda report: f"{report.rows:,}"),
    ("new", "new", lambda report: f"{report.new:,}"),
    ("changed", "chg.", lambda report: f"{report.changed:,}"),
    ("deleted", "del.", lambda report: f"{report.deleted:,}"),
    ("rejected", "rej.", lambda report: f"{report.rejected:,}"),
    ("requests", "req.", lambda report: f"{report.requests:,}"),
    ("bytes", "bytes", lambda report: format_size(report.bytes)),
    ("seconds", "sec.", lambda report: f"{report.seconds:.1f}"),
)
# Short titles in the order in which a narrow terminal omits their columns. What is wrong is also
# printed as a sentence.
_OMISSIBLE_TITLES = ("bytes", "sec.", "req.", "rej.", "del.", "chg.", "new")
_NUMERIC_COLUMNS = ("rows", "rejects", "in the copy", "to read")


def print_report(console: Console, report: MirrorReport, destination: str) -> None:
    """Print a table with a row per resource, and a summary."""
    console.print(_create_report_table(console, report))
    _print_sentence(
        console,
        f"{report.rows:,} rows in {destination}, {report.requests:,} requests, "
        f"{format_size(report.bytes)}, {report.seconds:.1f} seconds.",
    )


def print_status(console: Console, status: MirrorStatus, destination: str) -> None:
    """Print a table with a row per resource: rows, rejects and when it was read, in UTC."""
    table = _create_table(
        "resource", "rows", "rejects", "up to date\nas of", "last full\nsync", "state"
    )
    for state in status:
        # Without seconds, the table fits in 80 columns.
        table.add_row(
            state.resource,
            f"{state.row_count:,}",
            f"{state.rejects:,}",
            _format_minute(state.complete_from),
            _format_day(state.full_at),
            "complete" if state.finished_at is not None else "interrupted",
        )
    if status.resources:
        console.print(table)
    _print_sentence(
        console,
        f"{destination} is a copy of store {status.store} at {status.origin}; times are in UTC.",
    )
    if status.not_copied:
        _print_sentence(console, f"It does not have: {', '.join(status.not_copied)}.")


def print_plan(console: Console, plans: Sequence[PlannedSync]) -> None:
    """Print a table with a row per resource: what a sync would read."""
    table = _create_table("resource", "in the copy", "to read", "sync")
    for plan in plans:
        rows_to_read = "" if plan.store_rows is None else f"{plan.store_rows:,}"
        table.add_row(plan.resource, f"{plan.row_count:,}", rows_to_read, _describe_plan(plan))
    console.print(table)
    _print_sentence(console, "Nothing was written.")


def report_to_json(report: MirrorReport, destination: str, error: str | None = None) -> str:
    """Return a report as a JSON object, with the error that ended the run, or null."""
    summary = {
        "destination": destination,
        "error": error,
        "rows": report.rows,
        "rejected": report.rejected,
        "has_differences": report.has_differences,
        "requests": report.requests,
        "bytes": report.bytes,
        "seconds": round(report.seconds, 3),
    }
    return _to_json({**summary, "resources": [asdict(resource) for resource in report]})


def failure_to_json(message: str) -> str:
    """Return the failure of a command without a result as a JSON object."""
    return _to_json({"error": message, "resources": []})


def plan_to_json(plans: Sequence[PlannedSync]) -> str:
    """Return a plan as a JSON object."""
    return _to_json({"error": None, "resources": [asdict(plan) for plan in plans]})


def status_to_json(status: MirrorStatus) -> str:
    """Return a status as a JSON object."""
    return _to_json(
        {
            "error": None,
            **asdict(status),
            "complete": status.complete,
            "not_copied": status.not_copied,
        }
    )


def format_size(byte_count: int) -> str:
    """Return a number of bytes, such as ``1.2 MB``."""
    value, units = float(byte_count), iter(_BYTE_UNITS)
    unit = next(units)
    while round(value) >= _BYTES_PER_KILOBYTE and (larger := next(units, None)):
        value, unit = value / _BYTES_PER_KILOBYTE, larger
    return f"{value:.{1 if unit != 'B' and value < _MAX_ONE_DECIMAL else 0}f} {unit}"


def _create_report_table(console: Console, report: MirrorReport) -> Table:
    """Return the table with full titles, with short ones, or with fewer columns, as it fits."""
    table = _report_table(report, [title for title, _, _ in _REPORT_COLUMNS])
    titles = [short for _, short, _ in _REPORT_COLUMNS]
    omissible = iter(_OMISSIBLE_TITLES)
    while _measure_width(console, table) > console.width:
        table = _report_table(report, titles)
        omitted = next(omissible, None)
        if omitted is None:
            break
        titles = [title for title in titles if title != omitted]
    return table


def _report_table(report: MirrorReport, titles: list[str]) -> Table:
    """Return a table with the columns that have one of these titles, full or short."""
    table = Table(box=SIMPLE, padding=0, show_edge=False)
    table.add_column("resource", no_wrap=True)
    columns = [
        (full if full in titles else short, cell)
        for full, short, cell in _REPORT_COLUMNS
        if full in titles or short in titles
    ]
    for title, _ in columns:
        table.add_column(title, justify="right", overflow="fold")
    for resource in report:
        table.add_row(resource.resource, *(cell(resource) for _, cell in columns))
    return table


def _measure_width(console: Console, table: Table) -> int:
    """Return the width of a table on a console without a limit."""
    options = console.options.update(max_width=_UNLIMITED_WIDTH)
    return Measurement.get(console, options, table).maximum


def _create_table(*titles: str) -> Table:
    table = Table(box=SIMPLE, padding=0, show_edge=False)
    for title in titles:
        is_numeric = title in _NUMERIC_COLUMNS
        table.add_column(title, justify="right" if is_numeric else "left", overflow="fold")
    return table


def _describe_plan(plan: PlannedSync) -> str:
    if plan.resumes:
        return "resume"
    return "full" if plan.since is None else f"changed since {plan.since} UTC"


def _format_minute(timestamp: str | None) -> str:
    return (timestamp or "").rpartition(":")[0]


def _format_day(timestamp: str | None) -> str:
    return (timestamp or "").partition(" ")[0]


def _print_sentence(console: Console, sentence: str) -> None:
    console.print(sentence, highlight=False, markup=False, soft_wrap=True)


def _to_json(value: object) -> str:
    return encode(value).decode()
