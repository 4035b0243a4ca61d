"""OffsetPaginator, which survives changes of the list, and the count of a list."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any, Generic, TypeVar

from myonlinestore.exceptions import ConnectError
from myonlinestore.pagination._page import PaginatedResponse

T = TypeVar("T")


F = TypeVar("F", bound=Callable[..., Any])


def attach_count(name: str) -> Callable[[F], F]:
    """Mark an async list method: the method `name` of the same resource counts its rows.

    The sync twin carries the mark as well. Its count is `name`, that of the async method has the
    prefix ``a``, and both take the list's filters, or refuse one as any function does.
    """

    def mark(method: F) -> F:
        vars(method)["attach_count"] = name
        return method

    return mark


def find_count(
    fetch_page: Callable[..., Any], filters: dict[str, Any], prefix: str = ""
) -> Callable[[], Any] | None:
    """The call that counts what a list call gives; ``None`` where there is none, or none is known.

    Only a resource's own method has one: what a function of the caller's leaves out of the list,
    nobody counts.
    """
    name = getattr(fetch_page, "attach_count", None)
    if not (isinstance(fetch_page, MethodType) and isinstance(name, str)):
        return None
    return functools.partial(getattr(fetch_page.__self__, prefix + name), **filters)


_PLAIN_KEYS = {int, str}
# How often in succession a walk reads back without a new row, before it gives up.
_MAX_EMPTY_REWINDS = 8


class OffsetPaginator(Generic[T]):
    """Where a walk stands.

    `offset` is where the next page is to begin, and `step` how far the last one went; before the
    first, how far one goes whose rows have a key.

    Everything up to the last row taken is known, and the next page is asked to begin with that row.
    A page that holds any row seen before therefore continues without a gap; one that holds none may
    have skipped rows that moved up when others were deleted, so the walk reads back until it meets
    a row it knows.
    """

    def __init__(self, fetch_page: Callable[..., Any], page_size: int) -> None:
        self.done = False
        self.offset = 0
        self._accepts_limit_offset = _accepts_limit_offset(fetch_page)
        self._limit = max(2, page_size)
        self.step = self._limit - 1
        self._overlap = 0
        self._back = 0
        self._empty_rewinds = 0
        self._seen: set[object] = set()

    def page_params(self, offset: int) -> dict[str, int]:
        """The keywords of a request; that of the next page is `self.offset`."""
        return {"limit": self._limit, "offset": offset} if self._accepts_limit_offset else {}

    def accept(self, page: PaginatedResponse[T]) -> list[T]:
        """The rows of the page that are new, once it is sure that none before them were skipped."""
        if not page.paged or not self._accepts_limit_offset:
            self._accept_unpaged(page)
            return page.items
        keys = _keys(page.items, page.row_keys)
        # A function that answers another page than it was asked for goes its own way.
        as_asked = page.offset == self.offset
        if as_asked and self._may_have_skipped(keys):
            self._rewind()
            return []
        new = self._new(page.items, keys)
        self._empty_rewinds = 0 if new else self._empty_rewinds
        self._advance(keys)
        self.done = not self._has_more(page, new, as_asked)
        return new

    def _accept_unpaged(self, page: PaginatedResponse[T]) -> None:
        if page.paged and page.has_next:
            raise TypeError("a list function of several pages must take limit and offset")
        self.done = True

    def _may_have_skipped(self, keys: list[object]) -> bool:
        return bool(self.offset and self._overlap) and self._seen.isdisjoint(keys)

    def _rewind(self) -> None:
        """Towards a row that was seen.

        Where none is there again and again, the list is at odds with itself. So is that of a server
        which serves no offsets beyond some and does not say so.
        """
        self._empty_rewinds += not self._back
        if self._empty_rewinds > _MAX_EMPTY_REWINDS:
            raise ConnectError(
                f"the list has full pages before offset {self.offset} and nothing that follows "
                "there: narrow it with filters, and report it to the vendor"
            )
        self._back = 2 * self._back or self._limit - 1
        self.offset = max(0, self.offset - self._back)

    def _advance(self, keys: list[object]) -> None:
        """To the page's last row, which the next page begins with, if it can be known again."""
        self._overlap = 1 if len(keys) > 1 and keys[-1] is not None else 0
        self.step = max(1, len(keys) - self._overlap)
        self.offset += len(keys) - self._overlap
        self._back = 0

    def _new(self, rows: list[T], keys: list[object]) -> list[T]:
        """The rows not seen before."""
        if None in keys or len(set(keys)) < len(keys):
            return self._deduplicate_mixed(rows, keys)
        new = [row for row, key in zip(rows, keys, strict=True) if key not in self._seen]
        self._seen.update(keys)
        return new

    def _deduplicate_mixed(self, rows: list[T], keys: list[object]) -> list[T]:
        """As `_new`; those without a key are new behind the last that was seen."""
        known = max((i for i, key in enumerate(keys) if key in self._seen), default=-1)
        new: list[T] = []
        for i, (row, key) in enumerate(zip(rows, keys, strict=True)):
            if i > known if key is None else key not in self._seen:
                new.append(row)
            if key is not None:
                self._seen.add(key)
        return new

    def _has_more(self, page: PaginatedResponse[T], new: list[T], as_asked: bool) -> bool:
        """Whether to ask for more. A caller's `total` may be older than the page."""
        if len(page.items) < page.limit:
            return page.has_next and bool(new)
        return page.has_next or (as_asked and self._overlap > 0)


def _keys(rows: Sequence[object], names: Sequence[str]) -> list[object]:
    """What identifies each row. Nearly always they are of one type, and all have its first key."""
    if names and len({*map(type, rows)}) == 1 and not isinstance(rows[0], dict):
        first, *_ = getattr(rows[0], "row_keys", names)
        found: list[object] = [getattr(row, first, None) for row in rows]
        if {*map(type, found)} <= _PLAIN_KEYS and "" not in found:
            return found
    return [_key(row, names) for row in rows]


def _key(row: object, names: Sequence[str]) -> object:
    """What identifies a row; ``None`` where nothing does. A Model names its own keys."""
    for name in getattr(row, "row_keys", names):
        value = row.get(name) if isinstance(row, dict) else getattr(row, name, None)
        if isinstance(value, (int, str)) and value != "":
            return value
    return None


def _accepts_limit_offset(fetch_page: Callable[..., Any]) -> bool:
    """Whether a list call takes `limit` and `offset`; some of the vendor's lists do not."""
    try:
        parameters = inspect.signature(fetch_page).parameters
    except (TypeError, ValueError):
        return True
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return takes_any or {"limit", "offset"} <= parameters.keys()
