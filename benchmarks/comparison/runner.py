"""The runner: executes the runs of a benchmark in alternation, each in its candidate's process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comparison.benchmark import Benchmark, Figures, Round, Run
from comparison.venvs import get_interpreter

ROOT = Path(__file__).parents[1]
QUICK_SHARE, QUICK_ROUNDS = 10, 3


class Worker:
    """The process of a candidate."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-m", "comparison.worker"],
            cwd=ROOT,
            env=_get_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, workload: str, options: dict[str, Any]) -> Figures:
        """Run a workload and return its figures."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"workload": workload, "options": options}) + "\n")
        self._process.stdin.flush()
        response = self._process.stdout.readline()
        if not response:
            raise RuntimeError(f"{workload} failed; its output is above")
        figures: Figures = json.loads(response)
        return figures

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


class Runner:
    """All candidates, with the URL of their server.

    Args:
        url: the server's URL.
        quick: True for a tenth of the rows and few rounds.
    """

    def __init__(self, url: str, *, quick: bool) -> None:
        self._url = url
        self._quick = quick
        self._workers: dict[str, Worker] = {}

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers.values():
            worker.close()

    def run_rounds(self, benchmark: Benchmark) -> Iterator[Round]:
        """Yield the figures of each round.

        Raises:
            NotInstalledError: a candidate cannot be installed.
        """
        for run in benchmark.runs.values():
            get_interpreter(run.environment)
            self._warm_up(run)
        for _ in range(min(benchmark.rounds, QUICK_ROUNDS) if self._quick else benchmark.rounds):
            yield {name: self._measure(run) for name, run in benchmark.runs.items()}

    def _measure(self, run: Run) -> Figures:
        if not run.fresh:
            return self._get_worker(run.environment).run(run.workload, self._get_options(run))
        with contextlib.closing(Worker(get_interpreter(run.environment))) as worker:
            return worker.run(run.workload, self._get_options(run))

    def _get_worker(self, environment: str) -> Worker:
        if environment not in self._workers:
            self._workers[environment] = Worker(get_interpreter(environment))
        return self._workers[environment]

    def _get_options(self, run: Run) -> dict[str, Any]:
        options = dict(run.options)
        if self._quick and options.get("rows", 0) > 2_000:
            options["rows"] //= QUICK_SHARE
        if run.served:
            options["url"] = self._url
        return options

    def _warm_up(self, run: Run) -> None:
        """Let the server create a store before the first measurement."""
        rows = self._get_options(run).get("rows", 100)
        if run.served:
            urllib.request.urlopen(f"{self._url}/{rows}/0/v1/articles/count").close()


def _get_environment() -> dict[str, str]:
    """Return the environment without Python settings, so that Python caches bytecode as usual."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
