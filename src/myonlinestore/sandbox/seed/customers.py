"""Customers, each with one or two addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.seed import people
from myonlinestore.sandbox.seed.plan import Plan, timestamp_after, timestamps

if TYPE_CHECKING:
    import random

    from myonlinestore.sandbox.store.store import Row, Store

NOTES = ("Belt graag voor bezorging.", "Vaste klant.", "Factuur altijd per e-mail.")


def fill(store: Store, plan: Plan) -> None:
    """Add the customers, the oldest first."""
    rng = plan.rng("customers")
    for number, created in enumerate(timestamps(rng, plan.customers), 1):
        gender, first, last = people.person(rng)
        body = _customer(store, rng, people.email(first, last, number), (first, last))
        store.customers.add(body["id"], body, created=created)
        for index in range(1 if rng.random() < 0.8 else 2):
            row = _address(store, people.address(rng, gender, first, last), first=index == 0)
            store.addresses.add(
                row["id"], row, created=timestamp_after(rng, created, 60), owner=body["id"]
            )


def _customer(store: Store, rng: random.Random, email: str, names: tuple[str, str]) -> Row:
    born = f"{rng.randint(1940, 2005)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    return {
        "id": store.ids.uuid(),
        "storeId": store.settings["id"],
        "email": email,
        "firstName": names[0],
        "lastName": names[1],
        "dateOfBirth": born if rng.random() < 0.4 else None,
        "description": rng.choice(NOTES) if rng.random() < 0.1 else None,
    }


def _address(store: Store, fields: Row, *, first: bool) -> Row:
    return {
        "id": store.ids.uuid(),
        **fields,
        "isDefaultForDelivery": first,
        "isDefaultForInvoice": first,
    }
