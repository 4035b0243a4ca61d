"""Discount codes and newsletter subscribers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.discount_codes import BLANK
from myonlinestore.sandbox.seed import people
from myonlinestore.sandbox.seed.plan import Plan, timestamp_after, timestamps
from myonlinestore.sandbox.store.store import Row, Store, date_time_fields

if TYPE_CHECKING:
    import random

CODES: tuple[Row, ...] = (
    {"code": "welkom10", "description": "Nieuwsbrief", "percentage_discount": "10.00"},
    {"code": "korting5", "description": "Vijf euro", "fixed_discount": "5.00"},
    {"code": "gratisverzending", "description": "Geen verzendkosten", "free_shipping": True},
    {
        "code": "kerst-2024",
        "description": "Kerst 2024",
        "percentage_discount": "15.00",
        "valid_from": "2024-12-01",
        "valid_until": "2024-12-26",
    },
    {
        "code": "zomer-2023",
        "description": "Zomer 2023",
        "percentage_discount": "20.00",
        "active": False,
        "valid_from": "2023-06-21",
        "valid_until": "2023-09-21",
    },
    {
        "code": "vanaf100",
        "description": "Grote bestelling",
        "fixed_discount": "12.50",
        "minimum_order_price": "100.00",
        "applies_to_action_prices": True,
    },
    {
        "code": "drie-halen",
        "description": "Bij drie artikelen",
        "percentage_discount": "5.00",
        "minimum_products": 3,
        "single_use": True,
    },
)
EVERYDAY_CODES = ("welkom10", "korting5", "gratisverzending")
"""Codes without restrictions."""


def fill(store: Store, plan: Plan) -> None:
    """Add the codes, then the subscribers, oldest first."""
    rng = plan.rng("marketing")
    for fields, created in zip(CODES, timestamps(rng, len(CODES)), strict=True):
        body = {"id": store.ids.uuid(), **BLANK, **fields}
        store.discount_codes.add(body["code"], _restrict(store, rng, body), created=created)
    for number, created in enumerate(timestamps(rng, plan.subscribers), 1):
        _subscribe(store, rng, number, created)


def _restrict(store: Store, rng: random.Random, body: Row) -> Row:
    """Restrict one code to two articles, as in the vendor's example."""
    if body["code"] != "zomer-2023" or len(store.articles) < 2:
        return body
    first, second = rng.sample(store.articles.keys, 2)
    products = [{"product_id": str(first)}, {"product_id": str(second), "max_quantity": 3}]
    ids = [str(first), str(second)]
    return {
        **body,
        "valid_products": products,
        "valid_product_ids": products,
        "valid_article_ids": ids,
    }


def _subscribe(store: Store, rng: random.Random, number: int, created: str) -> None:
    _, first, last = people.person(rng)
    changed = timestamp_after(rng, created, 90)
    email = people.email(first, last, 100_000 + number)
    body = {
        "email": email,
        "name": f"{first} {last}",
        "activated": rng.random() < 0.85,
        **date_time_fields(created, changed),
    }
    store.subscribers.add(email, body, created=created, changed=changed)
