"""EndDetector, which decides where a list ends and whether rows are missing there."""

from __future__ import annotations

from typing import Any

from myonlinestore.exceptions import ConnectError
from myonlinestore.pagination._page import PaginatedResponse

# The maximum number of rows on consecutive pages without a new row that all end with the same row.
# In a list that only grows, as many rows would have been added in front while they were read.
_MAX_REPEATED_ROWS = 500
# The number of consecutive pages with less than half the rows of the largest one before a probe.
_MAX_SMALL_PAGES = 4


class EndDetector:
    """The end of a list that is read page by page.

    A page with fewer rows than requested is not the end: a server may cap the limit, or hide a row.
    The list ends where a page brings no row after the last one. A count saves that request: the
    list also ends with a page that is smaller than others if as many rows were read as counted. If
    fewer rows were read than counted, the list is read once more, because rows may have moved to
    offsets that were read before; then `accept_count` raises. A list of rows without a key is not
    read again.

    Pages that stay small have two causes: the server has lowered its page size, or rows are added
    as fast as the list is read. In the second case a list without a count would never end, so a
    probe is requested: a page some rows further on. If it is empty, no more rows than that are
    left, which is as good as a count.

    Attributes:
        is_reached: True if all rows were read.
    """

    def __init__(self, *, has_count: bool = False) -> None:
        self.is_reached = False
        self._has_count = has_count
        self._total: int | None = None
        self._row_count = 0
        self._is_at_last_row = False
        self._is_short = False
        self._max_page_rows = 0
        self._small_pages = 0
        self._repeated_rows = 0
        self._last_offset = 0
        self._last_key: object = None
        self._is_second_reading = False
        self._has_rows_without_key = False

    @property
    def needs_count(self) -> bool:
        """True if the count has to be requested before the next page."""
        return (
            self._has_count
            and not self.is_reached
            and (self._total is None or self._is_at_last_row)
        )

    @property
    def may_be_reached(self) -> bool:
        """True if the last page was short, so that the count may save the next request."""
        return self._is_at_last_row or self._is_short

    @property
    def needs_probe(self) -> bool:
        """True if a page further on has to be requested, because the last pages were small."""
        return self._small_pages >= _MAX_SMALL_PAGES and not self._has_count and not self._total

    def accept_page(
        self, page: PaginatedResponse[Any], keys: list[object], new_count: int, overlap: int
    ) -> None:
        """Take a page that follows the one before without a gap.

        Args:
            page: the page, from the offset that was requested.
            keys: the keys of its rows.
            new_count: the number of its rows that were not seen before.
            overlap: the number of rows at its start that the page before had at its end.

        Raises:
            ConnectError: the server returns the same rows for every offset.
        """
        self._row_count += new_count
        self._has_rows_without_key = self._has_rows_without_key or None in keys
        was_short = self._is_short
        self._compare_size(len(keys), page.limit)
        # After a full page, a page of one row may be a short one in the middle of the list.
        if not new_count and len(keys) <= (overlap if was_short else 0):
            self._is_at_last_row = True
            self.is_reached = not self._has_count or self._is_complete(None)
            return
        self._check_progress(page.offset, keys, new_count)
        # The caller's total ends a list without keys, whose full pages do not overlap.
        is_last = keys[-1] is None and page.total is not None and not page.has_next
        self.is_reached = is_last or (self._is_short and self._is_complete(page.total))

    def accept_other_page(self, page: PaginatedResponse[Any], new_count: int) -> None:
        """Take a page from another offset than requested; its function decides where it ends."""
        self._is_short = len(page.items) < page.limit
        self.is_reached = not page.has_next or (self._is_short and not new_count)

    def accept_count(self, total: int | None) -> bool:
        """Take the count, ``None`` if it is not available. Return True to read the list again.

        Raises ConnectError if the list has ended, was read twice, and rows are still missing.
        """
        if total is not None and (self._is_at_last_row or total >= self._row_count):
            self._total = total if self._total is None else min(total, self._total)
        elif self._total is None:
            self._has_count = False  # If more rows were read than counted, the count is wrong.
        if self._is_at_last_row:
            return self._end_with_count()
        if self._is_short:
            self.is_reached = self._is_complete(None)
        return False

    def accept_probe(self, page: PaginatedResponse[Any], distance: int) -> None:
        """Take a page that was requested `distance` rows after the next one."""
        self._small_pages = 0
        if page.items:
            self._max_page_rows = 0  # The server has lowered its page size.
        else:
            self._total = self._row_count + distance

    def _end_with_count(self) -> bool:
        if not self._has_count or self._is_complete(None):
            self.is_reached = True
            return False
        if self._is_second_reading or self._has_rows_without_key:
            raise ConnectError(
                f"the list ended after {self._row_count} rows, but its count is {self._total}: the "
                "rest was not returned for any offset; try a smaller page_size, and report it to "
                "the vendor"
            )
        self._is_at_last_row, self._is_second_reading = False, True
        return True

    def _is_complete(self, total: int | None) -> bool:
        expected = self._total if self._total is not None else total
        return expected is not None and self._row_count >= expected

    def _compare_size(self, size: int, limit: int) -> None:
        """Compare a page with the largest one before, as a server may cap the limit."""
        self._is_short = size < (self._max_page_rows or limit)
        self._small_pages = self._small_pages + 1 if 2 * size < self._max_page_rows else 0
        self._max_page_rows = max(size, self._max_page_rows)

    def _check_progress(self, offset: int, keys: list[object], new_count: int) -> None:
        """Raise if pages from later offsets end with the same row and bring no new one."""
        ends_alike = keys[-1] is not None and keys[-1] == self._last_key
        is_repeated = ends_alike and not new_count and offset > self._last_offset
        self._repeated_rows = self._repeated_rows + len(keys) if is_repeated else 0
        self._last_offset, self._last_key = offset, keys[-1]
        if self._repeated_rows > _MAX_REPEATED_ROWS:
            raise ConnectError(
                f"the list repeats its rows at offset {offset} instead of continuing after "
                f"{self._row_count} rows: the server ignores or caps the offset, or rows are added "
                "as fast as they are read; narrow the list with filters, and report it to the "
                "vendor"
            )
