"""SqlDestination: what the copies in DuckDB and PostgreSQL have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from myonlinestore.mirror import timestamps
from myonlinestore.mirror.destinations.base import SyncState, WriteResult
from myonlinestore.mirror.destinations.sql import statements as sql
from myonlinestore.mirror.destinations.sql.connection import SqlDatabase
from myonlinestore.mirror.destinations.sql.state import Books
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.records import Reject
from myonlinestore.mirror.schema.coerce import Fitting
from myonlinestore.mirror.schema.flatten import RowFlattener
from myonlinestore.mirror.schema.sent import Sent, index_by_key
from myonlinestore.mirror.schema.table import Table

if TYPE_CHECKING:
    from myonlinestore.models import Model

# Part of every digest: when the tables take something else out of a row, all are written anew.
_FORMAT = b"mirror-sql-1"


class SqlDestination(SqlDatabase):
    """A `Destination` by plain SQL; a database brings its connection, its words and its errors."""

    def __init__(self, shown: str) -> None:
        super().__init__(shown)
        self._books = Books(self._ask, self._load, self.dialect)
        self._passes: dict[str, int] = {}
        self._readers: dict[str, RowFlattener] = {}
        self._fittings: dict[str, Fitting] = {}

    def open(self, *, read_only: bool = False) -> None:
        """See `Destination`."""
        if read_only:
            self._open_read_only()
            return
        with self._failures():
            self._connect()
        with self._transaction():
            self._books.prepare()

    def _open_read_only(self) -> None:
        with self._failures():
            self._connect_to_read()
            if not self._columns_of("_mirror_store"):
                raise MirrorError(f"{self} holds no mirror of this version: run one first")

    def bind_store(self, store: str, origin: str) -> None:
        """See `Destination`."""
        with self._transaction():
            known = self._books.owner()
            if known is None:
                self._books.claim(store, origin)
            elif known != (store, origin):
                raise MirrorError(
                    f"{self} is the copy of store {known[0]} at {known[1]}, and this is "
                    f"store {store} at {origin}: mirror into another database"
                )

    def read_owner(self) -> tuple[str, str] | None:
        """See `Destination`."""
        with self._failures():
            return self._books.owner()

    def read_state(self, table: Table) -> SyncState | None:
        """See `Destination`."""
        with self._failures():
            if not self._books.is_known(table.name):
                return None
            ((held,),) = self._ask(sql.count_held(table))
            ((unread,),) = self._ask(sql.count_unread(table), table.name)
            known = self._books.state(table.name, held, unread)
            return known if known is None or self._has_all(table) else known.without_progress()

    def read_columns(self, name: str) -> set[str]:
        """See `Destination`."""
        with self._failures():
            return self._columns_of(name)

    def read_rejects(self, table: Table) -> list[Reject]:
        """See `Destination`."""
        with self._failures():
            return self._books.rejects(table.name)

    def begin_sync(self, table: Table, *, full: bool = True, resume: bool = True) -> SyncState:
        """See `Destination`."""
        self._readers[table.name] = RowFlattener(table)
        for part in table.self_and_children():
            self._fittings[part.name] = Fitting(part, self.dialect.fits)
        with self._transaction():
            self._make_tables(table)
            known = self._books.state(table.name)
            goes_on = resume and known is not None and known.can_resume(full=full)
            number = self._books.begin(table.name, full=full, resume=goes_on)
            begun = self._books.state(table.name)
        self._passes[table.name] = number
        assert begun is not None  # noqa: S101 - it was begun above
        return begun

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
        name, number = table.name, self._passes[table.name]
        met = index_by_key(table, rows, raws)
        digests = {key: sent.digest(_FORMAT).hex() for key, sent in met.items()}
        with self._transaction():
            # First, as it holds off a run that begins now until this page is committed.
            self._still_ours(self._books.advance(name, number, len(rows), cursor))
            known = self._known(table, list(met))
            stale = [key for key, digest in digests.items() if known.get(key) != digest]
            self._replace(table, stale, [met[key] for key in stale])
            self._books.remember(name, number, digests)
            self._books.reject(name, number, rejects)
        new = sum(key not in known for key in stale)
        return WriteResult(new, len(stale) - new)

    def unmark_seen(self, table: Table, keys: Collection[object]) -> None:
        """See `Destination`."""
        with self._transaction():
            self._books.unmark_seen(table.name, keys)

    def finish_sync(self, table: Table, *, hard: bool = False) -> int:
        """See `Destination`."""
        name, number = table.name, self._passes[table.name]
        with self._transaction():
            self._still_ours(self._books.finish(name, number))
            begun = self._books.state(name)
            if begun is None or not begun.full:
                return 0
            gone = self._drop(table, number, hard=hard)
            self._books.forget_gone(name, number)
        return gone

    def _drop(self, table: Table, number: int, *, hard: bool) -> int:
        """Mark or remove what the pass did not meet; removing takes what was marked before too."""
        if not hard:
            moment = timestamps.format_timestamp(timestamps.utc_now())
            return len(self._ask(sql.mark_gone(table), moment, table.name, number))
        gone = 0
        for part in reversed(list(table.self_and_children())):
            gone = len(self._ask(sql.delete_gone(part), table.name, number))
            self._ask(sql.delete_marked(part, table))
        return gone

    def _has_all(self, table: Table) -> bool:
        return all(
            self.dialect.columns(part).keys() <= self._columns_of(part.name)
            for part in table.self_and_children()
        )

    def _make_tables(self, table: Table) -> None:
        ours = self._books.is_known(table.name)
        if ours and not self._has_all(table):
            self._books.start_over(table.name)
        for part in table.self_and_children():
            present = self._columns_of(part.name)
            if not present:
                self._ask(sql.create(part, self.dialect))
            elif not ours:
                raise MirrorError(
                    f"{self} has a table {part.name} that is not the mirror's: "
                    "mirror into another database"
                )
            else:
                for name, kind in self.dialect.columns(part).items():
                    if name not in present:
                        self._ask(sql.add_column(part, name, kind))

    def _known(self, table: Table, keys: Sequence[Any]) -> dict[Any, str]:
        """The digests of rows that are there; one that was taken out by hand is not known."""
        if not keys:
            return {}
        held = {key for (key,) in self._ask(sql.held_keys(table, self.dialect), list(keys))}
        digests = self._books.digests(table.name, keys)
        return {key: digest for key, digest in digests.items() if key in held}

    def _replace(self, table: Table, keys: Sequence[object], rows: Sequence[Sent]) -> None:
        if not keys:
            return
        values = self._readers[table.name].flatten(rows)
        for part in table.self_and_children():
            if part.path:
                self._ask(sql.delete_of_parents(part, self.dialect), list(keys))
            if values[part.name]:
                columns = self._fittings[part.name].columns(values[part.name])
                self._load(sql.load_of(part, self.dialect), columns)

    def _still_ours(self, ours: bool) -> None:
        """A run that began later has its own pass: two at once would delete each other's rows."""
        if not ours:
            raise MirrorError(f"another run began to mirror into {self}: let that one finish")
