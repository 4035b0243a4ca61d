"""Compare this client with the published one on this machine.

    pip install -e ".[all]" && python benchmarks/compare.py

It installs `myonlinestore-connect==1.0.2` and dlt into environments in benchmarks/.venv, runs all
candidates in alternation against one local server, and writes benchmarks/RESULTS.md and
benchmarks/results.svg. Run it on an idle machine.

    --quick      a tenth of the rows, 3 rounds, no dlt; writes no files
    --only NAME  only this benchmark, repeatable; writes no files
    --list       print the names of the benchmarks
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

from comparison import system_info
from comparison.benchmark import Benchmark
from comparison.chart import render_chart
from comparison.definitions import BENCHMARKS
from comparison.report import render, render_table
from comparison.runner import Runner
from comparison.server import run_server
from comparison.summary import Result, summarize
from comparison.venvs import NotInstalledError, get_interpreter

HERE = Path(__file__).parent


def main() -> None:
    """Run the benchmarks, print the results and write the report."""
    arguments = _parse_args()
    if arguments.list:
        print("\n".join(benchmark.name for benchmark in BENCHMARKS))
        return
    selected = _select(arguments.only, quick=arguments.quick)
    results, missing = _measure(selected, quick=arguments.quick)
    if not (arguments.quick or arguments.only):
        _write(results, missing)


def _measure(
    benchmarks: Sequence[Benchmark], *, quick: bool
) -> tuple[list[Result], dict[str, str]]:
    results: list[Result] = []
    missing: dict[str, str] = {}
    with run_server() as url, closing(Runner(url, quick=quick)) as runner:
        for benchmark in benchmarks:
            try:
                new_results = summarize(benchmark, list(runner.run_rounds(benchmark)))
            except NotInstalledError as error:
                missing[benchmark.title] = str(error)
                continue
            results += new_results
            print(render_table(new_results), end="", flush=True)
    return results, missing


def _write(results: Sequence[Result], missing: dict[str, str]) -> None:
    report = render(
        results,
        command="python benchmarks/compare.py",
        date=f"{datetime.now(timezone.utc):%Y-%m-%d}",
        versions=_get_versions(missing),
        missing=missing,
    )
    (HERE / "RESULTS.md").write_text(report, encoding="utf-8")
    (HERE / "results.svg").write_text(render_chart(results), encoding="utf-8")


def _get_versions(missing: dict[str, str]) -> dict[str, str]:
    versions = {"machine": system_info.get_cpu_info(), "Python": system_info.get_python_info()}
    for environment, title in {"ours": "this client", "published": "published client"}.items():
        versions[title] = system_info.get_package_versions(
            environment, get_interpreter(environment)
        )
    if not missing:
        versions["dlt"] = system_info.get_package_versions("dlt", get_interpreter("dlt"))
    return versions


def _select(only: Sequence[str], *, quick: bool) -> list[Benchmark]:
    names = {benchmark.name for benchmark in BENCHMARKS}
    unknown = set(only) - names
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}: choose from {', '.join(sorted(names))}")
    wanted = set(only) or (names - {"dlt"} if quick else names)
    return [benchmark for benchmark in BENCHMARKS if benchmark.name in wanted]


def _parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
