"""FolderDestination: a copy as a folder of files, one for each table.

Rows in such files cannot be changed one by one. So an SQLite file in the same folder holds the copy
and the sync state, and when a sync of a resource finishes, new files replace those of its tables
that have changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from myonlinestore.mirror.destinations.base import BUSY_TIMEOUT, SyncState, UnseenRows, WriteResult
from myonlinestore.mirror.destinations.files.formats import FileFormat
from myonlinestore.mirror.destinations.files.manifest import (
    MANIFEST_FILE,
    Manifest,
    ResourceFiles,
    compute_digest,
)
from myonlinestore.mirror.destinations.files.storage import (
    STATE_FILE,
    FileStorage,
    map_storage_errors,
)
from myonlinestore.mirror.destinations.sql.sqlite import SqliteDestination
from myonlinestore.mirror.exceptions import MirrorError, NoCopyError
from myonlinestore.mirror.records import Reject
from myonlinestore.mirror.schema.table import Table

if TYPE_CHECKING:
    from myonlinestore.models import Model

FETCH_SIZE = 2_000


class FolderDestination:
    """A `Destination` whose tables are files, which change when a sync finishes."""

    def __init__(
        self,
        storage: FileStorage,
        file_format: FileFormat,
        *,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> None:
        self._storage = storage
        self._file_format = file_format
        self._busy_timeout = busy_timeout
        self._opened: SqliteDestination | None = None
        self._manifest = Manifest()
        self._read_only = False

    def __str__(self) -> str:
        return str(self._storage)

    def open(self, *, read_only: bool = False) -> None:
        """See `Destination`."""
        self._storage.open(read_only=read_only)
        path = self._storage.work_dir / STATE_FILE
        if read_only and not path.is_file():
            raise NoCopyError(f"{self} has no copy: nothing was mirrored into it yet")
        database = SqliteDestination(path, str(self), busy_timeout=self._busy_timeout)
        try:
            database.open(read_only=read_only)
            if not read_only:
                self._manifest = self._read_manifest()
        except BaseException:
            database.close()
            raise
        # Only a state file that was opened is stored when this is closed.
        self._opened, self._read_only = database, read_only

    def bind_store(self, store: str, origin: str) -> None:
        """See `Destination`."""
        self._database.bind_store(store, origin)

    def read_owner(self) -> tuple[str, str] | None:
        """See `Destination`."""
        return self._database.read_owner()

    def read_setting(self, name: str) -> str | None:
        """See `Destination`."""
        return self._database.read_setting(name)

    def save_setting(self, name: str, value: str) -> None:
        """See `Destination`."""
        self._database.save_setting(name, value)

    def read_state(self, table: Table) -> SyncState | None:
        """See `Destination`."""
        return self._database.read_state(table)

    def read_columns(self, name: str) -> set[str]:
        """See `Destination`."""
        return self._database.read_columns(name)

    def read_values(self, table: Table, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """See `Destination`."""
        return self._database.read_values(table, columns)

    def delete_rows(
        self, table: Table, keys: Collection[object], *, hard_delete: bool = False
    ) -> int:
        """See `Destination`."""
        return self._database.delete_rows(table, keys, hard_delete=hard_delete)

    def read_rejects(self, table: Table) -> list[Reject]:
        """See `Destination`."""
        return self._database.read_rejects(table)

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
        return self._database.begin_sync(
            table, full=full, resume=resume, options=options, started_at=started_at
        )

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
        return self._database.write(table, rows, raws=raws, rejects=rejects, cursor=cursor)

    def unmark_seen(self, table: Table, keys: Collection[object]) -> None:
        """See `Destination`."""
        self._database.unmark_seen(table, keys)

    def count_unseen(self, table: Table) -> UnseenRows:
        """See `Destination`."""
        return self._database.count_unseen(table)

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
        return self._database.read_pending(
            table, parent, columns, since_day=since_day, after=after, limit=limit
        )

    def read_category_articles(self, category_ids: Sequence[int]) -> list[tuple[Any, ...]]:
        """See `Destination`."""
        return self._database.read_category_articles(category_ids)

    def finish_sync(
        self, table: Table, *, hard_delete: bool = False, keep_unseen: bool = False
    ) -> int:
        """See `Destination`."""
        deleted = self._database.finish_sync(
            table, hard_delete=hard_delete, keep_unseen=keep_unseen
        )
        with self._database.transaction(), map_storage_errors(self, redact=self._storage.redact):
            self._update_files(table)
            if hard_delete:
                for dependent in table.dependents:
                    if self._database.read_columns(dependent.name):
                        self._update_files(dependent)
        return deleted

    def close(self) -> None:
        """See `Destination`."""
        opened, self._opened = self._opened, None
        try:
            if opened is not None:
                opened.close()
                if not self._read_only:
                    self._storage.save_state()
                    self._save_manifest()
        finally:
            self._storage.close()

    @property
    def _database(self) -> SqliteDestination:
        if self._opened is None:
            raise MirrorError(f"{self} is not open: call open() first")
        return self._opened

    def _update_files(self, table: Table) -> None:
        """Write the files of a resource if its rows have changed."""
        fingerprint = self._database.compute_fingerprint(table)
        if not self._manifest.has_rows(self._get_name(table), fingerprint):
            self._write_files(table, fingerprint)

    def _write_files(self, table: Table, fingerprint: str) -> None:
        """Write the files of a resource, and replace those whose content differs."""
        before, files = self._manifest.pop(self._get_name(table)), dict[str, str]()
        for part in table.user_tables():
            name = self._get_name(part)
            temp_path = self._storage.work_dir / f"{name}.part"
            try:
                rows = self._database.iterate_rows(part, FETCH_SIZE)
                self._file_format.write(temp_path, part, rows)
                files[name] = compute_digest(temp_path)
                if before.get(name) != files[name]:
                    self._remove_manifest()
                    self._storage.put(temp_path, name)
            finally:
                temp_path.unlink(missing_ok=True)
        self._manifest.add(self._get_name(table), ResourceFiles(fingerprint, files))

    def _get_name(self, table: Table) -> str:
        return f"{table.name}{self._file_format.suffix}"

    def _read_manifest(self) -> Manifest:
        path = self._storage.work_dir / MANIFEST_FILE
        if not path.exists():
            return Manifest()
        with map_storage_errors(self, "cannot read", self._storage.redact):
            return Manifest.read(path, self._storage.list_names())

    def _remove_manifest(self) -> None:
        if self._manifest.is_saved:
            self._storage.remove(MANIFEST_FILE)
            self._manifest.is_saved = False

    def _save_manifest(self) -> None:
        if not self._manifest.is_changed:
            return
        temp_path = self._storage.work_dir / f"{MANIFEST_FILE}.part"
        with map_storage_errors(self, redact=self._storage.redact):
            self._manifest.write(temp_path)
            self._storage.put(temp_path, MANIFEST_FILE)
