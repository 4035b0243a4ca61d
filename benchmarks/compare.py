"""This client beside the published one, on this machine: one command, one table.

    pip install -e ".[all]" && python benchmarks/compare.py

It installs `myonlinestore-connect==1.0.2`, and dlt for its row, into environments of their own
below benchmarks/.venv, runs everything in turn against one local server, and writes
benchmarks/RESULTS.md and benchmarks/results.svg. Let nothing else run meanwhile.

    --quick      a tenth of the rows, few rounds, no dlt; writes nothing
    --only NAME  these rows alone; writes nothing
    --list       the names
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

from comparison import system_info as machine
from comparison.benchmark import Experiment
from comparison.chart import chart
from comparison.definitions import EXPERIMENTS
from comparison.report import page, table
from comparison.runner import Measuring
from comparison.server import serving
from comparison.summary import Result, results_of
from comparison.venvs import NotInstalledError, python_of

HERE = Path(__file__).parent


def main() -> None:
    """Measure, print, and write the page."""
    asked = _asked()
    if asked.list:
        print("\n".join(experiment.name for experiment in EXPERIMENTS))
        return
    chosen = _chosen(asked.only, quick=asked.quick)
    results, missing = _measure(chosen, quick=asked.quick)
    if not (asked.quick or asked.only):
        _write(results, missing)


def _measure(
    experiments: Sequence[Experiment], *, quick: bool
) -> tuple[list[Result], dict[str, str]]:
    results: list[Result] = []
    missing: dict[str, str] = {}
    with serving() as url, closing(Measuring(url, quick=quick)) as measuring:
        for experiment in experiments:
            try:
                found = results_of(experiment, list(measuring.turns(experiment)))
            except NotInstalledError as error:
                missing[experiment.title] = str(error)
                continue
            results += found
            print(table(found), end="", flush=True)
    return results, missing


def _write(results: Sequence[Result], missing: dict[str, str]) -> None:
    written = page(
        results,
        command="python benchmarks/compare.py",
        date=f"{datetime.now(timezone.utc):%Y-%m-%d}",
        made_of=_made_of(missing),
        missing=missing,
    )
    (HERE / "RESULTS.md").write_text(written, encoding="utf-8")
    (HERE / "results.svg").write_text(chart(results), encoding="utf-8")


def _made_of(missing: dict[str, str]) -> dict[str, str]:
    found = {"machine": machine.machine(), "Python": machine.python()}
    for place, title in {"ours": "this client", "published": "published client"}.items():
        found[title] = machine.versions(place, python_of(place))
    if not missing:
        found["dlt"] = machine.versions("dlt", python_of("dlt"))
    return found


def _chosen(only: Sequence[str], *, quick: bool) -> list[Experiment]:
    names = {experiment.name for experiment in EXPERIMENTS}
    unknown = set(only) - names
    if unknown:
        sys.exit(f"no row {', '.join(unknown)}: choose from {', '.join(sorted(names))}")
    wanted = set(only) or (names - {"dlt"} if quick else names)
    return [experiment for experiment in EXPERIMENTS if experiment.name in wanted]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
