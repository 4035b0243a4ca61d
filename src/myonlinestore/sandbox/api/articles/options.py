"""Choices of an article: configurator lists, their options, and the variants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.context import as_list, as_object, invalid

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from myonlinestore.sandbox.store.store import Row, Store


VARIANT: dict[str, validators.Validator] = {
    "stock": validators.stock_quantity,
    "can_backorder": validators.flag,
}


def attach_lists(store: Store, body: Row, changes: Row) -> list[Row]:
    """Replace the options of each list in the request (PUT, changelog 2.0.15); keep other lists."""
    result = {article_list["id"]: article_list for article_list in body["lists"]}
    images = {image["id"] for image in body["images"]}
    for payload in as_list(changes["lists"], "lists"):
        article_list = _attach_list(store, payload, images, result)
        result[article_list["id"]] = article_list
    if sum(article_list["has_images"] for article_list in result.values()) > 1:
        raise invalid("lists.has_images", "only one list of an article may have images.")
    return list(result.values())


def _attach_list(
    store: Store, payload: Any, images: Container[str], existing: dict[int, Row]
) -> Row:
    if isinstance(payload, int):
        # Deprecated since changelog 2.0.6, but still supported: a list by its id alone.
        return build_full_list(store, payload)
    values = as_object(payload, "lists")
    validators.require(values, "id", "options")
    source = get_list_or_422(store, values["id"])
    offered = {option["id"]: option for option in source["options"]}
    options = [
        _attach_option(offered, option, images) for option in validators.objects(values, "options")
    ]
    previous = existing.get(source["id"], {}).get("has_images", False)
    has_images = validators.flag(values.get("has_images", previous), "lists.has_images")
    return build_list(source, options, has_images=has_images)


def _attach_option(offered: dict[int, Row], payload: Row, images: Container[str]) -> Row:
    number = validators.whole_number(payload.get("id"), "lists.options.id")
    if number not in offered:
        raise invalid("lists.options", f"the list has no option {number}.")
    price = validators.money(payload.get("price"), "lists.options.price")
    image_ids = validators.texts(payload.get("image_ids") or [], "lists.options.image_ids")
    for image in image_ids:
        if image not in images:
            raise invalid("lists.options.image_ids", f"the article has no image {image!r}.")
    return build_option(offered[number], price, image_ids)


def build_option(option: Row, price: str | None = None, image_ids: Sequence[str] = ()) -> Row:
    """Return a list's option as part of an article, optionally at a different price."""
    return {**option, "price": price or option["price"], "image_ids": list(image_ids)}


def build_list(source: Row, options: Sequence[Row], *, has_images: bool = False) -> Row:
    """Return an ArticleList as part of an article: a ConfiguratorArticleList."""
    return {
        "id": source["id"],
        "name": source["name"],
        "description": source["description"],
        "has_images": has_images,
        "options": list(options),
    }


def get_list_or_422(store: Store, number: object) -> Row:
    """Return the list with an id, or raise a 422."""
    record = store.article_lists.find(validators.whole_number(number, "lists.id"))
    if record is None:
        raise invalid("lists", f"there is no article list {number!r} in this store.")
    return record.body


def build_full_list(store: Store, number: object) -> Row:
    """Return a list with all its options as part of an article."""
    source = get_list_or_422(store, number)
    return build_list(source, [build_option(option) for option in source["options"]])


def attach_variants(store: Store, body: Row, changes: Row) -> list[Row]:
    """Return the variants after changing those with an id and adding the others."""
    result = {variant["id"]: variant for variant in body["variants"]}
    for payload in validators.objects(changes, "variants"):
        variant = (
            _change_variant(result, payload)
            if "id" in payload
            else _add_variant(store, body, payload)
        )
        result[variant["id"]] = variant
    return list(result.values())


def _change_variant(existing: dict[int, Row], payload: Row) -> Row:
    number = validators.whole_number(payload["id"], "variants.id")
    if number not in existing:
        raise invalid("variants", f"the article has no variant {number}.")
    return {**existing[number], **validators.validate_fields(payload, VARIANT)}


def _add_variant(store: Store, body: Row, payload: Row) -> Row:
    offered = {
        (article_list["id"], option["id"]): option["name"]
        for article_list in body["lists"]
        for option in article_list["options"]
    }
    options = [
        _variant_option(offered, option) for option in validators.objects(payload, "options")
    ]
    fields = validators.validate_fields(payload, VARIANT)
    return {**build_variant(store, options, None), **fields}


def _variant_option(offered: dict[tuple[int, int], str], payload: Row) -> Row:
    key = (
        validators.whole_number(payload.get("list_id"), "variants.options.list_id"),
        validators.whole_number(payload.get("option_id"), "variants.options.option_id"),
    )
    if key not in offered:
        raise invalid("variants.options", f"the article's lists do not offer option {key[1]}.")
    return {"list_id": key[0], "option_id": key[1], "name": offered[key]}


def build_variant(store: Store, options: Sequence[Row], stock: int | None) -> Row:
    """Return a new ArticleVariant."""
    return {
        "id": store.ids.number("variant"),
        "options": list(options),
        "stock": stock,
        "can_backorder": False,
    }


def keep_valid_variants(body: Row) -> list[Row]:
    """Return the variants whose options the article's lists still offer (changelog 2.0.14)."""
    offered = {
        (article_list["id"], option["id"])
        for article_list in body["lists"]
        for option in article_list["options"]
    }
    return [
        variant
        for variant in body["variants"]
        if all((option["list_id"], option["option_id"]) in offered for option in variant["options"])
    ]
