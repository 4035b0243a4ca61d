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
        limit: the page size that was asked for.
        offset: how many rows were skipped.
        total: how many rows there are in all, or ``None`` where the vendor does not say.
        paged: whether the endpoint pages at all; where not, `items` is everything.
        row_keys: the fields that tell one row from another, the first that has a value.
    """

    items: list[T]
    limit: int
    offset: int
    total: int | None = None
    paged: bool = field(default=True, repr=False, compare=False)
    row_keys: tuple[str, ...] = field(default=("id", "uuid"), repr=False, compare=False)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    @property
    def has_next(self) -> bool:
        """Whether there may be rows after this page: it is full, or `total` says so."""
        if not self.paged:
            return False
        if self.total is not None:
            return self.offset + self.limit < self.total
        return len(self.items) >= self.limit

    @property
    def next_offset(self) -> int:
        """The offset of the page after this one."""
        return self.offset + self.limit
