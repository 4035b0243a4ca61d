"""50,000 articles decoded and kept, each time in a process of its own."""

from __future__ import annotations

from typing import Any

import pytest

import model_workloads

pytestmark = pytest.mark.benchmark(group="hold 50,000 articles")

_PAGES = 500
_DICTS = """
import json, model_workloads, sample_pages
print(*model_workloads.hold(json.loads, sample_pages.articles(), int(sys.argv[1])))
"""
_SELDOM = "import gc\ngc.set_threshold(50_000, 20, 100)\n"


def bench_hold_articles(benchmark: Any) -> None:
    """As models of this client."""
    _measure(benchmark, model_workloads.HOLD_ARTICLES)


def bench_hold_articles_with_a_collector_that_looks_seldom(benchmark: Any) -> None:
    """The same, in a process that has told Python's garbage collector so."""
    _measure(benchmark, _SELDOM + model_workloads.HOLD_ARTICLES)


def bench_hold_dicts(benchmark: Any) -> None:
    """As the dicts and lists of the standard library."""
    _measure(benchmark, _DICTS)


def _measure(benchmark: Any, code: str) -> None:
    """The megabytes and CPU seconds are in the saved JSON; the time shown is the process's."""

    def hold() -> None:
        seconds, megabytes = model_workloads.in_new_process(code, str(_PAGES)).split()
        benchmark.extra_info |= {"cpu_seconds": float(seconds), "megabytes": float(megabytes)}

    benchmark.pedantic(hold, rounds=3)
    assert benchmark.extra_info["megabytes"] > 0
