"""What was measured: a line, the middle of its figures, and the half of them around it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from comparison.benchmark import TIMES, Experiment, Line, Turn


@dataclass(frozen=True)
class Result:
    """A line's figures of all turns."""

    experiment: Experiment
    line: Line
    figures: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.figures)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between which half of them are."""
        if len(self.figures) < 2:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.figures, n=4, method="inclusive")
        return low, high

    @property
    def target(self) -> str:
        """What is wanted, if anything is."""
        if self.line.least is not None:
            return f"≥ {self.line.least:g}{self.line.unit}"
        return "" if self.line.most is None else f"≤ {self.line.most:g}{self._unit}"

    @property
    def shown(self) -> str:
        """The middle, and the spread."""
        low, high = (_number(value) for value in self.quartiles)
        return f"{_number(self.median)}{self._unit} ({low} to {high})"

    @property
    def verdict(self) -> str:
        """Whether the target is reached."""
        return {True: "yes", False: "no", None: ""}[self.line.reached(self.median)]

    @property
    def _unit(self) -> str:
        """A share needs none."""
        below_one = self.line.unit == TIMES and self.line.most is not None
        return "" if below_one else self.line.unit


def results_of(experiment: Experiment, turns: Sequence[Turn]) -> list[Result]:
    """A result for each line."""
    return [
        Result(experiment, line, [line.figure(turn) for turn in turns]) for line in experiment.lines
    ]


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 2 else f"{value:.1f}"
