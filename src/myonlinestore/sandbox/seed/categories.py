"""The category tree: eight branches, a few of them three levels deep, and two collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.categories import tree
from myonlinestore.sandbox.seed.plan import Plan, timestamp_after, timestamps
from myonlinestore.sandbox.seed.words import BRANCHES, DEEPER, NEW, SALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store

FIRST_ID = 748_000


def fill(store: Store, plan: Plan) -> None:
    """Add the categories top down, each with a creation date."""
    store.ids.start("category", FIRST_ID)
    rng = plan.rng("categories")
    pages = _pages()
    for (title, parent), created in zip(pages, timestamps(rng, len(pages)), strict=True):
        number = store.ids.number("category")
        parent_id = page_id(store, parent) if parent else None
        body = _page(number, title, parent_id, rng.randint(1, 6))
        store.categories.add(
            number, body, created=created, changed=timestamp_after(rng, created, 400)
        )
        store.children[parent_id] = [*store.children.get(parent_id, ()), number]


def _pages() -> list[tuple[str, str | None]]:
    """Return the titles with the title of their parent."""
    top: list[tuple[str, str | None]] = [(title, None) for title in (*BRANCHES, SALE, NEW)]
    return top + _titles_by_parent(BRANCHES) + _titles_by_parent(DEEPER)


def _titles_by_parent(branches: dict[str, tuple[str, ...]]) -> list[tuple[str, str | None]]:
    return [(title, parent) for parent, titles in branches.items() for title in titles]


def _page(number: int, title: str, parent: int | None, order: int) -> Row:
    return {
        "id": number,
        **tree.BLANK,
        "parent_category_id": parent,
        "hidden": title == "Pakketten",
        "title": title,
        "content": f"<p>Alles voor {title.lower()}, met zorg uitgezocht.</p>",
        "meta_title": f"{title} | Knus & Co",
        "meta_description": f"Bekijk onze collectie {title.lower()} en bestel vandaag nog.",
        "article_order": order,
    }


def page_id(store: Store, title: str) -> int:
    """Return the id of the page with a title."""
    return next(number for number in store.categories if _title(store, number) == title)


def page_ids(store: Store, titles: Sequence[str]) -> list[int]:
    """Return the ids of the pages with these titles."""
    return [page_id(store, title) for title in titles]


def _title(store: Store, number: int) -> object:
    return store.categories[number].body["title"]
