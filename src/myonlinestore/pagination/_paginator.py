"""OffsetPaginator, which decides where a list ends while the list changes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from myonlinestore.exceptions import ConnectError
from myonlinestore.pagination._page import PaginatedResponse

T = TypeVar("T")

_PLAIN_KEYS = {int, str}
# How often the paginator may rewind in succession without a new row.
_MAX_EMPTY_REWINDS = 8
# After this many pages of less than half the largest one, the list is taken to grow as fast as it
# is read.
_MAX_SMALL_PAGES = 8
# How many rows seen before may follow each other, as long as the pages end with the same row. That
# many rows would have to be added before the position while these pages are read.
_MAX_REPEATED_ROWS = 500


class OffsetPaginator(Generic[T]):
    """The position in a list that is read by limit and offset while it changes.

    Each page is requested from the last row of the page before. A page that contains a row seen
    before continues without a gap. A page that contains none may have skipped rows that moved up
    when others were deleted, so the paginator rewinds until it finds a row seen before.

    A page with fewer rows than requested is not the end: a server may cap the limit, or hide a row.
    The list ends where a page brings no row after the last one, or where as many rows were read as
    the count says. If rows are missing at the end, the list is read once more, for rows that other
    rows displaced, and then `accept_count` raises. Rows without a key are not read twice.

    Attributes:
        offset: the offset of the next page.
        step: the distance from the last page to the next one.
        done: whether all rows were read.
    """

    def __init__(
        self, fetch_page: Callable[..., Any], page_size: int, *, has_count: bool = False
    ) -> None:
        self.done = False
        self.offset = 0
        self._accepts_limit_offset = _accepts_limit_offset(fetch_page)
        self._limit = max(2, page_size)
        self.step = self._limit - 1
        self._overlap = 0
        self._back = 0
        self._empty_rewinds = 0
        self._repeated_rows = 0
        self._largest_page = 0
        self._small_pages = 0
        self._last_key: object = None
        self._seen: set[object] = set()
        self._has_count = has_count
        self._total: int | None = None
        self._row_count = 0
        self._at_end = False
        self._is_short = False
        self._is_second_reading = False
        self._has_rows_without_key = False

    def page_params(self, offset: int) -> dict[str, int]:
        """Return the keywords of the request for the page at an offset."""
        return {"limit": self._limit, "offset": offset} if self._accepts_limit_offset else {}

    @property
    def needs_count(self) -> bool:
        """True if the count has to be requested before the next page."""
        return self._has_count and not self.done and (self._total is None or self._at_end)

    @property
    def may_be_complete(self) -> bool:
        """True if the last page was not full, so that the count may save the next request."""
        return self._at_end or self._is_short

    def accept(self, page: PaginatedResponse[T]) -> list[T]:
        """Return the new rows of a page, or none if rows before it may have been skipped.

        Raises ConnectError if the server returns the same rows for every offset.
        """
        if not page.paged or not self._accepts_limit_offset:
            self._accept_unpaged(page)
            return page.items
        keys = _get_keys(page.items, page.row_keys)
        # A function that returns another page than requested decides itself where it ends.
        as_requested = page.offset == self.offset
        if as_requested and self._may_have_skipped(keys):
            self._rewind()
            return []
        overlap = self._overlap
        new = self._select_new(page.items, keys)
        self._row_count += len(new)
        self._empty_rewinds = 0 if new else self._empty_rewinds
        self._is_short = len(page.items) < page.limit
        if not as_requested:
            self.done = not page.has_next or (self._is_short and not new)
        elif self._is_growing(len(keys)) or (not new and len(keys) <= overlap):
            self._end()
        else:
            self._check_progress(keys, new)
            # The caller's total ends a list without keys, whose full pages do not overlap.
            is_last = keys[-1] is None and page.total is not None and not page.has_next
            self.done = is_last or (self._is_short and self._is_complete(page.total))
        self._advance(keys)
        return new

    def accept_count(self, total: int | None) -> None:
        """Take the count of the list; ``None`` if it is not available.

        Raises ConnectError if the list has ended, was read twice, and rows are still missing.
        """
        if total is None:
            self._has_count = False
        else:
            self._total = total if self._total is None else min(total, self._total)
        if self._at_end:
            self._end_with_count()
        elif self._is_short:
            self.done = self._is_complete(None)

    def _accept_unpaged(self, page: PaginatedResponse[T]) -> None:
        if page.paged and page.has_next:
            raise TypeError("a list function of several pages must take limit and offset")
        self.done = True

    def _is_complete(self, total: int | None) -> bool:
        expected = self._total if self._total is not None else total
        return expected is not None and self._row_count >= expected

    def _end(self) -> None:
        """Finish, unless a count has to confirm that no row is missing."""
        self._at_end = True
        if not self._has_count or self._is_complete(None):
            self.done = True

    def _end_with_count(self) -> None:
        if not self._has_count or self._is_complete(None):
            self.done = True
        elif self._is_second_reading or self._has_rows_without_key:
            raise ConnectError(
                f"the list ended after {self._row_count} rows, but its count is {self._total}: the "
                "rest was not returned for any offset; try a smaller page_size, and report it to "
                "the vendor"
            )
        else:
            self._at_end, self._is_second_reading = False, True
            self.offset = self._overlap = self._back = self._repeated_rows = 0
            self._last_key = None

    def _is_growing(self, size: int) -> bool:
        """Return True after many small pages in succession, each with the rows just added."""
        self._largest_page = max(size, self._largest_page)
        self._small_pages = self._small_pages + 1 if 2 * size < self._largest_page else 0
        return self._small_pages >= _MAX_SMALL_PAGES

    def _check_progress(self, keys: list[object], new: list[T]) -> None:
        """Raise if one page after another ends with the same row and brings no new one."""
        repeated = not new and keys[-1] is not None and keys[-1] == self._last_key
        self._repeated_rows = self._repeated_rows + len(keys) if repeated else 0
        self._last_key = keys[-1]
        if self._repeated_rows > _MAX_REPEATED_ROWS:
            raise ConnectError(
                f"the list repeats its rows at offset {self.offset} instead of continuing after "
                f"{self._row_count} rows: the server ignores or caps the offset; narrow the list "
                "with filters, and report it to the vendor"
            )

    def _may_have_skipped(self, keys: list[object]) -> bool:
        return bool(self.offset and self._overlap) and self._seen.isdisjoint(keys)

    def _rewind(self) -> None:
        """Move the offset back, towards a row seen before.

        Raises ConnectError if that happens again and again: the list contradicts itself, or the
        server returns nothing beyond some offset.
        """
        self._empty_rewinds += not self._back
        if self._empty_rewinds > _MAX_EMPTY_REWINDS:
            raise ConnectError(
                f"the list has full pages before offset {self.offset} and nothing that follows "
                "there: narrow it with filters, and report it to the vendor"
            )
        self._last_key = None
        self._back = 2 * self._back or self._limit - 1
        self.offset = max(0, self.offset - self._back)

    def _advance(self, keys: list[object]) -> None:
        """Move the offset to the last row of the page, or after it if the row has no key."""
        self._overlap = 1 if len(keys) > 1 and keys[-1] is not None else 0
        self.step = max(1, len(keys) - self._overlap)
        self.offset += len(keys) - self._overlap
        self._back = 0

    def _select_new(self, rows: list[T], keys: list[object]) -> list[T]:
        """Return the rows not seen before."""
        if None in keys or len(set(keys)) < len(keys):
            return self._select_new_of_mixed(rows, keys)
        new = [row for row, key in zip(rows, keys, strict=True) if key not in self._seen]
        self._seen.update(keys)
        return new

    def _select_new_of_mixed(self, rows: list[T], keys: list[object]) -> list[T]:
        """Return the rows not seen before; a row without a key is new after the last one seen."""
        self._has_rows_without_key = self._has_rows_without_key or None in keys
        last_seen = max((i for i, key in enumerate(keys) if key in self._seen), default=-1)
        new: list[T] = []
        for i, (row, key) in enumerate(zip(rows, keys, strict=True)):
            if i > last_seen if key is None else key not in self._seen:
                new.append(row)
            if key is not None:
                self._seen.add(key)
        return new


def _get_keys(rows: Sequence[object], names: Sequence[str]) -> list[object]:
    """Return what identifies each row. Nearly always all rows have a key in the same field."""
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


def _accepts_limit_offset(fetch_page: Callable[..., Any]) -> bool:
    """Return True if a list call takes `limit` and `offset`; some of the vendor's lists do not."""
    try:
        parameters = inspect.signature(fetch_page).parameters
    except (TypeError, ValueError):
        return True
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return takes_any or {"limit", "offset"} <= parameters.keys()
