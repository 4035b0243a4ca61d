"""From bytes to objects.

Published: as its list methods do it, and nothing more of the call. This client: whole calls on a
transport that answers at once, with a page; and with an empty list, which takes no decoding.
"""

from __future__ import annotations

import gc
import itertools
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import sample_pages
from comparison.dataset import article_pages
from comparison.worker import Figures, Timed
from comparison.workloads.fake_transport import Canned
from myonlinestore import ConnectClient
from myonlinestore.models import Article, Order

PAGE = 100
DIFFERENT = 10

Decode: TypeAlias = Callable[[], list[Any]]


def published_articles(*, rows: int) -> Timed:
    """The published models, dropped at once."""
    return _dropped(_validated(Article, article_pages(DIFFERENT)), rows)


def published_orders(*, rows: int) -> Timed:
    """The published models of orders."""
    return _dropped(_validated(Order, [sample_pages.orders()]), rows)


def published_texts(*, rows: int) -> Timed:
    """The published models of articles that are mostly text."""
    return _dropped(_validated(Article, [sample_pages.texts()]), rows)


def published_held(*, rows: int, thresholds: Sequence[int] = ()) -> Timed:
    """The published models, all of them held to the end."""
    return _held(_validated(Article, article_pages(DIFFERENT)), rows, thresholds)


def articles(*, rows: int) -> Timed:
    """This client's models."""
    return _called("articles", article_pages(DIFFERENT), rows)


def texts(*, rows: int) -> Timed:
    """This client's models of articles that are mostly text."""
    return _called("articles", [sample_pages.texts()], rows)


def orders(*, rows: int) -> Timed:
    """This client's models of orders."""
    return _called("orders", [sample_pages.orders()], rows)


def held(*, rows: int, thresholds: Sequence[int] = ()) -> Timed:
    """This client's models, all of them held to the end."""
    return _held(_listed("articles", article_pages(DIFFERENT)), rows, thresholds)


def four_fields(*, rows: int) -> Timed:
    """A Struct of the caller's, with four fields."""
    import msgspec

    class Four(msgspec.Struct):
        id: int
        uuid: str
        name: str | None = None
        stock: int | None = None

    return _called("articles", article_pages(DIFFERENT), rows, model=Four)


def _validated(model: Any, bodies: Sequence[bytes]) -> Decode:
    turn = itertools.cycle(bodies)
    return lambda: [model.model_validate(row) for row in json.loads(next(turn))]


def _listed(resource: str, bodies: Sequence[bytes], **options: Any) -> Decode:
    turn = itertools.cycle(bodies)
    client: Any = ConnectClient("token", transport=Canned(lambda _: next(turn)))
    call = getattr(client, resource).list

    def decode() -> list[Any]:
        found: list[Any] = call(limit=PAGE, **options).items
        return found

    return decode


def _called(resource: str, bodies: Sequence[bytes], rows: int, **options: Any) -> Timed:
    """Seconds of whole calls; "decode" is without what they take when there is nothing in them."""
    full = _dropped(_listed(resource, bodies, **options), rows)
    empty = _listed(resource, [b"[]"], **options)

    def run() -> Figures:
        seconds = full()["decode"]
        start = time.perf_counter()
        for _ in range(rows // PAGE):
            empty()
        return {"seconds": seconds, "decode": seconds - (time.perf_counter() - start)}

    return run


def _dropped(decode: Decode, rows: int) -> Callable[[], Figures]:
    def run() -> Figures:
        start = time.perf_counter()
        for _ in range(rows // PAGE):
            assert len(decode()) == PAGE
        return {"decode": time.perf_counter() - start}

    return run


def _held(decode: Decode, rows: int, thresholds: Sequence[int]) -> Timed:
    """`thresholds` are the garbage collector's, from then on in this process."""

    def run() -> None:
        if thresholds:
            gc.set_threshold(*thresholds)
        found = [row for _ in range(rows // PAGE) for row in decode()]
        assert len(found) == rows

    return run
