"""Articles, and full syncs that write them to a destination."""

from __future__ import annotations

from typing import Any

from myonlinestore.mirror.destinations.base import Destination, WriteResult
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.models import Article

_TABLE = next(stream.table for stream in STREAMS if stream.name == "articles")


def make_article(number: int, **fields: Any) -> Article:
    """Return an article with an id and other fields."""
    return Article.model_validate({"id": number, **fields})


def sync_articles(destination: Destination, *rows: Article) -> WriteResult:
    """Write articles in one full sync and return the result."""
    destination.begin_sync(_TABLE)
    changes = destination.write(_TABLE, rows)
    destination.finish_sync(_TABLE)
    return changes


def sync_articles_to(address: str, *rows: Article) -> None:
    """Write articles in one full sync to the destination of an address."""
    destination = resolve_destination(address)
    try:
        destination.open()
        sync_articles(destination, *rows)
    finally:
        destination.close()
