"""A store with prepared responses: the body for a path and query at the lowest possible cost."""

from __future__ import annotations

import functools
import json
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

from comparison import sample_pages

PAGE = 100
STORE = b'{"id":"5f4dcc3b-0000-4000-8000-000000000001","name":"Knus & Co"}'
DISTINCT_ARTICLES = 100
# Stores are filled by imports: most articles are created seconds apart, the others hours apart.
START = datetime(2019, 1, 1, tzinfo=timezone.utc)
IMPORT, SINGLE = 800, 200
LAST_OWN = "updated_time"


class FakeStore:
    """Articles in order of creation.

    Args:
        size: the number of articles.
        small: True for articles with one image and no options or variants.
    """

    def __init__(self, size: int, *, small: bool = False) -> None:
        self._timestamps = [f"{get_created(number):%Y-%m-%d %H:%M:%S}" for number in range(size)]
        halves = [
            _split_template(variety, small)
            for variety in range(1, min(size, DISTINCT_ARTICLES) + 1)
        ]
        self._heads = [
            _encode_head(number, halves[number % DISTINCT_ARTICLES][0], stamp)
            for number, stamp in enumerate(self._timestamps)
        ]
        self._tails = [to_json_bytes(tail)[1:] for _, tail in halves]
        self._orders = sample_pages.make_orders_page()

    def respond(self, path: str, query: str) -> bytes:
        """Return the JSON body for a path such as ``/v1/articles`` and its query."""
        parameters = parse_qs(query)
        if path.endswith("/articles/count"):
            first, last = self._filter_by_date(parameters)
            return b'{"count":%d}' % (last - first)
        if path.endswith("/articles"):
            first, last = self._filter_by_date(parameters)
            first = min(first + int(parameters.get("offset", "0")[0]), last)
            return self.make_page(first, min(first + int(parameters.get("limit", "10")[0]), last))
        if path.endswith("/store"):
            return STORE
        return self._orders if path.endswith("/orders") else b"[]"

    def make_page(self, first: int, last: int) -> bytes:
        """Return the articles with numbers from `first` up to, but not including, `last`."""
        heads, tails, tail_count = self._heads, self._tails, len(self._tails)
        return b"[%b]" % b",".join([heads[n] + tails[n % tail_count] for n in range(first, last)])

    def _filter_by_date(self, parameters: dict[str, list[str]]) -> tuple[int, int]:
        """Return the range of articles created, and so changed, between two timestamps."""
        first, last = 0, len(self._heads)
        for stamp in ("created", "changed"):
            if low := parameters.get(f"{stamp}_start_date"):
                first = max(first, bisect_left(self._timestamps, low[0]))
            if high := parameters.get(f"{stamp}_end_date"):
                last = min(last, bisect_right(self._timestamps, high[0]))
        return first, max(first, last)


def get_created(number: int) -> datetime:
    """Return the creation time of an article; it increases with the number."""
    batch, position = divmod(number, IMPORT + SINGLE)
    in_batch = timedelta(seconds=2 * min(position, IMPORT), hours=3 * max(position - IMPORT, 0))
    return START + batch * timedelta(hours=3 * SINGLE + 24) + in_batch


def make_article_pages(number: int, *, small: bool = False) -> list[bytes]:
    """Return pages of 100 articles."""
    store = FakeStore(number * PAGE, small=small)
    return [store.make_page(first, first + PAGE) for first in range(0, number * PAGE, PAGE)]


@functools.cache
def _split_template(variety: int, small: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of an article that are unique to it, and the rest."""
    fields = sample_pages.make_article(variety)
    if small:
        fields |= {"lists": [], "images": fields["images"][:1], "variants": []}
    article = list(fields.items())
    own = [name for name, _ in article].index(LAST_OWN) + 1
    return dict(article[:own]), dict(article[own:])


def _encode_head(number: int, fields: dict[str, Any], stamp: str) -> bytes:
    """Return the first half of an article's JSON."""
    day, time = stamp.split()
    own = {
        "id": 7_400_000 + number,
        "uuid": f"5f4dcc3b-0000-4000-8000-{number:012}",
        "created_date": day,
        "created_time": time,
        "updated_date": day,
        "updated_time": time,
    }
    return to_json_bytes({**fields, **own})[:-1] + b","


def to_json_bytes(value: object) -> bytes:
    """Encode a value as the vendor does."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
