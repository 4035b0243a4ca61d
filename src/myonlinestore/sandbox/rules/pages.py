"""The pages (categories) that show an article, and the address of the article there."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from myonlinestore.sandbox import body as b
from myonlinestore.sandbox.problems import invalid

if TYPE_CHECKING:
    from myonlinestore.sandbox.store import Row, Store


def linked(store: Store, body: Row, changes: Row) -> list[Row]:
    """The posted pages in place of the old ones; a page that stays keeps its `article_url_id`."""
    known = {page["category_id"]: page for page in body["categories"]}
    pages = [_link(store, posted, known) for posted in b.objects(changes, "categories")]
    if pages and not any(page["is_main"] for page in pages):
        pages[0] = {**pages[0], "is_main": True}
    return pages


def _link(store: Store, posted: Row, known: dict[int, Row]) -> Row:
    b.require(posted, "category_id")
    category = b.whole_number(posted["category_id"], "categories.category_id")
    if category not in store.categories:
        raise invalid("categories", f"there is no category {category} in this store.")
    old = known.get(category, {})
    return {
        "category_id": category,
        "article_url_id": old.get("article_url_id") or store.ids.number("article_url"),
        "is_active": bool(posted.get("is_active", old.get("is_active", True))),
        "is_main": bool(posted.get("is_main", old.get("is_main", False))),
        "position": old.get("position", 0),
    }


def url(store: Store, article: Row) -> str:
    """The address of the article on its main page, or "" when no page shows it."""
    main = next((page for page in article["categories"] if page["is_main"]), None)
    if main is None:
        return ""
    title = store.categories[main["category_id"]].body["title"]
    domain = store.settings["primary_domain"]
    return f"{domain}/a-{main['article_url_id']}/{slug(title)}/{slug(article['name'])}"


def slug(title: str) -> str:
    """A title as a part of an URL."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "artikel"
