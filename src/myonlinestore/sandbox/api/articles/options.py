"""The choices that an article offers: configurator lists, their options, and the variants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from myonlinestore.sandbox.store.store import Row, Store


VARIANT: dict[str, b.Kind] = {"stock": b.stock, "can_backorder": b.flag}


def lists(store: Store, body: Row, changes: Row) -> list[Row]:
    """Each posted list replaces its options (a PUT, changelog 2.0.15); lists not named stay."""
    result = {held["id"]: held for held in body["lists"]}
    images = {image["id"] for image in body["images"]}
    for posted in b.as_list(changes["lists"], "lists"):
        held = _posted_list(store, posted, images, result)
        result[held["id"]] = held
    if sum(held["has_images"] for held in result.values()) > 1:
        raise invalid("lists.has_images", "it may be true for only one list of an article.")
    return list(result.values())


def _posted_list(store: Store, posted: Any, images: Container[str], known: dict[int, Row]) -> Row:
    if isinstance(posted, int):
        # Deprecated since changelog 2.0.6, but still there: a list by its id alone.
        return whole_list(store, posted)
    given = b.as_object(posted, "lists")
    b.require(given, "id", "options")
    source = known_list(store, given["id"])
    offered = {option["id"]: option for option in source["options"]}
    options = [_option(offered, option, images) for option in b.objects(given, "options")]
    before = known.get(source["id"], {}).get("has_images", False)
    has_images = b.flag(given.get("has_images", before), "lists.has_images")
    return attached_list(source, options, has_images=has_images)


def _option(offered: dict[int, Row], posted: Row, images: Container[str]) -> Row:
    number = b.whole_number(posted.get("id"), "lists.options.id")
    if number not in offered:
        raise invalid("lists.options", f"the list has no option {number}.")
    price = b.money(posted.get("price"), "lists.options.price")
    image_ids = b.texts(posted.get("image_ids") or [], "lists.options.image_ids")
    for image in image_ids:
        if image not in images:
            raise invalid("lists.options.image_ids", f"the article has no image {image!r}.")
    return attached_option(offered[number], price, image_ids)


def attached_option(option: Row, price: str | None = None, image_ids: Sequence[str] = ()) -> Row:
    """A list's option as an article offers it, perhaps at a price of its own."""
    return {**option, "price": price or option["price"], "image_ids": list(image_ids)}


def attached_list(source: Row, options: Sequence[Row], *, has_images: bool = False) -> Row:
    """An ArticleList as an article shows it: a ConfiguratorArticleList."""
    return {
        "id": source["id"],
        "name": source["name"],
        "description": source["description"],
        "has_images": has_images,
        "options": list(options),
    }


def known_list(store: Store, number: object) -> Row:
    """The list of an id, or a 422."""
    record = store.article_lists.find(b.whole_number(number, "lists.id"))
    if record is None:
        raise invalid("lists", f"there is no article list {number!r} in this store.")
    return record.body


def whole_list(store: Store, number: object) -> Row:
    """A list with all its options, as an article shows it."""
    source = known_list(store, number)
    return attached_list(source, [attached_option(option) for option in source["options"]])


def variants(store: Store, body: Row, changes: Row) -> list[Row]:
    """The posted variants: known ones (by id) change, others are added."""
    result = {variant["id"]: variant for variant in body["variants"]}
    for posted in b.objects(changes, "variants"):
        variant = _changed(result, posted) if "id" in posted else _added(store, body, posted)
        result[variant["id"]] = variant
    return list(result.values())


def _changed(known: dict[int, Row], posted: Row) -> Row:
    number = b.whole_number(posted["id"], "variants.id")
    if number not in known:
        raise invalid("variants", f"the article has no variant {number}.")
    return {**known[number], **b.chosen(posted, VARIANT)}


def _added(store: Store, body: Row, posted: Row) -> Row:
    offered = {
        (held["id"], option["id"]): option["name"]
        for held in body["lists"]
        for option in held["options"]
    }
    options = [_variant_option(offered, option) for option in b.objects(posted, "options")]
    fields = b.chosen(posted, VARIANT)
    return {**variant(store, options, None), **fields}


def _variant_option(offered: dict[tuple[int, int], str], posted: Row) -> Row:
    key = (
        b.whole_number(posted.get("list_id"), "variants.options.list_id"),
        b.whole_number(posted.get("option_id"), "variants.options.option_id"),
    )
    if key not in offered:
        raise invalid("variants.options", f"the article's lists do not offer option {key[1]}.")
    return {"list_id": key[0], "option_id": key[1], "name": offered[key]}


def variant(store: Store, options: Sequence[Row], stock: int | None) -> Row:
    """A new ArticleVariant."""
    return {
        "id": store.ids.number("variant"),
        "options": list(options),
        "stock": stock,
        "can_backorder": False,
    }


def existing_variants(body: Row) -> list[Row]:
    """The variants whose options the article's lists still offer (changelog 2.0.14)."""
    offered = {(held["id"], option["id"]) for held in body["lists"] for option in held["options"]}
    return [
        variant
        for variant in body["variants"]
        if all((each["list_id"], each["option_id"]) in offered for each in variant["options"])
    ]
