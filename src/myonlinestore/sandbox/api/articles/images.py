"""The images of an article: attached by URL, uploaded, removed."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store

POSITION = b.within(1, 15)
"""Where an image stands among the others (changelog 1.1.4)."""
FORMATS = ("full", "article", "thumb")
ASSETS = "https://asset.myonlinestore.com/winkel/sandbox/images"


def attached(store: Store, body: Row, changes: Row) -> list[Row]:
    """The posted images in place of the old ones: a set, as in a PUT (changelog 2.0.6)."""
    known = {image["id"]: image for image in body["images"]}
    posted = b.objects(changes, "images")
    return [_attached(store, image, known, at) for at, image in enumerate(posted, 1)]


def _attached(store: Store, posted: Row, known: dict[str, Row], at: int) -> Row:
    position = str(POSITION(posted.get("position", min(at, 15)), "images.position"))
    old = known.get(str(posted.get("id")))
    if old:
        return {**old, "position": position}
    source = b.text(posted.get("url"), "images.url")
    digest = hashlib.sha256(source.encode()).hexdigest()[:40]
    name = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    free = None if posted.get("id") in store.images else posted.get("id")
    return image(store, digest, name, position, free)


def uploaded(store: Store, body: Row, posted: Row) -> Row:
    """A new image of base64 content, at `position` or behind the others."""
    b.require(posted, "filename", "content")
    content = _decoded(posted["content"])
    last = max((int(old["position"]) for old in body["images"]), default=0)
    position = POSITION(posted.get("position", min(last + 1, 15)), "position")
    name = b.text(posted["filename"], "filename").rsplit(".", 1)[0]
    return image(store, hashlib.sha256(content).hexdigest()[:40], name, str(position))


def _decoded(content: object) -> bytes:
    try:
        return base64.b64decode(b.text(content, "content"), validate=True)
    except ValueError as error:
        raise invalid("content", "it is not base64.") from error


def image(store: Store, digest: str, name: str, position: str, image_id: str | None = None) -> Row:
    """An ArticleImage with an URL for each format, under a new id and internal number."""
    new = str(image_id or store.ids.uuid())
    store.image_numbers[store.ids.number("image")] = new
    return {
        "position": position,
        "id": new,
        "original_name": name,
        "urls": {format: f"{ASSETS}/{format}/{digest}" for format in FORMATS},
    }


def without(body: Row, image_id: str) -> Row:
    """An article without an image; the options of its lists lose it too."""
    images = [image for image in body["images"] if image["id"] != image_id]
    return with_images_of_options({**body, "images": images})


def with_images_of_options(body: Row) -> Row:
    """An article whose lists' options show none but the images that the article has."""
    known = {image["id"] for image in body["images"]}
    lists = [
        {
            **held,
            "options": [
                {**option, "image_ids": [id for id in option["image_ids"] if id in known]}
                for option in held["options"]
            ],
        }
        for held in body["lists"]
    ]
    return {**body, "lists": lists}
