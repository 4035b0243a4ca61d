"""Pages (categories) that show an article, and the article's URL."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store


def link_categories(store: Store, body: Row, changes: Row) -> list[Row]:
    """Return the pages of the request; an existing page keeps its `article_url_id`."""
    existing = {page["category_id"]: page for page in body["categories"]}
    payload = validators.objects(changes, "categories")
    pages = [_link_category(store, page, existing) for page in payload]
    # The main page is the first with `is_main`, else the previous main page, else the first.
    requested = [index for index, page in enumerate(payload) if page.get("is_main")]
    previous = [index for index, page in enumerate(pages) if page["is_main"]]
    main = (requested or previous or [0])[0]
    return [{**page, "is_main": index == main} for index, page in enumerate(pages)]


def _link_category(store: Store, payload: Row, existing: dict[int, Row]) -> Row:
    validators.require(payload, "category_id")
    category = validators.whole_number(payload["category_id"], "categories.category_id")
    if category not in store.categories:
        raise invalid("categories", f"no category {category} in this store.")
    old = existing.get(category, {})
    return {
        "category_id": category,
        "article_url_id": old.get("article_url_id") or _url_id(store, payload),
        "is_active": validators.flag(
            payload.get("is_active", old.get("is_active", True)), "is_active"
        ),
        "is_main": validators.flag(payload.get("is_main", old.get("is_main", False)), "is_main"),
        "position": old.get("position", 0),
    }


def _url_id(store: Store, payload: Row) -> int:
    """Return the requested id, as in the vendor's example, or a new one."""
    if payload.get("article_url_id") is None:
        return store.ids.number("article_url")
    requested = validators.whole_number(payload["article_url_id"], "categories.article_url_id")
    if requested in store.url_ids:
        raise invalid("categories.article_url_id", f"{requested} is the page of another article.")
    store.ids.start("article_url", requested)
    return requested


def url(store: Store, article: Row) -> str:
    """Return the article's URL on its main page, or "" if no page shows it."""
    main = next((page for page in article["categories"] if page["is_main"]), None)
    if main is None:
        return ""
    title = store.categories[main["category_id"]].body["title"]
    domain = store.settings["primary_domain"]
    return f"{domain}/a-{main['article_url_id']}/{slug(title)}/{slug(article['name'])}"


def slug(title: str) -> str:
    """Convert a title to a URL path segment."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "artikel"
