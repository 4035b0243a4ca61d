"""From bytes to objects.

Published client: as its list methods decode, without the rest of the call. This client: whole calls
on a mock transport, with a page, and with an empty list, which needs no decoding.
"""

from __future__ import annotations

import gc
import itertools
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from comparison import sample_pages
from comparison.dataset import make_article_pages
from comparison.worker import Figures, Timed
from comparison.workloads.fake_transport import FakeTransport
from myonlinestore import ConnectClient
from myonlinestore.models import Article, Order

PAGE = 100
DISTINCT_PAGES = 10

Decode: TypeAlias = Callable[[], list[Any]]


def decode_published_articles(*, rows: int) -> Timed:
    """Decode into the published models, and discard them."""
    return _discard(_validate(Article, make_article_pages(DISTINCT_PAGES)), rows)


def decode_published_orders(*, rows: int) -> Timed:
    """Decode orders into the published models."""
    return _discard(_validate(Order, [sample_pages.make_orders_page()]), rows)


def decode_published_texts(*, rows: int) -> Timed:
    """Decode articles that are mostly text into the published models."""
    return _discard(_validate(Article, [sample_pages.make_texts_page()]), rows)


def retain_published(*, rows: int, thresholds: Sequence[int] = ()) -> Timed:
    """Decode into the published models, and keep all of them."""
    return _retain(_validate(Article, make_article_pages(DISTINCT_PAGES)), rows, thresholds)


def decode_articles(*, rows: int) -> Timed:
    """Decode into this client's models."""
    return _time_calls("articles", make_article_pages(DISTINCT_PAGES), rows)


def decode_texts(*, rows: int) -> Timed:
    """Decode articles that are mostly text into this client's models."""
    return _time_calls("articles", [sample_pages.make_texts_page()], rows)


def decode_orders(*, rows: int) -> Timed:
    """Decode orders into this client's models."""
    return _time_calls("orders", [sample_pages.make_orders_page()], rows)


def retain(*, rows: int, thresholds: Sequence[int] = ()) -> Timed:
    """Decode into this client's models, and keep all of them."""
    return _retain(_list("articles", make_article_pages(DISTINCT_PAGES)), rows, thresholds)


def decode_four_fields(*, rows: int) -> Timed:
    """Decode into a custom Struct of four fields."""
    import msgspec

    class Four(msgspec.Struct):
        id: int
        uuid: str
        name: str | None = None
        stock: int | None = None

    return _time_calls("articles", make_article_pages(DISTINCT_PAGES), rows, model=Four)


def _validate(model: Any, bodies: Sequence[bytes]) -> Decode:
    pages = itertools.cycle(bodies)
    return lambda: [model.model_validate(row) for row in json.loads(next(pages))]


def _list(resource: str, bodies: Sequence[bytes], **options: Any) -> Decode:
    pages = itertools.cycle(bodies)
    client: Any = ConnectClient("token", transport=FakeTransport(lambda _: next(pages)))
    call = getattr(client, resource).list

    def decode() -> list[Any]:
        rows: list[Any] = call(limit=PAGE, **options).items
        return rows

    return decode


def _time_calls(resource: str, bodies: Sequence[bytes], rows: int, **options: Any) -> Timed:
    """Measure the seconds of whole calls; "decode" is minus those of calls with an empty list."""
    full = _discard(_list(resource, bodies, **options), rows)
    empty = _list(resource, [b"[]"], **options)

    def run() -> Figures:
        seconds = full()["decode"]
        start = time.perf_counter()
        for _ in range(rows // PAGE):
            empty()
        return {"seconds": seconds, "decode": seconds - (time.perf_counter() - start)}

    return run


def _discard(decode: Decode, rows: int) -> Callable[[], Figures]:
    def run() -> Figures:
        start = time.perf_counter()
        for _ in range(rows // PAGE):
            assert len(decode()) == PAGE
        return {"decode": time.perf_counter() - start}

    return run


def _retain(decode: Decode, rows: int, thresholds: Sequence[int]) -> Timed:
    """Keep all rows, with garbage-collector thresholds that stay set in this process."""

    def run() -> None:
        if thresholds:
            gc.set_threshold(*thresholds)
        retained_rows = [row for _ in range(rows // PAGE) for row in decode()]
        assert len(retained_rows) == rows

    return run
