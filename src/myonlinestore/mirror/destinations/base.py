"""Destination: where a copy goes, and what a mirror asks of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from myonlinestore.mirror.records import Reject
    from myonlinestore.mirror.schema.table import Table
    from myonlinestore.models import Model


@dataclass(frozen=True)
class WriteResult:
    """What became of the rows of a write.

    Attributes:
        new: rows that were not there.
        changed: rows that were there with other values.
    """

    new: int = 0
    changed: int = 0


@dataclass(frozen=True)
class SyncState:
    """What a copy remembers of one resource.

    Attributes:
        resource: its name.
        full: whether the latest pass reads, or read, everything.
        started_at: when that pass began, ``yyyy-mm-dd hh:mm:ss`` in UTC.
        finished_at: when it ended; None while it goes on, and after one that was cut off.
        cursor: up to where it has read.
        complete_from: when the last pass began that was finished; changes are asked for from then.
            None as well if the copy lacks one of the table's columns, which only a pass over
            everything can fill; then there is no cursor to go on from either.
        full_at: when the last pass over everything ended.
        rows: rows that the pass has read.
        row_count: rows in the copy that are not marked as deleted.
        missing_rows: rows that could not be decoded and of which the copy has no earlier version.
        rejects: all rows that could not be decoded.
    """

    resource: str
    full: bool
    started_at: str
    finished_at: str | None
    cursor: str | None
    complete_from: str | None
    full_at: str | None
    rows: int
    row_count: int
    missing_rows: int
    rejects: int

    def can_resume(self, *, full: bool) -> bool:
        """Whether a pass of this kind was cut off where the next one can go on."""
        return self.finished_at is None and self.full == full and self.cursor is not None

    def without_progress(self) -> SyncState:
        """The same, of a copy that lacks a column: no row is read as far as that goes."""
        return replace(self, cursor=None, complete_from=None)


class Destination(Protocol):
    """A database that holds the copy. Its calls block; a mirror makes them one at a time.

    Whatever was written is there after a crash, whole pages only. Every failure is a MirrorError.
    """

    def open(self, *, read_only: bool = False) -> None:
        """Connect, and create the sync state's tables unless `read_only`.

        Raises:
            MirrorError: the database cannot be opened, or `read_only` and it holds no copy.
        """

    def exists(self) -> bool:
        """Whether anything is there yet."""
        ...

    def bind_store(self, store: str, origin: str) -> None:
        """Remember whose copy this is. Raises MirrorError if it is another store's.

        Args:
            store: the store's id.
            origin: scheme and host of the API.
        """

    def read_owner(self) -> tuple[str, str] | None:
        """Whose copy this is, as `claim` was told."""
        ...

    def read_state(self, table: Table) -> SyncState | None:
        """What is known of a resource; None before its first pass."""
        ...

    def read_columns(self, name: str) -> set[str]:
        """The columns that a table has in the copy; none if it is not there."""
        ...

    def begin_sync(self, table: Table, *, full: bool = True, resume: bool = True) -> SyncState:
        """Start a pass over a resource: its tables are there afterwards, with every column.

        Where a column was missing, every row is written anew when it comes, and what a pass has
        read that was cut off counts for nothing.

        Args:
            table: its tables.
            full: whether the pass meets every row.
            resume: to go on with a pass of the same kind that was cut off and has a cursor.
        """
        ...

    def write(
        self,
        table: Table,
        rows: Sequence[Model],
        *,
        raws: Sequence[bytes] | None = None,
        rejects: Sequence[Reject] = (),
        cursor: str | None = None,
    ) -> WriteResult:
        """Put rows, and all below them, in the place of what was there; in one transaction.

        Args:
            table: the resource's tables.
            rows: what the store sent.
            raws: the JSON text of each row, if and only if the table keeps it. A row of which only
                that differs has changed.
            rejects: what could not be decoded of it.
            cursor: up to where everything is read now; as it was if None.
        """
        ...

    def unmark_seen(self, table: Table, keys: Collection[object]) -> None:
        """Unmark rows as seen because they were deleted during the sync."""

    def finish_sync(self, table: Table, *, hard: bool = False) -> int:
        """End the pass. Returns how many rows a full one did not meet.

        Those are marked as deleted, or, if `hard`, removed.
        """
        ...

    def read_rejects(self, table: Table) -> list[Reject]:
        """The rows that could not be decoded so far."""
        ...

    def close(self) -> None:
        """Disconnect; nothing that was written is lost."""
