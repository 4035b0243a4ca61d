"""Categories (pages): their tree, the order of siblings, and the routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import query, validators
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    as_object,
    count_response,
    get_or_404,
    invalid,
    json_response,
)

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from starlette.responses import Response

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
    sorting = as_object(payload.get("sorting") or {}, "sorting")
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
    return {
        **store.categories[number].body,
        "leafs": leafs,
        "sorting": _build_sorting(store, number),
    }


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


def _build_sorting(store: Store, number: int) -> Row:
    siblings = store.children[store.categories[number].body["parent_category_id"]]
    index = siblings.index(number)
    return {
        "first": index == 0,
        "last": index == len(siblings) - 1,
        "previous": siblings[index - 1] if index else None,
        "next": siblings[index + 1] if index + 1 < len(siblings) else None,
    }


DEFAULT_DEPTH = 5


def get_categories(context: RequestContext) -> Response:
    """Return a page by id, or with `as_tree` the whole tree, unpaginated (getCategories)."""
    store = context.store
    keys = query.select_keys(store.categories, query.date_filters(context.query))
    depth = query.integer(context.query, "max_depth", DEFAULT_DEPTH)
    if query.flag(context.query, "as_tree"):
        if not depth:
            raise invalid("max_depth", "a tree has 1 level or more.")
        included = with_ancestors(store, keys)
        return json_response(serialize_branch(store, store.children.get(None, ()), depth, included))
    return json_response([serialize(store, number) for number in query.page(context.query, keys)])


def get_count(context: RequestContext) -> Response:
    """Count the categories that pass the four date filters (getCategoryCount)."""
    return count_response(
        len(query.select_keys(context.store.categories, query.date_filters(context.query)))
    )


def get_category(context: RequestContext) -> Response:
    """Return a category with a summary of its children (getCategory)."""
    return json_response(serialize(context.store, _category(context)["id"]))


def post_category(context: RequestContext) -> Response:
    """Create a category, last among its siblings unless `sorting` is given (postCategory)."""
    return json_response(serialize(context.store, create(context.store, context.body())))


def patch_category(context: RequestContext) -> Response:
    """Update fields, parent and position (patchCategory)."""
    number = _category(context)["id"]
    patch(context.store, number, context.body())
    return json_response(serialize(context.store, number))


def get_articles(context: RequestContext) -> Response:
    """Return a page of a category's articles in short form (getCategoryArticles)."""
    number = _category(context)["id"]
    listed = [
        _build_limited_article(body, page)
        for body in context.store.articles.bodies()
        for page in body["categories"]
        if page["category_id"] == number
    ]
    return json_response(query.page(context.query, listed))


def _build_limited_article(body: Row, page: Row) -> Row:
    """Return the vendor's ArticleLimited."""
    return {
        "id": body["id"],
        "name": body["name"],
        "uuid": body["uuid"],
        "is_main": page["is_main"],
    }


def _category(context: RequestContext) -> Row:
    return get_or_404(context.store.categories, context.number("category_id"), "category").body


OPERATIONS = (
    Operation("getCategories", "GET", "/categories", get_categories),
    Operation("postCategory", "POST", "/categories", post_category),
    Operation("getCategoryCount", "GET", "/categories/count", get_count),
    Operation("getCategory", "GET", "/categories/{category_id}", get_category),
    Operation("patchCategory", "PATCH", "/categories/{category_id}", patch_category),
    Operation("getCategoryArticles", "GET", "/categories/{category_id}/articles", get_articles),
)
