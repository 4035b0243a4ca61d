"""Orders and credit orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import create as placing
from myonlinestore.sandbox.api.orders import credit as crediting
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http import filters, query
from myonlinestore.sandbox.http.context import Call, Operation, count, found, one, reply, rows
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Record, Row, Store


def get_orders(call: Call) -> Response:
    """getOrders: a page by number, ascending unless `ordering` says desc."""
    store = call.store
    ordering = call.query.get("ordering", "asc")
    if ordering not in ("asc", "desc"):
        raise invalid("ordering", f"{ordering!r} is neither asc nor desc.")
    tests = [*filters.orders(call.query), *filters.debtors(call.query)]
    keys = filters.select(store.orders, tests, filters.hidden_orders(call.query, store))
    ordered = keys if ordering == "asc" else keys[::-1]
    return rows(store.orders, query.page(call.query, ordered))


def get_count(call: Call) -> Response:
    """getOrderCount: it documents no filter on the debtor."""
    hidden = filters.hidden_orders(call.query, call.store)
    return count(len(filters.select(call.store.orders, filters.orders(call.query), hidden)))


def get_order(call: Call) -> Response:
    """getOrder: by its number."""
    return one(order(call))


def post_order(call: Call) -> Response:
    """postOrder: priced by the store. The notifications that it can ask for go nowhere here."""
    terms = placing.Terms(
        moment=call.store.now(),
        shipping=not query.flag(call.query, "disable_shipping"),
        override_stock=bool(query.flag(call.query, "override_stock")),
        override_minimum=bool(query.flag(call.query, "override_minimum")),
    )
    for name in ("send_customer_notification", "send_merchant_notification"):
        query.flag(call.query, name)
    return reply(placing.place(call.store, call.body(), terms))


def post_credit_order(call: Call) -> Response:
    """postCreditOrder: stock goes back unless `mutate_stock` is false."""
    mutate = query.flag(call.query, "mutate_stock") is not False
    posted, moment = call.body(), call.store.now()
    return reply(crediting.credit(call.store, posted, mutate_stock=mutate, moment=moment))


def patch_order(call: Call) -> Response:
    """patchOrder: what the vendor lets change, which is never what was sold.

    An order here was completed when it was placed, so there is no minimum left to override, and no
    stock to take. The goods of a credit order go back with a new status, if they did not before.
    """
    store, old, changes = call.store, order(call).body, call.body()
    for name in ("override_minimum", "override_stock"):
        query.flag(call.query, name)
    mutate_stock = query.flag(call.query, "mutate_stock") is not False
    body = {**old, **_changed(store, old, changes)}
    store.orders.change(old["number"], body, store.now())
    if mutate_stock and _is_credit(old) and body["status"] != old["status"]:
        crediting.restock(store, body)
    return reply(body)


def _is_credit(body: Row) -> bool:
    return body["credited_order_number"] is not None


def _changed(store: Store, old: Row, changes: Row) -> Row:
    fields = b.chosen(changes, {"archived": b.flag})
    if "status" in changes:
        fields |= _new_status(store, old, changes["status"])
    if "comments" in changes:
        comments = b.chosen(b.as_object(changes["comments"], "comments"), {"internal": b.words})
        fields["comments"] = {**old["comments"], **comments}
    if "reference" in changes:
        fields["reference"] = _reference(old, changes)
    if "offline_location_id" in changes:
        fields["offline_location_id"] = placing.location(store, changes["offline_location_id"])
    return fields


def _new_status(store: Store, old: Row, posted: object) -> Row:
    status, now = placing.status(store, posted, credit=_is_credit(old)), store.now()
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
    return placing.reference(changes)


def order(call: Call) -> Record:
    """The order of the path's number."""
    return found(call.store.orders, call.number("order_number"), "order")


OPERATIONS = (
    Operation("getOrders", "GET", "/orders", get_orders),
    Operation("postOrder", "POST", "/orders", post_order),
    Operation("getOrderCount", "GET", "/orders/count", get_count),
    Operation("postCreditOrder", "POST", "/orders/credit", post_credit_order),
    Operation("getOrder", "GET", "/orders/{order_number}", get_order),
    Operation("patchOrder", "PATCH", "/orders/{order_number}", patch_order),
)
