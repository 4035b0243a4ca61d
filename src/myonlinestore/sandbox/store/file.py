"""The data file: a whole store in SQLite, written before each response."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myonlinestore._codec.decode import decode_any
from myonlinestore._codec.encode import encode
from myonlinestore.exceptions import ConnectError
from myonlinestore.sandbox.store.store import Store
from myonlinestore.sandbox.store.tables import StoredRow

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from myonlinestore.sandbox.store.tables import KeyValueTable, UndoLog

APPLICATION = 0x436F6E73
"""SQLite's application_id of a sandbox's file: "Cons"."""
FORMAT = 1
TABLE = """
CREATE TABLE entries (
    table_name TEXT NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    created TEXT NOT NULL,
    changed TEXT NOT NULL,
    owner TEXT NOT NULL,
    UNIQUE (table_name, key)
)
"""
ADD = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)"
CHANGE = """
UPDATE entries SET body = ?, created = ?, changed = ?, owner = ? WHERE (table_name, key) = (?, ?)
"""
DROP = "DELETE FROM entries WHERE (table_name, key) = (?, ?)"
READ = "SELECT table_name, key, body, created, changed, owner FROM entries ORDER BY position"
_DAMAGED = "the content is damaged: restore the file, or use another one"
_REASONS = {
    "is locked": "another sandbox (or program) has it open: stop that one, or use another file",
    "unable to open": "the file cannot be opened or created: check its folder and permissions",
    "not a database": "not a sandbox store: use another file",
    "malformed": _DAMAGED,
    "no such table": _DAMAGED,
    "is full": "the disk is full: free some space and restart",
    "readonly": "the file is read-only: check the permissions of the file and its folder",
}


class SandboxDataError(ConnectError):
    """An unusable data file; the message contains the reason and the remedy."""


class DataFile:
    """The data file of a store, used by one sandbox at a time, from `open` to `close`."""

    def __init__(self, path: str | Path) -> None:
        self.path: Path = Path(path)
        self._database: sqlite3.Connection | None = None
        self._last_position = 0
        self._lock = threading.Lock()  # held by a request, or a reset from another thread

    def open(self, build: Callable[[], Store]) -> Store:
        """Return the store in the file; in a new file, store the result of `build`.

        Raises SandboxDataError if the file is not a sandbox store, is in use, or cannot be read.
        """
        with self.translate_errors():
            if self.path.is_dir():
                raise SandboxDataError(f"{self.path}: is a folder: use a file in it")
            self._database = _connect(self.path)
            try:
                is_store = self._is_store()
                # Only now, so that a file of another program stays unchanged.
                self._database.execute("PRAGMA journal_mode = WAL")
                store = self._load() if is_store else self._initialize(build())
            except BaseException:
                self.close()
                raise
        store.file = self
        return store

    @property
    def is_open(self) -> bool:
        """True while a sandbox uses the file."""
        return self._database is not None

    def close(self) -> None:
        """Close the file, so that another sandbox can open it."""
        with self._lock:
            database, self._database = self._database, None
            if database is not None:
                database.close()

    def save(self, undo_log: UndoLog) -> None:
        """Write the changes in one transaction, on disk on return."""
        with self._transaction() as database:
            for (name, key), (table, is_new) in undo_log.changed_entries().items():
                entry = (name, encode(key).decode())
                if is_new or key not in table:
                    database.execute(DROP, entry)
                if key not in table:
                    continue
                if is_new:
                    database.execute(ADD, self._entry(table, key))
                else:
                    database.execute(CHANGE, (*_to_columns(table.get_stored_row(key)), *entry))

    def replace(self, tables: Sequence[KeyValueTable[Any, Any]]) -> None:
        """Replace the whole content by another store, in one transaction."""
        with self._transaction() as database:
            database.execute("DELETE FROM entries")
            self._add_all(database, tables)

    def _is_store(self) -> bool:
        """Return True if the file has a store. Raise SandboxDataError for other content."""
        database = self._require_open()
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not application and not tables:
            return False
        if application != APPLICATION:
            raise SandboxDataError(f"{self.path}: not a sandbox store: use another file")
        if version != FORMAT:
            raise SandboxDataError(
                f"{self.path}: the file has format {version}, but this version reads format "
                f"{FORMAT}: use another file, or the version that created it"
            )
        return True

    def _initialize(self, store: Store) -> Store:
        """Create the table and write a whole store, in one transaction."""
        with self._transaction() as database:
            database.execute(f"PRAGMA application_id = {APPLICATION}")
            database.execute(f"PRAGMA user_version = {FORMAT}")
            database.execute(TABLE)
            self._add_all(database, list(store.tables.values()))
        store.commit()
        return store

    def _add_all(
        self, database: sqlite3.Connection, tables: Sequence[KeyValueTable[Any, Any]]
    ) -> None:
        database.executemany(ADD, (self._entry(table, key) for table in tables for key in table))

    def _entry(self, table: KeyValueTable[Any, Any], key: Any) -> tuple[str | int, ...]:
        self._last_position += 1
        name = encode(key).decode()
        return (table.name, name, self._last_position, *_to_columns(table.get_stored_row(key)))

    def _load(self) -> Store:
        store = Store()
        database = self._require_open()
        for name, key, *stored in database.execute(READ):
            store.tables[name.decode()].load(decode_any(key), StoredRow(*_from_columns(stored)))
        (last,) = database.execute("SELECT max(position) FROM entries").fetchone()
        self._last_position = last or 0
        store.commit()
        return store

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with self._lock, self.translate_errors():
            database = self._require_open()
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    database.execute("ROLLBACK")
                raise

    def _require_open(self) -> sqlite3.Connection:
        if self._database is None:
            raise SandboxDataError(f"{self.path}: the sandbox is stopped: start it before writing")
        return self._database

    @contextmanager
    def translate_errors(self) -> Generator[None]:
        """Raise SandboxDataError for errors of SQLite and for invalid content."""
        try:
            yield
        except SandboxDataError:
            raise
        except (KeyError, ConnectError) as error:
            raise SandboxDataError(f"{self.path}: {_DAMAGED}") from error
        except sqlite3.Error as error:
            message = str(error)
            why = next((reason for part, reason in _REASONS.items() if part in message), message)
            raise SandboxDataError(f"{self.path}: {why}") from error


def _connect(path: Path) -> sqlite3.Connection:
    """Open an exclusive connection, so that a second sandbox fails immediately.

    The server's thread uses the connection that the constructor's thread opened.
    """
    database = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        database.text_factory = bytes
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN IMMEDIATE")
        database.execute("COMMIT")
    except BaseException:
        database.close()
        raise
    return database


def _to_columns(stored: StoredRow) -> tuple[str, str, str, str]:
    return stored.body.decode(), stored.created, stored.changed, stored.owner.decode()


def _from_columns(columns: Sequence[bytes]) -> tuple[bytes, str, str, bytes]:
    body, created, changed, owner = columns
    return body, created.decode(), changed.decode(), owner
