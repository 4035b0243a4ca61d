"""One page of a list, and the keys that identify its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_PLAIN_KEYS = {int, str}


@dataclass
class PaginatedResponse(Generic[T]):
    """One page of a list; iterating over it yields its items.

    Attributes:
        items: the rows.
        limit: the requested page size.
        offset: the number of rows before this page.
        total: the number of all rows, or ``None`` if the API does not report it.
        paged: False if the endpoint does not paginate, so that `items` has all rows.
        row_keys: the fields that identify a row; the first one with a value is used.
    """

    items: list[T]
    limit: int
    offset: int
    total: int | None = None
    paged: bool = field(default=True, repr=False, compare=False)
    row_keys: tuple[str, ...] = field(default=("uuid", "id"), repr=False, compare=False)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    @property
    def has_next(self) -> bool:
        """True if there may be rows after this page: it is full, or `total` is greater."""
        if not self.paged:
            return False
        if self.total is not None:
            return self.offset + self.limit < self.total
        return len(self.items) >= self.limit

    @property
    def next_offset(self) -> int:
        """The offset of the next page."""
        return self.offset + self.limit


def get_keys(page: PaginatedResponse[Any]) -> list[object]:
    """Return the key of each row, or ``None`` for a row without one."""
    rows, names = page.items, page.row_keys
    # Nearly always all rows have a key in the same field.
    if names and len({*map(type, rows)}) == 1 and not isinstance(rows[0], dict):
        first, *_ = getattr(rows[0], "row_keys", names)
        keys: list[object] = [getattr(row, first, None) for row in rows]
        if {*map(type, keys)} <= _PLAIN_KEYS and all(keys):
            return keys
    return [_get_key(row, names) for row in rows]


def _get_key(row: object, names: Sequence[str]) -> object:
    """Return what identifies a row, or ``None``. A Model has its own `row_keys`.

    Empty text and 0 identify nothing: the vendor sends ``"id": 0`` for rows that have a uuid only.
    """
    for name in getattr(row, "row_keys", names):
        value = row.get(name) if isinstance(row, dict) else getattr(row, name, None)
        if value and _is_hashable(value):
            return value
    return None


def _is_hashable(value: object) -> bool:
    """Return True if a value can be looked up; a tuple with a list in it cannot."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
