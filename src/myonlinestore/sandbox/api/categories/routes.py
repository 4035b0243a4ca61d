"""Categories (pages)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.categories import tree
from myonlinestore.sandbox.http import filters, query
from myonlinestore.sandbox.http.context import Call, Operation, count, found, reply
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Row

DEFAULT_DEPTH = 5


def get_categories(call: Call) -> Response:
    """getCategories: a page by id, or with `as_tree` the whole tree, which has no pages."""
    store = call.store
    keys = filters.select(store.categories, filters.stamped(call.query))
    depth = query.whole(call.query, "max_depth", DEFAULT_DEPTH)
    if query.flag(call.query, "as_tree"):
        if not depth:
            raise invalid("max_depth", "a tree has 1 level or more.")
        kept = tree.with_ancestors(store, keys)
        return reply(tree.branch(store, store.branches.get(None, ()), depth, kept))
    return reply([tree.shown(store, number) for number in query.page(call.query, keys)])


def get_count(call: Call) -> Response:
    """getCategoryCount: by the four moments."""
    return count(len(filters.select(call.store.categories, filters.stamped(call.query))))


def get_category(call: Call) -> Response:
    """getCategory: with a summary of the categories below it."""
    return reply(tree.shown(call.store, _category(call)["id"]))


def post_category(call: Call) -> Response:
    """postCategory: at the end of its branch unless `sorting` says where."""
    return reply(tree.shown(call.store, tree.create(call.store, call.body())))


def patch_category(call: Call) -> Response:
    """patchCategory: fields, parent and place."""
    number = _category(call)["id"]
    tree.patch(call.store, number, call.body())
    return reply(tree.shown(call.store, number))


def get_articles(call: Call) -> Response:
    """getCategoryArticles: a page of the articles that the category lists, in short."""
    number = _category(call)["id"]
    listed = [
        _limited(body, page)
        for body in call.store.articles.bodies()
        for page in body["categories"]
        if page["category_id"] == number
    ]
    return reply(query.page(call.query, listed))


def _limited(body: Row, page: Row) -> Row:
    """The vendor's ArticleLimited."""
    return {
        "id": body["id"],
        "name": body["name"],
        "uuid": body["uuid"],
        "is_main": page["is_main"],
    }


def _category(call: Call) -> Row:
    return found(call.store.categories, call.number("category_id"), "category").body


OPERATIONS = (
    Operation("getCategories", "GET", "/categories", get_categories),
    Operation("postCategory", "POST", "/categories", post_category),
    Operation("getCategoryCount", "GET", "/categories/count", get_count),
    Operation("getCategory", "GET", "/categories/{category_id}", get_category),
    Operation("patchCategory", "PATCH", "/categories/{category_id}", patch_category),
    Operation("getCategoryArticles", "GET", "/categories/{category_id}/articles", get_articles),
)
