"""Article fields, article lists and their options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles import options as offers
from myonlinestore.sandbox.api.articles import service as articles
from myonlinestore.sandbox.api.articles.routes import article
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http import query
from myonlinestore.sandbox.http.context import Call, Operation, found, one, reply

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Row, Store


def _field_set(call: Call) -> str:
    return "invisible" if query.flag(call.query, "visible") is False else "visible"


def _with_fields(body: Row, name: str, fields: Row) -> Row:
    return {**body, "extra": {**body["extra"], name: fields}}


def post_fields(call: Call) -> Response:
    """postArticleFields: add fields or change them, among the (in)visible ones."""
    body, name = article(call).body, _field_set(call)
    fields = {**body["extra"][name], **call.body()}
    return reply(articles.save(call.store, body["id"], _with_fields(body, name, fields)))


def delete_fields(call: Call) -> Response:
    """deleteArticleFields: drop the named fields; a name that is not there changes nothing."""
    body, name = article(call).body, _field_set(call)
    dropped = {b.text(field, "body") for field in call.items()}
    fields = {key: value for key, value in body["extra"][name].items() if key not in dropped}
    return reply(articles.save(call.store, body["id"], _with_fields(body, name, fields)))


def get_list(call: Call) -> Response:
    """getArticleList: here the path's id is a list's."""
    return one(found(call.store.article_lists, call.number("id"), "article list"))


def post_lists(call: Call) -> Response:
    """postArticleLists: attach lists, with all their options, to the article of the path's id."""
    body = article(call, "id").body
    attached = {held["id"]: held for held in body["lists"]}
    for number in b.whole_numbers(call.items(), "body"):
        attached.setdefault(number, offers.whole_list(call.store, number))
    return reply(articles.save(call.store, body["id"], {**body, "lists": list(attached.values())}))


def delete_lists(call: Call) -> Response:
    """deleteArticleLists: detach lists, and the variants made of their options."""
    body = article(call, "id").body
    dropped = set(b.whole_numbers(call.items(), "body"))
    kept = {**body, "lists": [held for held in body["lists"] if held["id"] not in dropped]}
    return reply(articles.save(call.store, body["id"], _without_stray_variants(kept)))


def post_options(call: Call) -> Response:
    """postArticleListOptions: add options to a list, or reprice those whose name it has."""
    store = call.store
    source = found(store.article_lists, call.number("articlelist_id"), "article list").body
    options = {option["name"]: option for option in source["options"]}
    for posted in [b.as_object(item, "body") for item in call.items()]:
        name = b.text(posted.get("name"), "name")
        price = b.money(posted.get("price", "0.00"), "price")
        known = options.get(name) or {"id": store.ids.number("option"), "name": name}
        options[name] = {**known, "price": price}
    return reply(_save_list(store, {**source, "options": list(options.values())}))


def delete_options(call: Call) -> Response:
    """deleteArticleListOptions: drop options by name, from the articles that offer them too."""
    store = call.store
    source = found(store.article_lists, call.number("articlelist_id"), "article list").body
    names = {b.text(name, "body") for name in call.items()}
    dropped = {option["id"] for option in source["options"] if option["name"] in names}
    kept = [option for option in source["options"] if option["id"] not in dropped]
    _detach_options(store, source["id"], dropped)
    return reply(_save_list(store, {**source, "options": kept}))


def _save_list(store: Store, body: Row) -> Row:
    store.article_lists.change(body["id"], body, store.now())
    return body


def _detach_options(store: Store, list_id: int, dropped: set[int]) -> None:
    for body in store.articles.bodies():
        lists = [_without_options(held, list_id, dropped) for held in body["lists"]]
        if lists != body["lists"]:
            articles.save(store, body["id"], _without_stray_variants({**body, "lists": lists}))


def _without_options(held: Row, list_id: int, dropped: set[int]) -> Row:
    if held["id"] != list_id:
        return held
    return {**held, "options": [each for each in held["options"] if each["id"] not in dropped]}


def _without_stray_variants(body: Row) -> Row:
    return {**body, "variants": offers.existing_variants(body)}


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
