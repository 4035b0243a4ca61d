"""Articles: created from an ArticlePostable, changed by an ArticlePatchable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles import images, options, pages
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.store.store import Row, Store, date_time_fields

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = ("description", "sku", "badge_text", "meta_title", "meta_description")
FIELDS: dict[str, validators.Validator] = {
    "name": validators.text,
    **dict.fromkeys(TEXTS, validators.optional_text),
    **dict.fromkeys(("taxable", "can_backorder"), validators.flag),
    **dict.fromkeys(("stock", "delivery_days"), validators.stock_quantity),
}
PRICES: dict[str, validators.Validator] = dict.fromkeys(
    ("default", "action", "purchase"), validators.money
)
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


def create(store: Store, payload: Row) -> Row:
    """Create an article and assign its number once the whole request is valid."""
    validators.require(payload, "name")
    draft = apply_changes(store, BLANK, payload)
    now, number = store.now(), store.ids.number("article")
    body = {"id": number, "uuid": store.ids.uuid(), **draft, **date_time_fields(now, now)}
    body["url"] = pages.url(store, body)
    store.articles.add(number, body, created=now)
    _index(store, body)
    return body


def patch(store: Store, number: int, changes: Row) -> Row:
    """Update the fields in the request; absent fields keep their value, null is a value."""
    return save(store, number, apply_changes(store, store.articles[number].body, changes))


def save(store: Store, number: int, body: Row) -> Row:
    """Replace an article and set its `updated_date`."""
    old, now = store.articles[number], store.now()
    body = {**body, "url": pages.url(store, body), **date_time_fields(old.created, now)}
    _unindex(store, old.body)
    store.articles.change(number, body, now)
    _index(store, body)
    return body


def remove(store: Store, number: int) -> None:
    """Delete an article with its images and page ids. Orders keep their lines."""
    _unindex(store, store.articles[number].body)
    store.articles.remove(number)


def _index(store: Store, body: Row) -> None:
    for page in body["categories"]:
        store.url_ids[page["article_url_id"]] = body["id"]
    for image in body["images"]:
        store.images[image["id"]] = body["id"]


def _unindex(store: Store, body: Row) -> None:
    for page in body["categories"]:
        store.url_ids.discard(page["article_url_id"])
    for image in body["images"]:
        store.images.discard(image["id"])


def apply_changes(store: Store, body: Row, changes: Row) -> Row:
    """Return the body with the changes, each field by its own rule."""
    result = {**body, **validators.validate_fields(changes, FIELDS)}
    for name, apply in _APPLIERS.items():
        if changes.get(name) is not None:
            result[name] = apply(store, result, changes)
    result = images.prune_option_images(result)
    result["variants"] = options.keep_valid_variants(result)
    return result


def _price(_: Store, body: Row, changes: Row) -> Row:
    """Return the prices after changing the given ones; null removes a price."""
    return {
        **body["price"],
        **validators.validate_fields(validators.as_object(changes["price"], "price"), PRICES),
    }


def _extra(_: Store, body: Row, changes: Row) -> Row:
    """Return the extra fields after changing the given ones, per visibility."""
    values = validators.as_object(changes["extra"], "extra")
    return {
        name: {**fields, **validators.as_object(values.get(name) or {}, f"extra.{name}")}
        for name, fields in body["extra"].items()
    }


_APPLIERS: dict[str, Callable[[Store, Row, Row], object]] = {
    "price": _price,
    "extra": _extra,
    "categories": pages.link_categories,
    "images": images.replace_images,
    "lists": options.attach_lists,
    "variants": options.attach_variants,
}
