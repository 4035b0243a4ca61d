"""The transactions of seeded orders, with their mutations."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import payments

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store

MUTATIONS: dict[int, tuple[str, ...]] = {1: (), 9: ("authorize", "void")}
"""An order's status → what happened to its transaction, unless it was simply paid."""
PAID = ("authorize", "capture")


def fill(store: Store, order: Row, timestamp: str, *, status: int) -> None:
    """One transaction for the whole amount; an order of 0.00 has none (vendor, special cases)."""
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
            for kind in MUTATIONS.get(status, PAID)
        ],
        "properties": {"shipping_region": order["shipping"][0]["country"]["isocode"]},
    }
    store.payments.add(row["id"], row, created=timestamp, owner=order["number"])
    state = payments.compute_status(order["payment"], [row])
    body = {**order, "payment_status": state}
    store.orders.change(order["number"], body, timestamp)
