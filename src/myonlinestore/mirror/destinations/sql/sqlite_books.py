"""What the mirror keeps for itself in an SQLite copy: whose it is, passes, digests, rejects."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import SyncState
from myonlinestore.mirror.destinations.sql.batch_statements import Many, insert, marks
from myonlinestore.mirror.records import Reject

# _mirror_store: whose copy it is. _mirror_state: one row for each resource; finished_at is NULL
# while a pass goes on, and after one that was cut off. _mirror_rows: each row that was met, the
# last pass that met it, and a digest of what it held. _mirror_rejects: rows that cannot be decoded.
_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS _mirror_store (
        singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
        store TEXT NOT NULL,
        origin TEXT NOT NULL
    )""",
    """
    CREATE TABLE IF NOT EXISTS _mirror_state (
        resource TEXT PRIMARY KEY,
        sync_id INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT
    )""",
    """
    CREATE TABLE IF NOT EXISTS _mirror_rows (
        resource TEXT NOT NULL,
        key NOT NULL,
        digest BLOB NOT NULL,
        sync_id INTEGER NOT NULL,
        PRIMARY KEY (resource, key)
    ) WITHOUT ROWID""",
    """
    CREATE TABLE IF NOT EXISTS _mirror_rejects (
        resource TEXT NOT NULL,
        key,
        body BLOB NOT NULL,
        reason TEXT NOT NULL,
        request TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        sync_id INTEGER NOT NULL
    )""",
)
# Columns that came later: a copy of an older version gets them.
_STATE_COLUMNS = {
    "full": "INTEGER NOT NULL DEFAULT 1",
    "cursor": "TEXT",
    "complete_from": "TEXT",
    "full_at": "TEXT",
}
_CLAIM = "INSERT INTO _mirror_store (singleton, store, origin) VALUES (1, ?, ?)"
_START = """
    INSERT INTO _mirror_state (resource, sync_id, rows, started_at, full) VALUES (?, 1, 0, ?, ?)
    ON CONFLICT (resource) DO UPDATE
    SET sync_id = sync_id + 1, rows = 0, started_at = excluded.started_at, full = excluded.full,
        finished_at = NULL, cursor = NULL"""
# A run that goes on with a pass makes it its own: the number of the other one is no longer there.
_RESUME = "UPDATE _mirror_state SET sync_id = sync_id + 1 WHERE resource = ?"
_NUMBER = "SELECT sync_id FROM _mirror_state WHERE resource = ?"
_ADVANCE = """
    UPDATE _mirror_state SET rows = rows + ?, cursor = coalesce(?, cursor)
    WHERE resource = ? AND sync_id = ?"""
_FINISH = """
    UPDATE _mirror_state
    SET finished_at = ?1, cursor = NULL,
        complete_from = CASE WHEN full OR complete_from IS NOT NULL THEN started_at END,
        full_at = CASE WHEN full THEN ?1 ELSE full_at END
    WHERE resource = ?2 AND sync_id = ?3"""
_STATE = """
    SELECT full, started_at, finished_at, cursor, complete_from, full_at, rows
    FROM _mirror_state WHERE resource = ?"""
_REMEMBER = insert(
    "_mirror_rows",
    ("resource", "key", "digest", "sync_id"),
    "ON CONFLICT (resource, key) DO UPDATE "
    "SET digest = excluded.digest, sync_id = excluded.sync_id",
)
# A digest that no row has: the row is written anew when it comes.
_FORGET_DIGESTS = "UPDATE _mirror_rows SET digest = x'' WHERE resource = ?"
_FORGET_PROGRESS = "UPDATE _mirror_state SET complete_from = NULL, cursor = NULL WHERE resource = ?"
_FORGET_REJECTS = Many(
    lambda keys: f"DELETE FROM _mirror_rejects WHERE resource = ? AND key IN ({marks(keys)})",  # noqa: S608
    1,
)
_REJECT = "INSERT INTO _mirror_rejects VALUES (?, ?, ?, ?, ?, ?, ?)"
_COUNT_REJECTS = "SELECT count(*) FROM _mirror_rejects WHERE resource = ?"
_REJECTS = "SELECT body, reason, request, key FROM _mirror_rejects WHERE resource = ?"


def prepare(database: sqlite3.Connection) -> None:
    """Make the tables, with every column."""
    for statement in _TABLES:
        database.execute(statement)
    present = {name for _, name, *_ in database.execute("PRAGMA table_info(_mirror_state)")}
    for name, declared in _STATE_COLUMNS.items():
        if name not in present:
            database.execute(f"ALTER TABLE _mirror_state ADD COLUMN {name} {declared}")


def owner(database: sqlite3.Connection) -> tuple[str, str] | None:
    """Whose copy it is."""
    found = database.execute("SELECT store, origin FROM _mirror_store").fetchone()
    return found and (found[0], found[1])


def claim(database: sqlite3.Connection, store: str, origin: str) -> None:
    """Write down whose copy it is."""
    database.execute(_CLAIM, (store, origin))


def is_known(database: sqlite3.Connection, resource: str) -> bool:
    """Whether a resource ever had a pass."""
    return database.execute(_NUMBER, (resource,)).fetchone() is not None


def state(
    database: sqlite3.Connection, resource: str, row_count: int = 0, missing_rows: int = 0
) -> SyncState | None:
    """What is known of a resource; what its own table has is for the caller to count."""
    found = database.execute(_STATE, (resource,)).fetchone()
    if found is None:
        return None
    (rejects,) = database.execute(_COUNT_REJECTS, (resource,)).fetchone()
    full, started_at, finished_at, cursor, complete_from, full_at, rows = found
    return SyncState(
        resource=resource,
        full=bool(full),
        started_at=started_at,
        finished_at=finished_at,
        cursor=cursor,
        complete_from=complete_from,
        full_at=full_at,
        rows=rows,
        row_count=row_count,
        missing_rows=missing_rows,
        rejects=rejects,
    )


def begin(database: sqlite3.Connection, resource: str, *, full: bool, resume: bool) -> int:
    """Start a pass, or go on with one. Returns its number."""
    if resume:
        _renumber(database, resource)
    else:
        database.execute(
            _START, (resource, timestamps.format_timestamp(timestamps.utc_now()), full)
        )
    (number,) = database.execute(_NUMBER, (resource,)).fetchone()
    return int(number)


def _renumber(database: sqlite3.Connection, resource: str) -> None:
    (old,) = database.execute(_NUMBER, (resource,)).fetchone()
    database.execute(_RESUME, (resource,))
    for table in ("_mirror_rows", "_mirror_rejects"):
        database.execute(
            f"UPDATE {table} SET sync_id = sync_id + 1 WHERE resource = ? AND sync_id = ?",  # noqa: S608
            (resource, old),
        )


def remember(
    database: sqlite3.Connection, resource: str, number: int, digests: dict[Any, bytes]
) -> None:
    """Note what was met; a row that could not be decoded once and can now is no reject."""
    met = [(resource, key, digest, number) for key, digest in digests.items()]
    _REMEMBER.run(database, list(chain.from_iterable(met)))
    _forget_rejects(database, resource, digests)


def start_over(database: sqlite3.Connection, resource: str) -> None:
    """Have everything read, and every row written anew: rows miss something, changed or not."""
    database.execute(_FORGET_DIGESTS, (resource,))
    database.execute(_FORGET_PROGRESS, (resource,))


def reject(
    database: sqlite3.Connection, resource: str, number: int, rejects: Sequence[Reject]
) -> None:
    """Keep rows that cannot be decoded. What the copy has of them stays, and counts as met."""
    _forget_rejects(database, resource, [one.key for one in rejects])
    seen_at = timestamps.format_timestamp(timestamps.utc_now())
    for one in rejects:
        database.execute(
            "DELETE FROM _mirror_rejects WHERE resource = ? AND body = ?", (resource, one.body)
        )
        values = (resource, one.key, one.body, one.reason, one.request, seen_at, number)
        database.execute(_REJECT, values)
        database.execute(
            "UPDATE _mirror_rows SET sync_id = ?, digest = x'' WHERE resource = ? AND key = ?",
            (number, resource, one.key),
        )


def rejects(database: sqlite3.Connection, resource: str) -> list[Reject]:
    """The rows that could not be decoded."""
    return [Reject(*found) for found in database.execute(_REJECTS, (resource,))]


def advance(
    database: sqlite3.Connection, resource: str, number: int, rows: int, cursor: str | None
) -> bool:
    """Move on. Returns whether the pass is still this one."""
    return database.execute(_ADVANCE, (rows, cursor, resource, number)).rowcount == 1


def unmark_seen(database: sqlite3.Connection, resource: str, keys: Collection[object]) -> None:
    """Have rows count as not met by the pass; a reject of them is gone with them."""
    for table in ("_mirror_rows", "_mirror_rejects"):
        database.executemany(
            f"UPDATE {table} SET sync_id = 0 WHERE resource = ? AND key = ?",  # noqa: S608
            [(resource, key) for key in keys],
        )


def finish(database: sqlite3.Connection, resource: str, number: int) -> bool:
    """End a pass. Returns whether it is still this one."""
    ended = timestamps.format_timestamp(timestamps.utc_now())
    return database.execute(_FINISH, (ended, resource, number)).rowcount == 1


def forget_gone(database: sqlite3.Connection, resource: str, number: int) -> None:
    """Drop the notes about rows that a full pass did not meet."""
    for table in ("_mirror_rows", "_mirror_rejects"):
        database.execute(
            f"DELETE FROM {table} WHERE resource = ? AND sync_id <> ?",  # noqa: S608
            (resource, number),
        )


def _forget_rejects(database: sqlite3.Connection, resource: str, keys: Any) -> None:
    _FORGET_REJECTS.run(database, list(keys), resource)
