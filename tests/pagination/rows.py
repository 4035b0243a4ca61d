"""Rows of lists, and the rows that an iteration yields."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

from myonlinestore.models import Article


def make_ids(count: int) -> list[int]:
    """Return the ids of rows from 1."""
    return list(range(1, count + 1))


async def collect_ids(rows: Any) -> list[Any]:
    """Return the ids of the rows of an iterator."""
    return [row.id async for row in rows]


def cast_generator(rows: Any) -> AsyncGenerator[Any, None]:
    """Return an iterator of rows as the generator that it is."""
    return cast("AsyncGenerator[Any, None]", rows)


def make_articles(count: int) -> list[Article]:
    """Return articles with the ids from 1."""
    return [Article(id=number) for number in range(1, count + 1)]


async def collect(rows: AsyncIterator[Any]) -> list[Any]:
    """Return the rows of an iterator."""
    return [row async for row in rows]
