"""A worker process that runs workloads on request.

Each line of its standard input is a request, ``{"workload": "pagination.iterate_sequentially",
"options": {…}}``, and its response is a line of figures. Run as ``python -m comparison.worker``.
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
# The timed part of a workload, which may return figures of its own.
Timed: TypeAlias = Callable[[], Figures | None]

WARM_ROWS = 300


def main() -> None:
    """Handle requests until the end of the standard input."""
    requests, responses = sys.stdin, os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # The output of a library is not a response.
    warmed_up: set[str] = set()
    for line in requests:
        request = json.loads(line)
        create, options = _get_workload(request["workload"]), request["options"]
        if request["workload"] not in warmed_up:
            warmed_up.add(request["workload"])
            create(**_make_quick_options(options))()
        responses.write(json.dumps(measure(create(**options))) + "\n")
        responses.flush()


def measure(timed: Timed) -> Figures:
    """Return seconds, CPU seconds, and the growth of the peak memory in bytes."""
    gc.collect()
    _reset_peak_memory()
    before = _get_peak_memory()
    cpu, start = time.process_time(), time.perf_counter()
    own = timed()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {"seconds": seconds, "cpu": cpu, "grown": _get_peak_memory() - before, **(own or {})}


def _get_workload(name: str) -> Callable[..., Timed]:
    module, _, function = name.partition(".")
    workload: Callable[..., Timed] = getattr(
        importlib.import_module(f"comparison.workloads.{module}"), function
    )
    return workload


def _make_quick_options(options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "rows": WARM_ROWS} if "rows" in options else options


def _reset_peak_memory() -> None:
    """Reset the peak on Linux; elsewhere a memory benchmark needs a new process."""
    clear_refs = Path("/proc/self/clear_refs")
    if clear_refs.exists():
        clear_refs.write_text("5")


def _get_peak_memory() -> float:
    """Return the peak of resident memory in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
