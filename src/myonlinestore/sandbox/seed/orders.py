"""Orders: placed by the rules that post them too, then paid, shipped, and now and then credited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import create as placing
from myonlinestore.sandbox.api.orders import credit as crediting
from myonlinestore.sandbox.api.orders.debtors import order_address
from myonlinestore.sandbox.http.problems import Problem
from myonlinestore.sandbox.seed import payments, people
from myonlinestore.sandbox.seed.marketing import EVERYDAY_CODES
from myonlinestore.sandbox.seed.plan import Plan, later, moments

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
NEW, PAID, SENT, DONE, CANCELLED = 1, 4, 6, 8, 9


@dataclass(frozen=True)
class Buyers:
    """Who can order: the customers, with the addresses of each."""

    customers: Sequence[Row]
    addresses: dict[int | str | None, list[Row]]


def fill(store: Store, plan: Plan) -> None:
    """Add the orders, the oldest first. A store without articles has sold nothing."""
    chance = plan.chance("orders")
    if not len(store.articles) or not len(store.customers):
        return
    buyers = Buyers(store.customers.bodies(), store.addresses.by_owner())
    for moment in moments(chance, plan.orders):
        order = _place(store, chance, buyers, moment)
        if chance.random() < 0.02:
            store.test_orders.add(order["number"])
        _settle(store, chance, order, moment)
        if chance.random() < 0.05:
            _credit(store, chance, order["number"], later(chance, moment, 1))


def _place(store: Store, chance: random.Random, buyers: Buyers, moment: str) -> Row:
    customer = chance.choice(buyers.customers)
    invoice, *others = map(order_address, buyers.addresses[customer["id"]])
    gateway, method = chance.choice(METHODS)
    at_counter = chance.random() < 0.06
    posted: Row = {
        "debtor": {
            "id": customer["id"] if chance.random() < 0.8 else None,
            "email": customer["email"],
            "address": {"invoice": invoice, "delivery": others[0] if others else None},
        },
        "orderlines": _lines(store, chance),
        "payment": {"gateway_name": gateway, "method_name": method, "status": {"id": 1}},
        "comments": {"customer": chance.choice(COMMENTS) if chance.random() < 0.2 else ""},
        "business_model": "B2B" if invoice["company"] else "B2C",
        "reference": f"PO-{chance.randint(1000, 9999)}",
        "offline_location_id": store.locations.keys[0] if at_counter else None,
        "discountcode": chance.choice(EVERYDAY_CODES) if chance.random() < 0.12 else None,
    }
    terms = placing.Terms(moment, take_stock=False)
    try:
        return placing.place(store, posted, terms)
    except Problem:
        # The code is not good for these articles: the buyer orders without it.
        return placing.place(store, {**posted, "discountcode": None}, terms)


def _lines(store: Store, chance: random.Random) -> list[Row]:
    lines = [_line(store, chance) for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4)))]
    if chance.random() < 0.04:
        lines.append(_custom_line(chance))
    return lines


def _line(store: Store, chance: random.Random) -> Row:
    article = store.articles[chance.choice(store.articles.keys)].body
    options = [
        {"list_option_id": chance.choice(held["options"])["id"]} for held in article["lists"]
    ]
    return {
        "type": "article",
        "quantity": chance.choice((1, 1, 1, 1, 2, 2, 3, 6)),
        "articles": [{"id": article["id"], "options": options}],
    }


def _custom_line(chance: random.Random) -> Row:
    return {
        "type": "custom",
        "quantity": 1,
        "description": f"Maatwerk voor {chance.choice(people.LAST_NAMES)}",
        "unit_price": {"amount_including_tax": f"{chance.randint(5, 60)}.95", "rate": "21.00"},
        "unit_weight": "0.50",
    }


def _settle(store: Store, chance: random.Random, order: Row, moment: str) -> None:
    """Most orders are long done; some are new, waiting or cancelled."""
    status = chance.choice((*[DONE] * 14, *[SENT] * 3, PAID, NEW, CANCELLED))
    changed = later(chance, moment, 9)
    payments.fill(store, order, moment, status=status)
    body = store.orders[order["number"]].body
    body = {
        **body,
        "status": status,
        "status_changed_date": changed[:10],
        "status_changed_time": changed[11:],
        "archived": status in (DONE, CANCELLED) and chance.random() < 0.6,
    }
    store.orders.change(order["number"], body, changed)


def _credit(store: Store, chance: random.Random, number: int, moment: str) -> None:
    """Part of one line of goods comes back, and goes back in stock long before today."""
    line = chance.choice([
        line
        for line in store.orders[number].body["orderlines"]
        if line["type"] in ("article", "custom")
    ])  # fmt: skip
    posted: Row = {
        "credited_order_number": number,
        "status": CREDITED,
        "orderlines": [{**line, "quantity": 1}],
        "comments": {"customer": "Toch niet de juiste maat."},
        "shipping_costs": "0",
        "payment_costs": "0",
    }
    if line["quantity"] == 1:
        del posted["shipping_costs"], posted["payment_costs"]
    order = crediting.credit(store, posted, mutate_stock=False, moment=moment)
    store.restocked_orders.add(order["number"])
