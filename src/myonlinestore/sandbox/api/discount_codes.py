"""Discount codes, which the vendor lists without pages and changes by the code in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http import filters
from myonlinestore.sandbox.http.context import Call, Operation, found, one, reply, rows
from myonlinestore.sandbox.http.problems import invalid

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
FIELDS: dict[str, b.Kind] = {
    "description": b.words,
    **dict.fromkeys(DATES, b.day),
    "minimum_products": b.whole_number,
    **dict.fromkeys(("active", *FLAGS), b.flag),
    "percentage_discount": b.percentage,
    **dict.fromkeys(("fixed_discount", "minimum_order_price"), b.cost),
    **dict.fromkeys(TEXT_LISTS, b.texts),
}


def get_codes(call: Call) -> Response:
    """getDiscountcodes: all that pass the filters."""
    return rows(
        call.store.discount_codes,
        filters.select(call.store.discount_codes, filters.discount_codes(call.query)),
    )


def get_code(call: Call) -> Response:
    """getDiscountcode: by its code."""
    return one(found(call.store.discount_codes, call.path["code"], "discount code"))


def post_code(call: Call) -> Response:
    """postDiscountcode: the vendor's example has no code, so one is made up then."""
    store, posted = call.store, call.body()
    code = b.text(posted.get("code") or f"code-{store.ids.uuid()[:8]}", "code")
    if len(code) > CODE_LENGTH or code in store.discount_codes:
        raise invalid("code", f"{code!r} is taken, or longer than {CODE_LENGTH} characters.")
    body = {"id": store.ids.uuid(), "code": code, **BLANK, **fields(posted)}
    return one(store.discount_codes.add(code, body, created=store.now()))


def patch_code(call: Call) -> Response:
    """patchDiscountcode: the code in the body says which."""
    store, changes = call.store, call.body()
    b.require(changes, "code")
    old = found(store.discount_codes, b.text(changes["code"], "code"), "discount code").body
    body = {**old, **fields(changes)}
    return one(store.discount_codes.change(old["code"], body, store.now()))


def delete_code(call: Call) -> Response:
    """deleteDiscountcode: answers with a string."""
    code = call.path["code"]
    found(call.store.discount_codes, code, "discount code")
    call.store.discount_codes.remove(code)
    return reply("Discountcode successfully deleted")


def fields(posted: Row) -> Row:
    """The writable fields; products go by two names, one in the schema and one in the examples."""
    result = b.chosen(posted, FIELDS)
    for name in ("valid_products", "valid_product_ids"):
        if name in posted:
            products = [_product(product) for product in b.objects(posted, name)]
            result |= {"valid_products": products, "valid_product_ids": products}
            break
    return result


def _product(posted: Row) -> Row:
    b.require(posted, "product_id")
    limit = {"max_quantity": b.whole_number} if posted.get("max_quantity") is not None else {}
    return {"product_id": str(posted["product_id"]), **b.chosen(posted, limit)}


OPERATIONS = (
    Operation("getDiscountcodes", "GET", "/discountcodes", get_codes),
    Operation("postDiscountcode", "POST", "/discountcodes", post_code),
    Operation("patchDiscountcode", "PATCH", "/discountcodes", patch_code),
    Operation("getDiscountcode", "GET", "/discountcodes/{code:path}", get_code),
    Operation("deleteDiscountcode", "DELETE", "/discountcodes/{code:path}", delete_code),
)
