"""Articles: their fields, pages and images, created and changed."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles import options
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.context import as_object, invalid
from myonlinestore.sandbox.store.store import Row, Store, date_time_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from myonlinestore.sandbox.store.store import Row, Store


def link_categories(store: Store, body: Row, changes: Row) -> list[Row]:
    """Return the pages of the request; an existing page keeps its `article_url_id`."""
    existing = {page["category_id"]: page for page in body["categories"]}
    payload = validators.objects(changes, "categories")
    pages = [_link_category(store, page, existing) for page in payload]
    # The main page is the first with `is_main`, else the previous main page, else the first.
    requested = [index for index, page in enumerate(payload) if page.get("is_main")]
    previous = [index for index, page in enumerate(pages) if page["is_main"]]
    main = (requested or previous or [0])[0]
    return [{**page, "is_main": index == main} for index, page in enumerate(pages)]


def _link_category(store: Store, payload: Row, existing: dict[int, Row]) -> Row:
    validators.require(payload, "category_id")
    category = validators.whole_number(payload["category_id"], "categories.category_id")
    if category not in store.categories:
        raise invalid("categories", f"no category {category} in this store.")
    old = existing.get(category, {})
    return {
        "category_id": category,
        "article_url_id": old.get("article_url_id") or _url_id(store, payload),
        "is_active": validators.flag(
            payload.get("is_active", old.get("is_active", True)), "is_active"
        ),
        "is_main": validators.flag(payload.get("is_main", old.get("is_main", False)), "is_main"),
        "position": old.get("position", 0),
    }


def _url_id(store: Store, payload: Row) -> int:
    """Return the requested id, as in the vendor's example, or a new one."""
    if payload.get("article_url_id") is None:
        return store.ids.number("article_url")
    requested = validators.whole_number(payload["article_url_id"], "categories.article_url_id")
    if requested in store.url_ids:
        raise invalid("categories.article_url_id", f"{requested} is the page of another article.")
    store.ids.start("article_url", requested)
    return requested


def article_url(store: Store, article: Row) -> str:
    """Return the article's URL on its main page, or "" if no page shows it."""
    main = next((page for page in article["categories"] if page["is_main"]), None)
    if main is None:
        return ""
    title = store.categories[main["category_id"]].body["title"]
    domain = store.settings["primary_domain"]
    return f"{domain}/a-{main['article_url_id']}/{slug(title)}/{slug(article['name'])}"


def slug(title: str) -> str:
    """Convert a title to a URL path segment."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "artikel"


POSITION = validators.in_range(1, 15)
"""The position of an image (changelog 1.1.4)."""
FORMATS = ("full", "article", "thumb")
ASSETS = "https://asset.myonlinestore.com/winkel/sandbox/images"


def replace_images(store: Store, body: Row, changes: Row) -> list[Row]:
    """Return the images of the request, which replace all others (PUT, changelog 2.0.6)."""
    existing = {image["id"]: image for image in body["images"]}
    payload = validators.objects(changes, "images")
    return [
        _replace_image(store, image, existing, position_)
        for position_, image in enumerate(payload, 1)
    ]


def _replace_image(store: Store, payload: Row, existing: dict[str, Row], position_: int) -> Row:
    position = str(POSITION(payload.get("position", min(position_, 15)), "images.position"))
    old = existing.get(str(payload.get("id")))
    if old:
        return {**old, "position": position}
    source = validators.text(payload.get("url"), "images.url")
    digest = hashlib.sha256(source.encode()).hexdigest()[:40]
    name = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    wanted = validators.optional_text(payload.get("id"), "images.id")
    return build_image(store, digest, name, position, None if wanted in store.images else wanted)


def build_uploaded_image(store: Store, body: Row, payload: Row) -> Row:
    """Return a new image from base64 content, at `position` or after the others."""
    validators.require(payload, "filename", "content")
    content = _decode_base64(payload["content"])
    last = max((int(old["position"]) for old in body["images"]), default=0)
    position = POSITION(payload.get("position", min(last + 1, 15)), "position")
    name = validators.text(payload["filename"], "filename").rsplit(".", 1)[0]
    return build_image(store, hashlib.sha256(content).hexdigest()[:40], name, str(position))


def _decode_base64(content: object) -> bytes:
    try:
        return base64.b64decode(validators.text(content, "content"), validate=True)
    except ValueError as error:
        raise invalid("content", "the content is not base64.") from error


def build_image(
    store: Store, digest: str, name: str, position: str, image_id: str | None = None
) -> Row:
    """Return an ArticleImage with a URL per format, under a new id and internal number."""
    image_id_ = str(image_id or store.ids.uuid())
    store.image_numbers[store.ids.number("image")] = image_id_
    return {
        "position": position,
        "id": image_id_,
        "original_name": name,
        "urls": {format: f"{ASSETS}/{format}/{digest}" for format in FORMATS},
    }


def remove_image(body: Row, image_id: str) -> Row:
    """Return the article without an image, which is also removed from its list options."""
    images = [image for image in body["images"] if image["id"] != image_id]
    return prune_option_images({**body, "images": images})


def prune_option_images(body: Row) -> Row:
    """Return the article with the list options restricted to images that the article has."""
    existing = {image["id"] for image in body["images"]}
    lists = [
        {
            **article_list,
            "options": [
                {**option, "image_ids": [id for id in option["image_ids"] if id in existing]}
                for option in article_list["options"]
            ],
        }
        for article_list in body["lists"]
    ]
    return {**body, "lists": lists}


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
    body["url"] = article_url(store, body)
    store.articles.add(number, body, created=now)
    _index(store, body)
    return body


def patch(store: Store, number: int, changes: Row) -> Row:
    """Update the fields in the request; absent fields keep their value, null is a value."""
    return save(store, number, apply_changes(store, store.articles[number].body, changes))


def save(store: Store, number: int, body: Row) -> Row:
    """Replace an article and set its `updated_date`."""
    old, now = store.articles[number], store.now()
    body = {**body, "url": article_url(store, body), **date_time_fields(old.created, now)}
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
    result = prune_option_images(result)
    result["variants"] = options.keep_valid_variants(result)
    return result


def _price(_: Store, body: Row, changes: Row) -> Row:
    """Return the prices after changing the given ones; null removes a price."""
    return {
        **body["price"],
        **validators.validate_fields(as_object(changes["price"], "price"), PRICES),
    }


def _extra(_: Store, body: Row, changes: Row) -> Row:
    """Return the extra fields after changing the given ones, per visibility."""
    values = as_object(changes["extra"], "extra")
    return {
        name: {**fields, **as_object(values.get(name) or {}, f"extra.{name}")}
        for name, fields in body["extra"].items()
    }


_APPLIERS: dict[str, Callable[[Store, Row, Row], object]] = {
    "price": _price,
    "extra": _extra,
    "categories": link_categories,
    "images": replace_images,
    "lists": options.attach_lists,
    "variants": options.attach_variants,
}
