"""OffsetPaginator, the position in a list that is read by limit and offset while it changes."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from myonlinestore.exceptions import ConnectError
from myonlinestore.pagination._end import EndDetector
from myonlinestore.pagination._page import PaginatedResponse, get_keys
from myonlinestore.pagination._seen_keys import KeySet

T = TypeVar("T")

# The maximum number of rewinds without a new row between them.
_MAX_EMPTY_REWINDS = 8
# The distance of a probe, in pages of the size of the last one.
_PROBE_PAGES = 4


class OffsetPaginator(Generic[T]):
    """The position in a list that is read by limit and offset while it changes.

    Each page is requested from the last row of the page before. A page that contains a row seen
    before continues without a gap. A page that contains none may have skipped rows that moved up
    when others were deleted, so the paginator rewinds until it finds a row seen before. An
    `EndDetector` decides where the list ends.

    Attributes:
        offset: the offset of the next page.
        step: the distance from the last page to the next one.
    """

    def __init__(
        self, fetch_page: Callable[..., Any], page_size: int, *, has_count: bool = False
    ) -> None:
        self.offset = 0
        self._accepts_limit_offset = _accepts_limit_offset(fetch_page)
        self._limit = max(2, page_size)
        self.step = self._limit - 1
        self._overlap = 0
        self._rewind_rows = 0
        self._empty_rewinds = 0
        self._probe_distance = 0
        self._seen = KeySet()
        self._end = EndDetector(has_count=has_count)

    @property
    def done(self) -> bool:
        """True if all rows were read."""
        return self._end.is_reached

    @property
    def needs_count(self) -> bool:
        """True if the count has to be requested before the next page."""
        return self._end.needs_count

    @property
    def may_be_done(self) -> bool:
        """True if the last page was short, so that the count may save the next request."""
        return self._end.may_be_reached

    def page_params(self, offset: int) -> dict[str, int]:
        """Return the keywords of the request for the page at an offset."""
        return {"limit": self._limit, "offset": offset} if self._accepts_limit_offset else {}

    def accept(self, page: PaginatedResponse[T]) -> list[T]:
        """Return the new rows of a page, or none if rows before it may have been skipped.

        Raises ConnectError if the server returns the same rows for every offset.
        """
        if not page.paged or not self._accepts_limit_offset:
            return self._accept_all_rows(page)
        if self._probe_distance:
            return self._accept_probe(page)
        keys = get_keys(page)
        # A function that returns another page than requested decides itself where it ends.
        if page.offset != self.offset:
            new = self._select_new(page.items, keys)
            self._end.accept_other_page(page, len(new))
        elif self._may_have_skipped(keys):
            self._rewind()
            return []
        else:
            new = self._select_new(page.items, keys)
            self._end.accept_page(page, keys, len(new), self._overlap)
        self._advance(keys)
        if new:
            self._empty_rewinds = 0
        return new

    def accept_count(self, total: int | None) -> None:
        """Take the count of the list; ``None`` if it is not available.

        Raises ConnectError if the list has ended, was read twice, and rows are still missing.
        """
        if self._end.accept_count(total):
            self.offset = self._overlap = self._rewind_rows = 0

    def _accept_all_rows(self, page: PaginatedResponse[T]) -> list[T]:
        if page.paged and page.has_next:
            raise TypeError("a list function of several pages must take limit and offset")
        self._end.is_reached = True
        return page.items

    def _accept_probe(self, page: PaginatedResponse[T]) -> list[T]:
        """Return to the position. The rows of a probe are read when their page is reached."""
        self._end.accept_probe(page, self._probe_distance)
        self.offset -= self._probe_distance
        self._probe_distance = 0
        return []

    def _may_have_skipped(self, keys: list[object]) -> bool:
        return bool(self.offset and self._overlap) and self._seen.isdisjoint(keys)

    def _rewind(self) -> None:
        """Move the offset back, towards a row seen before.

        Raises ConnectError if that happens again and again: the list contradicts itself, or the
        server returns nothing beyond some offset.
        """
        self._empty_rewinds += not self._rewind_rows
        if self._empty_rewinds > _MAX_EMPTY_REWINDS:
            raise ConnectError(
                f"the list has full pages before offset {self.offset} and nothing that follows "
                "there: narrow it with filters, and report it to the vendor"
            )
        self._rewind_rows = 2 * self._rewind_rows or self._limit - 1
        self.offset = max(0, self.offset - self._rewind_rows)

    def _advance(self, keys: list[object]) -> None:
        """Move the offset to the last row of the page, or after it if the row has no key."""
        self._overlap = 1 if len(keys) > 1 and keys[-1] is not None else 0
        self.step = max(1, len(keys) - self._overlap)
        self.offset += len(keys) - self._overlap
        self._rewind_rows = 0
        if self._end.needs_probe:
            self._probe_distance = _PROBE_PAGES * len(keys)
            self.offset += self._probe_distance

    def _select_new(self, rows: list[T], keys: list[object]) -> list[T]:
        """Return the rows not seen before."""
        if None in keys:
            return self._select_new_with_keyless(rows, keys)
        return [*itertools.compress(rows, self._seen.add_all(keys))]

    def _select_new_with_keyless(self, rows: list[T], keys: list[object]) -> list[T]:
        """Return the rows not seen before; a row without a key is new after the last one seen."""
        positions = [i for i, key in enumerate(keys) if key is not None]
        last_seen = max((i for i in positions if keys[i] in self._seen), default=-1)
        is_new = [i > last_seen for i in range(len(keys))]
        added = self._seen.add_all([keys[i] for i in positions])
        for i, value in zip(positions, added, strict=True):
            is_new[i] = value
        return [*itertools.compress(rows, is_new)]


def _accepts_limit_offset(fetch_page: Callable[..., Any]) -> bool:
    """Return True if a list call takes `limit` and `offset`; some of the vendor's lists do not."""
    try:
        parameters = inspect.signature(fetch_page).parameters
    except (TypeError, ValueError):
        return True
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return takes_any or {"limit", "offset"} <= parameters.keys()
