"""The page where a customer pays: what the `url` of postOrderPayment leads to.

The vendor's API starts payments and shows what became of them; what happens in between is between
the customer and the gateway. Here a visit to the page is that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.http.problems import invalid, missing

if TYPE_CHECKING:
    from myonlinestore.sandbox.admin import Asked
    from myonlinestore.sandbox.store.store import Row, Store

OUTCOMES: dict[str, tuple[str, ...]] = {
    "authorized": ("authorize",),
    "captured": ("authorize", "capture"),
    "failed": ("failed",),
    "voided": ("authorize", "void"),
}
FINAL = frozenset({"capture", "failed", "void", "refund"})


def get_pay(asked: Asked) -> Response:
    """The customer pays, or ends otherwise (`outcome`), and goes back to the store."""
    store, key = asked.control.store, asked.request.path_params["payment"]
    record = store.payments.find(key)
    if record is None:
        raise missing("payment", key)
    outcome = asked.request.query_params.get("outcome", "captured")
    if outcome not in OUTCOMES:
        raise invalid("outcome", f"{outcome!r} is none of {', '.join(OUTCOMES)}.")
    _go_through(store, record.body, outcome)
    store.commit()
    return Response(status_code=303, headers={"location": record.body["referrerUrl"]})


def _go_through(store: Store, payment: Row, outcome: str) -> None:
    """The steps to an outcome that were not taken yet; a payment that has ended stays so."""
    taken = {mutation["type"] for mutation in payment["mutations"]}
    if taken & FINAL:
        return
    for kind in OUTCOMES[outcome]:
        if kind not in taken:
            payments.mutate(store, payment["id"], kind, payment["price"], store.now())
