"""Images of an article: attach by URL, upload, remove."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store

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
    image_id = None if payload.get("id") in store.images else payload.get("id")
    return build_image(store, digest, name, position, image_id)


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
