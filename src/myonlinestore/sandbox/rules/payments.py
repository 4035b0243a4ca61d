"""Payments: gateways and their costs, mutations, and the payment status of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox import body as b
from myonlinestore.sandbox.problems import invalid
from myonlinestore.sandbox.rules.lines import amounts_of
from myonlinestore.sandbox.rules.pricing import HUNDRED, ZERO, Amount, cents, line_amounts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from myonlinestore.sandbox.store import Row, Store

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


def method_of(gateways: Sequence[Row], gateway: object, method: object) -> Row | None:
    """A gateway's method; `ideal:issuer` is the method ideal."""
    name = str(method).partition(":")[0]
    for row in gateways:
        for offered in row["methods"]:
            if row["name"] == gateway and offered["name"] == name:
                return dict(offered)
    return None


def check_method(store: Store, gateway: object, method: object) -> None:
    """Refuse a combination that no gateway offers."""
    if method_of(store.gateways, gateway, method) is None:
        raise invalid("method", f"{gateway!r} offers no method {method!r}.")


def summary(store: Store, posted: object) -> Row | None:
    """The (deprecated) OrderPaymentSummary of a posted order; None when it has none."""
    if not posted:
        return None
    given = b.as_object(posted, "payment")
    b.require(given, "gateway_name", "method_name")
    check_method(store, given["gateway_name"], given["method_name"])
    status = b.as_object(given.get("status") or {}, "payment.status")
    number = b.whole_number(status.get("id", 0), "payment.status.id")
    if number >= len(STATUS_TEXTS):
        raise invalid("payment.status.id", "it must be 0 to 7.")
    return {
        "gateway_name": given["gateway_name"],
        "method_name": given["method_name"],
        "status": {"id": number, "text": STATUS_TEXTS[number]},
    }


def cost(store: Store, posted: object, total: Decimal) -> Decimal:
    """What a payment costs the customer: an amount and a percentage of the total."""
    given = b.as_object(posted or {}, "payment")
    method = method_of(store.store_gateways, given.get("gateway_name"), given.get("method_name"))
    if method is None:
        return ZERO
    charge = method["settings"]["cost"]
    return cents(Decimal(charge["amount"]) + total * Decimal(charge["percentage"]) / HUNDRED)


def status_of(paid: Row | None, rows: Sequence[Row]) -> str:
    """The payment status, from the last transaction or else from the linked payment."""
    if not rows:
        return _BY_STATUS_ID[paid["status"]["id"]] if paid else "unknown"
    mutations = rows[-1]["mutations"]
    return _BY_MUTATION[mutations[-1]["type"]] if mutations else "new"


def refresh_order(store: Store, number: int) -> None:
    """Let an order show the status of its transactions."""
    record = store.orders[number]
    status = status_of(record.body["payment"], store.payments.owned_by(number))
    store.orders.change(number, {**record.body, "payment_status": status}, store.now())


def shown(store: Store, payment: Row, number: int, embeds: AbstractSet[str]) -> Row:
    """A payment with the parts that were asked for."""
    hidden = {"mutations", "properties"} - embeds
    row = {name: value for name, value in payment.items() if name not in hidden}
    if "order" in embeds:
        row["order"] = order_details(store.orders[number].body)
    return row


def minor(amount: Decimal) -> int:
    """An amount in minor units: cents."""
    return int(cents(amount) * HUNDRED)


def order_details(order: Row) -> Row:
    """The order as payments embed it, in minor units."""
    lines = [_line(line) for line in order["orderlines"]]
    return {
        "id": order["uuid"],
        "reference": str(order["number"]),
        "price": minor(Decimal(order["price"]["total"])),
        "tax": minor(_tax(amounts_of(order["orderlines"]))),
        "locale": order["locale"],
        "deliveryType": "pickup" if order["offline_location_id"] else "delivery",
        "lines": lines,
        "customer": _customer(order["debtor"]),
    }


def _line(line: Row) -> Row:
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
        "price": minor(gross),
        "tax": minor(gross - net),
        "taxRate": str(rate.quantize(Decimal("0.0001"))),
    }


def _tax(amounts: Sequence[Amount]) -> Decimal:
    return sum((amount.gross - amount.net for amount in amounts), ZERO)


def _customer(debtor: Row) -> Row:
    invoice = debtor["address"]["invoice"]
    return {
        "id": debtor["id"],
        "email": debtor["email"],
        "birthDate": None,
        "iban": invoice["bankaccount"] or None,
        "ip": "192.0.2.1",
        "billingAddress": {**_place(invoice), "name": _names(invoice)},
        "invoiceAddress": {**_place(invoice), **_flat_names(invoice)},
    }


def _place(address: Row) -> Row:
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
