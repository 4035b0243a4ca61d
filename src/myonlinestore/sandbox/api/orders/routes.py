"""Routes of orders, credit orders and payments."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.api.orders.create import (
    OrderOptions,
    check_location,
    check_status,
    create_order,
    read_reference,
)
from myonlinestore.sandbox.api.orders.credit import create_credit_order, restock
from myonlinestore.sandbox.api.orders.pricing import line_amounts
from myonlinestore.sandbox.http import query, validators
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    as_object,
    count_response,
    empty_response,
    get_or_404,
    invalid,
    json_response,
    list_response,
    not_found,
    record_response,
)

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Record, Row, Store


def get_orders(context: RequestContext) -> Response:
    """Return a page of orders by number, ascending unless `ordering` is desc (getOrders)."""
    store = context.store
    ordering = context.query.get("ordering", "asc")
    if ordering not in ("asc", "desc"):
        raise invalid("ordering", f"{ordering!r} is neither asc nor desc.")
    tests = [*query.order_filters(context.query), *query.debtor_filters(context.query)]
    keys = query.select_keys(store.orders, tests, query.excluded_orders(context.query, store))
    ordered = keys if ordering == "asc" else keys[::-1]
    return list_response(store.orders, query.page(context.query, ordered))


def get_count(context: RequestContext) -> Response:
    """Count orders; no debtor filter is documented (getOrderCount)."""
    excluded = query.excluded_orders(context.query, context.store)
    return count_response(
        len(query.select_keys(context.store.orders, query.order_filters(context.query), excluded))
    )


def get_order(context: RequestContext) -> Response:
    """Return an order by its number (getOrder)."""
    return record_response(get_order_or_404(context))


def post_order(context: RequestContext) -> Response:
    """Create an order at the store's prices; requested notifications are not sent (postOrder)."""
    options = OrderOptions(
        timestamp=context.store.now(),
        shipping=not query.flag(context.query, "disable_shipping"),
        override_stock=bool(query.flag(context.query, "override_stock")),
        override_minimum=bool(query.flag(context.query, "override_minimum")),
    )
    for name in ("send_customer_notification", "send_merchant_notification"):
        query.flag(context.query, name)
    return json_response(create_order(context.store, context.body(), options))


def post_credit_order(context: RequestContext) -> Response:
    """Create a credit order; restock unless `mutate_stock` is false (postCreditOrder)."""
    mutate_stock = query.flag(context.query, "mutate_stock") is not False
    payload, timestamp = context.body(), context.store.now()
    return json_response(
        create_credit_order(context.store, payload, mutate_stock=mutate_stock, timestamp=timestamp)
    )


def patch_order(context: RequestContext) -> Response:
    """Update the writable fields, which exclude the order lines (patchOrder).

    Orders in the sandbox are complete once created, so `override_minimum` and `override_stock` are
    validated but have no effect. A new status restocks a credit order that was not restocked yet.
    """
    store, old, changes = context.store, get_order_or_404(context).body, context.body()
    for name in ("override_minimum", "override_stock"):
        query.flag(context.query, name)
    mutate_stock = query.flag(context.query, "mutate_stock") is not False
    body = {**old, **_read_changes(store, old, changes)}
    store.orders.change(old["number"], body, store.now())
    if mutate_stock and _is_credit(old) and body["status"] != old["status"]:
        restock(store, body)
    return json_response(body)


def _is_credit(body: Row) -> bool:
    return body["credited_order_number"] is not None


def _read_changes(store: Store, old: Row, changes: Row) -> Row:
    fields = validators.validate_fields(changes, {"archived": validators.flag})
    if "status" in changes:
        fields |= _new_status(store, old, changes["status"])
    if "comments" in changes:
        comments = validators.validate_fields(
            as_object(changes["comments"], "comments"),
            {"internal": validators.optional_text},
        )
        fields["comments"] = {**old["comments"], **comments}
    if "reference" in changes:
        fields["reference"] = _reference(old, changes)
    if "offline_location_id" in changes:
        fields["offline_location_id"] = check_location(store, changes["offline_location_id"])
    return fields


def _new_status(store: Store, old: Row, payload: object) -> Row:
    status, now = check_status(store, payload, credit=_is_credit(old)), store.now()
    if status == old["status"]:
        return {}
    return {
        "status": status,
        "status_changed_date": now[:10],
        "status_changed_time": now[11:],
    }


def _reference(old: Row, changes: Row) -> str | None:
    if old["business_model"] != "B2B":
        raise invalid("reference", "only a B2B order has a reference.")
    return read_reference(changes)


def get_order_or_404(context: RequestContext) -> Record:
    """Return the order with the path's number, or raise a 404."""
    return get_or_404(context.store.orders, context.number("order_number"), "order")


FIELDS: dict[str, validators.Validator] = {
    "method": validators.text,
    "referrerUrl": validators.optional_text,
}
EMBEDS = ("properties", "mutations", "order")
ALL_EMBEDS: frozenset[str] = frozenset(EMBEDS)


def get_payments(context: RequestContext) -> Response:
    """Return payments; `embed` adds properties, mutations and the order (getOrderPayments)."""
    number, embeds = get_order_or_404(context).body["number"], query.embeds(context.query, EMBEDS)
    rows = context.store.payments.owned_by(number)
    serialized = [payments.serialize(context.store, row, number, embeds) for row in rows]
    return json_response({"payments": serialized})


def post_payment(context: RequestContext) -> Response:
    """Create a payment; respond 201 with the URL of the payment page (postOrderPayment)."""
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
    """Return the order's total, or that of the `orderLines` portions, in minor units."""
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
    quantity = validators.quantity(portion.get("quantity", line["quantity"]), "orderLines.quantity")
    gross = sum((amount.gross for amount in line_amounts(line)), Decimal(0))
    return payments.to_minor_units(gross * quantity / line["quantity"])


def _url(context: RequestContext, row: Row) -> str:
    """Return the payment page's URL, or the referrer for the basic gateway (paid in the shop)."""
    if row["gateway"] == "basic":
        return str(row["referrerUrl"])
    page = f"http://{context.host}/_sandbox/pay/{row['id']}"
    return page if context.store_number == 1 else f"{page}?store={context.store_number}"


def patch_payment(context: RequestContext) -> Response:
    """Change to another method of the same gateway (patchOrderPayment)."""
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
    """Delete a payment and update the order's payment status (deleteOrderPayment)."""
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
    Operation("getOrders", "GET", "/orders", get_orders),
    Operation("postOrder", "POST", "/orders", post_order),
    Operation("getOrderCount", "GET", "/orders/count", get_count),
    Operation("postCreditOrder", "POST", "/orders/credit", post_credit_order),
    Operation("getOrder", "GET", "/orders/{order_number}", get_order),
    Operation("patchOrder", "PATCH", "/orders/{order_number}", patch_order),
    Operation("getOrderPayments", "GET", _ALL, get_payments),
    Operation("postOrderPayment", "POST", _ALL, post_payment),
    Operation("patchOrderPayment", "PATCH", _ONE, patch_payment),
    Operation("deleteOrderPayment", "DELETE", _ONE, delete_payment),
)
