"""Article fields, article lists and their options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles import service
from myonlinestore.sandbox.api.articles.options import build_full_list, keep_valid_variants
from myonlinestore.sandbox.api.articles.routes import get_article_or_404
from myonlinestore.sandbox.http import query, validators
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    get_or_404,
    json_response,
    record_response,
)

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Row, Store


def _field_set(context: RequestContext) -> str:
    return "invisible" if query.flag(context.query, "visible") is False else "visible"


def _with_fields(body: Row, name: str, fields: Row) -> Row:
    return {**body, "extra": {**body["extra"], name: fields}}


def post_fields(context: RequestContext) -> Response:
    """postArticleFields: add fields or change them, among the (in)visible ones."""
    body, name = get_article_or_404(context).body, _field_set(context)
    fields = {**body["extra"][name], **context.body()}
    return json_response(service.save(context.store, body["id"], _with_fields(body, name, fields)))


def delete_fields(context: RequestContext) -> Response:
    """deleteArticleFields: drop the named fields; a name that is not there changes nothing."""
    body, name = get_article_or_404(context).body, _field_set(context)
    deleted = {validators.text(field, "body") for field in context.items()}
    fields = {key: value for key, value in body["extra"][name].items() if key not in deleted}
    return json_response(service.save(context.store, body["id"], _with_fields(body, name, fields)))


def get_list(context: RequestContext) -> Response:
    """getArticleList: here the path's id is a list's."""
    return record_response(
        get_or_404(context.store.article_lists, context.number("id"), "article list")
    )


def post_lists(context: RequestContext) -> Response:
    """postArticleLists: attach lists, with all their options, to the article of the path's id."""
    body = get_article_or_404(context, "id").body
    attached = {article_list["id"]: article_list for article_list in body["lists"]}
    for number in validators.whole_numbers(context.items(), "body"):
        attached.setdefault(number, build_full_list(context.store, number))
    return json_response(
        service.save(context.store, body["id"], {**body, "lists": list(attached.values())})
    )


def delete_lists(context: RequestContext) -> Response:
    """deleteArticleLists: detach lists, and the variants made of their options."""
    body = get_article_or_404(context, "id").body
    deleted = set(validators.whole_numbers(context.items(), "body"))
    remaining = {
        **body,
        "lists": [
            article_list for article_list in body["lists"] if article_list["id"] not in deleted
        ],
    }
    return json_response(service.save(context.store, body["id"], _prune_variants(remaining)))


def post_options(context: RequestContext) -> Response:
    """postArticleListOptions: add options to a list, or reprice those whose name it has."""
    store = context.store
    source = get_or_404(store.article_lists, context.number("articlelist_id"), "article list").body
    options = {option["name"]: option for option in source["options"]}
    for payload in [validators.as_object(item, "body") for item in context.items()]:
        name = validators.text(payload.get("name"), "name")
        price = validators.money(payload.get("price", "0.00"), "price")
        existing = options.get(name) or {"id": store.ids.number("option"), "name": name}
        options[name] = {**existing, "price": price}
    return json_response(_save_list(store, {**source, "options": list(options.values())}))


def delete_options(context: RequestContext) -> Response:
    """deleteArticleListOptions: drop options by name, from the articles that offer them too."""
    store = context.store
    source = get_or_404(store.article_lists, context.number("articlelist_id"), "article list").body
    names = {validators.text(name, "body") for name in context.items()}
    deleted = {option["id"] for option in source["options"] if option["name"] in names}
    remaining = [option for option in source["options"] if option["id"] not in deleted]
    _detach_options(store, source["id"], deleted)
    return json_response(_save_list(store, {**source, "options": remaining}))


def _save_list(store: Store, body: Row) -> Row:
    store.article_lists.change(body["id"], body, store.now())
    return body


def _detach_options(store: Store, list_id: int, deleted: set[int]) -> None:
    for body in store.articles.bodies():
        lists = [_remove_options(article_list, list_id, deleted) for article_list in body["lists"]]
        if lists != body["lists"]:
            service.save(store, body["id"], _prune_variants({**body, "lists": lists}))


def _remove_options(article_list: Row, list_id: int, deleted: set[int]) -> Row:
    if article_list["id"] != list_id:
        return article_list
    return {
        **article_list,
        "options": [option for option in article_list["options"] if option["id"] not in deleted],
    }


def _prune_variants(body: Row) -> Row:
    return {**body, "variants": keep_valid_variants(body)}


OPERATIONS = (
    Operation("postArticleFields", "POST", "/articlefields/{article_id}", post_fields),
    Operation("deleteArticleFields", "DELETE", "/articlefields/{article_id}", delete_fields),
    Operation("getArticleList", "GET", "/articlelists/{id}", get_list),
    Operation("postArticleLists", "POST", "/articlelists/{id}", post_lists),
    Operation("deleteArticleLists", "DELETE", "/articlelists/{id}", delete_lists),
    Operation(
        "postArticleListOptions", "POST", "/articlelistoptions/{articlelist_id}", post_options
    ),
    Operation(
        "deleteArticleListOptions",
        "DELETE",
        "/articlelistoptions/{articlelist_id}",
        delete_options,
    ),
)
