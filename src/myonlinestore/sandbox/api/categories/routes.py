"""Routes of categories (pages)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.categories import tree
from myonlinestore.sandbox.http import query
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    count_response,
    get_or_404,
    json_response,
)
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Row

DEFAULT_DEPTH = 5


def get_categories(context: RequestContext) -> Response:
    """Return a page by id, or with `as_tree` the whole tree, unpaginated (getCategories)."""
    store = context.store
    keys = query.select_keys(store.categories, query.date_filters(context.query))
    depth = query.integer(context.query, "max_depth", DEFAULT_DEPTH)
    if query.flag(context.query, "as_tree"):
        if not depth:
            raise invalid("max_depth", "a tree has 1 level or more.")
        included = tree.with_ancestors(store, keys)
        return json_response(
            tree.serialize_branch(store, store.children.get(None, ()), depth, included)
        )
    return json_response(
        [tree.serialize(store, number) for number in query.page(context.query, keys)]
    )


def get_count(context: RequestContext) -> Response:
    """Count the categories that pass the four date filters (getCategoryCount)."""
    return count_response(
        len(query.select_keys(context.store.categories, query.date_filters(context.query)))
    )


def get_category(context: RequestContext) -> Response:
    """Return a category with a summary of its children (getCategory)."""
    return json_response(tree.serialize(context.store, _category(context)["id"]))


def post_category(context: RequestContext) -> Response:
    """Create a category, last among its siblings unless `sorting` is given (postCategory)."""
    return json_response(tree.serialize(context.store, tree.create(context.store, context.body())))


def patch_category(context: RequestContext) -> Response:
    """Update fields, parent and position (patchCategory)."""
    number = _category(context)["id"]
    tree.patch(context.store, number, context.body())
    return json_response(tree.serialize(context.store, number))


def get_articles(context: RequestContext) -> Response:
    """Return a page of a category's articles in short form (getCategoryArticles)."""
    number = _category(context)["id"]
    listed = [
        _limited(body, page)
        for body in context.store.articles.bodies()
        for page in body["categories"]
        if page["category_id"] == number
    ]
    return json_response(query.page(context.query, listed))


def _limited(body: Row, page: Row) -> Row:
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
