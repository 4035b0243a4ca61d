"""Measuring: the works of an experiment in turn, each in its contender's process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comparison.benchmark import Experiment, Figures, Run, Turn
from comparison.venvs import python_of

ROOT = Path(__file__).parents[1]
QUICK_SHARE, QUICK_ROUNDS = 10, 3


class Worker:
    """A contender's process."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-m", "comparison.worker"],
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, work: str, options: dict[str, Any]) -> Figures:
        """The figures of one work."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"work": work, "options": options}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{work} failed; what it said is above")
        figures: Figures = json.loads(answer)
        return figures

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()


class Measuring:
    """All contenders, and the server that they ask.

    Args:
        url: the server's.
        quick: whether a tenth of the rows, and few rounds, will do.
    """

    def __init__(self, url: str, *, quick: bool) -> None:
        self._url = url
        self._quick = quick
        self._workers: dict[str, Worker] = {}

    def close(self) -> None:
        """Let all contenders end."""
        for worker in self._workers.values():
            worker.close()

    def turns(self, experiment: Experiment) -> Iterator[Turn]:
        """What each round came to. Raises NotInstalledError for a contender that is not there."""
        for run in experiment.runs.values():
            python_of(run.place)
            self._wake(run)
        for _ in range(min(experiment.rounds, QUICK_ROUNDS) if self._quick else experiment.rounds):
            yield {name: self._figures(run) for name, run in experiment.runs.items()}

    def _figures(self, run: Run) -> Figures:
        if not run.fresh:
            return self._worker(run.place).do(run.work, self._options(run))
        with contextlib.closing(Worker(python_of(run.place))) as worker:
            return worker.do(run.work, self._options(run))

    def _worker(self, place: str) -> Worker:
        if place not in self._workers:
            self._workers[place] = Worker(python_of(place))
        return self._workers[place]

    def _options(self, run: Run) -> dict[str, Any]:
        options = dict(run.options)
        if self._quick and options.get("rows", 0) > 2_000:
            options["rows"] //= QUICK_SHARE
        if run.served:
            options["url"] = self._url
        return options

    def _wake(self, run: Run) -> None:
        """Let the server make a store before anybody is timed."""
        rows = self._options(run).get("rows", 100)
        if run.served:
            urllib.request.urlopen(f"{self._url}/{rows}/0/v1/articles/count").close()


def _environment() -> dict[str, str]:
    """Nobody's path or settings: Python keeps what it compiled, as it does for every user."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
