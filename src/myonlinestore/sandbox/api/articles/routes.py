"""Articles and their images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles import images
from myonlinestore.sandbox.api.articles import service as articles
from myonlinestore.sandbox.http import filters, query
from myonlinestore.sandbox.http.context import (
    Call,
    Operation,
    count,
    empty,
    found,
    one,
    reply,
    rows,
)
from myonlinestore.sandbox.http.problems import missing

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Record


def article(call: Call, name: str = "article_id") -> Record:
    """The article of a path value, which `use_url_id` makes the id of its page's URL."""
    number = call.number(name)
    if query.flag(call.query, "use_url_id"):
        if number not in call.store.url_ids:
            raise missing("article page", number)
        number = call.store.url_ids[number]
    return found(call.store.articles, number, "article")


def get_articles(call: Call) -> Response:
    """getArticles: a page of the articles that pass the filters, by id."""
    keys = filters.select(call.store.articles, filters.articles(call.query))
    return rows(call.store.articles, query.page(call.query, keys))


def get_count(call: Call) -> Response:
    """getArticleCount: by the four moments."""
    return count(len(filters.select(call.store.articles, filters.stamped(call.query))))


def get_article(call: Call) -> Response:
    """getArticle: by its id, or by that of its page."""
    return one(article(call))


def post_article(call: Call) -> Response:
    """postArticle: a new article, with all it was given."""
    return reply(articles.create(call.store, call.body()))


def patch_article(call: Call) -> Response:
    """patchArticle: absent fields stay, null is a value."""
    return reply(articles.patch(call.store, article(call).body["id"], call.body()))


def delete_article(call: Call) -> Response:
    """deleteArticle: answers with a string."""
    articles.remove(call.store, article(call).body["id"])
    return reply("Article successfully deleted")


def post_upload_image(call: Call) -> Response:
    """postUploadImage: answers with a string, here the new image's id."""
    body = found(call.store.articles, call.number("article_id"), "article").body
    image = images.uploaded(call.store, body, call.body())
    articles.save(call.store, body["id"], {**body, "images": [*body["images"], image]})
    return reply(image["id"])


def delete_image(call: Call) -> Response:
    """deleteImage: the document has an integer here, but shows uuids; both are known."""
    store, key = call.store, call.path["image_id"]
    image_id = store.image_numbers.get(int(key), key) if key.isdecimal() else key
    if image_id not in store.images:
        raise missing("image", key)
    owner = store.images[image_id]
    articles.save(store, owner, images.without(store.articles[owner].body, image_id))
    return empty(204)


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
