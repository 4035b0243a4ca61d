"""The category tree: who is below whom, in which order, and how a category shows that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from myonlinestore.sandbox.store.store import Row, Store

FIELDS: dict[str, b.Kind] = {
    "hidden": b.flag,
    "title": b.text,
    **dict.fromkeys(("content", "meta_title", "meta_description"), b.words),
    "article_order": b.within(1, 6),
}
BLANK: Row = {
    "parent_category_id": None,
    "hidden": False,
    "title": "",
    "content": "",
    "meta_title": "",
    "meta_description": "",
    "article_order": 5,
}


def create(store: Store, posted: Row) -> int:
    """Add a category and return its id."""
    b.require(posted, "title")
    parent = _parent(store, posted.get("parent_category_id"))
    siblings = store.branches.get(parent, ())
    place = _place(siblings, posted, default=len(siblings))
    fields = b.chosen(posted, FIELDS)
    number, now = store.ids.number("category"), store.now()
    body = {"id": number, **BLANK, **fields, "parent_category_id": parent}
    store.categories.add(number, body, created=now)
    store.branches[parent] = [*siblings[:place], number, *siblings[place:]]
    return number


def patch(store: Store, number: int, changes: Row) -> None:
    """Change a category, and move it when `parent_category_id` or `sorting` says so."""
    body, fields = store.categories[number].body, b.chosen(changes, FIELDS)
    parent = body["parent_category_id"]
    if "parent_category_id" in changes:
        parent = _parent(store, changes["parent_category_id"])
        _refuse_circle(store, number, parent)
    _move(store, number, parent, changes)
    new = {**body, **fields, "parent_category_id": parent}
    store.categories.change(number, new, store.now())


def _parent(store: Store, posted: object) -> int | None:
    if posted is None:
        return None
    number = b.whole_number(posted, "parent_category_id")
    if number not in store.categories:
        raise invalid("parent_category_id", f"there is no category {number} in this store.")
    return number


def _refuse_circle(store: Store, number: int, parent: int | None) -> None:
    while parent is not None:
        if parent == number:
            raise invalid("parent_category_id", "a category cannot be below itself.")
        parent = store.categories[parent].body["parent_category_id"]


def _move(store: Store, number: int, parent: int | None, changes: Row) -> None:
    before = store.categories[number].body["parent_category_id"]
    left = [other for other in store.branches[before] if other != number]
    at = store.branches[before].index(number)
    siblings = left if parent == before else store.branches.get(parent, ())
    place = _place(siblings, changes, default=at if parent == before else len(siblings))
    store.branches[before] = left
    store.branches[parent] = [*siblings[:place], number, *siblings[place:]]


def _place(siblings: Sequence[int], posted: Row, default: int) -> int:
    """Where `sorting` puts a category: first, last, before or after another (changelog 1.1.1).

    The document swaps the meanings of before and after; the changelog has them as words go.
    """
    sorting = b.as_object(posted.get("sorting") or {}, "sorting")
    if sorting.get("first"):
        return 0
    if sorting.get("last"):
        return len(siblings)
    for name, step in (("before", 0), ("after", 1)):
        if sorting.get(name) is not None:
            return _beside(siblings, sorting[name], f"sorting.{name}") + step
    return default


def _beside(siblings: Sequence[int], posted: object, where: str) -> int:
    number = b.whole_number(posted, where)
    if number not in siblings:
        raise invalid(where, f"{number} is not a category of the same branch.")
    return siblings.index(number)


def shown(store: Store, number: int) -> Row:
    """A category with its place among its siblings and a summary of what is below it."""
    leafs = [_leaf(store.categories[below].body) for below in store.branches.get(number, ())]
    return {**store.categories[number].body, "leafs": leafs, "sorting": _sorting(store, number)}


def _leaf(body: Row) -> Row:
    """The short form of the vendor's example, which says parent_id here."""
    return {
        "id": body["id"],
        "parent_id": body["parent_category_id"],
        "hidden": body["hidden"],
        "title": body["title"],
    }


def branch(store: Store, numbers: Sequence[int], depth: int, kept: Container[int]) -> list[Row]:
    """Categories as a tree of `depth` levels, each branch as it is sorted in the store."""
    if depth < 1:
        return []
    return [
        {
            **shown(store, number),
            "leafs": branch(store, store.branches.get(number, ()), depth - 1, kept),
        }
        for number in numbers
        if number in kept
    ]


def with_ancestors(store: Store, numbers: Sequence[int]) -> set[int]:
    """Categories and all that are above them, without which no tree could show them."""
    kept: set[int] = set()
    for number in numbers:
        above: int | None = number
        while above is not None and above not in kept:
            kept.add(above)
            above = store.categories[above].body["parent_category_id"]
    return kept


def _sorting(store: Store, number: int) -> Row:
    siblings = store.branches[store.categories[number].body["parent_category_id"]]
    at = siblings.index(number)
    return {
        "first": at == 0,
        "last": at == len(siblings) - 1,
        "previous": siblings[at - 1] if at else None,
        "next": siblings[at + 1] if at + 1 < len(siblings) else None,
    }
