"""What a run tells: while it goes on, and when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


class OnProgress(Protocol):
    """Is called when a resource is begun, after each write, and when it is done."""

    def __call__(self, resource: str, done: int, total: int | None) -> None:
        """BatchHandler the state of a resource.

        Args:
            resource: its name, such as ``"articles"``.
            done: rows read and stored so far in this run.
            total: rows in all; ``None`` where the vendor does not say beforehand.
        """


@dataclass(frozen=True)
class ResourceReport:
    """What a run did with one resource.

    Attributes:
        resource: its name, such as ``"articles"``.
        rows: rows that the store has, as far as this run could see, all of them in the copy now.
        new: rows that the copy did not have.
        changed: rows that had other values, in themselves or below.
        deleted: rows that the store has no more, marked as deleted in the copy or removed from it.
        requests: calls that were made for it, repetitions not counted.
        seconds: how long it took.
        read: rows that were read, those that were read twice included.
        rejected: rows that could not be decoded, all that the copy knows of.
        difference: rows that the store counts beyond those of the copy, after a pass over all.
        full: whether everything was read, and not only what has changed.
        bytes: bytes of the answers as they came, compressed or not.
    """

    resource: str
    rows: int
    new: int
    changed: int
    deleted: int
    requests: int
    seconds: float
    read: int = 0
    rejected: int = 0
    difference: int = 0
    full: bool = True
    bytes: int = 0


@dataclass(frozen=True)
class MirrorReport:
    """What a run did.

    Attributes:
        resources: one report for each resource, in the order in which they were copied.
        seconds: how long the run took.
    """

    resources: tuple[ResourceReport, ...]
    seconds: float

    @property
    def rows(self) -> int:
        """Rows of all resources."""
        return sum(report.rows for report in self.resources)

    @property
    def rejected(self) -> int:
        """Rows that could not be decoded."""
        return sum(report.rejected for report in self.resources)

    @property
    def has_differences(self) -> bool:
        """Whether the store counts other rows than the copy has, of any resource."""
        return any(report.difference for report in self.resources)

    @property
    def requests(self) -> int:
        """Calls for all resources."""
        return sum(report.requests for report in self.resources)

    @property
    def bytes(self) -> int:
        """Bytes of all answers as they came."""
        return sum(report.bytes for report in self.resources)

    def __iter__(self) -> Iterator[ResourceReport]:
        return iter(self.resources)

    def __getitem__(self, resource: str) -> ResourceReport:
        """The report of one resource. Raises KeyError for one that was not mirrored."""
        for report in self.resources:
            if report.resource == resource:
                return report
        raise KeyError(resource)
