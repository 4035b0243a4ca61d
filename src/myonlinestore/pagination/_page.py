"""One page of a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


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
