"""From objects to JSON, and to dicts: the same calls on either client's models."""

from __future__ import annotations

import json
from typing import Any

from comparison.dataset import make_article_pages
from comparison.worker import Timed
from myonlinestore.models import Article


def to_json(*, rows: int) -> Timed:
    """Call `model_dump_json` on each article."""
    articles = _make_articles()

    def run() -> None:
        for _ in range(rows // len(articles)):
            for article in articles:
                article.model_dump_json()

    return run


def to_dicts(*, rows: int) -> Timed:
    """Call `model_dump` on each article."""
    articles = _make_articles()

    def run() -> None:
        for _ in range(rows // len(articles)):
            for article in articles:
                article.model_dump()

    return run


def _make_articles() -> list[Any]:
    (page,) = make_article_pages(1)
    return [Article.model_validate(row) for row in json.loads(page)]
