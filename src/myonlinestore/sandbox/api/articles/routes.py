"""Routes of articles, images, article fields, article lists and list options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles import service
from myonlinestore.sandbox.api.articles.options import build_full_list, keep_valid_variants
from myonlinestore.sandbox.http import query, validators
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    as_object,
    count_response,
    empty_response,
    get_or_404,
    is_number,
    json_response,
    list_response,
    not_found,
    record_response,
)

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Record, Row, Store


def get_article_or_404(context: RequestContext, name: str = "article_id") -> Record:
    """Return the article of a path value: its id, or with `use_url_id` the id in its page's URL."""
    number = context.number(name)
    if query.flag(context.query, "use_url_id"):
        if number not in context.store.url_ids:
            raise not_found("article page", number)
        number = context.store.url_ids[number]
    return get_or_404(context.store.articles, number, "article")


def get_articles(context: RequestContext) -> Response:
    """Return a page of the articles that pass the filters, by id (getArticles)."""
    keys = query.select_keys(context.store.articles, query.article_filters(context.query))
    return list_response(context.store.articles, query.page(context.query, keys))


def get_count(context: RequestContext) -> Response:
    """Count the articles that pass the four date filters (getArticleCount)."""
    return count_response(
        len(query.select_keys(context.store.articles, query.date_filters(context.query)))
    )


def get_article(context: RequestContext) -> Response:
    """Return an article by its id, or by the id of its page (getArticle)."""
    return record_response(get_article_or_404(context))


def post_article(context: RequestContext) -> Response:
    """Create an article from all posted fields (postArticle)."""
    return json_response(service.create(context.store, context.body()))


def patch_article(context: RequestContext) -> Response:
    """Update an article; absent fields keep their value, null is a value (patchArticle)."""
    return json_response(
        service.patch(context.store, get_article_or_404(context).body["id"], context.body())
    )


def delete_article(context: RequestContext) -> Response:
    """Delete an article and respond with a string (deleteArticle)."""
    service.remove(context.store, get_article_or_404(context).body["id"])
    return json_response("Article successfully deleted")


def post_upload_image(context: RequestContext) -> Response:
    """Upload an image and respond with its id as a string (postUploadImage)."""
    body = get_or_404(context.store.articles, context.number("article_id"), "article").body
    image = service.build_uploaded_image(context.store, body, context.body())
    service.save(context.store, body["id"], {**body, "images": [*body["images"], image]})
    return json_response(image["id"])


def delete_image(context: RequestContext) -> Response:
    """Delete an image by its uuid or by its internal number, the documented type (deleteImage)."""
    store, key = context.store, context.path["image_id"]
    image_id = store.image_numbers.get(int(key), key) if is_number(key) else key
    if image_id not in store.images:
        raise not_found("image", key)
    owner = store.images[image_id]
    service.save(store, owner, service.remove_image(store.articles[owner].body, image_id))
    return empty_response(204)


def _field_set(context: RequestContext) -> str:
    return "invisible" if query.flag(context.query, "visible") is False else "visible"


def _with_fields(body: Row, name: str, fields: Row) -> Row:
    return {**body, "extra": {**body["extra"], name: fields}}


def post_fields(context: RequestContext) -> Response:
    """Add or change visible or invisible fields (postArticleFields)."""
    body, name = get_article_or_404(context).body, _field_set(context)
    fields = {**body["extra"][name], **context.body()}
    return json_response(service.save(context.store, body["id"], _with_fields(body, name, fields)))


def delete_fields(context: RequestContext) -> Response:
    """Delete the named fields; ignore unknown names (deleteArticleFields)."""
    body, name = get_article_or_404(context).body, _field_set(context)
    deleted = {validators.text(field, "body") for field in context.items()}
    fields = {key: value for key, value in body["extra"][name].items() if key not in deleted}
    return json_response(service.save(context.store, body["id"], _with_fields(body, name, fields)))


def get_list(context: RequestContext) -> Response:
    """Return a list; the path's id is that of the list (getArticleList)."""
    return record_response(
        get_or_404(context.store.article_lists, context.number("id"), "article list")
    )


def post_lists(context: RequestContext) -> Response:
    """Attach lists with all their options; the path's id is the article's (postArticleLists)."""
    body = get_article_or_404(context, "id").body
    attached = {article_list["id"]: article_list for article_list in body["lists"]}
    for number in validators.whole_numbers(context.items(), "body"):
        attached.setdefault(number, build_full_list(context.store, number))
    return json_response(
        service.save(context.store, body["id"], {**body, "lists": list(attached.values())})
    )


def delete_lists(context: RequestContext) -> Response:
    """Detach lists and delete the variants that use their options (deleteArticleLists)."""
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
    """Add options to a list, or change the price of existing ones (postArticleListOptions)."""
    store = context.store
    source = get_or_404(store.article_lists, context.number("articlelist_id"), "article list").body
    options = {option["name"]: option for option in source["options"]}
    for payload in [as_object(item, "body") for item in context.items()]:
        name = validators.text(payload.get("name"), "name")
        price = validators.money(payload.get("price", "0.00"), "price")
        existing = options.get(name) or {"id": store.ids.number("option"), "name": name}
        options[name] = {**existing, "price": price}
    return json_response(_save_list(store, {**source, "options": list(options.values())}))


def delete_options(context: RequestContext) -> Response:
    """Delete options by name, also from the articles (deleteArticleListOptions)."""
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
    Operation("getArticles", "GET", "/articles", get_articles),
    Operation("postArticle", "POST", "/articles", post_article),
    Operation("getArticleCount", "GET", "/articles/count", get_count),
    Operation("postUploadImage", "POST", "/articles/uploadImage/{article_id}", post_upload_image),
    Operation("getArticle", "GET", "/articles/{article_id}", get_article),
    Operation("patchArticle", "PATCH", "/articles/{article_id}", patch_article),
    Operation("deleteArticle", "DELETE", "/articles/{article_id}", delete_article),
    Operation("deleteImage", "DELETE", "/deleteImage/{image_id}", delete_image),
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
