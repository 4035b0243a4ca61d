"""A contender: a process that stays, and does one work after another as it is told.

Each line of its standard input is an order, ``{"work": "walks.in_sequence", "options": {…}}``, and
it answers with a line of figures. Run as ``python -m comparison.worker``.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

Figures: TypeAlias = dict[str, float]
# What a work gives: its timed part, which may have figures of its own to add.
Timed: TypeAlias = Callable[[], Figures | None]

WARM_ROWS = 300


def main() -> None:
    """Do what is ordered until the orders end."""
    orders, answers = sys.stdin, os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What a library prints is no answer.
    warmed: set[str] = set()
    for line in orders:
        order = json.loads(line)
        work, options = _work(order["work"]), order["options"]
        if order["work"] not in warmed:
            warmed.add(order["work"])
            work(**_few(options))()
        answers.write(json.dumps(measured(work(**options))) + "\n")
        answers.flush()


def measured(timed: Timed) -> Figures:
    """Seconds, seconds of the processor, and bytes by which the memory grew at its peak."""
    gc.collect()
    _forget_peak()
    before = _peak()
    cpu, start = time.process_time(), time.perf_counter()
    own = timed()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {"seconds": seconds, "cpu": cpu, "grown": _peak() - before, **(own or {})}


def _work(name: str) -> Callable[..., Timed]:
    module, _, function = name.partition(".")
    found: Callable[..., Timed] = getattr(
        importlib.import_module(f"comparison.workloads.{module}"), function
    )
    return found


def _few(options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "rows": WARM_ROWS} if "rows" in options else options


def _forget_peak() -> None:
    """Linux can; elsewhere a work that asks for memory is given a new process."""
    place = Path("/proc/self/clear_refs")
    if place.exists():
        place.write_text("5")


def _peak() -> float:
    """The most bytes of memory that were held."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
