"""A store that has its answers ready: the bytes for an address, as cheaply as Python can."""

from __future__ import annotations

import functools
import json
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

import sample_pages

PAGE = 100
STORE = b'{"id":"5f4dcc3b-0000-4000-8000-000000000001","name":"Knus & Co"}'
VARIETIES = 100
# Shops are filled by imports: most articles are seconds apart, the others come by the day.
START = datetime(2019, 1, 1, tzinfo=timezone.utc)
IMPORT, SINGLE = 800, 200
LAST_OWN = "updated_time"


class Store:
    """So many articles, in order of creation.

    Args:
        size: how many.
        small: whether they have one image, and neither options nor variants.
    """

    def __init__(self, size: int, *, small: bool = False) -> None:
        self._stamps = [f"{created(number):%Y-%m-%d %H:%M:%S}" for number in range(size)]
        halves = [_halves(variety, small) for variety in range(1, min(size, VARIETIES) + 1)]
        self._heads = [
            _head(number, halves[number % VARIETIES][0], stamp)
            for number, stamp in enumerate(self._stamps)
        ]
        self._tails = [json_of(tail)[1:] for _, tail in halves]
        self._orders = sample_pages.orders()

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
        heads, tails, kinds = self._heads, self._tails, len(self._tails)
        return b"[%b]" % b",".join([heads[n] + tails[n % kinds] for n in range(first, last)])

    def _asked_for(self, asked: dict[str, list[str]]) -> tuple[int, int]:
        """The numbers of the articles that were made, and so changed, between two moments."""
        first, last = 0, len(self._heads)
        for stamp in ("created", "changed"):
            if low := asked.get(f"{stamp}_start_date"):
                first = max(first, bisect_left(self._stamps, low[0]))
            if high := asked.get(f"{stamp}_end_date"):
                last = min(last, bisect_right(self._stamps, high[0]))
        return first, max(first, last)


def created(number: int) -> datetime:
    """When an article was made; a later number was made later."""
    batch, place = divmod(number, IMPORT + SINGLE)
    in_batch = timedelta(seconds=2 * min(place, IMPORT), hours=3 * max(place - IMPORT, 0))
    return START + batch * timedelta(hours=3 * SINGLE + 24) + in_batch


def article_pages(number: int, *, small: bool = False) -> list[bytes]:
    """So many pages of 100 articles."""
    store = Store(number * PAGE, small=small)
    return [store.page(first, first + PAGE) for first in range(0, number * PAGE, PAGE)]


@functools.cache
def _halves(variety: int, small: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """An article's fields: those that each has of its own come first, and what follows them."""
    fields = sample_pages.article(variety)
    if small:
        fields |= {"lists": [], "images": fields["images"][:1], "variants": []}
    article = list(fields.items())
    own = [name for name, _ in article].index(LAST_OWN) + 1
    return dict(article[:own]), dict(article[own:])


def _head(number: int, fields: dict[str, Any], stamp: str) -> bytes:
    """The first half of an article's JSON."""
    day, time = stamp.split()
    own = {
        "id": 7_400_000 + number,
        "uuid": f"5f4dcc3b-0000-4000-8000-{number:012}",
        "created_date": day,
        "created_time": time,
        "updated_date": day,
        "updated_time": time,
    }
    return json_of({**fields, **own})[:-1] + b","


def json_of(value: object) -> bytes:
    """As the vendor writes JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
