"""Tables that record every change in an undo log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

from myonlinestore._codec.decode import decode_any
from myonlinestore._codec.encode import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Row: TypeAlias = dict[str, Any]
"""One JSON object, in the vendor's shape."""

KEY = TypeVar("KEY")
V = TypeVar("V")


class StoredRow(NamedTuple):
    """A row as stored on disk; body and owner are JSON."""

    body: bytes
    created: str = ""
    changed: str = ""
    owner: bytes = b"null"


class UndoEntry(NamedTuple):
    """One change: table, key, previous value, and the previous position of a deleted row."""

    table: KeyValueTable[Any, Any]
    key: Any
    value: Any
    position: int


class UndoLog:
    """The changes since the last commit, in order."""

    def __init__(self) -> None:
        self._entries: list[UndoEntry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def record(
        self, table: KeyValueTable[Any, Any], key: object, value: object, index: int = -1
    ) -> None:
        """Record the previous value of a key; None if it was absent."""
        self._entries.append(UndoEntry(table, key, value, index))

    def undo(self, mark: int = 0) -> None:
        """Undo the changes after the first `mark` ones."""
        while len(self._entries) > mark:
            entry = self._entries.pop()
            entry.table.restore(entry.key, entry.value, entry.position)

    def clear(self) -> None:
        """Discard the log, which keeps the changes."""
        self._entries.clear()

    def changed_entries(self) -> dict[tuple[str, Any], tuple[KeyValueTable[Any, Any], bool]]:
        """Return each changed key with its table, and whether it was inserted."""
        entries: dict[tuple[str, Any], tuple[KeyValueTable[Any, Any], bool]] = {}
        for table, key, value, _ in self._entries:
            is_new = entries.get((table.name, key), (table, False))[1] or value is None
            entries[table.name, key] = (table, is_new)
        return entries


class KeyValueTable(Generic[KEY, V]):
    """Values by key. A value is never mutated, and never None."""

    def __init__(self, name: str, undo_log: UndoLog) -> None:
        self.name: str = name
        self._undo_log = undo_log
        self._items: dict[KEY, V] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[KEY]:
        return iter(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __getitem__(self, key: KEY) -> V:
        return self._items[key]

    def __setitem__(self, key: KEY, value: V) -> None:
        self._undo_log.record(self, key, self._items.get(key))
        self._items[key] = value

    def find(self, key: KEY) -> V | None:
        """Return the value of a key, or None."""
        return self._items.get(key)

    def get(self, key: KEY, default: V) -> V:
        """Return the value of a key, or the default."""
        return self._items.get(key, default)

    def items(self) -> Sequence[tuple[KEY, V]]:
        """Return all keys with their values, in order."""
        return [(key, self._items[key]) for key in self]

    def discard(self, key: KEY) -> None:
        """Delete a key, if it is present."""
        if key in self._items:
            self._undo_log.record(self, key, self._items.pop(key))

    def restore(self, key: KEY, value: V | None, index: int) -> None:  # noqa: ARG002
        """Restore the previous value of a key, at its position; not recorded."""
        if value is None:
            self._items.pop(key, None)
        else:
            self._items[key] = value

    def copy_from(self, other: KeyValueTable[KEY, V]) -> None:
        """Replace the content by that of another table; not recorded."""
        self._items = dict(other._items)

    def get_stored_row(self, key: KEY) -> StoredRow:
        """Return a row as stored on disk."""
        return StoredRow(encode(self._items[key]))

    def load(self, key: KEY, stored: StoredRow) -> None:
        """Add a row from disk; not recorded."""
        self._items[key] = decode_any(stored.body)


class KeySet(KeyValueTable[KEY, bool]):
    """A set of keys."""

    def add(self, key: KEY) -> None:
        """Add a key."""
        self[key] = True


class Record(msgspec.Struct, frozen=True, eq=False):
    """A row with metadata that is not in the body: timestamps and the key of its owner.

    Stores of one seed share their records: a change replaces the record, and no body is mutated.
    """

    body: Row
    created: str
    changed: str
    owner: int | str | None
    _encoded: bytes | None = None

    @property
    def encoded(self) -> bytes:
        """The body as JSON, encoded once."""
        encoded = self._encoded
        if encoded is None:
            encoded = encode(self.body)
            msgspec.structs.force_setattr(self, "_encoded", encoded)
        return encoded


class Table(KeyValueTable[KEY, Record]):
    """Records by key, in insertion order, which is by id since numbers only grow."""

    def __init__(self, name: str, undo_log: UndoLog) -> None:
        super().__init__(name, undo_log)
        self._keys: list[KEY] = []

    def __iter__(self) -> Iterator[KEY]:
        return iter(self._keys)

    @property
    def keys(self) -> Sequence[KEY]:
        """All keys, in order."""
        return self._keys

    def bodies(self) -> list[Row]:
        """Return all bodies, in order."""
        return [self._items[key].body for key in self._keys]

    def encoded(self, keys: Iterable[KEY]) -> list[bytes]:
        """Return the JSON of the records."""
        value = self._items
        return [value[key].encoded for key in keys]

    def share_bodies(self, bodies: dict[bytes, Row]) -> None:
        """Replace each body by an equal one in `bodies`, or add it there; not recorded."""
        for key, record in self._items.items():
            body = bodies.setdefault(encode(record.body), record.body)
            self._items[key] = msgspec.structs.replace(record, body=body)

    def owned_by(self, owner: int | str) -> list[Row]:
        """Return the bodies that belong to a row of another table, in order."""
        value = self._items
        return [value[key].body for key in self._keys if value[key].owner == owner]

    def by_owner(self) -> dict[int | str | None, list[Row]]:
        """Return all bodies, grouped by the row that they belong to."""
        groups: dict[int | str | None, list[Row]] = {}
        for key in self._keys:
            record = self._items[key]
            groups.setdefault(record.owner, []).append(record.body)
        return groups

    def add(
        self,
        key: KEY,
        body: Row,
        *,
        created: str = "",
        changed: str = "",
        owner: int | str | None = None,
    ) -> Record:
        """Add a row under a new key."""
        if key in self._items:
            raise KeyError(f"the table already has {key!r}: change it instead")
        record = Record(body, created, changed or created, owner)
        self[key] = record
        self._keys.append(key)
        return record

    def change(self, key: KEY, body: Row, changed: str) -> Record:
        """Replace a body."""
        old = self._items[key]
        record = Record(body, old.created, changed, old.owner)
        self[key] = record
        return record

    def remove(self, key: KEY) -> None:
        """Delete a row."""
        index = self._keys.index(key)
        self._undo_log.record(self, key, self._items.pop(key), index)
        del self._keys[index]

    def restore(self, key: KEY, value: Record | None, index: int) -> None:
        """Restore a row; a deleted row returns to its position."""
        if value is None:
            self._keys.remove(key)
        elif key not in self._items:
            self._keys.insert(index, key)
        super().restore(key, value, index)

    def copy_from(self, other: KeyValueTable[KEY, Record]) -> None:
        """Replace the content by that of another table; not recorded."""
        super().copy_from(other)
        self._keys = list(other)

    def get_stored_row(self, key: KEY) -> StoredRow:
        """Return a row as stored on disk."""
        record = self._items[key]
        owner = encode(record.owner)
        return StoredRow(record.encoded, record.created, record.changed, owner)

    def load(self, key: KEY, stored: StoredRow) -> None:
        """Add a row from disk; not recorded."""
        body, created, changed, owner = stored
        owned_by = decode_any(owner)
        self._items[key] = Record(decode_any(body), created, changed, owned_by, body)
        self._keys.append(key)
