"""The payment page, at the `url` of a postOrderPayment response.

The vendor's API starts payments and shows their outcome; the payment itself happens between the
customer and the gateway. In the sandbox, a GET of this page is the payment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.http.problems import invalid, not_found

if TYPE_CHECKING:
    from myonlinestore.sandbox.admin_request import AdminRequest
    from myonlinestore.sandbox.store.store import Row, Store

OUTCOMES: dict[str, tuple[str, ...]] = {
    "authorized": ("authorize",),
    "captured": ("authorize", "capture"),
    "failed": ("failed",),
    "voided": ("authorize", "void"),
}
FINAL = frozenset({"capture", "failed", "void", "refund"})


def get_pay(request: AdminRequest) -> Response:
    """Pay, or end the payment with another `outcome`, and redirect to the store."""
    store, key = request.state.store, request.http.path_params["payment"]
    record = store.payments.find(key)
    if record is None:
        raise not_found("payment", key)
    outcome = request.http.query_params.get("outcome", "captured")
    if outcome not in OUTCOMES:
        raise invalid("outcome", f"{outcome!r} is not one of {', '.join(OUTCOMES)}.")
    _apply_steps(store, record.body, outcome)
    store.commit()
    return Response(status_code=303, headers={"location": record.body["referrerUrl"]})


def _apply_steps(store: Store, payment: Row, outcome: str) -> None:
    """Apply the missing steps of an outcome, unless the payment has already ended."""
    applied = {mutation["type"] for mutation in payment["mutations"]}
    if applied & FINAL:
        return
    for mutation in OUTCOMES[outcome]:
        if mutation not in applied:
            payments.add_mutation(store, payment["id"], mutation, payment["price"], store.now())
