"""The summary of a metric: median and quartiles over the rounds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from comparison.benchmark import TIMES, Benchmark, Metric, Round


@dataclass(frozen=True)
class Result:
    """The figures of a metric in all rounds."""

    benchmark: Benchmark
    metric: Metric
    figures: Sequence[float]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.figures)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The first and the third quartile."""
        if len(self.figures) < 2:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.figures, n=4, method="inclusive")
        return low, high

    @property
    def target(self) -> str:
        """The target; empty if there is none."""
        if self.metric.minimum is not None:
            return f"≥ {self.metric.minimum:g}{self.metric.unit}"
        return "" if self.metric.maximum is None else f"≤ {self.metric.maximum:g}{self._unit}"

    def __str__(self) -> str:
        low, high = (_format_number(value) for value in self.quartiles)
        return f"{_format_number(self.median)}{self._unit} ({low} to {high})"

    @property
    def verdict(self) -> str:
        """Yes if the target is met, no if it is not; empty if there is none."""
        return {True: "yes", False: "no", None: ""}[self.metric.meets_target(self.median)]

    @property
    def _unit(self) -> str:
        """The unit; empty for a ratio below 1."""
        below_one = self.metric.unit == TIMES and self.metric.maximum is not None
        return "" if below_one else self.metric.unit


def summarize(benchmark: Benchmark, rounds: Sequence[Round]) -> list[Result]:
    """Return a result for each metric."""
    return [
        Result(benchmark, metric, [metric.figure(round_) for round_ in rounds])
        for metric in benchmark.metrics
    ]


def _format_number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 2 else f"{value:.1f}"
