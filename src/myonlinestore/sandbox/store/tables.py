"""Rows and values by key, which note each change before they make it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from myonlinestore._codec import decode as _codec
from myonlinestore.sandbox.store.changes import Changes, Saved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Row: TypeAlias = dict[str, Any]
"""One JSON object, in the vendor's shape."""

KEY = TypeVar("KEY")
V = TypeVar("V")


class Shelf(Generic[KEY, V]):
    """Values by key. A value is never changed in place, and never None."""

    def __init__(self, name: str, changes: Changes) -> None:
        self.name: str = name
        self._changes = changes
        self._held: dict[KEY, V] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[KEY]:
        return iter(self._held)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def __getitem__(self, key: KEY) -> V:
        return self._held[key]

    def __setitem__(self, key: KEY, value: V) -> None:
        self._changes.note(self, key, self._held.get(key))
        self._held[key] = value

    def find(self, key: KEY) -> V | None:
        """The value of a key, or None."""
        return self._held.get(key)

    def get(self, key: KEY, default: V) -> V:
        """The value of a key, or the default."""
        return self._held.get(key, default)

    def items(self) -> Sequence[tuple[KEY, V]]:
        """All keys with their values, in order."""
        return [(key, self._held[key]) for key in self]

    def discard(self, key: KEY) -> None:
        """Drop a key, if it is there."""
        if key in self._held:
            self._changes.note(self, key, self._held.pop(key))

    def restore(self, key: KEY, held: V | None, place: int) -> None:  # noqa: ARG002
        """Put back what a key held, at its place if it has one; not a change of its own."""
        if held is None:
            self._held.pop(key, None)
        else:
            self._held[key] = held

    def take_over(self, other: Shelf[KEY, V]) -> None:
        """Hold what another shelf holds, instead of what this one does; not noted."""
        self._held = dict(other._held)

    def saved(self, key: KEY) -> Saved:
        """An entry as it is kept on disk."""
        return Saved(_codec.encode(self._held[key]))

    def load(self, key: KEY, saved: Saved) -> None:
        """Hold an entry that was kept on disk; not noted."""
        self._held[key] = _codec.decode_any(saved.body)


class Marks(Shelf[KEY, bool]):
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
            encoded = self._encoded = _codec.encode(self.body)
        return encoded


class Table(Shelf[KEY, Record]):
    """Records by key, in the order in which they were added; numbers only grow, so by id."""

    def __init__(self, name: str, changes: Changes) -> None:
        super().__init__(name, changes)
        self._keys: list[KEY] = []

    def __iter__(self) -> Iterator[KEY]:
        return iter(self._keys)

    @property
    def keys(self) -> Sequence[KEY]:
        """All keys, in order."""
        return self._keys

    def bodies(self) -> list[Row]:
        """All bodies, in order."""
        return [self._held[key].body for key in self._keys]

    def encoded(self, keys: Iterable[KEY]) -> list[bytes]:
        """The JSON of some records."""
        held = self._held
        return [held[key].encoded for key in keys]

    def owned_by(self, owner: int | str) -> list[Row]:
        """The bodies that belong to one row of another table, in order."""
        held = self._held
        return [held[key].body for key in self._keys if held[key].owner == owner]

    def by_owner(self) -> dict[int | str | None, list[Row]]:
        """The bodies of the whole table, grouped by the row that they belong to."""
        groups: dict[int | str | None, list[Row]] = {}
        for key in self._keys:
            record = self._held[key]
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
        if key in self._held:
            raise KeyError(f"the table already holds {key!r}: change it instead")
        record = Record(body, created, changed or created, owner)
        self[key] = record
        self._keys.append(key)
        return record

    def change(self, key: KEY, body: Row, changed: str) -> Record:
        """Put a new body in the place of an old one."""
        old = self._held[key]
        record = Record(body, old.created, changed, old.owner)
        self[key] = record
        return record

    def remove(self, key: KEY) -> None:
        """Drop a row."""
        place = self._keys.index(key)
        self._changes.note(self, key, self._held.pop(key), place)
        del self._keys[place]

    def restore(self, key: KEY, held: Record | None, place: int) -> None:
        """See `Shelf`; a row that was dropped comes back to its place."""
        if held is None:
            self._keys.remove(key)
        elif key not in self._held:
            self._keys.insert(place, key)
        super().restore(key, held, place)

    def take_over(self, other: Shelf[KEY, Record]) -> None:
        """See `Shelf`."""
        super().take_over(other)
        self._keys = list(other)

    def saved(self, key: KEY) -> Saved:
        """See `Shelf`."""
        record = self._held[key]
        owner = _codec.encode(record.owner)
        return Saved(record.encoded, record.created, record.changed, owner)

    def load(self, key: KEY, saved: Saved) -> None:
        """See `Shelf`."""
        body, created, changed, owner = saved
        owned_by = _codec.decode_any(owner)
        self._held[key] = Record(_codec.decode_any(body), created, changed, owned_by, body)
        self._keys.append(key)
