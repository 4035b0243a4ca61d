"""Iterating over all articles with the pagination of either client."""

from __future__ import annotations

import asyncio
from typing import Any

from comparison.worker import Timed
from myonlinestore import ConnectClient
from myonlinestore.pagination import iterate_all

PAGE = 100


def iterate_sequentially(*, url: str, rows: int, latency: int, **options: Any) -> Timed:
    """Iterate page by page with `iterate_all`; `options` are the client's."""

    def iterate() -> None:
        with ConnectClient("token", base_url=store_url(url, rows, latency), **options) as client:
            found = sum(1 for _ in iterate_all(client.articles.list, page_size=PAGE))
        assert found == rows, found

    return iterate


def iterate_concurrently(
    *, url: str, rows: int, latency: int, concurrency: int, **options: Any
) -> Timed:
    """Iterate with this client's `aiterate_all(concurrency=)` on asyncio."""
    from myonlinestore import aiterate_all

    async def iterate() -> None:
        base_url, found = store_url(url, rows, latency), 0
        async with ConnectClient("token", base_url=base_url, **options) as client:
            articles = client.articles.alist
            async for _ in aiterate_all(articles, page_size=PAGE, concurrency=concurrency):
                found += 1
        assert found == rows, found

    return lambda: asyncio.run(iterate())


def iterate_in_threads(
    *, url: str, rows: int, latency: int, concurrency: int, **options: Any
) -> Timed:
    """Iterate with this client's `iterate_all(concurrency=)`."""

    def iterate() -> None:
        with ConnectClient("token", base_url=store_url(url, rows, latency), **options) as client:
            articles = client.articles.list
            pages = iterate_all(articles, page_size=PAGE, concurrency=concurrency)
            found = sum(1 for _ in pages)
        assert found == rows, found

    return iterate


def paginate_by_hand(*, url: str, rows: int, latency: int, concurrency: int) -> Timed:
    """Count, and request all offsets concurrently, as a user of the published client can write it.

    Rows are out of order, and changes of the store go unnoticed.
    """

    async def iterate() -> None:
        async with ConnectClient("token", base_url=store_url(url, rows, latency)) as client:
            slots, found = asyncio.Semaphore(concurrency), 0

            async def read(offset: int) -> None:
                nonlocal found
                async with slots:
                    page = await client.articles.alist(limit=PAGE, offset=offset)
                found += sum(1 for _ in page.items)

            offsets = range(0, await client.articles.acount(), PAGE)
            await asyncio.gather(*(read(offset) for offset in offsets))
        assert found == rows, found

    return lambda: asyncio.run(iterate())


def store_url(url: str, rows: int, latency: int) -> str:
    """Return the URL of a store with a number of articles and a latency in milliseconds."""
    return f"{url}/{rows}/{latency}"
