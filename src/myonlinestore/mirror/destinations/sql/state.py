"""The sync state in the tables ``_mirror_*``: the store, syncs, row digests and rejects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, repeat
from typing import Any, Protocol

from myonlinestore._codec.decode import decode
from myonlinestore._codec.encode import encode
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import SyncState
from myonlinestore.mirror.destinations.sql.statements import BulkInsert, Dialect
from myonlinestore.mirror.records import Reject

# _mirror_store: the store that the copy is of. _mirror_state: one row for each resource;
# finished_at is NULL during a sync and after an interrupted one. _mirror_rows: each row that was
# seen, the last sync that saw it, and a digest of its content. _mirror_rejects: rows that cannot
# be decoded, by a digest of their JSON. Each has a primary key, as PostgreSQL needs one to publish
# changes.
_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS _mirror_store (
        singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
        store TEXT NOT NULL, origin TEXT NOT NULL
    )""",
    "CREATE TABLE IF NOT EXISTS _mirror_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS _mirror_state (
        resource TEXT PRIMARY KEY, sync_id BIGINT NOT NULL, rows BIGINT NOT NULL,
        started_at {timestamp} NOT NULL, finished_at {timestamp}, "full" BOOLEAN NOT NULL,
        "cursor" TEXT, complete_from {timestamp}, full_at {timestamp}, options TEXT NOT NULL
    )""",
    """
    CREATE TABLE IF NOT EXISTS _mirror_rows (
        resource TEXT NOT NULL, key {key} NOT NULL, digest {binary} NOT NULL,
        sync_id BIGINT NOT NULL, PRIMARY KEY (resource, key)
    ){without_rowid}""",
    """
    CREATE TABLE IF NOT EXISTS _mirror_rejects (
        resource TEXT NOT NULL, digest {binary} NOT NULL, key {key}, body {binary} NOT NULL,
        reason TEXT NOT NULL, request TEXT NOT NULL, seen_at {timestamp} NOT NULL,
        sync_id BIGINT NOT NULL, PRIMARY KEY (resource, digest)
    )""",
    "CREATE INDEX IF NOT EXISTS _mirror_rejects_key ON _mirror_rejects (resource, key)",
)
_START = """
    INSERT INTO _mirror_state (resource, sync_id, rows, started_at, "full", options)
    VALUES (?, 1, 0, ?, ?, ?) ON CONFLICT (resource) DO UPDATE SET
    sync_id = _mirror_state.sync_id + 1, rows = 0, started_at = excluded.started_at,
    "full" = excluded."full", finished_at = NULL, "cursor" = NULL, options = excluded.options"""
# A run that resumes a sync gives it a new id, so that the interrupted run cannot write to it.
_RESUME = "UPDATE _mirror_state SET sync_id = sync_id + 1 WHERE resource = ?"
_SETTING = "SELECT value FROM _mirror_settings WHERE name = ?"
_SAVE_SETTING = """
    INSERT INTO _mirror_settings (name, value) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value"""
_SYNC_ID = "SELECT sync_id FROM _mirror_state WHERE resource = ?"
_ADVANCE = """
    UPDATE _mirror_state SET rows = rows + ?, "cursor" = coalesce(?, "cursor")
    WHERE resource = ? AND sync_id = ?"""
_FINISH = """
    UPDATE _mirror_state SET
    finished_at = CAST(? AS {timestamp}), "cursor" = NULL,
    complete_from = CASE WHEN "full" OR complete_from IS NOT NULL THEN started_at END,
    full_at = CASE WHEN "full" THEN CAST(? AS {timestamp}) ELSE full_at END
    WHERE resource = ? AND sync_id = ?"""
_STATE = """
    SELECT "full", started_at, finished_at, "cursor", complete_from, full_at, rows, options
    FROM _mirror_state WHERE resource = ?"""
_SAVE = (
    "ON CONFLICT (resource, key) DO UPDATE SET digest = excluded.digest, sync_id = excluded.sync_id"
)
_DIGESTS = "SELECT key, digest FROM _mirror_rows WHERE resource = ? AND key"
_DELETE_ROWS = "DELETE FROM _mirror_rows WHERE resource = ? AND key"
_DELETE_REJECTS = "DELETE FROM _mirror_rejects WHERE resource = ? AND key"
_COUNT_REJECTS = "SELECT count(*) FROM _mirror_rejects WHERE resource = ?"
_REJECTS = """
    SELECT body, reason, request, key FROM _mirror_rejects WHERE resource = ?
    ORDER BY key, digest"""
_SAVE_REJECT = """
    ON CONFLICT (resource, digest) DO UPDATE SET key = excluded.key, reason = excluded.reason,
    request = excluded.request, seen_at = excluded.seen_at, sync_id = excluded.sync_id"""
# No row has this digest, so the row is written again when it is next read.
_NO_DIGEST = b""
_MARK_SEEN = "UPDATE _mirror_rows SET sync_id = ?, digest = ? WHERE resource = ? AND key"
_MARK_FOR_REREADING = "UPDATE _mirror_rows SET sync_id = 0 WHERE resource = ? AND key"
_RESET_DIGESTS = "UPDATE _mirror_rows SET digest = ? WHERE resource = ?"
_RESET_PROGRESS = """
    UPDATE _mirror_state SET complete_from = NULL, "cursor" = NULL WHERE resource = ?"""
_TABLES_BY_SYNC = ("_mirror_rows", "_mirror_rejects")


class Execute(Protocol):
    """Runs a statement and returns its rows."""

    def __call__(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run it."""
        ...


class ExecuteCount(Protocol):
    """Runs a statement and returns the number of rows that it changed."""

    def __call__(self, statement: str, *values: Any) -> int:
        """Run it."""
        ...


class ExecuteForKeys(Protocol):
    """Runs a statement for rows with one of the keys and returns its rows."""

    def __call__(
        self, statement: str, key_type: str, keys: Sequence[Any], *values: Any
    ) -> list[tuple[Any, ...]]:
        """Run it."""
        ...


class SyncStateStore:
    """The tables of the sync state in one database."""

    def __init__(
        self,
        execute: Execute,
        execute_count: ExecuteCount,
        execute_for_keys: ExecuteForKeys,
        insert: Callable[[BulkInsert, list[Any]], None],
        dialect: Dialect,
    ) -> None:
        self._execute = execute
        self._execute_count = execute_count
        self._execute_for_keys = execute_for_keys
        self._insert = insert
        self._dialect = dialect
        self._finish = _FINISH.format(timestamp=dialect.timestamp_type)
        columns = {
            "resource": "TEXT",
            "key": dialect.key_type,
            "digest": dialect.binary_type,
            "sync_id": "BIGINT",
        }
        self._save = BulkInsert("_mirror_rows", columns, _SAVE)
        columns = {
            "resource": "TEXT",
            "digest": dialect.binary_type,
            "key": dialect.key_type,
            "body": dialect.binary_type,
            "reason": "TEXT",
            "request": "TEXT",
            "seen_at": dialect.timestamp_type,
            "sync_id": "BIGINT",
        }
        self._save_reject = BulkInsert("_mirror_rejects", columns, _SAVE_REJECT)

    def create_tables(self) -> None:
        """Create the tables that do not exist yet."""
        for statement in _TABLES:
            self._execute(
                statement.format(
                    timestamp=self._dialect.timestamp_type,
                    binary=self._dialect.binary_type,
                    key=self._dialect.key_type,
                    without_rowid=self._dialect.without_rowid,
                )
            )

    def read_owner(self) -> tuple[str, str] | None:
        """Return the id and origin of the store that the copy is of, if it is bound to one."""
        found = self._execute("SELECT store, origin FROM _mirror_store")
        return (found[0][0], found[0][1]) if found else None

    def bind_store(self, store: str, origin: str) -> None:
        """Save the store that the copy is of."""
        insert = "INSERT INTO _mirror_store (singleton, store, origin) VALUES (1, ?, ?)"
        self._execute(insert, store, origin)

    def read_setting(self, name: str) -> str | None:
        """Return a saved value, or None."""
        found = self._execute(_SETTING, name)
        return found[0][0] if found else None

    def save_setting(self, name: str, value: str) -> None:
        """Save a value."""
        self._execute(_SAVE_SETTING, name, value)

    def is_known(self, resource: str) -> bool:
        """Return True if a sync of the resource was ever started."""
        return bool(self._execute(_SYNC_ID, resource))

    def read(self, resource: str, row_count: int = 0, missing_rows: int = 0) -> SyncState | None:
        """Return the state of a resource; the caller counts the rows of its table."""
        found = self._execute(_STATE, resource)
        if not found:
            return None
        full, started_at, finished_at, cursor, complete_from, full_at, rows, options = found[0]
        ((rejects,),) = self._execute(_COUNT_REJECTS, resource)
        return SyncState(
            resource=resource,
            full=bool(full),
            started_at=_format_timestamp(started_at) or "",
            finished_at=_format_timestamp(finished_at),
            cursor=cursor,
            complete_from=_format_timestamp(complete_from),
            full_at=_format_timestamp(full_at),
            rows=rows,
            row_count=row_count,
            missing_rows=missing_rows,
            rejects=rejects,
            options=decode(options.encode(), dict[str, str]),
        )

    def begin_sync(
        self,
        resource: str,
        *,
        full: bool,
        resume: bool,
        options: Mapping[str, str],
        started_at: str | None,
    ) -> int:
        """Start or resume a sync and return its id."""
        if resume:
            self._take_over(resource)
        else:
            started_at = started_at or timestamps.format_timestamp(timestamps.utc_now())
            self._execute(_START, resource, started_at, full, encode(options).decode())
        ((sync_id,),) = self._execute(_SYNC_ID, resource)
        return int(sync_id)

    def _take_over(self, resource: str) -> None:
        """Give an interrupted sync, and the rows that it has seen, a new id."""
        ((interrupted,),) = self._execute(_SYNC_ID, resource)
        self._execute(_RESUME, resource)
        for table in _TABLES_BY_SYNC:
            self._execute(
                f"UPDATE {table} SET sync_id = sync_id + 1 WHERE resource = ? AND sync_id = ?",  # noqa: S608
                resource,
                interrupted,
            )

    def read_digests(self, resource: str, keys: Sequence[Any]) -> dict[Any, bytes]:
        """Return the digests of the rows that have one, by key."""
        state_keys = self._dialect.state_keys(keys)
        digests = dict(
            self._execute_for_keys(_DIGESTS, self._dialect.key_type, state_keys, resource)
        )
        return {
            key: digests[state_key]
            for key, state_key in zip(keys, state_keys, strict=True)
            if state_key in digests
        }

    def save_digests(self, resource: str, sync_id: int, digests: Mapping[Any, bytes]) -> None:
        """Save the rows that a sync has seen, and delete earlier rejects of them."""
        if digests:
            keys = self._dialect.state_keys(digests)
            rows = zip(repeat(resource), keys, digests.values(), repeat(sync_id))
            self._insert(self._save, list(chain.from_iterable(rows)))
            self._delete_rejects(resource, keys)

    def mark_for_rereading(self, resource: str, keys: Sequence[Any]) -> None:
        """Make the next sync of a child stream read the lists of changed parent rows."""
        if keys:
            state_keys = self._dialect.state_keys(keys)
            self._execute_for_keys(
                _MARK_FOR_REREADING, self._dialect.key_type, state_keys, resource
            )

    def reset(self, resource: str) -> None:
        """Make the next sync read and write every row again, changed or not."""
        self._execute(_RESET_DIGESTS, _NO_DIGEST, resource)
        self._execute(_RESET_PROGRESS, resource)

    def save_rejects(self, resource: str, sync_id: int, rejects: Sequence[Reject]) -> None:
        """Save rows that cannot be decoded. Earlier versions of them stay, and count as seen."""
        if not rejects:
            return
        state_keys = self._reject_keys(reject.key for reject in rejects)
        self._delete_rejects(resource, state_keys)
        now = timestamps.format_timestamp(timestamps.utc_now())
        by_digest = {reject.digest(): reject for reject in rejects}
        values: list[Any] = []
        for digest, reject in by_digest.items():
            key = self._dialect.coerce_reject_key(reject.key)
            reason, request = map(self._dialect.coerce_text, (reject.reason, reject.request))
            values += (resource, digest, key, reject.body, reason, request, now, sync_id)
        self._insert(self._save_reject, values)
        if state_keys:
            key_type = self._dialect.key_type
            values = [sync_id, _NO_DIGEST, resource]
            self._execute_for_keys(_MARK_SEEN, key_type, state_keys, *values)

    def read_rejects(self, resource: str) -> list[Reject]:
        """Return the rows that could not be decoded, with their keys as the sync state has them."""
        return [Reject(*found) for found in self._execute(_REJECTS, resource)]

    def advance(self, resource: str, sync_id: int, rows: int, cursor: str | None) -> bool:
        """Save progress. Return False if another run has started a sync since."""
        return self._execute_count(_ADVANCE, rows, cursor, resource, sync_id) == 1

    def unmark_seen(self, resource: str, keys: Collection[object]) -> None:
        """Unmark rows and rejects as seen because they were deleted during the sync."""
        for table in _TABLES_BY_SYNC:
            for key in self._reject_keys(keys):
                self._execute(
                    f"UPDATE {table} SET sync_id = 0 WHERE resource = ? AND key = ?",  # noqa: S608
                    resource,
                    key,
                )

    def finish_sync(self, resource: str, sync_id: int) -> bool:
        """Mark a sync as finished. Return False if another run has started one since."""
        now = timestamps.format_timestamp(timestamps.utc_now())
        return self._execute_count(self._finish, now, now, resource, sync_id) == 1

    def delete_unseen(self, resource: str, sync_id: int) -> None:
        """Delete the state of the rows and rejects that a full sync has not seen."""
        for table in _TABLES_BY_SYNC:
            self._execute(
                f"DELETE FROM {table} WHERE resource = ? AND sync_id <> ?",  # noqa: S608
                resource,
                sync_id,
            )

    def delete_rows(self, resource: str, keys: Sequence[object]) -> None:
        """Delete the state of rows."""
        state_keys = self._dialect.state_keys(keys)
        self._execute_for_keys(_DELETE_ROWS, self._dialect.key_type, state_keys, resource)
        self._delete_rejects(resource, state_keys)

    def _reject_keys(self, keys: Iterable[object]) -> list[object]:
        """Return keys as the sync state has them, without those that it cannot hold."""
        state_keys = map(self._dialect.coerce_reject_key, keys)
        return [key for key in dict.fromkeys(state_keys) if key is not None]

    def _delete_rejects(self, resource: str, state_keys: Sequence[object]) -> None:
        if state_keys:
            key_type = self._dialect.key_type
            self._execute_for_keys(_DELETE_REJECTS, key_type, state_keys, resource)


def _format_timestamp(value: datetime | str | None) -> str | None:
    return timestamps.format_timestamp(value) if isinstance(value, datetime) else value
