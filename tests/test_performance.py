"""The client does not become several times slower than a baseline that runs in the same rounds.

No test checks an absolute time. Both sides alternate, and the best round of each counts, so that a slow
or busy machine affects both. The limits are three times the ratios measured today.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from myonlinestore import ConnectClient, iterate_all
from myonlinestore.models import Article

ROUNDS, PAGE, PAGES = 9, 100, 20


def _is_traced() -> bool:
    coverage = sys.modules.get("coverage")
    return sys.gettrace() is not None or bool(coverage and coverage.Coverage.current())


pytestmark = pytest.mark.skipif(_is_traced(), reason="a tracer slows down only one side")


class Row(msgspec.Struct):
    id: int
    uuid: str
    name: str | None = None
    stock: int | None = None


class FakeTransport(httpx.BaseTransport):
    """A transport that returns the requested rows or their count, or one prepared body."""

    def __init__(self, rows: list[bytes], body: bytes | None = None) -> None:
        self._rows, self._body = rows, body

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return a response."""
        if self._body is None and request.url.path.endswith("/count"):
            return httpx.Response(200, json={"count": len(self._rows)})
        first = int(request.url.params.get("offset", "0"))
        return httpx.Response(
            200, content=self._body or _encode_page(self._rows[first : first + PAGE])
        )


def _encode_page(rows: list[bytes]) -> bytes:
    return b"[" + b",".join(rows) + b"]"


def _make_article(number: int) -> dict[str, Any]:
    images = [
        {"position": p, "id": f"image-{p}", "url": f"https://shop.example/{number}/{p}"}
        for p in (1, 2, 3)
    ]
    return {
        "id": number + 1,
        "uuid": f"5f4dcc3b-0000-4000-8000-{number:012}",
        "name": f"Article {number}",
        "description": "Made of wood. " * 20,
        "price": {"default": "12.50", "action": None},
        "stock": number,
        "categories": [{"category_id": 1, "is_main": True, "position": number}],
        "images": images,
        "extra": {"visible": {"Material": "wood"}, "invisible": {}},
    }


ROWS = [msgspec.json.encode(_make_article(number)) for number in range(PAGES * PAGE)]


def _make_client(body: bytes | None = None) -> ConnectClient:
    return ConnectClient("token", transport=FakeTransport(ROWS, body))


def _measure_slowdown(
    function: Callable[[], object], baseline: Callable[[], object], repeat: int
) -> float:
    """Return the ratio of the times of a function and a baseline, each the best of the rounds."""
    rounds = [
        (_measure_seconds(function, repeat), _measure_seconds(baseline, repeat))
        for _ in range(ROUNDS)
    ]
    return min(seconds for seconds, _ in rounds) / min(
        baseline_seconds for _, baseline_seconds in rounds
    )


def _measure_seconds(function: Callable[[], object], repeat: int) -> float:
    """Return the seconds that repeated calls take."""
    start = time.perf_counter()
    for _ in range(repeat):
        function()
    return time.perf_counter() - start


def test_list_call_compared_with_msgspec() -> None:
    """A list call takes less than four times as long as msgspec with the same types."""
    body = _encode_page(ROWS[:PAGE])
    client, baseline = _make_client(body), msgspec.json.Decoder(list[Article], strict=False)

    assert len(client.articles.list(limit=PAGE).items) == PAGE
    ratio = _measure_slowdown(
        lambda: client.articles.list(limit=PAGE), lambda: baseline.decode(body), repeat=10
    )

    assert ratio < 4, ratio


def test_custom_row_type_compared_with_json() -> None:
    """A list call with `model=` is faster than json.loads of the same bytes."""
    body = _encode_page(ROWS[:PAGE])
    client = _make_client(body)

    assert len(client.articles.list(limit=PAGE, model=Row).items) == PAGE
    ratio = _measure_slowdown(
        lambda: client.articles.list(limit=PAGE, model=Row), lambda: json.loads(body), repeat=10
    )

    assert ratio < 1, ratio


def test_pagination_compared_with_msgspec() -> None:
    """Pagination takes less than four times as long as msgspec for the same rows."""
    bodies = [_encode_page(ROWS[first : first + PAGE]) for first in range(0, len(ROWS), PAGE)]
    client, baseline = _make_client(), msgspec.json.Decoder(list[Article], strict=False)

    def count_rows() -> int:
        return sum(1 for _ in iterate_all(client.articles.list, page_size=PAGE))

    assert count_rows() == len(ROWS)
    ratio = _measure_slowdown(
        count_rows, lambda: [baseline.decode(body) for body in bodies], repeat=1
    )

    assert ratio < 4, ratio


def test_small_call_compared_with_httpx() -> None:
    """A call on a mock transport is faster than httpx.Client.get."""
    body = b'{"count":5}'
    client, plain = _make_client(body), httpx.Client(transport=FakeTransport([], body))
    url, params = "https://api.example/v1/articles/count", {"token": "t", "language": "nl_NL"}

    assert client.articles.count() == 5
    ratio = _measure_slowdown(
        client.articles.count, lambda: plain.get(url, params=params).json(), repeat=50
    )

    assert ratio < 1, ratio
