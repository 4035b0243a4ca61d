"""Destination: where a copy goes, and what a mirror asks of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from myonlinestore.mirror.schema import Table
    from myonlinestore.models import Model


@dataclass(frozen=True)
class Changes:
    """What became of the rows of a write.

    Attributes:
        new: rows that were not there.
        changed: rows that were there with other values.
    """

    new: int = 0
    changed: int = 0


class Destination(Protocol):
    """A database that holds the copy. Its calls block; a mirror makes them one at a time.

    Whatever was written is there after a crash, whole pages only. Every failure is a MirrorError.
    """

    def open(self) -> None:
        """Connect, and make what the mirror keeps for itself."""

    def begin(self, table: Table) -> None:
        """Start a pass over a resource: its tables are there afterwards, with every column."""

    def write(self, table: Table, rows: Sequence[Model]) -> Changes:
        """Put rows, and all below them, in the place of what was there; in one transaction."""
        ...

    def finish(self, table: Table) -> int:
        """End the pass: rows that it did not meet are marked as deleted. Returns how many."""
        ...

    def close(self) -> None:
        """Disconnect; nothing that was written is lost."""


def destination_of(target: str | os.PathLike[str]) -> Destination:
    """The destination that a path or URL means. Raises MirrorError for one it cannot write."""
    from myonlinestore.mirror.addresses import destination_at  # noqa: PLC0415 - it imports this

    return destination_at(target)
