"""A store that has its answers ready: the bytes for an address, as cheaply as Python can."""

from __future__ import annotations

import functools
from bisect import bisect_left, bisect_right
from urllib.parse import parse_qs

from comparing import rows
from comparing.orders import orders_page

PAGE = 100
STORE = b'{"id":"5f4dcc3b-0000-4000-8000-000000000001","name":"Knus & Co"}'


class Store:
    """So many articles, in order of creation.

    Args:
        size: how many.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._heads = [rows.article_head(number) for number in range(size)]
        self._bodies = [rows.article_body(variety) for variety in range(min(size, rows.VARIETIES))]
        self._feet = [rows.article_foot(number) for number in range(size)]
        self._orders = orders_page()

    def answer(self, path: str, query: str) -> bytes:
        """The JSON for a path such as ``/v1/articles`` and its query."""
        asked = parse_qs(query)
        if path.endswith("/articles/count"):
            first, last = self._asked_for(asked)
            return b'{"count":%d}' % (last - first)
        if path.endswith("/articles"):
            first, last = self._asked_for(asked)
            first = min(first + int(asked.get("offset", "0")[0]), last)
            return self.page(first, min(first + int(asked.get("limit", "10")[0]), last))
        if path.endswith("/store"):
            return STORE
        return self._orders if path.endswith("/orders") else b"[]"

    def page(self, first: int, last: int) -> bytes:
        """The articles from one number up to, and without, another."""
        heads, bodies, feet, kinds = self._heads, self._bodies, self._feet, len(self._bodies)
        numbers = range(first, last)
        articles = [b"%b%b%b" % (heads[n], bodies[n % kinds], feet[n]) for n in numbers]
        return b"[%b]" % b",".join(articles)

    def _asked_for(self, asked: dict[str, list[str]]) -> tuple[int, int]:
        """The numbers of the articles that were made, and so changed, between two moments."""
        first, last = 0, self._size
        for stamp in ("created", "changed"):
            if low := asked.get(f"{stamp}_start_date"):
                first = max(first, bisect_left(self._stamps, low[0]))
            if high := asked.get(f"{stamp}_end_date"):
                last = min(last, bisect_right(self._stamps, high[0]))
        return first, max(first, last)

    @functools.cached_property
    def _stamps(self) -> list[str]:
        return [f"{rows.created(number):%Y-%m-%d %H:%M:%S}" for number in range(self._size)]


def article_pages(number: int) -> list[bytes]:
    """So many pages of 100 articles."""
    store = Store(number * PAGE)
    return [store.page(first, first + PAGE) for first in range(0, number * PAGE, PAGE)]
