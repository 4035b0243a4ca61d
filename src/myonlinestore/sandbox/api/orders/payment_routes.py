"""The payments of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.api.orders.pricing import line_amounts
from myonlinestore.sandbox.api.orders.routes import order
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http import query
from myonlinestore.sandbox.http.context import Call, Operation, empty, found, reply
from myonlinestore.sandbox.http.problems import invalid, missing

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Row, Store

FIELDS: dict[str, b.Kind] = {"method": b.text, "referrerUrl": b.words}
EMBEDS = ("properties", "mutations", "order")
ALL_EMBEDS: frozenset[str] = frozenset(EMBEDS)


def get_payments(call: Call) -> Response:
    """getOrderPayments: `embed` adds the properties, the mutations, the order."""
    number, embeds = order(call).body["number"], query.embeds(call.query, EMBEDS)
    rows = call.store.payments.owned_by(number)
    shown = [payments.shown(call.store, row, number, embeds) for row in rows]
    return reply({"payments": shown})


def post_payment(call: Call) -> Response:
    """postOrderPayment: 201, with the URL where the customer would pay."""
    store, posted, body = call.store, call.body(), order(call).body
    b.require(posted, "gateway", "method")
    payments.check_method(store, posted["gateway"], posted["method"], body["business_model"])
    if Decimal(body["price"]["total"]) <= 0:
        raise invalid("order", "an order of 0.00 and a credit order have no payments.")
    row = _new_payment(store, body, posted)
    store.payments.add(row["id"], row, created=store.now(), owner=body["number"])
    payments.refresh_order(store, body["number"], store.now())
    shown = payments.shown(store, row, body["number"], ALL_EMBEDS)
    return reply({"payment": shown, "url": _url(call, row)}, 201)


def _new_payment(store: Store, body: Row, posted: Row) -> Row:
    return {
        "id": store.ids.uuid(),
        "gateway": posted["gateway"],
        "method": posted["method"],
        "gatewayReference": f"ord_{store.ids.uuid()[:8]}",
        "price": _price(body, posted),
        "currency": body["currency"],
        "storeId": store.settings["id"],
        "reference": store.ids.uuid(),
        "referrerUrl": b.words(posted.get("referrerUrl"), "referrerUrl")
        or store.settings["primary_domain"],
        "isTest": False,
        "createdAt": store.now_iso(),
        "updatedAt": None,
        "mutations": [],
        "properties": {},
    }


def _price(body: Row, posted: Row) -> int:
    """The order's total, or that of the `orderLines` portions; in minor units."""
    portions = b.objects(posted, "orderLines")
    if not portions:
        return payments.minor(Decimal(body["price"]["total"]))
    lines = {line["id"]: line for line in body["orderlines"]}
    return sum(_portion(lines, portion) for portion in portions)


def _portion(lines: dict[str, Row], portion: Row) -> int:
    line = lines.get(str(portion.get("id")))
    if line is None:
        raise invalid("orderLines.id", f"the order has no line {portion.get('id')!r}.")
    if "price" in portion:
        return b.whole_number(portion["price"], "orderLines.price")
    quantity = b.whole_number(portion.get("quantity", line["quantity"]), "orderLines.quantity")
    gross = sum((amount.gross for amount in line_amounts(line)), Decimal(0))
    return payments.minor(gross * quantity / line["quantity"])


def _url(call: Call, row: Row) -> str:
    """The basic gateway is paid at the counter, so its customer goes straight back."""
    if row["gateway"] == "basic":
        return str(row["referrerUrl"])
    return f"http://{call.host}/_sandbox/pay/{row['id']}"


def patch_payment(call: Call) -> Response:
    """patchOrderPayment: another method of the same gateway."""
    store, posted, old, number = call.store, call.body(), _payment(call), _number(call)
    b.require(posted, "method")
    model = order(call).body["business_model"]
    payments.check_method(store, old["gateway"], posted["method"], model)
    row = {**old, **b.chosen(posted, FIELDS), "updatedAt": store.now_iso()}
    if "orderLines" in posted:
        row["price"] = _price(order(call).body, posted)
    store.payments.change(old["id"], row, store.now())
    return reply({"payment": payments.shown(store, row, number, ALL_EMBEDS)})


def delete_payment(call: Call) -> Response:
    """deleteOrderPayment: the order shows the status that is left."""
    call.store.payments.remove(_payment(call)["id"])
    payments.refresh_order(call.store, _number(call), call.store.now())
    return empty(204)


def _number(call: Call) -> int:
    return int(order(call).body["number"])


def _payment(call: Call) -> Row:
    key = call.path["paymentId"]
    record = found(call.store.payments, key, "payment")
    if record.owner != _number(call):
        raise missing("payment", key)
    return record.body


_ALL = "/orders/{order_number}/payments"
_ONE = "/orders/{order_number}/payments/{paymentId}"

OPERATIONS = (
    Operation("getOrderPayments", "GET", _ALL, get_payments),
    Operation("postOrderPayment", "POST", _ALL, post_payment),
    Operation("patchOrderPayment", "PATCH", _ONE, patch_payment),
    Operation("deleteOrderPayment", "DELETE", _ONE, delete_payment),
)
