"""A benchmark: runs that alternate, and the metrics computed from each round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Figures: TypeAlias = Mapping[str, float]
TIMES = "\N{MULTIPLICATION SIGN}"
# The figures of each run of a round, by the name of the run.
Round: TypeAlias = Mapping[str, Figures]


@dataclass(frozen=True)
class Run:
    """A workload and its environment.

    Attributes:
        environment: ``"ours"``, ``"published"``, ``"baseline"`` or ``"dlt"``: its process.
        workload: module and function in `comparison.workloads`.
        options: the workload's; "url" is added where `served`.
        served: True if it needs the server.
        fresh: True if it needs a new process.
    """

    environment: str
    workload: str
    options: Mapping[str, Any] = field(default_factory=dict)
    served: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Metric:
    """A figure of a benchmark.

    Attributes:
        title: a description; empty if the title of the benchmark suffices.
        figure: computes it from a round.
        minimum: the target, if more is better.
        maximum: the target, if less is better.
        unit: the unit, appended to the value.
        chart: its label in the chart; empty if the chart omits it.
    """

    title: str
    figure: Callable[[Round], float]
    minimum: float | None = None
    maximum: float | None = None
    unit: str = TIMES
    chart: str = ""

    def meets_target(self, value: float) -> bool | None:
        """Return True if a value meets the target, and None if there is no target."""
        if self.minimum is not None:
            return value >= self.minimum
        return value <= self.maximum if self.maximum is not None else None


@dataclass(frozen=True)
class Benchmark:
    """Runs that alternate for a number of rounds, and the metrics of each round."""

    name: str
    title: str
    runs: Mapping[str, Run]
    metrics: tuple[Metric, ...]
    rounds: int = 7


def make_speedup(base: str, other: str, of: str = "seconds") -> Callable[[Round], float]:
    """Return a metric: the ratio of a figure of two runs."""
    return lambda round_: round_[base][of] / round_[other][of]


def make_figure(run: str, of: str, scale: float = 1) -> Callable[[Round], float]:
    """Return a metric: a figure of one run."""
    return lambda round_: round_[run][of] * scale


def make_overhead(run: str, base: str, nothing: str) -> Callable[[Round], float]:
    """Return a metric: the ratio of the seconds of two runs, both minus those of a third."""

    def compute_overhead(round_: Round) -> float:
        idle = round_[nothing]["seconds"]
        return (round_[run]["seconds"] - idle) / (round_[base]["seconds"] - idle)

    return compute_overhead
