"""Rows and values by key, which note each change before they make it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

from myonlinestore._codec.decode import decode_any, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Row: TypeAlias = dict[str, Any]
"""One JSON object, in the vendor's shape."""

KEY = TypeVar("KEY")
V = TypeVar("V")


class StoredRow(NamedTuple):
    """What is kept of one entry on disk; body and owner are JSON."""

    body: bytes
    created: str = ""
    changed: str = ""
    owner: bytes = b"null"


class UndoEntry(NamedTuple):
    """One change: where, of which key, what it held before, and at which place if it went."""

    table: KeyValueTable[Any, Any]
    key: Any
    value: Any
    position: int


class UndoLog:
    """What was changed since the last commit, in order."""

    def __init__(self) -> None:
        self._entries: list[UndoEntry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def record(
        self, table: KeyValueTable[Any, Any], key: object, value: object, index: int = -1
    ) -> None:
        """Remember what a key held; None: it was not there."""
        self._entries.append(UndoEntry(table, key, value, index))

    def undo(self, mark: int = 0) -> None:
        """Take back what was changed since there were `mark` changes."""
        while len(self._entries) > mark:
            entry = self._entries.pop()
            entry.table.restore(entry.key, entry.value, entry.position)

    def clear(self) -> None:
        """Let everything stand."""
        self._entries.clear()

    def changed_entries(self) -> dict[tuple[str, Any], tuple[KeyValueTable[Any, Any], bool]]:
        """Each entry that was changed: its shelf, and whether it was (also) put there anew."""
        entries: dict[tuple[str, Any], tuple[KeyValueTable[Any, Any], bool]] = {}
        for table, key, value, _ in self._entries:
            is_new = entries.get((table.name, key), (table, False))[1] or value is None
            entries[table.name, key] = (table, is_new)
        return entries


class KeyValueTable(Generic[KEY, V]):
    """Values by key. A value is never changed in place, and never None."""

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
        """The value of a key, or None."""
        return self._items.get(key)

    def get(self, key: KEY, default: V) -> V:
        """The value of a key, or the default."""
        return self._items.get(key, default)

    def items(self) -> Sequence[tuple[KEY, V]]:
        """All keys with their values, in order."""
        return [(key, self._items[key]) for key in self]

    def discard(self, key: KEY) -> None:
        """Drop a key, if it is there."""
        if key in self._items:
            self._undo_log.record(self, key, self._items.pop(key))

    def restore(self, key: KEY, value: V | None, index: int) -> None:  # noqa: ARG002
        """Put back what a key held, at its place if it has one; not a change of its own."""
        if value is None:
            self._items.pop(key, None)
        else:
            self._items[key] = value

    def copy_from(self, other: KeyValueTable[KEY, V]) -> None:
        """Hold what another shelf holds, instead of what this one does; not noted."""
        self._items = dict(other._items)

    def stored(self, key: KEY) -> StoredRow:
        """An entry as it is kept on disk."""
        return StoredRow(encode(self._items[key]))

    def load(self, key: KEY, stored: StoredRow) -> None:
        """Hold an entry that was kept on disk; not noted."""
        self._items[key] = decode_any(stored.body)


class KeySet(KeyValueTable[KEY, bool]):
    """A set of keys."""

    def add(self, key: KEY) -> None:
        """Mark a key."""
        self[key] = True


class Record:
    """A row with what the vendor keeps beside it: its stamps and the key of the row that owns it.

    A body is never changed in place: a change is a new body, so the encoded bytes stay true.
    """

    __slots__ = ("_encoded", "body", "changed", "created", "owner")

    def __init__(
        self,
        body: Row,
        created: str,
        changed: str,
        owner: int | str | None,
        encoded: bytes | None = None,
    ) -> None:
        self.body: Row = body
        self.created: str = created
        self.changed: str = changed
        self.owner: int | str | None = owner
        self._encoded = encoded

    @property
    def encoded(self) -> bytes:
        """The body as JSON, encoded once."""
        encoded = self._encoded
        if encoded is None:
            encoded = self._encoded = encode(self.body)
        return encoded


class Table(KeyValueTable[KEY, Record]):
    """Records by key, in the order in which they were added; numbers only grow, so by id."""

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
        """All bodies, in order."""
        return [self._items[key].body for key in self._keys]

    def encoded(self, keys: Iterable[KEY]) -> list[bytes]:
        """The JSON of some records."""
        value = self._items
        return [value[key].encoded for key in keys]

    def owned_by(self, owner: int | str) -> list[Row]:
        """The bodies that belong to one row of another table, in order."""
        value = self._items
        return [value[key].body for key in self._keys if value[key].owner == owner]

    def by_owner(self) -> dict[int | str | None, list[Row]]:
        """The bodies of the whole table, grouped by the row that they belong to."""
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
            raise KeyError(f"the table already holds {key!r}: change it instead")
        record = Record(body, created, changed or created, owner)
        self[key] = record
        self._keys.append(key)
        return record

    def change(self, key: KEY, body: Row, changed: str) -> Record:
        """Put a new body in the place of an old one."""
        old = self._items[key]
        record = Record(body, old.created, changed, old.owner)
        self[key] = record
        return record

    def remove(self, key: KEY) -> None:
        """Drop a row."""
        index = self._keys.index(key)
        self._undo_log.record(self, key, self._items.pop(key), index)
        del self._keys[index]

    def restore(self, key: KEY, value: Record | None, index: int) -> None:
        """See `Shelf`; a row that was dropped comes back to its place."""
        if value is None:
            self._keys.remove(key)
        elif key not in self._items:
            self._keys.insert(index, key)
        super().restore(key, value, index)

    def copy_from(self, other: KeyValueTable[KEY, Record]) -> None:
        """See `Shelf`."""
        super().copy_from(other)
        self._keys = list(other)

    def stored(self, key: KEY) -> StoredRow:
        """See `Shelf`."""
        record = self._items[key]
        owner = encode(record.owner)
        return StoredRow(record.encoded, record.created, record.changed, owner)

    def load(self, key: KEY, stored: StoredRow) -> None:
        """See `Shelf`."""
        body, created, changed, owner = stored
        owned_by = decode_any(owner)
        self._items[key] = Record(decode_any(body), created, changed, owned_by, body)
        self._keys.append(key)
