"""Discount codes: listed without pagination, updated by the code in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import query, validators
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    get_or_404,
    invalid,
    json_response,
    list_response,
    record_response,
)

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Row

CODE_LENGTH = 20
FLAGS = (
    "applies_to_shipping",
    "free_shipping",
    "applies_to_action_prices",
    "single_use",
)
DATES = ("valid_from", "valid_until")
TEXT_LISTS = (
    "valid_article_ids",
    "invalid_article_ids",
    "invalid_product_ids",
    "valid_category_ids",
    "invalid_category_ids",
)
BLANK: Row = {
    "customer_id": None,
    "description": "",
    "percentage_discount": "0.00",
    "fixed_discount": "0.00",
    "minimum_order_price": "0.00",
    "minimum_products": 0,
    **dict.fromkeys(FLAGS, False),
    "active": True,
    **dict.fromkeys(DATES),
    "valid_product_ids": [],
    "valid_products": [],
    **{name: [] for name in TEXT_LISTS},
}
FIELDS: dict[str, validators.Validator] = {
    "description": validators.optional_text,
    **dict.fromkeys(DATES, validators.day),
    "minimum_products": validators.whole_number,
    **dict.fromkeys(("active", *FLAGS), validators.flag),
    "percentage_discount": validators.percentage,
    **dict.fromkeys(("fixed_discount", "minimum_order_price"), validators.cost),
    **dict.fromkeys(TEXT_LISTS, validators.texts),
}


def get_codes(context: RequestContext) -> Response:
    """Return all codes that pass the filters (getDiscountcodes)."""
    return list_response(
        context.store.discount_codes,
        query.select_keys(context.store.discount_codes, query.discount_code_filters(context.query)),
    )


def get_code(context: RequestContext) -> Response:
    """Return a discount code (getDiscountcode)."""
    return record_response(
        get_or_404(context.store.discount_codes, context.path["code"], "discount code")
    )


def post_code(context: RequestContext) -> Response:
    """Create a discount code; generate the code if absent (postDiscountcode)."""
    store, payload = context.store, context.body()
    code = validators.text(payload.get("code") or f"code-{store.ids.uuid()[:8]}", "code")
    if len(code) > CODE_LENGTH or code in store.discount_codes:
        raise invalid("code", f"{code!r} is taken, or longer than {CODE_LENGTH} characters.")
    body = {"id": store.ids.uuid(), "code": code, **BLANK, **fields(payload)}
    return record_response(store.discount_codes.add(code, body, created=store.now()))


def patch_code(context: RequestContext) -> Response:
    """Update the discount code named in the body (patchDiscountcode)."""
    store, changes = context.store, context.body()
    validators.require(changes, "code")
    old = get_or_404(
        store.discount_codes, validators.text(changes["code"], "code"), "discount code"
    ).body
    body = {**old, **fields(changes)}
    return record_response(store.discount_codes.change(old["code"], body, store.now()))


def delete_code(context: RequestContext) -> Response:
    """Delete a discount code and respond with a string (deleteDiscountcode)."""
    code = context.path["code"]
    get_or_404(context.store.discount_codes, code, "discount code")
    context.store.discount_codes.remove(code)
    return json_response("Discountcode successfully deleted")


def fields(payload: Row) -> Row:
    """Return the writable fields; products are accepted under both documented names."""
    result = validators.validate_fields(payload, FIELDS)
    for name in ("valid_products", "valid_product_ids"):
        if name in payload:
            products = [_product(product) for product in validators.objects(payload, name)]
            result |= {"valid_products": products, "valid_product_ids": products}
            break
    return result


def _product(payload: Row) -> Row:
    validators.require(payload, "product_id")
    limit = (
        {"max_quantity": validators.whole_number} if payload.get("max_quantity") is not None else {}
    )
    return {"product_id": str(payload["product_id"]), **validators.validate_fields(payload, limit)}


OPERATIONS = (
    Operation("getDiscountcodes", "GET", "/discountcodes", get_codes),
    Operation("postDiscountcode", "POST", "/discountcodes", post_code),
    Operation("patchDiscountcode", "PATCH", "/discountcodes", patch_code),
    Operation("getDiscountcode", "GET", "/discountcodes/{code:path}", get_code),
    Operation("deleteDiscountcode", "DELETE", "/discountcodes/{code:path}", delete_code),
)
