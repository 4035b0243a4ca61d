"""The payments of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.api.orders.pricing import line_amounts
from myonlinestore.sandbox.api.orders.routes import get_order_or_404
from myonlinestore.sandbox.http import query, validators
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    empty_response,
    get_or_404,
    json_response,
)
from myonlinestore.sandbox.http.problems import invalid, not_found

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Row, Store

FIELDS: dict[str, validators.Validator] = {
    "method": validators.text,
    "referrerUrl": validators.optional_text,
}
EMBEDS = ("properties", "mutations", "order")
ALL_EMBEDS: frozenset[str] = frozenset(EMBEDS)


def get_payments(context: RequestContext) -> Response:
    """getOrderPayments: `embed` adds the properties, the mutations, the order."""
    number, embeds = get_order_or_404(context).body["number"], query.embeds(context.query, EMBEDS)
    rows = context.store.payments.owned_by(number)
    serialized = [payments.serialize(context.store, row, number, embeds) for row in rows]
    return json_response({"payments": serialized})


def post_payment(context: RequestContext) -> Response:
    """postOrderPayment: 201, with the URL where the customer would pay."""
    store, payload, body = context.store, context.body(), get_order_or_404(context).body
    validators.require(payload, "gateway", "method")
    payments.check_method(store, payload["gateway"], payload["method"], body["business_model"])
    if Decimal(body["price"]["total"]) <= 0:
        raise invalid("order", "an order of 0.00 and a credit order have no payments.")
    row = _new_payment(store, body, payload)
    store.payments.add(row["id"], row, created=store.now(), owner=body["number"])
    payments.update_order_status(store, body["number"], store.now())
    serialized = payments.serialize(store, row, body["number"], ALL_EMBEDS)
    return json_response({"payment": serialized, "url": _url(context, row)}, 201)


def _new_payment(store: Store, body: Row, payload: Row) -> Row:
    return {
        "id": store.ids.uuid(),
        "gateway": payload["gateway"],
        "method": payload["method"],
        "gatewayReference": f"ord_{store.ids.uuid()[:8]}",
        "price": _price(body, payload),
        "currency": body["currency"],
        "storeId": store.settings["id"],
        "reference": store.ids.uuid(),
        "referrerUrl": validators.optional_text(payload.get("referrerUrl"), "referrerUrl")
        or store.settings["primary_domain"],
        "isTest": False,
        "createdAt": store.now_iso(),
        "updatedAt": None,
        "mutations": [],
        "properties": {},
    }


def _price(body: Row, payload: Row) -> int:
    """The order's total, or that of the `orderLines` portions; in minor units."""
    portions = validators.objects(payload, "orderLines")
    if not portions:
        return payments.to_minor_units(Decimal(body["price"]["total"]))
    lines = {line["id"]: line for line in body["orderlines"]}
    return sum(_portion_price(lines, portion) for portion in portions)


def _portion_price(lines: dict[str, Row], portion: Row) -> int:
    line = lines.get(str(portion.get("id")))
    if line is None:
        raise invalid("orderLines.id", f"the order has no line {portion.get('id')!r}.")
    if "price" in portion:
        return validators.whole_number(portion["price"], "orderLines.price")
    quantity = validators.whole_number(
        portion.get("quantity", line["quantity"]), "orderLines.quantity"
    )
    gross = sum((amount.gross for amount in line_amounts(line)), Decimal(0))
    return payments.to_minor_units(gross * quantity / line["quantity"])


def _url(context: RequestContext, row: Row) -> str:
    """The basic gateway is paid at the counter, so its customer goes straight back."""
    if row["gateway"] == "basic":
        return str(row["referrerUrl"])
    return f"http://{context.host}/_sandbox/pay/{row['id']}"


def patch_payment(context: RequestContext) -> Response:
    """patchOrderPayment: another method of the same gateway."""
    store, payload, old, number = (
        context.store,
        context.body(),
        _payment(context),
        _order_number(context),
    )
    validators.require(payload, "method")
    model = get_order_or_404(context).body["business_model"]
    payments.check_method(store, old["gateway"], payload["method"], model)
    row = {**old, **validators.validate_fields(payload, FIELDS), "updatedAt": store.now_iso()}
    if "orderLines" in payload:
        row["price"] = _price(get_order_or_404(context).body, payload)
    store.payments.change(old["id"], row, store.now())
    return json_response({"payment": payments.serialize(store, row, number, ALL_EMBEDS)})


def delete_payment(context: RequestContext) -> Response:
    """deleteOrderPayment: the order shows the status that is left."""
    context.store.payments.remove(_payment(context)["id"])
    payments.update_order_status(context.store, _order_number(context), context.store.now())
    return empty_response(204)


def _order_number(context: RequestContext) -> int:
    return int(get_order_or_404(context).body["number"])


def _payment(context: RequestContext) -> Row:
    key = context.path["paymentId"]
    record = get_or_404(context.store.payments, key, "payment")
    if record.owner != _order_number(context):
        raise not_found("payment", key)
    return record.body


_ALL = "/orders/{order_number}/payments"
_ONE = "/orders/{order_number}/payments/{paymentId}"

OPERATIONS = (
    Operation("getOrderPayments", "GET", _ALL, get_payments),
    Operation("postOrderPayment", "POST", _ALL, post_payment),
    Operation("patchOrderPayment", "PATCH", _ONE, patch_payment),
    Operation("deleteOrderPayment", "DELETE", _ONE, delete_payment),
)
