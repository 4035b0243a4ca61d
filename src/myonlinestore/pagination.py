"""Pages, and walks over all of them that survive a store which changes meanwhile."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload

from myonlinestore.config import check_limit

T = TypeVar("T")
M = TypeVar("M")


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


@overload
def iterate_all(
    fetch_page: Callable[..., PaginatedResponse[T]],
    *,
    page_size: int = 100,
    model: None = None,
    **kwargs: Any,
) -> Iterator[T]: ...
@overload
def iterate_all(
    fetch_page: Callable[..., PaginatedResponse[Any]],
    *,
    page_size: int = 100,
    model: type[M],
    **kwargs: Any,
) -> Iterator[M]: ...
def iterate_all(
    fetch_page: Callable[..., PaginatedResponse[Any]],
    *,
    page_size: int = 100,
    model: type[Any] | None = None,
    **kwargs: Any,
) -> Iterator[Any]:
    """Every row of a list call, page by page, such as ``iterate_all(client.articles.list)``.

    Yields no row twice, and none that was there throughout is skipped, when rows are added or
    deleted between pages: each page overlaps the one before by a row, and the walk reads back when
    that row is gone. It remembers the keys of the rows it has seen, and nothing else of them.

    Args:
        fetch_page: a list method of a resource, or any function like it.
        page_size: rows per request, 1 to 100. A walk of 1 row a page asks for 2.
        model: what each row is decoded to, as for the list method. Let it have the field that
            identifies a row (`id` or `uuid`; `number` of an order, `email` of a subscriber):
            without, rows that shift while the store changes may be missed or come twice.
        kwargs: filters for the list method.

    Raises:
        ValueError: `page_size` is not from 1 to 100.
    """
    check_limit(page_size, "page_size")
    return _walk_pages(fetch_page, _Walk[Any](fetch_page, page_size), _with_model(kwargs, model))


@overload
def aiterate_all(
    fetch_page: Callable[..., Coroutine[Any, Any, PaginatedResponse[T]]],
    *,
    page_size: int = 100,
    model: None = None,
    **kwargs: Any,
) -> AsyncIterator[T]: ...
@overload
def aiterate_all(
    fetch_page: Callable[..., Coroutine[Any, Any, PaginatedResponse[Any]]],
    *,
    page_size: int = 100,
    model: type[M],
    **kwargs: Any,
) -> AsyncIterator[M]: ...
def aiterate_all(
    fetch_page: Callable[..., Coroutine[Any, Any, PaginatedResponse[Any]]],
    *,
    page_size: int = 100,
    model: type[Any] | None = None,
    **kwargs: Any,
) -> AsyncIterator[Any]:
    """The async twin of `iterate_all`, for the methods with the prefix ``a``.

    ``async for article in aiterate_all(client.articles.alist): …``
    """
    check_limit(page_size, "page_size")
    return _awalk_pages(fetch_page, _Walk[Any](fetch_page, page_size), _with_model(kwargs, model))


def _with_model(kwargs: dict[str, Any], model: type[Any] | None) -> dict[str, Any]:
    """The keywords for a list function, which need not know of `model` unless it is given."""
    return kwargs if model is None else {**kwargs, "model": model}


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

    Everything up to the last row taken is known, and the next page is asked to begin with that row.
    A page that holds any row seen before therefore continues without a gap; one that holds none may
    have skipped rows that moved up when others were deleted, so the walk reads back until it meets
    a row it knows.
    """

    def __init__(self, fetch_page: Callable[..., Any], page_size: int) -> None:
        self.done = False
        self._takes_window = _takes_window(fetch_page)
        self._limit = max(2, page_size)
        self._offset = 0
        self._overlap = 0
        self._back = 0
        self._seen: set[object] = set()

    def window(self) -> dict[str, int]:
        """The keywords of the next request."""
        return {"limit": self._limit, "offset": self._offset} if self._takes_window else {}

    def take(self, page: PaginatedResponse[T]) -> list[T]:
        """The rows of the page that are new, once it is sure that none before them were skipped."""
        if not page.paged or not self._takes_window:
            self._take_whole(page)
            return page.items
        keys = [_key(row, page.row_keys) for row in page.items]
        # A function that answers another page than it was asked for goes its own way.
        as_asked = page.offset == self._offset
        if as_asked and self._may_have_skipped(keys):
            self._read_back()
            return []
        new = self._new(page.items, keys)
        self._advance(keys)
        self.done = not self._goes_on(page, new, as_asked)
        return new

    def _take_whole(self, page: PaginatedResponse[T]) -> None:
        if page.paged and page.has_next:
            raise TypeError("a list function of several pages must take limit and offset")
        self.done = True

    def _may_have_skipped(self, keys: list[object]) -> bool:
        return bool(self._offset and self._overlap) and self._seen.isdisjoint(keys)

    def _read_back(self) -> None:
        self._back = 2 * self._back or self._limit - 1
        self._offset = max(0, self._offset - self._back)

    def _advance(self, keys: list[object]) -> None:
        """To the page's last row, which the next page begins with, if it can be known again."""
        self._overlap = 1 if len(keys) > 1 and keys[-1] is not None else 0
        self._offset += len(keys) - self._overlap
        self._back = 0

    def _new(self, rows: list[T], keys: list[object]) -> list[T]:
        """The rows not seen before; those without a key are new behind the last that was seen."""
        known = max((i for i, key in enumerate(keys) if key in self._seen), default=-1)
        new: list[T] = []
        for i, (row, key) in enumerate(zip(rows, keys, strict=True)):
            if i > known if key is None else key not in self._seen:
                new.append(row)
            if key is not None:
                self._seen.add(key)
        return new

    def _goes_on(self, page: PaginatedResponse[T], new: list[T], as_asked: bool) -> bool:
        """Whether to ask for more. A caller's `total` may be older than the page."""
        if len(page.items) < page.limit:
            return page.has_next and bool(new)
        return page.has_next or (as_asked and self._overlap > 0)


def _key(row: object, names: Sequence[str]) -> object:
    """What identifies a row; ``None`` where nothing does. A Model names its own keys."""
    for name in getattr(row, "row_keys", names):
        value = row.get(name) if isinstance(row, dict) else getattr(row, name, None)
        if isinstance(value, (int, str)) and value != "":
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
