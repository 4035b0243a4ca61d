"""Customers, each with one or two addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.seed import people
from myonlinestore.sandbox.seed.plan import Plan, later, moments

if TYPE_CHECKING:
    import random

    from myonlinestore.sandbox.store.store import Row, Store

NOTES = ("Belt graag voor bezorging.", "Vaste klant.", "Factuur altijd per e-mail.")


def fill(store: Store, plan: Plan) -> None:
    """Add the customers, the oldest first."""
    chance = plan.chance("customers")
    for number, created in enumerate(moments(chance, plan.customers), 1):
        gender, first, last = people.person(chance)
        body = _customer(store, chance, people.email(first, last, number), (first, last))
        store.customers.add(body["id"], body, created=created)
        for at in range(1 if chance.random() < 0.8 else 2):
            row = _address(store, people.address(chance, gender, first, last), first=at == 0)
            store.addresses.add(
                row["id"], row, created=later(chance, created, 60), owner=body["id"]
            )


def _customer(store: Store, chance: random.Random, email: str, names: tuple[str, str]) -> Row:
    born = f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    return {
        "id": store.ids.uuid(),
        "storeId": store.settings["id"],
        "email": email,
        "firstName": names[0],
        "lastName": names[1],
        "dateOfBirth": born if chance.random() < 0.4 else None,
        "description": chance.choice(NOTES) if chance.random() < 0.1 else None,
    }


def _address(store: Store, fields: Row, *, first: bool) -> Row:
    return {
        "id": store.ids.uuid(),
        **fields,
        "isDefaultForDelivery": first,
        "isDefaultForInvoice": first,
    }
