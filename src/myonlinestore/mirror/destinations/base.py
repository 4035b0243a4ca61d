"""The interface of a destination, and the sync state that it stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from myonlinestore.mirror.exceptions import MirrorError

if TYPE_CHECKING:
    from myonlinestore.mirror.records import Reject
    from myonlinestore.mirror.schema.table import Table
    from myonlinestore.models import Model


BUSY_TIMEOUT = 60.0
"""Seconds after which a database that another program has locked is an error."""


def check_owner(destination: object, owner: tuple[str, str], store: str, origin: str) -> None:
    """Raise MirrorError if a copy is of another store.

    Args:
        destination: the destination, for the message.
        owner: the store id and origin that the copy has saved.
        store: the id of the run's store.
        origin: scheme and host of the run's API.
    """
    if owner != (store, origin):
        raise MirrorError(
            f"{destination} is the copy of store {owner[0]} at {owner[1]}, and this is "
            f"store {store} at {origin}: mirror into another database"
        )


@dataclass(frozen=True)
class WriteResult:
    """The numbers of rows that a write added and changed.

    Attributes:
        new: rows that were added.
        changed: existing rows that were replaced, because a value differs.
    """

    new: int = 0
    changed: int = 0


@dataclass(frozen=True)
class UnseenRows:
    """The numbers of rows that a full sync has not seen so far.

    Attributes:
        rows: rows of the copy that are not marked as deleted.
        missing_rows: rejects of which the copy has no earlier version.
    """

    rows: int = 0
    missing_rows: int = 0


@dataclass(frozen=True)
class SyncState:
    """The sync state of one resource. Timestamps are ``yyyy-mm-dd hh:mm:ss`` in UTC.

    Attributes:
        resource: its name.
        full: True if the latest sync is a full one, False if it is incremental.
        started_at: the start of the latest sync.
        finished_at: the end of the latest sync; None during it and after it was interrupted.
        cursor: the position up to which the latest sync has read.
        complete_from: the start of the last sync that finished; an incremental sync asks for the
            changes since then. None if the copy lacks a column of the table, which only a full
            sync can fill; `cursor` is then None as well.
        full_at: the end of the last full sync.
        rows: the number of rows that the latest sync has read.
        row_count: the number of rows in the copy that are not marked as deleted.
        missing_rows: the number of rejects of which the copy has no earlier version.
        rejects: the number of rows that could not be decoded, or that the database refused.
        options: the options that determine the rows of the latest sync, such as its language.
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
    options: Mapping[str, str] = field(default_factory=dict)

    def can_resume(self, *, full: bool) -> bool:
        """Return True if a sync of this kind was interrupted and the next one can resume it."""
        return self.finished_at is None and self.full == full and self.cursor is not None

    def without_progress(self) -> SyncState:
        """Return the state without its progress, for a copy that lacks a column."""
        return replace(self, cursor=None, complete_from=None)


class Destination(Protocol):
    """A database or folder that holds a copy. Its methods block, and are not thread-safe.

    After a crash it holds complete pages only, and all that were committed. Every failure is a
    MirrorError.
    """

    def open(self, *, read_only: bool = False) -> None:
        """Connect, and create the sync state's tables unless `read_only`.

        Raises:
            NoCopyError: `read_only`, and it holds no copy.
            MirrorError: the database cannot be opened.
        """

    def bind_store(self, store: str, origin: str) -> None:
        """Save which store the copy is of.

        Args:
            store: the store's id.
            origin: scheme and host of the API.

        Raises:
            MirrorError: the copy is of another store.
        """

    def read_owner(self) -> tuple[str, str] | None:
        """Return the store id and origin that `bind_store` saved; None if it was never called."""
        ...

    def read_setting(self, name: str) -> str | None:
        """Return a value that `save_setting` saved, or None."""
        ...

    def save_setting(self, name: str, value: str) -> None:
        """Save a value for later runs, such as the rate that the store allows."""

    def read_state(self, table: Table) -> SyncState | None:
        """Return the sync state of a resource; None before its first sync."""
        ...

    def read_columns(self, name: str) -> set[str]:
        """Return the columns that a table has in the copy; an empty set if it does not exist."""
        ...

    def begin_sync(
        self,
        table: Table,
        *,
        full: bool = True,
        resume: bool = True,
        options: Mapping[str, str] | None = None,
        started_at: str | None = None,
    ) -> SyncState:
        """Start a sync of a resource and return its state.

        Creates missing tables and columns. If a column was missing, every row that is read is
        written again, and the progress of an interrupted sync is discarded.

        Args:
            table: the resource's table.
            full: True if the sync reads every row.
            resume: continue an interrupted sync of the same kind and with the same options, if
                there is one with a cursor.
            options: the options that determine the rows of the sync, which `SyncState` returns.
            started_at: the start of the sync by the store's clock; this machine's time if omitted.

        Raises:
            MirrorError: a table with such a name exists that the mirror did not create.
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
        """Write rows and their child rows in one transaction, replacing those with the same key.

        Args:
            table: the resource's table.
            rows: decoded rows, in any number.
            raws: the JSON of each row, if and only if the table has a raw column. A row has
                changed if only its JSON differs.
            rejects: rows that could not be decoded.
            cursor: the position up to which the sync has read; None leaves it unchanged.

        Raises:
            MirrorError: a row has no key, or another run has started a sync since.
            ValueError: `raws` does not have one value for each row, or the table has no raw column.
        """
        ...

    def unmark_seen(self, table: Table, keys: Collection[object]) -> None:
        """Unmark rows as seen because they were deleted during the sync."""

    def count_unseen(self, table: Table) -> UnseenRows:
        """Return the numbers of rows that the running sync has not seen."""
        ...

    def read_pending(
        self,
        table: Table,
        parent: Table,
        columns: Sequence[str],
        *,
        since_day: str | None,
        after: object = None,
        limit: int = 0,
    ) -> list[tuple[Any, ...]]:
        """Return the parent rows whose lists the running sync of a child stream has to read.

        These are new and changed rows, those whose list could not be read, and recent ones whose
        list is not final.

        Args:
            table: the child stream's table.
            parent: the table of the parent rows.
            columns: the columns to return, the key first, before a True if the list could not be
                read; if empty, the only row has the number of parent rows.
            since_day: the first day, ``yyyy-mm-dd``, from which parent rows are recent; None for
                all rows that the running sync has not seen.
            after: the last key of the previous call, or None.
            limit: the maximum number of rows; they are in the order of their keys.
        """
        ...

    def read_category_articles(self, category_ids: Sequence[int]) -> list[tuple[Any, ...]]:
        """Return the articles of the copy that have links to categories, in no order.

        Returns:
            The category's id, the article's id, name and uuid, and whether the category is its main
            one, for each link.
        """
        ...

    def finish_sync(
        self, table: Table, *, hard_delete: bool = False, keep_unseen: bool = False
    ) -> int:
        """Finish the sync and return the number of rows that were marked or deleted.

        These are the rows that a full sync has not seen. They are marked as deleted, or deleted as
        well if `hard_delete`, together with those that were marked before. An incremental sync, and
        one with `keep_unseen`, marks and deletes nothing and returns 0.

        Raises:
            MirrorError: another run has started a sync since.
        """
        ...

    def read_values(self, table: Table, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return the values of columns in each row that is not marked as deleted."""
        ...

    def delete_rows(
        self, table: Table, keys: Collection[object], *, hard_delete: bool = False
    ) -> int:
        """Mark rows as deleted in one transaction, and return their number.

        With `hard_delete` they are deleted, together with those that were marked before.

        Raises:
            MirrorError: another run has started a sync since.
        """
        ...

    def read_rejects(self, table: Table) -> list[Reject]:
        """Return the rows that could not be decoded, or that the database refused."""
        ...

    def close(self) -> None:
        """Disconnect. Committed rows are not lost, and closing again does nothing."""
