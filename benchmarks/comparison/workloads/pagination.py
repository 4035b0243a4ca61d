"""Walking all articles, with either client's own way to do it."""

from __future__ import annotations

import asyncio
from typing import Any

from comparison.worker import Timed
from myonlinestore import ConnectClient
from myonlinestore.pagination import iterate_all

PAGE = 100


def in_sequence(*, url: str, rows: int, latency: int, **options: Any) -> Timed:
    """`iterate_all`, a page after the other; `options` are the client's."""

    def walk() -> None:
        with ConnectClient("token", base_url=address(url, rows, latency), **options) as client:
            found = sum(1 for _ in iterate_all(client.articles.list, page_size=PAGE))
        assert found == rows, found

    return walk


def at_once(*, url: str, rows: int, latency: int, concurrency: int, **options: Any) -> Timed:
    """This client's `aiterate_all(concurrency=)` on asyncio."""
    from myonlinestore import aiterate_all

    async def walk() -> None:
        base_url, found = address(url, rows, latency), 0
        async with ConnectClient("token", base_url=base_url, **options) as client:
            articles = client.articles.alist
            async for _ in aiterate_all(articles, page_size=PAGE, concurrency=concurrency):
                found += 1
        assert found == rows, found

    return lambda: asyncio.run(walk())


def by_threads(*, url: str, rows: int, latency: int, concurrency: int, **options: Any) -> Timed:
    """This client's `iterate_all(concurrency=)`."""

    def walk() -> None:
        with ConnectClient("token", base_url=address(url, rows, latency), **options) as client:
            articles = client.articles.list
            pages = iterate_all(articles, page_size=PAGE, concurrency=concurrency)
            found = sum(1 for _ in pages)
        assert found == rows, found

    return walk


def by_hand(*, url: str, rows: int, latency: int, concurrency: int) -> Timed:
    """What a user of the published client can write: it counts, and asks for known offsets.

    Rows come in no order, and a store that changes meanwhile is not noticed.
    """

    async def walk() -> None:
        async with ConnectClient("token", base_url=address(url, rows, latency)) as client:
            slots, found = asyncio.Semaphore(concurrency), 0

            async def read(offset: int) -> None:
                nonlocal found
                async with slots:
                    page = await client.articles.alist(limit=PAGE, offset=offset)
                found += sum(1 for _ in page.items)

            offsets = range(0, await client.articles.acount(), PAGE)
            await asyncio.gather(*(read(offset) for offset in offsets))
        assert found == rows, found

    return lambda: asyncio.run(walk())


def address(url: str, rows: int, latency: int) -> str:
    """The server's address for a store of so many articles and so many milliseconds an answer."""
    return f"{url}/{rows}/{latency}"
