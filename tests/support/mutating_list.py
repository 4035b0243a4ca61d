"""A list that changes while it is paginated."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from hypothesis import strategies as st

from myonlinestore import PaginatedResponse
from myonlinestore.models import Article

# A change is a position in the list, as a fraction of its length, and True to insert a row there
# or False to delete one.
Change = tuple[float, bool]
CHANGES = st.lists(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=12), max_size=25)


@dataclass
class ChangingStore:
    """A list of articles to which the next changes are applied after each response.

    `throughout` are the ids that are in the list from the first response to the last.
    """

    size: int
    changes: list[list[Change]]
    total: int | None = None
    rows: list[Article] = field(init=False)
    throughout: set[int] = field(init=False)
    requests: int = 0

    def __post_init__(self) -> None:
        self.rows = [Article(id=number) for number in range(1, self.size + 1)]
        self.throughout = {self._get_id(row) for row in self.rows}
        self._ids = itertools.count(self.size + 1)

    def list(self, *, limit: int, offset: int) -> PaginatedResponse[Article]:
        """Return a page of the rows, and apply the next changes."""
        page = PaginatedResponse(self.rows[offset : offset + limit], limit, offset, self.total)
        if self.requests < len(self.changes):
            for change in self.changes[self.requests]:
                self._apply(*change)
        self.requests += 1
        return page

    async def alist(self, *, limit: int, offset: int) -> PaginatedResponse[Article]:
        """Return a page, as `list` does."""
        return self.list(limit=limit, offset=offset)

    def _apply(self, fraction: float, is_insert: bool) -> None:
        position = round(fraction * len(self.rows))
        if is_insert:
            self.rows.insert(position, Article(id=next(self._ids)))
        elif self.rows:
            deleted = self.rows.pop(min(position, len(self.rows) - 1))
            self.throughout.discard(self._get_id(deleted))

    @staticmethod
    def _get_id(row: Article) -> int:
        assert row.id is not None
        return row.id


def check(store: ChangingStore, found: list[int | None], concurrency: int = 1) -> None:
    """Assert that no row was repeated, and none skipped that was in the list throughout."""
    assert len(found) == len(set(found))
    assert store.throughout <= set(found)
    # The paginator doubles the distance when it rewinds, so a shrinking list takes few more requests.
    assert store.requests <= concurrency * (2 * (store.size + 12 * 25) + 60)
