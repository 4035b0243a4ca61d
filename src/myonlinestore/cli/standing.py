"""What a person sees of a copy as it stands, and of a run that is only planned."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from myonlinestore.mirror import MirrorStatus, Planned, State


def show_status(console: Console, status: MirrorStatus, destination: str) -> None:
    """A line for each resource: rows, rejects, and when it was read. Times are UTC."""
    # Minutes and days are enough, and leave room in the eighty columns of a plain terminal.
    table = _table("resource", "rows", "rejected", "current of", "all read", "state")
    for one in status:
        fresh = (_minute(one.complete_from), _day(one.full_at), _state(one))
        table.add_row(one.resource, f"{one.held:,}", f"{one.rejects:,}", *fresh)
    console.print(table)
    console.print(
        f"{destination} is the copy of store {status.store} at {status.origin}; times are UTC.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def show_plan(console: Console, plans: Sequence[Planned]) -> None:
    """A line for each resource: what would be read."""
    table = _table("resource", "in the copy", "to read", "how")
    for plan in plans:
        rows = "" if plan.store_rows is None else f"{plan.store_rows:,}"
        table.add_row(plan.resource, f"{plan.held:,}", rows, _how(plan))
    console.print(table)
    console.print("Nothing was written.", highlight=False)


def _minute(stamp: str | None) -> str:
    return (stamp or "").rpartition(":")[0]


def _day(stamp: str | None) -> str:
    return (stamp or "").partition(" ")[0]


def _state(state: State) -> str:
    return "complete" if state.finished_at is not None else "cut off"


def _how(plan: Planned) -> str:
    if plan.goes_on:
        return "go on where it was cut off"
    return "everything" if plan.since is None else f"changed since {plan.since} UTC"


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE, padding=0, show_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in _NUMBERS else "left", overflow="fold")
    return table


_NUMBERS = ("rows", "rejected", "in the copy", "to read")
