"""Pages, and walks over all of them that survive a store which changes meanwhile."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from myonlinestore.config import check_limit

T = TypeVar("T")

# What tells one row from another, the cheapest to remember first; a Model may name its own.
_ROW_KEYS = ("id", "uuid")


@dataclass
class PaginatedResponse(Generic[T]):
    """One page of a list; iterating over it yields its items.

    Attributes:
        items: the rows.
        limit: the page size that was asked for.
        offset: how many rows were skipped.
        total: how many rows there are in all, or ``None`` where the vendor does not say.
        paged: whether the endpoint pages at all; where not, `items` is everything.
    """

    items: list[T]
    limit: int
    offset: int
    total: int | None = None
    paged: bool = field(default=True, repr=False, compare=False)

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


def iterate_all(
    fetch_page: Callable[..., PaginatedResponse[T]], *, page_size: int = 100, **kwargs: Any
) -> Iterator[T]:
    """Every row of a list call, page by page, such as ``iterate_all(client.articles.list)``.

    Yields no row twice, and none that was there throughout is skipped, when rows are added or
    deleted between pages: each page overlaps the one before by a row, and the walk reads back when
    that row is gone. It remembers the keys of the rows it has seen, and nothing else of them.

    Args:
        fetch_page: a list method of a resource, or any function like it.
        page_size: rows per request, 1 to 100. A walk of 1 row a page asks for 2.
        kwargs: filters for the list method.

    Raises:
        ValueError: `page_size` is not from 1 to 100.
    """
    check_limit(page_size, "page_size")
    return _walk_pages(fetch_page, _Walk[T](fetch_page, page_size), kwargs)


def aiterate_all(
    fetch_page: Callable[..., Coroutine[Any, Any, PaginatedResponse[T]]],
    *,
    page_size: int = 100,
    **kwargs: Any,
) -> AsyncIterator[T]:
    """The async twin of `iterate_all`: ``async for row in aiterate_all(client.articles.alist)``."""
    check_limit(page_size, "page_size")
    return _awalk_pages(fetch_page, _Walk[T](fetch_page, page_size), kwargs)


def _walk_pages(
    fetch_page: Callable[..., PaginatedResponse[T]], walk: _Walk[T], kwargs: dict[str, Any]
) -> Iterator[T]:
    while not walk.done:
        yield from walk.take(fetch_page(**walk.window(), **kwargs))


async def _awalk_pages(
    fetch_page: Callable[..., Coroutine[Any, Any, PaginatedResponse[T]]],
    walk: _Walk[T],
    kwargs: dict[str, Any],
) -> AsyncIterator[T]:
    while not walk.done:
        for row in walk.take(await fetch_page(**walk.window(), **kwargs)):
            yield row


class _Walk(Generic[T]):
    """Where a walk stands.

    Everything up to the last row taken is known. A page that holds a row seen before, or starts at
    0, therefore continues without a gap; any other page may have skipped rows that moved up when
    others were deleted, so the walk reads back until it meets a row it knows.
    """

    def __init__(self, fetch_page: Callable[..., Any], page_size: int) -> None:
        self.done = False
        self._takes_window = _takes_window(fetch_page)
        self._limit = max(2, page_size)
        self._offset = 0
        self._back = 0
        self._seen: set[object] = set()

    def window(self) -> dict[str, int]:
        """The keywords of the next request."""
        return {"limit": self._limit, "offset": self._offset} if self._takes_window else {}

    def take(self, page: PaginatedResponse[T]) -> list[T]:
        """The rows of the page that are new, once it is sure that none before them were skipped."""
        if not self._takes_window or not page.paged:
            self.done = True
            return page.items
        keys = [_key(row) for row in page.items]
        if self._may_have_skipped(keys):
            self._read_back()
            return []
        new = self._new(page.items, keys)
        self._advance(keys)
        self.done = not page.has_next or (not new and len(keys) < self._limit)
        return new

    def _may_have_skipped(self, keys: list[object]) -> bool:
        follows = self._offset == 0 or not self._seen or not self._seen.isdisjoint(keys)
        return not follows

    def _read_back(self) -> None:
        self._back = 2 * self._back or self._limit - 1
        self._offset = max(0, self._offset - self._back)

    def _advance(self, keys: list[object]) -> None:
        """To the page's last row, which the next page begins with; a row without a key is left."""
        overlap = 1 if keys and keys[-1] is not None else 0
        self._offset += len(keys) - overlap
        self._back = 0

    def _new(self, rows: list[T], keys: list[object]) -> list[T]:
        new: list[T] = []
        for row, key in zip(rows, keys, strict=True):
            if key is None or key not in self._seen:
                new.append(row)
            if key is not None:
                self._seen.add(key)
        return new


def _key(row: object) -> object:
    """What identifies a row; ``None`` where nothing does."""
    for name in getattr(row, "row_keys", _ROW_KEYS):
        value = row.get(name) if isinstance(row, dict) else getattr(row, name, None)
        if isinstance(value, (int, str)):
            return value
    return None


def _takes_window(fetch_page: Callable[..., Any]) -> bool:
    """Whether a list call takes `limit` and `offset`; some of the vendor's lists do not."""
    try:
        parameters = inspect.signature(fetch_page).parameters
    except (TypeError, ValueError):
        return True
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return takes_any or {"limit", "offset"} <= parameters.keys()
