"""What the mirror keeps for itself in DuckDB and PostgreSQL; the same as in an SQLite copy."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import SyncState
from myonlinestore.mirror.destinations.sql.statements import Dialect, Load
from myonlinestore.mirror.records import Reject

Digests = Mapping[Any, str]
"""A digest of what a row holds, by the row's key."""


class Ask(Protocol):
    """Runs a statement, and gives the rows that it finds."""

    def __call__(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run it."""
        ...


# As in sqlite_books. A key is text here, whatever it is in its own table, so that one column has
# those of all resources.
_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS _mirror_store (
        singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
        store TEXT NOT NULL, origin TEXT NOT NULL
    )""",
    """
    CREATE TABLE IF NOT EXISTS _mirror_state (
        resource TEXT PRIMARY KEY, sync_id BIGINT NOT NULL, rows BIGINT NOT NULL,
        started_at {moment} NOT NULL, finished_at {moment}, "full" BOOLEAN NOT NULL,
        "cursor" TEXT, complete_from {moment}, full_at {moment}
    )""",
    """
    CREATE TABLE IF NOT EXISTS _mirror_rows (
        resource TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, sync_id BIGINT NOT NULL,
        PRIMARY KEY (resource, key)
    )""",
    """
    CREATE TABLE IF NOT EXISTS _mirror_rejects (
        resource TEXT NOT NULL, key TEXT, body {blob} NOT NULL, reason TEXT NOT NULL,
        request TEXT NOT NULL, seen_at {moment} NOT NULL, sync_id BIGINT NOT NULL
    )""",
)
_START = """
    INSERT INTO _mirror_state (resource, sync_id, rows, started_at, "full") VALUES (?, 1, 0, ?, ?)
    ON CONFLICT (resource) DO UPDATE SET
    sync_id = _mirror_state.sync_id + 1, rows = 0, started_at = excluded.started_at,
    "full" = excluded."full", finished_at = NULL, "cursor" = NULL"""
_RESUME = "UPDATE _mirror_state SET sync_id = sync_id + 1 WHERE resource = ?"
_NUMBER = "SELECT sync_id FROM _mirror_state WHERE resource = ?"
_ADVANCE = """
    UPDATE _mirror_state SET rows = rows + ?, "cursor" = coalesce(?, "cursor")
    WHERE resource = ? AND sync_id = ? RETURNING sync_id"""
_FINISH = """
    UPDATE _mirror_state SET
    finished_at = CAST(? AS TIMESTAMP), "cursor" = NULL,
    complete_from = CASE WHEN "full" OR complete_from IS NOT NULL THEN started_at END,
    full_at = CASE WHEN "full" THEN CAST(? AS TIMESTAMP) ELSE full_at END
    WHERE resource = ? AND sync_id = ? RETURNING sync_id"""
_STATE = """
    SELECT "full", started_at, finished_at, "cursor", complete_from, full_at, rows
    FROM _mirror_state WHERE resource = ?"""
_REMEMBER = Load(
    "_mirror_rows",
    {"resource": "TEXT", "key": "TEXT", "digest": "TEXT", "sync_id": "BIGINT"},
    "ON CONFLICT (resource, key) DO UPDATE "
    "SET digest = excluded.digest, sync_id = excluded.sync_id",
)
_DIGESTS = "SELECT key, digest FROM _mirror_rows WHERE resource = ? AND key = ANY(?::TEXT[])"
_FORGET_REJECTS = "DELETE FROM _mirror_rejects WHERE resource = ? AND key = ANY(?::TEXT[])"
_COUNT_REJECTS = "SELECT count(*) FROM _mirror_rejects WHERE resource = ?"
_REJECTS = "SELECT body, reason, request, key FROM _mirror_rejects WHERE resource = ?"
_REJECT = "INSERT INTO _mirror_rejects VALUES (?, ?, ?, ?, ?, ?, ?)"
_FORGET_BODY = "DELETE FROM _mirror_rejects WHERE resource = ? AND body = ?"
# A digest that no row has: the row is written anew when it comes.
_MEET = "UPDATE _mirror_rows SET sync_id = ?, digest = '' WHERE resource = ? AND key = ?"
_FORGET_DIGESTS = "UPDATE _mirror_rows SET digest = '' WHERE resource = ?"
_FORGET_PROGRESS = """
    UPDATE _mirror_state SET complete_from = NULL, "cursor" = NULL WHERE resource = ?"""


class Books:
    """The mirror's own tables in a database."""

    def __init__(
        self, ask: Ask, load: Callable[[Load, Sequence[Sequence[Any]]], None], dialect: Dialect
    ) -> None:
        self._ask = ask
        self._load = load
        self._dialect = dialect

    def prepare(self) -> None:
        """Make the tables."""
        for statement in _TABLES:
            self._ask(statement.format(moment=self._dialect.moment, blob=self._dialect.blob))

    def owner(self) -> tuple[str, str] | None:
        """Whose copy it is."""
        found = self._ask("SELECT store, origin FROM _mirror_store")
        return (found[0][0], found[0][1]) if found else None

    def claim(self, store: str, origin: str) -> None:
        """Write down whose copy it is."""
        self._ask(
            "INSERT INTO _mirror_store (singleton, store, origin) VALUES (1, ?, ?)", store, origin
        )

    def is_known(self, resource: str) -> bool:
        """Whether a resource ever had a pass."""
        return bool(self._ask(_NUMBER, resource))

    def state(self, resource: str, row_count: int = 0, missing_rows: int = 0) -> SyncState | None:
        """What is known of a resource; what its own table has is for the caller to count."""
        found = self._ask(_STATE, resource)
        if not found:
            return None
        full, started_at, finished_at, cursor, complete_from, full_at, rows = found[0]
        ((rejects,),) = self._ask(_COUNT_REJECTS, resource)
        return SyncState(
            resource=resource,
            full=full,
            started_at=timestamps.format_timestamp(started_at),
            finished_at=_text(finished_at),
            cursor=cursor,
            complete_from=_text(complete_from),
            full_at=_text(full_at),
            rows=rows,
            row_count=row_count,
            missing_rows=missing_rows,
            rejects=rejects,
        )

    def begin(self, resource: str, *, full: bool, resume: bool) -> int:
        """Start a pass, or go on with one. Returns its number."""
        if resume:
            self._renumber(resource)
        else:
            self._ask(_START, resource, timestamps.format_timestamp(timestamps.utc_now()), full)
        ((number,),) = self._ask(_NUMBER, resource)
        return int(number)

    def _renumber(self, resource: str) -> None:
        """Make a pass that was cut off this run's own."""
        ((old,),) = self._ask(_NUMBER, resource)
        self._ask(_RESUME, resource)
        for table in ("_mirror_rows", "_mirror_rejects"):
            self._ask(
                f"UPDATE {table} SET sync_id = sync_id + 1 WHERE resource = ? AND sync_id = ?",  # noqa: S608
                resource,
                old,
            )

    def digests(self, resource: str, keys: Sequence[Any]) -> dict[Any, str]:
        """The digests of those of the keys that are known."""
        found = self._ask(_DIGESTS, resource, list(map(str, keys)))
        known = {str(key): str(digest) for key, digest in found}
        return {key: known[str(key)] for key in keys if str(key) in known}

    def remember(self, resource: str, number: int, digests: Digests) -> None:
        """Note what was met; a row that could not be decoded once and can now is no reject."""
        if digests:
            keys, met = [str(key) for key in digests], len(digests)
            columns = ([resource] * met, keys, list(digests.values()), [number] * met)
            self._load(_REMEMBER, columns)
            self._forget_rejects(resource, digests)

    def start_over(self, resource: str) -> None:
        """Have everything read, and every row written anew: rows miss something, changed or not."""
        self._ask(_FORGET_DIGESTS, resource)
        self._ask(_FORGET_PROGRESS, resource)

    def reject(self, resource: str, number: int, rejects: Sequence[Reject]) -> None:
        """Keep rows that cannot be decoded. What the copy has of them stays, and counts as met."""
        self._forget_rejects(resource, [one.key for one in rejects if one.key is not None])
        seen_at = timestamps.format_timestamp(timestamps.utc_now())
        for one in rejects:
            key = None if one.key is None else str(one.key)
            # Neither is meant to hold a NUL, which PostgreSQL has no place for in text.
            reason, request = (text.replace("\0", "�") for text in (one.reason, one.request))
            self._ask(_FORGET_BODY, resource, one.body)
            self._ask(_REJECT, resource, key, one.body, reason, request, seen_at, number)
            self._ask(_MEET, number, resource, key)

    def rejects(self, resource: str) -> list[Reject]:
        """The rows that could not be decoded; their keys as text."""
        return [Reject(*found) for found in self._ask(_REJECTS, resource)]

    def advance(self, resource: str, number: int, rows: int, cursor: str | None) -> bool:
        """Move on. Returns whether the pass is still this one."""
        return bool(self._ask(_ADVANCE, rows, cursor, resource, number))

    def unmark_seen(self, resource: str, keys: Collection[object]) -> None:
        """Have rows count as not met by the pass; a reject of them is gone with them."""
        for table, key in itertools.product(("_mirror_rows", "_mirror_rejects"), keys):
            self._ask(
                f"UPDATE {table} SET sync_id = 0 WHERE resource = ? AND key = ?",  # noqa: S608
                resource,
                str(key),
            )

    def finish(self, resource: str, number: int) -> bool:
        """End a pass. Returns whether it is still this one."""
        ended = timestamps.format_timestamp(timestamps.utc_now())
        return bool(self._ask(_FINISH, ended, ended, resource, number))

    def forget_gone(self, resource: str, number: int) -> None:
        """Drop the notes about rows that a full pass did not meet."""
        for table in ("_mirror_rows", "_mirror_rejects"):
            self._ask(
                f"DELETE FROM {table} WHERE resource = ? AND sync_id <> ?",  # noqa: S608
                resource,
                number,
            )

    def _forget_rejects(self, resource: str, keys: Iterable[object]) -> None:
        texts = [str(key) for key in keys]
        if texts:
            self._ask(_FORGET_REJECTS, resource, texts)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else timestamps.format_timestamp(moment)
