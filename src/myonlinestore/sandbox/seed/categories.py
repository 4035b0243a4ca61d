"""The category tree: eight branches, a few of them three levels deep, and two collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.categories import tree
from myonlinestore.sandbox.seed.plan import Plan, later, moments
from myonlinestore.sandbox.seed.words import BRANCHES, DEEPER, NEW, SALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store

FIRST_ID = 748_000


def fill(store: Store, plan: Plan) -> None:
    """Fill the tree, top down, and date each page."""
    store.ids.start("category", FIRST_ID)
    chance = plan.chance("categories")
    pages = _pages()
    for (title, parent), created in zip(pages, moments(chance, len(pages)), strict=True):
        number = store.ids.number("category")
        above = page_id(store, parent) if parent else None
        body = _page(number, title, above, chance.randint(1, 6))
        store.categories.add(number, body, created=created, changed=later(chance, created, 400))
        store.branches[above] = [*store.branches.get(above, ()), number]


def _pages() -> list[tuple[str, str | None]]:
    """Titles with the title above them."""
    top: list[tuple[str, str | None]] = [(title, None) for title in (*BRANCHES, SALE, NEW)]
    return top + _below(BRANCHES) + _below(DEEPER)


def _below(branches: dict[str, tuple[str, ...]]) -> list[tuple[str, str | None]]:
    return [(title, above) for above, titles in branches.items() for title in titles]


def _page(number: int, title: str, above: int | None, order: int) -> Row:
    return {
        "id": number,
        **tree.BLANK,
        "parent_category_id": above,
        "hidden": title == "Pakketten",
        "title": title,
        "content": f"<p>Alles voor {title.lower()}, met zorg uitgezocht.</p>",
        "meta_title": f"{title} | Knus & Co",
        "meta_description": f"Bekijk onze collectie {title.lower()} en bestel vandaag nog.",
        "article_order": order,
    }


def page_id(store: Store, title: str) -> int:
    """The id of the page with a title."""
    return next(number for number in store.categories if _title(store, number) == title)


def page_ids(store: Store, titles: Sequence[str]) -> list[int]:
    """The ids of several pages."""
    return [page_id(store, title) for title in titles]


def _title(store: Store, number: int) -> object:
    return store.categories[number].body["title"]
