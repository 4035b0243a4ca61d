"""Payments: gateways and their costs, mutations, and the payment status of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders.lines import collect_amounts
from myonlinestore.sandbox.api.orders.pricing import (
    HUNDRED,
    ZERO,
    Amount,
    line_amounts,
    round_to_cents,
)
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.context import as_object, invalid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from myonlinestore.sandbox.store.store import Row, Store

STATUS_TEXTS = (
    "Onbekend",
    "Geslaagd",
    "Geannuleerd",
    "Mislukt",
    "Verlopen",
    "In behandeling",
    "Geweigerd",
    "Terugbetaald",
)
NOT_FOR_BUSINESS = ("klarna_checkout", "klarna_paylater", "afterpay")
_BY_STATUS_ID = (
    "unknown", "captured", "voided", "failed", "failed", "pending", "failed", "refunded",
)  # fmt: skip
_BY_MUTATION = {
    "authorize": "authorized",
    "capture": "captured",
    "failed": "failed",
    "refund": "refunded",
    "void": "voided",
}
_LINE_TYPES = {
    "article": "physical",
    "custom": "physical",
    "discount": "discount",
    "shipping": "shipping_fee",
    "payment": "payment_fee",
}


def find_method(gateways: Sequence[Row], gateway: object, method: object) -> Row | None:
    """Return a gateway's method; `ideal:issuer` selects the method ideal."""
    name = str(method).partition(":")[0]
    for row in gateways:
        for offered in row["methods"]:
            if row["name"] == gateway and offered["name"] == name:
                return dict(offered)
    return None


def check_method(store: Store, gateway: object, method: object, model: str) -> None:
    """Raise a 422 if no gateway offers the method, or if businesses cannot use it (guide)."""
    offered = find_method(store.gateways, gateway, method)
    if offered is None:
        raise invalid("method", f"{gateway!r} offers no method {method!r}.")
    if model == "B2B" and offered["name"] in NOT_FOR_BUSINESS:
        raise invalid("method", f"{method!r} is not for B2B orders.")


def build_summary(store: Store, payload: object, model: str) -> Row | None:
    """Return the (deprecated) OrderPaymentSummary of a posted order, or None."""
    if not payload:
        return None
    summary = as_object(payload, "payment")
    validators.require(summary, "gateway_name", "method_name")
    check_method(store, summary["gateway_name"], summary["method_name"], model)
    status = as_object(summary.get("status") or {}, "payment.status")
    number = validators.in_range(0, len(STATUS_TEXTS) - 1)(status.get("id", 0), "payment.status.id")
    return {
        "gateway_name": summary["gateway_name"],
        "method_name": summary["method_name"],
        "status": {"id": number, "text": STATUS_TEXTS[number]},
    }


def cost(store: Store, payload: object, total: Decimal) -> Decimal:
    """Return the customer's payment costs: an amount plus a percentage of the total."""
    summary = as_object(payload or {}, "payment")
    method = find_method(
        store.store_gateways, summary.get("gateway_name"), summary.get("method_name")
    )
    if method is None:
        return ZERO
    charge = method["settings"]["cost"]
    return round_to_cents(
        Decimal(charge["amount"]) + total * Decimal(charge["percentage"]) / HUNDRED
    )


def compute_status(paid: Row | None, rows: Sequence[Row]) -> str:
    """Return the payment status, from the last transaction or else from the linked payment."""
    if not rows:
        return _BY_STATUS_ID[paid["status"]["id"]] if paid else "unknown"
    mutations = rows[-1]["mutations"]
    if not mutations:
        return "new"
    last = mutations[-1]["type"]
    # "refunded" means the full amount (guide, payment information).
    return "captured" if last == "refund" and captured_amount(rows[-1]) else _BY_MUTATION[last]


def captured_amount(payment: Row) -> int:
    """Return the captured amount minus refunds, in minor units."""
    signs = {"capture": 1, "refund": -1}
    return sum(
        signs.get(mutation["type"], 0) * mutation["price"] for mutation in payment["mutations"]
    )


def add_mutation(store: Store, payment_id: str, kind: str, price: int, timestamp: str) -> None:
    """Record a payment event: authorize, capture, failed, refund or void."""
    record = store.payments[payment_id]
    at = f"{timestamp.replace(' ', 'T')}+00:00"
    mutation = build_mutation(store, kind, price, at)
    mutations = [*record.body["mutations"], mutation]
    store.payments.change(
        payment_id, {**record.body, "mutations": mutations, "updatedAt": at}, timestamp
    )
    update_order_status(store, int(record.owner or 0), timestamp)


def build_mutation(store: Store, kind: str, price: int, at: str) -> Row:
    """Return a new PaymentMutation."""
    return {
        "id": store.ids.number("mutation"),
        "type": kind,
        "reference": None,
        "price": price,
        "description": None,
        "createdAt": at,
        "expiresAt": None,
    }


def refund(store: Store, number: int, price: int, timestamp: str) -> None:
    """Refund a credited amount on the payments that captured it."""
    for payment in store.payments.owned_by(number)[::-1]:
        part = min(price, captured_amount(payment))
        if part > 0:
            add_mutation(store, payment["id"], "refund", part, timestamp)
            price -= part


def update_order_status(store: Store, number: int, timestamp: str) -> None:
    """Update an order's payment status from its transactions."""
    record = store.orders[number]
    status = compute_status(record.body["payment"], store.payments.owned_by(number))
    store.orders.change(number, {**record.body, "payment_status": status}, timestamp)


def serialize(store: Store, payment: Row, number: int, embeds: AbstractSet[str]) -> Row:
    """Return a payment with the requested embeds."""
    excluded = {"mutations", "properties"} - embeds
    row = {name: value for name, value in payment.items() if name not in excluded}
    if "order" in embeds:
        row["order"] = order_details(store, store.orders[number].body)
    return row


def to_minor_units(amount: Decimal) -> int:
    """Convert an amount to minor units: cents."""
    return int(round_to_cents(amount) * HUNDRED)


def order_details(store: Store, order: Row) -> Row:
    """Return the order as embedded in payments, in minor units."""
    lines = [_serialize_line(line) for line in order["orderlines"]]
    is_pickup = order["offline_location_id"] or order["number"] in store.pickup_orders
    return {
        "id": order["uuid"],
        "reference": str(order["number"]),
        "price": to_minor_units(Decimal(order["price"]["total"])),
        "tax": to_minor_units(_tax(collect_amounts(order["orderlines"]))),
        "locale": order["locale"],
        "deliveryType": "pickup" if is_pickup else "delivery",
        "lines": lines,
        "customer": _serialize_customer(order["debtor"]),
    }


def _serialize_line(line: Row) -> Row:
    amounts = line_amounts(line)
    gross = sum((amount.gross for amount in amounts), ZERO)
    net = sum((amount.net for amount in amounts), ZERO)
    rate = (gross - net) / net if net else ZERO
    return {
        "id": line["id"],
        "type": _LINE_TYPES[line["type"]],
        "name": line["description"],
        "description": line["description"],
        "quantity": str(line["quantity"]),
        "price": to_minor_units(gross),
        "tax": to_minor_units(gross - net),
        "taxRate": str(rate.quantize(Decimal("0.0001"))),
    }


def _tax(amounts: Sequence[Amount]) -> Decimal:
    return sum((amount.gross - amount.net for amount in amounts), ZERO)


def _serialize_customer(debtor: Row) -> Row:
    invoice = debtor["address"]["invoice"]
    return {
        "id": debtor["id"],
        "email": debtor["email"],
        "birthDate": None,
        "iban": invoice["bankaccount"] or None,
        "ip": "192.0.2.1",
        "billingAddress": {**_serialize_address(invoice), "name": _names(invoice)},
        "invoiceAddress": {**_serialize_address(invoice), **_flat_names(invoice)},
    }


def _serialize_address(address: Row) -> Row:
    return {
        "id": address.get("id"),
        "company": address["company"] or None,
        "street": {"name": address["street"], "number": address["number"], "suffix": None},
        "zipCode": address["zipcode"],
        "city": address["city"],
        "country": address["country_code"],
        "phone": address["phone"] or None,
        "gender": address["gender"] or None,
    }


def _names(address: Row) -> Row:
    first, _, last = address["name"].partition(" ")
    return {"first": first, "last": last}


def _flat_names(address: Row) -> Row:
    names = _names(address)
    return {"firstName": names["first"], "lastName": names["last"]}


OUTCOMES: dict[str, tuple[str, ...]] = {
    "authorized": ("authorize",),
    "captured": ("authorize", "capture"),
    "failed": ("failed",),
    "voided": ("authorize", "void"),
}
FINAL = frozenset({"capture", "failed", "void", "refund"})


def pay(store: Store, payment: Row, outcome: str) -> None:
    """Apply the missing steps of a customer's payment, unless the payment has already ended."""
    if outcome not in OUTCOMES:
        raise invalid("outcome", f"{outcome!r} is not one of {', '.join(OUTCOMES)}.")
    applied = {mutation["type"] for mutation in payment["mutations"]}
    if applied & FINAL:
        return
    for mutation in OUTCOMES[outcome]:
        if mutation not in applied:
            add_mutation(store, payment["id"], mutation, payment["price"], store.now())
