"""SqlDestination: a copy in a SQL database."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from myonlinestore._codec.encode import encode
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import (
    BUSY_TIMEOUT,
    SyncState,
    UnseenRows,
    WriteResult,
    check_owner,
)
from myonlinestore.mirror.destinations.sql import statements as sql
from myonlinestore.mirror.destinations.sql.connection import SqlConnection
from myonlinestore.mirror.destinations.sql.state import SyncStateStore
from myonlinestore.mirror.exceptions import MirrorError, NoCopyError
from myonlinestore.mirror.records import RawRow, Reject
from myonlinestore.mirror.schema.flatten import FlatValues, RowFlattener, index_by_key
from myonlinestore.mirror.schema.table import ColumnType, Table

if TYPE_CHECKING:
    from myonlinestore.models import Model


# A message names this many tables of another program.
_MAX_NAMES = 3


class _Rollback(Exception):  # noqa: N818 - it is raised to roll back, not for an error
    """Rolls back a transaction."""


# Part of every digest: a version that takes other values from a row writes every row again.
_DIGEST_VERSION = b"mirror-sql-1"


class SqlDestination(SqlConnection):
    """A `Destination` in plain SQL; a subclass provides the connection, dialect and errors."""

    def __init__(self, display_name: str, busy_timeout: float = BUSY_TIMEOUT) -> None:
        super().__init__(display_name, busy_timeout)
        self._state = SyncStateStore(
            self._execute, self._execute_count, self._execute_for_keys, self._insert, self.dialect
        )
        self._sync_ids: dict[str, int] = {}
        self._flatteners: dict[str, RowFlattener] = {}
        self._inserts: dict[str, sql.BulkInsert] = {}

    def open(self, *, read_only: bool = False) -> None:
        """See `Destination`."""
        self._read_only = read_only
        if read_only:
            with self._map_errors():
                self._connect_read_only()
            with self._reading():
                if not self._get_columns("_mirror_store"):
                    raise NoCopyError(self._describe_content())
            return
        with self._map_errors():
            self._connect()
        with self.transaction():
            self._lock_tables()
            self._state.create_tables()

    def bind_store(self, store: str, origin: str) -> None:
        """See `Destination`."""
        with self.transaction():
            owner = self._state.read_owner()
            if owner is None:
                self._state.bind_store(store, origin)
            else:
                check_owner(self, owner, store, origin)

    def read_owner(self) -> tuple[str, str] | None:
        """See `Destination`."""
        with self._reading():
            return self._state.read_owner()

    def read_setting(self, name: str) -> str | None:
        """See `Destination`."""
        with self._reading():
            return self._state.read_setting(name)

    def save_setting(self, name: str, value: str) -> None:
        """See `Destination`."""
        with self.transaction():
            self._state.save_setting(name, value)

    def read_state(self, table: Table) -> SyncState | None:
        """See `Destination`."""
        with self._reading():
            if not self._state.is_known(table.resource):
                return None
            state = self._state.read(table.resource)
            if not self._get_columns(table.name):
                return state and state.without_progress()
            ((row_count,),) = self._execute(sql.count_rows(table))
            ((missing,),) = self._execute(
                sql.count_missing_rows(table, self.dialect), table.resource
            )
            state = self._state.read(table.resource, row_count, missing)
            if state is None or self._has_all_columns(table):
                return state
            return state.without_progress()

    def read_columns(self, name: str) -> set[str]:
        """See `Destination`."""
        with self._reading():
            return self._get_columns(name)

    def read_rejects(self, table: Table) -> list[Reject]:
        """See `Destination`."""
        with self._reading():
            return self._state.read_rejects(table.resource)

    def begin_sync(
        self,
        table: Table,
        *,
        full: bool = True,
        resume: bool = True,
        options: Mapping[str, str] | None = None,
        started_at: str | None = None,
    ) -> SyncState:
        """See `Destination`."""
        options = options or {}
        self._flatteners[table.name] = RowFlattener(table)
        for part in table.self_and_children():
            self._inserts[part.name] = sql.bulk_insert_for(part, self.dialect)
        with self.transaction():
            self._lock_tables()
            self._create_tables(table)
            before = self._state.read(table.resource)
            resume = (
                resume
                and before is not None
                and before.can_resume(full=full)
                and before.options == options
            )
            sync_id = self._state.begin_sync(
                table.resource, full=full, resume=resume, options=options, started_at=started_at
            )
            state = self._state.read(table.resource)
        self._sync_ids[table.name] = sync_id
        assert state is not None  # noqa: S101 - the sync was started above
        return state

    def write(
        self,
        table: Table,
        rows: Sequence[Model],
        *,
        raws: Sequence[bytes] | None = None,
        rejects: Sequence[Reject] = (),
        cursor: str | None = None,
    ) -> WriteResult:
        """See `Destination`."""
        seen = index_by_key(table, rows, raws)
        try:
            return self._write(table, seen, rejects, len(rows), cursor)
        except MirrorError as error:
            if not self._is_row_error(error.__cause__):
                raise
        accepted: dict[Any, RawRow] = {}
        refused = self._find_refused(table, list(seen), seen, accepted)
        return self._write(table, accepted, [*rejects, *refused], len(accepted), cursor)

    def _write(
        self,
        table: Table,
        seen: Mapping[Any, RawRow],
        rejects: Sequence[Reject],
        row_count: int,
        cursor: str | None,
    ) -> WriteResult:
        """Write rows by key, and the rejects, in one transaction."""
        sync_id = self._sync_ids[table.name]
        with self.transaction():
            # First, because it blocks a run that starts now until this page is committed.
            is_current = self._state.advance(table.resource, sync_id, row_count, cursor)
            self._check_not_superseded(is_current)
            result = self._write_rows(table, seen)
            self._state.save_rejects(table.resource, sync_id, rejects)
        return result

    def _write_rows(self, table: Table, seen: Mapping[Any, RawRow]) -> WriteResult:
        """Write the rows that have changed, and the digests of all."""
        digests = {key: row.digest(_DIGEST_VERSION) for key, row in seen.items()}
        known = self._read_digests(table, list(seen)) if seen else {}
        stale = [key for key, digest in digests.items() if known.get(key) != digest]
        self._replace(table, stale, [seen[key] for key in stale])
        self._state.save_digests(table.resource, self._sync_ids[table.name], digests)
        changed = [key for key in stale if key in known]
        for dependent in table.dependents:
            self._state.mark_for_rereading(dependent.resource, changed)
        return WriteResult(len(stale) - len(changed), len(changed))

    def _find_refused(
        self,
        table: Table,
        keys: Sequence[Any],
        seen: Mapping[Any, RawRow],
        accepted: dict[Any, RawRow],
    ) -> list[Reject]:
        """Return the rows that the database refuses, and add the others to `accepted`.

        Halves of the rows are written and rolled back, together with those accepted before,
        because two rows may violate a constraint that the table's owner has added.
        """
        candidates = {**accepted, **{key: seen[key] for key in keys}}
        try:
            with contextlib.suppress(_Rollback), self.transaction():
                self._write_rows(table, candidates)
                raise _Rollback
        except MirrorError as error:
            if not self._is_row_error(error.__cause__):
                raise
            if len(keys) > 1:
                half = len(keys) // 2
                refused = self._find_refused(table, keys[:half], seen, accepted)
                return refused + self._find_refused(table, keys[half:], seen, accepted)
            return [_reject_row(keys[0], seen[keys[0]], str(error))]
        accepted.update(candidates)
        return []

    def unmark_seen(self, table: Table, keys: Collection[object]) -> None:
        """See `Destination`."""
        with self.transaction():
            self._state.unmark_seen(table.resource, keys)

    def count_unseen(self, table: Table) -> UnseenRows:
        """See `Destination`."""
        values = table.resource, self._sync_ids[table.name]
        with self._reading():
            ((rows,),) = self._execute(sql.count_unseen(table, self.dialect), *values)
            count_missing = f"{sql.count_missing_rows(table, self.dialect)} AND sync_id <> ?"
            ((missing,),) = self._execute(count_missing, *values)
        return UnseenRows(rows, missing)

    def read_values(self, table: Table, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """See `Destination`."""
        with self._reading():
            return self._execute(sql.select_live_values(table, columns))

    def delete_rows(
        self, table: Table, keys: Collection[object], *, hard_delete: bool = False
    ) -> int:
        """See `Destination`."""
        deleted, key_type = list(keys), self.dialect.get_column_type(table.keys[0])
        if not deleted:
            return 0
        with self.transaction():
            is_current = self._state.advance(table.resource, self._sync_ids[table.name], 0, None)
            self._check_not_superseded(is_current)
            if hard_delete:
                for part in reversed(list(table.self_and_children())):
                    self._execute_for_keys(sql.delete_keys(part), key_type, deleted)
                    self._execute(sql.delete_marked(part, table))
                self._delete_orphans(table)
            else:
                now = timestamps.format_timestamp(timestamps.utc_now())
                self._execute_for_keys(sql.mark_keys(table), key_type, deleted, now)
            self._state.delete_rows(table.resource, deleted)
        return len(deleted)

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
        """See `Destination`."""
        all_rows = since_day is None
        select = sql.select_pending(table, parent, columns, self.dialect, all_rows=all_rows)
        values: list[Any] = [table.resource, table.resource, self._sync_ids[table.name]]
        values += [] if all_rows else [since_day]
        key = f"parent.{sql.quote_identifier(parent.keys[0].name)}"
        if after is not None:
            select, values = f"{select} AND {key} > ?", [*values, after]
        if columns:
            select = f"{select} ORDER BY {key} LIMIT {limit:d}"
        with self._reading():
            return self._execute(select, *values)

    def read_category_articles(self, category_ids: Sequence[int]) -> list[tuple[Any, ...]]:
        """See `Destination`."""
        key_type = self.dialect.types[ColumnType.INTEGER]
        with self._reading():
            return self._execute_for_keys(sql.SELECT_CATEGORY_ARTICLES, key_type, category_ids)

    def finish_sync(
        self, table: Table, *, hard_delete: bool = False, keep_unseen: bool = False
    ) -> int:
        """See `Destination`."""
        name, sync_id = table.resource, self._sync_ids[table.name]
        with self.transaction():
            self._check_not_superseded(self._state.finish_sync(name, sync_id))
            state = self._state.read(name)
            if state is None or not state.full or keep_unseen:
                return 0
            deleted = self._delete_unseen(table, sync_id, hard_delete=hard_delete)
            self._state.delete_unseen(name, sync_id)
        return deleted

    def _delete_unseen(self, table: Table, sync_id: int, *, hard_delete: bool) -> int:
        """Mark or delete unseen rows and return their number; deleting includes marked rows."""
        if not hard_delete:
            now = timestamps.format_timestamp(timestamps.utc_now())
            mark = sql.mark_unseen(table, self.dialect)
            return self._execute_count(mark, now, table.resource, sync_id)
        deleted = 0
        for part in reversed(list(table.self_and_children())):
            delete = sql.delete_unseen(part, self.dialect)
            deleted = self._execute_count(delete, table.resource, sync_id)
            self._execute(sql.delete_marked(part, table))
        self._delete_orphans(table)
        return deleted

    def _delete_orphans(self, table: Table) -> None:
        """Delete the rows of child streams without a parent row, also of those that are skipped."""
        for dependent in table.dependents:
            for part in reversed(list(dependent.self_and_children())):
                if self._get_columns(part.name):
                    self._execute(sql.delete_orphans(part, table))
            self._execute(sql.delete_orphan_state(table, self.dialect), dependent.resource)

    def _describe_content(self) -> str:
        """Return a message for a database without a copy."""
        tables = sorted(name for name in self._get_tables() if not name.startswith("_mirror_"))
        if not tables:
            return f"{self} is empty: nothing was mirrored into it yet"
        names = ", ".join(tables[:_MAX_NAMES]) + (", …" if len(tables) > _MAX_NAMES else "")
        return f"{self} is the database of another program, with the tables {names}: it has no copy"

    def _has_all_columns(self, table: Table) -> bool:
        return all(
            self.dialect.columns(part).keys() <= self._get_columns(part.name)
            for part in table.self_and_children()
        )

    def _lock_tables(self) -> None:
        """Block other runs from creating tables until the transaction ends."""
        if self.dialect.lock_tables:
            self._execute(self.dialect.lock_tables)

    def _create_tables(self, table: Table) -> None:
        """Create the tables of a resource, or add the columns that a newer version has."""
        is_ours = self._state.is_known(table.resource)
        if is_ours and not self._has_all_columns(table):
            self._state.reset(table.resource)
        for part in table.self_and_children():
            present = self._get_columns(part.name)
            if not present:
                self._execute(sql.create_table(part, self.dialect))
            elif not is_ours:
                raise MirrorError(
                    f"{self} has a table {part.name} that is not the mirror's: "
                    "mirror into another database"
                )
            else:
                for name, sql_type in self.dialect.columns(part).items():
                    if name not in present:
                        self._execute(sql.add_column(part, name, sql_type))

    def _read_digests(self, table: Table, keys: Sequence[Any]) -> dict[Any, bytes]:
        """Return the digests of rows that exist; a row that was deleted by hand has none."""
        key_type = self.dialect.get_column_type(table.keys[0])
        present = {key for (key,) in self._execute_for_keys(sql.select_keys(table), key_type, keys)}
        digests = self._state.read_digests(table.resource, keys)
        return {key: digest for key, digest in digests.items() if key in present}

    def _replace(self, table: Table, keys: Sequence[object], rows: Sequence[RawRow]) -> None:
        """Write rows and their child rows, and delete the child rows that they no longer have."""
        if not keys:
            return
        values = self._flatteners[table.name].flatten(rows)
        key_type = self.dialect.get_column_type(table.keys[0])
        for part in table.self_and_children():
            if part.path:
                child_keys = self._execute_for_keys(sql.select_child_keys(part), key_type, keys)
                self._delete_list_ends(part, key_type, child_keys, values[part.name])
            if values[part.name]:
                self._insert(self._inserts[part.name], values[part.name])

    def _delete_list_ends(
        self, part: Table, key_type: str, child_keys: list[tuple[Any, ...]], values: FlatValues
    ) -> None:
        """Delete the child rows behind the last position of each list.

        Args:
            part: the child table.
            key_type: the SQL type of the resource's key.
            child_keys: the keys of the child rows in the copy.
            values: the values of the new child rows.
        """
        if not child_keys:  # As in a first sync, where reading all positions would take a fourth.
            return
        lengths: dict[tuple[str, ...], int] = {}
        columns = (values[number :: len(part.all_columns)] for number in range(len(part.keys)))
        for *parent, position in zip(*columns, strict=True):
            lengths[tuple(map(str, parent))] = cast("int", position)
        longer: dict[tuple[int, ...], set[Any]] = defaultdict(set)
        for key, *positions, position in child_keys:
            length = lengths.get(tuple(map(str, (key, *positions))), 0)
            if position > length:
                longer[(*positions, length)].add(key)
        for end, keys in longer.items():
            self._execute_for_keys(sql.delete_list_ends(part), key_type, list(keys), *end)

    def _check_not_superseded(self, is_current: bool) -> None:
        """Raise MirrorError if another run started: two at once would delete each other's rows."""
        if not is_current:
            raise MirrorError(f"another run began to mirror into {self}: let that one finish")


def _reject_row(key: Any, row: RawRow, reason: str) -> Reject:
    """Return the reject of a row that was decoded and that the database refuses."""
    return Reject(row.raw or encode(row.row), reason, "", key)
