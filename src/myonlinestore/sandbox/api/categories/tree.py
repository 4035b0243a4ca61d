"""The category tree: parents, order of siblings, and serialization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from myonlinestore.sandbox.store.store import Row, Store

FIELDS: dict[str, validators.Validator] = {
    "hidden": validators.flag,
    "title": validators.text,
    **dict.fromkeys(("content", "meta_title", "meta_description"), validators.optional_text),
    "article_order": validators.in_range(1, 6),
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


def create(store: Store, payload: Row) -> int:
    """Add a category and return its id."""
    validators.require(payload, "title")
    parent = _read_parent(store, payload.get("parent_category_id"))
    siblings = store.children.get(parent, ())
    position = _sort_position(siblings, payload, default=len(siblings))
    fields = validators.validate_fields(payload, FIELDS)
    number, now = store.ids.number("category"), store.now()
    body = {"id": number, **BLANK, **fields, "parent_category_id": parent}
    store.categories.add(number, body, created=now)
    store.children[parent] = [*siblings[:position], number, *siblings[position:]]
    return number


def patch(store: Store, number: int, changes: Row) -> None:
    """Change a category, and move it if `parent_category_id` or `sorting` is given."""
    body, fields = store.categories[number].body, validators.validate_fields(changes, FIELDS)
    parent = body["parent_category_id"]
    if "parent_category_id" in changes:
        parent = _read_parent(store, changes["parent_category_id"])
        _check_no_cycle(store, number, parent)
    _move(store, number, parent, changes)
    new = {**body, **fields, "parent_category_id": parent}
    store.categories.change(number, new, store.now())


def _read_parent(store: Store, payload: object) -> int | None:
    if payload is None:
        return None
    number = validators.whole_number(payload, "parent_category_id")
    if number not in store.categories:
        raise invalid("parent_category_id", f"no category {number} in this store.")
    return number


def _check_no_cycle(store: Store, number: int, parent: int | None) -> None:
    while parent is not None:
        if parent == number:
            raise invalid("parent_category_id", "a category cannot be below itself.")
        parent = store.categories[parent].body["parent_category_id"]


def _move(store: Store, number: int, parent: int | None, changes: Row) -> None:
    old_parent = store.categories[number].body["parent_category_id"]
    remaining = [other for other in store.children[old_parent] if other != number]
    index = store.children[old_parent].index(number)
    siblings = remaining if parent == old_parent else store.children.get(parent, ())
    position = _sort_position(
        siblings, changes, default=index if parent == old_parent else len(siblings)
    )
    store.children[old_parent] = remaining
    store.children[parent] = [*siblings[:position], number, *siblings[position:]]


def _sort_position(siblings: Sequence[int], payload: Row, default: int) -> int:
    """Return the position by `sorting`: first, last, before or after another (changelog 1.1.1).

    The API document swaps before and after; the changelog uses them in their plain meaning.
    """
    sorting = validators.as_object(payload.get("sorting") or {}, "sorting")
    if sorting.get("first"):
        return 0
    if sorting.get("last"):
        return len(siblings)
    for name, step in (("before", 0), ("after", 1)):
        if sorting.get(name) is not None:
            return _sibling_index(siblings, sorting[name], f"sorting.{name}") + step
    return default


def _sibling_index(siblings: Sequence[int], payload: object, where: str) -> int:
    number = validators.whole_number(payload, where)
    if number not in siblings:
        raise invalid(where, f"{number} is not a category of the same branch.")
    return siblings.index(number)


def serialize(store: Store, number: int) -> Row:
    """Return a category with its position among its siblings and a summary of its children."""
    leafs = [
        _serialize_leaf(store.categories[child].body) for child in store.children.get(number, ())
    ]
    return {**store.categories[number].body, "leafs": leafs, "sorting": _sorting(store, number)}


def _serialize_leaf(body: Row) -> Row:
    """Return the short form of the vendor's example, with `parent_id`."""
    return {
        "id": body["id"],
        "parent_id": body["parent_category_id"],
        "hidden": body["hidden"],
        "title": body["title"],
    }


def serialize_branch(
    store: Store, numbers: Sequence[int], depth: int, included: Container[int]
) -> list[Row]:
    """Return categories as a tree of `depth` levels, in the store's order."""
    if depth < 1:
        return []
    return [
        {
            **serialize(store, number),
            "leafs": serialize_branch(store, store.children.get(number, ()), depth - 1, included),
        }
        for number in numbers
        if number in included
    ]


def with_ancestors(store: Store, numbers: Sequence[int]) -> set[int]:
    """Return the categories and all their ancestors, which a tree needs."""
    included: set[int] = set()
    for number in numbers:
        ancestor: int | None = number
        while ancestor is not None and ancestor not in included:
            included.add(ancestor)
            ancestor = store.categories[ancestor].body["parent_category_id"]
    return included


def _sorting(store: Store, number: int) -> Row:
    siblings = store.children[store.categories[number].body["parent_category_id"]]
    index = siblings.index(number)
    return {
        "first": index == 0,
        "last": index == len(siblings) - 1,
        "previous": siblings[index - 1] if index else None,
        "next": siblings[index + 1] if index + 1 < len(siblings) else None,
    }
