"""Orders and credit orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders.create import (
    OrderOptions,
    check_location,
    check_status,
    create_order,
    read_reference,
)
from myonlinestore.sandbox.api.orders.credit import create_credit_order, restock
from myonlinestore.sandbox.http import filters, query, validators
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    count_response,
    get_or_404,
    json_response,
    list_response,
    record_response,
)
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Record, Row, Store


def get_orders(context: RequestContext) -> Response:
    """getOrders: a page by number, ascending unless `ordering` says desc."""
    store = context.store
    ordering = context.query.get("ordering", "asc")
    if ordering not in ("asc", "desc"):
        raise invalid("ordering", f"{ordering!r} is neither asc nor desc.")
    tests = [*filters.orders(context.query), *filters.debtors(context.query)]
    keys = filters.select(store.orders, tests, filters.excluded_orders(context.query, store))
    ordered = keys if ordering == "asc" else keys[::-1]
    return list_response(store.orders, query.page(context.query, ordered))


def get_count(context: RequestContext) -> Response:
    """getOrderCount: it documents no filter on the debtor."""
    excluded = filters.excluded_orders(context.query, context.store)
    return count_response(
        len(filters.select(context.store.orders, filters.orders(context.query), excluded))
    )


def get_order(context: RequestContext) -> Response:
    """getOrder: by its number."""
    return record_response(get_order_or_404(context))


def post_order(context: RequestContext) -> Response:
    """postOrder: priced by the store. The notifications that it can ask for go nowhere here."""
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
    """postCreditOrder: stock goes back unless `mutate_stock` is false."""
    mutate_stock = query.flag(context.query, "mutate_stock") is not False
    payload, timestamp = context.body(), context.store.now()
    return json_response(
        create_credit_order(context.store, payload, mutate_stock=mutate_stock, timestamp=timestamp)
    )


def patch_order(context: RequestContext) -> Response:
    """patchOrder: what the vendor lets change, which is never what was sold.

    An order here was completed when it was placed, so there is no minimum left to override, and no
    stock to take. The goods of a credit order go back with a new status, if they did not before.
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
            validators.as_object(changes["comments"], "comments"),
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
    """The order of the path's number."""
    return get_or_404(context.store.orders, context.number("order_number"), "order")


OPERATIONS = (
    Operation("getOrders", "GET", "/orders", get_orders),
    Operation("postOrder", "POST", "/orders", post_order),
    Operation("getOrderCount", "GET", "/orders/count", get_count),
    Operation("postCreditOrder", "POST", "/orders/credit", post_credit_order),
    Operation("getOrder", "GET", "/orders/{order_number}", get_order),
    Operation("patchOrder", "PATCH", "/orders/{order_number}", patch_order),
)
