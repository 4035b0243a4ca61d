"""Orders: created by the API's own rules, then paid, shipped, and sometimes credited."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.api.orders.create import OrderOptions, create_order, to_order_address
from myonlinestore.sandbox.api.orders.credit import create_credit_order
from myonlinestore.sandbox.http.context import Problem
from myonlinestore.sandbox.seed import people
from myonlinestore.sandbox.seed.samples import timestamp_after, timestamps

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store

COMMENTS = ("Graag snel verzenden!", "Het is een cadeau.", "Mag bij de buren.", "")
METHODS = (
    *[("mollie", "ideal")] * 6,
    ("mollie", "bancontact"),
    ("mollie", "creditcard"),
    ("paypal", "paypal"),
    ("basic", "advance"),
)
CREDITED = 10
NEW, PAID, SHIPPED, DONE, CANCELLED = 1, 4, 6, 8, 9


@dataclass(frozen=True)
class Buyers:
    """The customers and the addresses of each."""

    customers: Sequence[Row]
    addresses: dict[int | str | None, list[Row]]


def fill(store: Store, rng: random.Random, count: int) -> None:
    """Add the orders, oldest first; none if the store has no articles."""
    if not len(store.articles) or not len(store.customers):
        return
    buyers = Buyers(store.customers.bodies(), store.addresses.by_owner())
    for timestamp in timestamps(rng, count):
        order = _create(store, rng, buyers, timestamp)
        if rng.random() < 0.02:
            store.test_orders.add(order["number"])
        _complete(store, rng, order, timestamp)
        if rng.random() < 0.05:
            _credit(store, rng, order["number"], timestamp_after(rng, timestamp, 1))


def _create(store: Store, rng: random.Random, buyers: Buyers, timestamp: str) -> Row:
    customer = rng.choice(buyers.customers)
    invoice, *others = map(to_order_address, buyers.addresses[customer["id"]])
    gateway, method = rng.choice(METHODS)
    at_counter = rng.random() < 0.06
    payload: Row = {
        "debtor": {
            "id": customer["id"] if rng.random() < 0.8 else None,
            "email": customer["email"],
            "address": {"invoice": invoice, "delivery": others[0] if others else None},
        },
        "orderlines": _lines(store, rng),
        "payment": {"gateway_name": gateway, "method_name": method, "status": {"id": 1}},
        "comments": {"customer": rng.choice(COMMENTS) if rng.random() < 0.2 else ""},
        "business_model": "B2B" if invoice["company"] else "B2C",
        "reference": f"PO-{rng.randint(1000, 9999)}",
        "offline_location_id": store.locations.keys[0] if at_counter else None,
        "discountcode": rng.choice(people.EVERYDAY_CODES) if rng.random() < 0.12 else None,
    }
    options = OrderOptions(timestamp, reserve_stock=False)
    try:
        return create_order(store, payload, options)
    except Problem:
        # The code does not apply to these articles: order without it.
        return create_order(store, {**payload, "discountcode": None}, options)


def _lines(store: Store, rng: random.Random) -> list[Row]:
    lines = [_line(store, rng) for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4)))]
    if rng.random() < 0.04:
        lines.append(_custom_line(rng))
    return lines


def _line(store: Store, rng: random.Random) -> Row:
    article = store.articles[rng.choice(store.articles.keys)].body
    options = [
        {"list_option_id": rng.choice(article_list["options"])["id"]}
        for article_list in article["lists"]
    ]
    return {
        "type": "article",
        "quantity": rng.choice((1, 1, 1, 1, 2, 2, 3, 6)),
        "articles": [{"id": article["id"], "options": options}],
    }


def _custom_line(rng: random.Random) -> Row:
    return {
        "type": "custom",
        "quantity": 1,
        "description": f"Maatwerk voor {rng.choice(people.LAST_NAMES)}",
        "unit_price": {"amount_including_tax": f"{rng.randint(5, 60)}.95", "rate": "21.00"},
        "unit_weight": "0.50",
    }


def _complete(store: Store, rng: random.Random, order: Row, timestamp: str) -> None:
    """Set a status: most orders are completed, some are new, pending or cancelled."""
    status = rng.choice((*[DONE] * 14, *[SHIPPED] * 3, PAID, NEW, CANCELLED))
    changed = timestamp_after(rng, timestamp, 9)
    _add_payment(store, order, timestamp, status=status)
    body = store.orders[order["number"]].body
    body = {
        **body,
        "status": status,
        "status_changed_date": changed[:10],
        "status_changed_time": changed[11:],
        "archived": status in (DONE, CANCELLED) and rng.random() < 0.6,
    }
    store.orders.change(order["number"], body, changed)


def _credit(store: Store, rng: random.Random, number: int, timestamp: str) -> None:
    """Credit one item of an order and return it to stock."""
    line = rng.choice([
        line
        for line in store.orders[number].body["orderlines"]
        if line["type"] in ("article", "custom")
    ])  # fmt: skip
    payload: Row = {
        "credited_order_number": number,
        "status": CREDITED,
        "orderlines": [{**line, "quantity": 1}],
        "comments": {"customer": "Toch niet de juiste maat."},
        "shipping_costs": "0",
        "payment_costs": "0",
    }
    if line["quantity"] == 1:
        del payload["shipping_costs"], payload["payment_costs"]
    order = create_credit_order(store, payload, mutate_stock=False, timestamp=timestamp)
    store.restocked_orders.add(order["number"])


_MUTATIONS: dict[int, tuple[str, ...]] = {1: (), 9: ("authorize", "void")}
"""An order's status → the mutations of its transaction; otherwise it was paid."""
_PAID = ("authorize", "capture")


def _add_payment(store: Store, order: Row, timestamp: str, *, status: int) -> None:
    """Add one transaction for the whole amount; none for 0.00 (vendor, special cases)."""
    price = payments.to_minor_units(Decimal(order["price"]["total"]))
    if not price:
        return
    created = f"{timestamp.replace(' ', 'T')}+00:00"
    row: Row = {
        "id": store.ids.uuid(),
        "gateway": order["payment"]["gateway_name"],
        "method": order["payment"]["method_name"],
        "gatewayReference": f"ord_{store.ids.uuid()[:8]}",
        "price": price,
        "currency": order["currency"],
        "storeId": store.settings["id"],
        "reference": store.ids.uuid(),
        "referrerUrl": store.settings["primary_domain"],
        "isTest": order["number"] in store.test_orders,
        "createdAt": created,
        "updatedAt": created,
        "mutations": [
            payments.build_mutation(store, kind, price, created)
            for kind in _MUTATIONS.get(status, _PAID)
        ],
        "properties": {"shipping_region": order["shipping"][0]["country"]["isocode"]},
    }
    store.payments.add(row["id"], row, created=timestamp, owner=order["number"])
    state = payments.compute_status(order["payment"], [row])
    body = {**order, "payment_status": state}
    store.orders.change(order["number"], body, timestamp)
