"""What an experiment is: works that run in turn, and the figures that are read from each turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Figures: TypeAlias = Mapping[str, float]
TIMES = "\N{MULTIPLICATION SIGN}"
# The figures of each run, by its name, of works done one after another.
Turn: TypeAlias = Mapping[str, Figures]


@dataclass(frozen=True)
class Run:
    """A work, and where it runs.

    Attributes:
        place: ``"ours"``, ``"published"``, ``"floor"`` or ``"dlt"``: whose process.
        work: module and function in `comparison.workloads`.
        options: the work's; "url" is added where `served`.
        served: whether it needs the server.
        fresh: whether it needs a process that has done nothing before.
    """

    place: str
    work: str
    options: Mapping[str, Any] = field(default_factory=dict)
    served: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Line:
    """A figure of an experiment.

    Attributes:
        title: what it is of.
        figure: reads it from a turn.
        least: the target, if at least so much is wanted.
        most: the target, if at most so much is wanted.
        unit: what stands behind it.
        chart: what the chart calls it, if that shows it.
    """

    title: str
    figure: Callable[[Turn], float]
    least: float | None = None
    most: float | None = None
    unit: str = TIMES
    chart: str = ""

    def reached(self, value: float) -> bool | None:
        """Whether a value is what was wanted; None if nothing is."""
        if self.least is not None:
            return value >= self.least
        return value <= self.most if self.most is not None else None


@dataclass(frozen=True)
class Experiment:
    """Runs that are taken in turn, so often, and what is read from them."""

    name: str
    title: str
    runs: Mapping[str, Run]
    lines: tuple[Line, ...]
    rounds: int = 7


def times(base: str, other: str, of: str = "seconds") -> Callable[[Turn], float]:
    """How many times as much of something one run took as the other."""
    return lambda turn: turn[base][of] / turn[other][of]


def taken(run: str, of: str, scale: float = 1) -> Callable[[Turn], float]:
    """A figure of a run itself."""
    return lambda turn: turn[run][of] * scale


def without(run: str, base: str, nothing: str) -> Callable[[Turn], float]:
    """The seconds of a run beside another's, both without what a third took."""

    def figure(turn: Turn) -> float:
        idle = turn[nothing]["seconds"]
        return (turn[run]["seconds"] - idle) / (turn[base]["seconds"] - idle)

    return figure
