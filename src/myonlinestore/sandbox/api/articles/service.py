"""Articles: made from an ArticlePostable, changed by an ArticlePatchable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles import images, pages
from myonlinestore.sandbox.api.articles import options as offers
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.store.store import Row, Store, stamps

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = ("description", "sku", "badge_text", "meta_title", "meta_description")
FIELDS: dict[str, b.Kind] = {
    "name": b.text,
    **dict.fromkeys(TEXTS, b.words),
    **dict.fromkeys(("taxable", "can_backorder"), b.flag),
    **dict.fromkeys(("stock", "delivery_days"), b.stock),
}
PRICES: dict[str, b.Kind] = dict.fromkeys(("default", "action", "purchase"), b.money)
BLANK: Row = {
    "name": "",
    "description": "",
    "sku": "",
    "badge_text": "",
    "taxable": True,
    "price": {"default": "0.00", "action": None, "purchase": None},
    "stock": None,
    "delivery_days": 1,
    "meta_title": "",
    "meta_description": "",
    "can_backorder": False,
    "extra": {"invisible": {}, "visible": {}},
    "url": "",
    "categories": [],
    "lists": [],
    "variants": [],
    "images": [],
}


def create(store: Store, posted: Row) -> Row:
    """A new article, numbered only once all of it was accepted."""
    b.require(posted, "name")
    draft = edited(store, BLANK, posted)
    now, number = store.now(), store.ids.number("article")
    body = {"id": number, "uuid": store.ids.uuid(), **draft, **stamps(now, now)}
    body["url"] = pages.url(store, body)
    store.articles.add(number, body, created=now)
    _index(store, body)
    return body


def patch(store: Store, number: int, changes: Row) -> Row:
    """The article with what the body names; absent fields keep their value, null is a value."""
    return save(store, number, edited(store, store.articles[number].body, changes))


def save(store: Store, number: int, body: Row) -> Row:
    """Put a changed article in place of the old one, with a new `updated_date`."""
    old, now = store.articles[number], store.now()
    body = {**body, "url": pages.url(store, body), **stamps(old.created, now)}
    _forget(store, old.body)
    store.articles.change(number, body, now)
    _index(store, body)
    return body


def remove(store: Store, number: int) -> None:
    """Drop an article with its images and its pages' ids. Orders keep what they sold."""
    _forget(store, store.articles[number].body)
    store.articles.remove(number)


def _index(store: Store, body: Row) -> None:
    for page in body["categories"]:
        store.url_ids[page["article_url_id"]] = body["id"]
    for image in body["images"]:
        store.images[image["id"]] = body["id"]


def _forget(store: Store, body: Row) -> None:
    for page in body["categories"]:
        store.url_ids.discard(page["article_url_id"])
    for image in body["images"]:
        store.images.discard(image["id"])


def edited(store: Store, body: Row, changes: Row) -> Row:
    """A body with the changes, each part by its own rule."""
    result = {**body, **b.chosen(changes, FIELDS)}
    for name, part in _PARTS.items():
        if changes.get(name) is not None:
            result[name] = part(store, result, changes)
    result = images.with_images_of_options(result)
    result["variants"] = offers.existing_variants(result)
    return result


def _price(_: Store, body: Row, changes: Row) -> Row:
    """The prices that are named change; null takes one away."""
    return {**body["price"], **b.chosen(b.as_object(changes["price"], "price"), PRICES)}


def _extra(_: Store, body: Row, changes: Row) -> Row:
    """Fields that are named change, in their own set."""
    given = b.as_object(changes["extra"], "extra")
    return {
        name: {**fields, **b.as_object(given.get(name) or {}, f"extra.{name}")}
        for name, fields in body["extra"].items()
    }


_PARTS: dict[str, Callable[[Store, Row, Row], object]] = {
    "price": _price,
    "extra": _extra,
    "categories": pages.linked,
    "images": images.attached,
    "lists": offers.lists,
    "variants": offers.variants,
}
