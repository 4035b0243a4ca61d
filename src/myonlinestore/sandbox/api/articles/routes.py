"""Articles and their images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles import images, service
from myonlinestore.sandbox.http import filters, query
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    count_response,
    empty_response,
    get_or_404,
    json_response,
    list_response,
    record_response,
)
from myonlinestore.sandbox.http.problems import not_found

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Record


def get_article_or_404(context: RequestContext, name: str = "article_id") -> Record:
    """The article of a path value, which `use_url_id` makes the id of its page's URL."""
    number = context.number(name)
    if query.flag(context.query, "use_url_id"):
        if number not in context.store.url_ids:
            raise not_found("article page", number)
        number = context.store.url_ids[number]
    return get_or_404(context.store.articles, number, "article")


def get_articles(context: RequestContext) -> Response:
    """getArticles: a page of the articles that pass the filters, by id."""
    keys = filters.select(context.store.articles, filters.articles(context.query))
    return list_response(context.store.articles, query.page(context.query, keys))


def get_count(context: RequestContext) -> Response:
    """getArticleCount: by the four moments."""
    return count_response(
        len(filters.select(context.store.articles, filters.date_filters(context.query)))
    )


def get_article(context: RequestContext) -> Response:
    """getArticle: by its id, or by that of its page."""
    return record_response(get_article_or_404(context))


def post_article(context: RequestContext) -> Response:
    """postArticle: a new article, with all it was given."""
    return json_response(service.create(context.store, context.body()))


def patch_article(context: RequestContext) -> Response:
    """patchArticle: absent fields stay, null is a value."""
    return json_response(
        service.patch(context.store, get_article_or_404(context).body["id"], context.body())
    )


def delete_article(context: RequestContext) -> Response:
    """deleteArticle: answers with a string."""
    service.remove(context.store, get_article_or_404(context).body["id"])
    return json_response("Article successfully deleted")


def post_upload_image(context: RequestContext) -> Response:
    """postUploadImage: answers with a string, here the new image's id."""
    body = get_or_404(context.store.articles, context.number("article_id"), "article").body
    image = images.build_uploaded_image(context.store, body, context.body())
    service.save(context.store, body["id"], {**body, "images": [*body["images"], image]})
    return json_response(image["id"])


def delete_image(context: RequestContext) -> Response:
    """deleteImage: the document has an integer here, but shows uuids; both are known."""
    store, key = context.store, context.path["image_id"]
    image_id = store.image_numbers.get(int(key), key) if key.isdecimal() else key
    if image_id not in store.images:
        raise not_found("image", key)
    owner = store.images[image_id]
    service.save(store, owner, images.remove_image(store.articles[owner].body, image_id))
    return empty_response(204)


OPERATIONS = (
    Operation("getArticles", "GET", "/articles", get_articles),
    Operation("postArticle", "POST", "/articles", post_article),
    Operation("getArticleCount", "GET", "/articles/count", get_count),
    Operation("postUploadImage", "POST", "/articles/uploadImage/{article_id}", post_upload_image),
    Operation("getArticle", "GET", "/articles/{article_id}", get_article),
    Operation("patchArticle", "PATCH", "/articles/{article_id}", patch_article),
    Operation("deleteArticle", "DELETE", "/articles/{article_id}", delete_article),
    Operation("deleteImage", "DELETE", "/deleteImage/{image_id}", delete_image),
)
