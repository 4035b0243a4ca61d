"""Order creation: from the vendor's OrderPostable to a priced and numbered Order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.customers import find_customer_id
from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.api.orders.costs import PICKUP_TYPES, Checkout, build_lines
from myonlinestore.sandbox.api.orders.lines import reserve_stock
from myonlinestore.sandbox.api.orders.pricing import ZERO, choose_strategy, compute_order_price
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.context import as_object, invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store

FIRST_STATUS = 1
REFERENCE_LENGTH = 255


@dataclass(frozen=True)
class OrderOptions:
    """Options of an order that do not depend on its content."""

    timestamp: str
    shipping: bool = True
    reserve_stock: bool = True
    override_stock: bool = False
    override_minimum: bool = False


def create_order(store: Store, payload: Row, options: OrderOptions) -> Row:
    """Check, price and number an order, reserve its stock, and store it."""
    validators.require(payload, "orderlines", "debtor")
    model = read_business_model(store, payload)
    debtor = build_debtor(store, as_object(payload["debtor"], "debtor"), model)
    if model == "B2B" and not debtor["company"]:
        raise invalid("debtor.address.invoice.company", "a B2B order needs the company.")
    checkout = _build_checkout(store, payload, debtor, model, options)
    lines = build_lines(checkout)
    head = {
        **_build_head(store, payload, options.timestamp),
        "business_model": model,
        "reference": read_reference(payload) if model == "B2B" else None,
        "tax_strategy": checkout.tax_strategy,
        "payment": payments.build_summary(store, payload.get("payment"), model),
    }
    if options.reserve_stock:
        reserve_stock(store, lines, ignore_limits=options.override_stock)
    order = build_order(store, head, debtor, lines)
    if checkout.shipping_type in PICKUP_TYPES:
        store.pickup_orders.add(order["number"])
    return add_order(store, order, options.timestamp)


def _build_checkout(
    store: Store, payload: Row, debtor: Row, model: str, options: OrderOptions
) -> Checkout:
    destination = debtor["address"]["delivery"]["country_code"]
    return Checkout(
        store,
        payload,
        debtor,
        tax_strategy=choose_strategy(store.settings["region_code"], destination, model),
        day=options.timestamp[:10],
        ships=options.shipping,
        override_minimum=options.override_minimum,
    )


def read_business_model(store: Store, payload: Row) -> str:
    """Return B2C or B2B, as the store allows; B2B needs a company on the invoice address."""
    allowed = store.settings["available_business_models"]
    model = payload.get("business_model") or ("B2B" if allowed == "B2B" else "B2C")
    if model not in ("B2C", "B2B") or allowed not in ("ALL", model):
        raise invalid("business_model", f"{model!r} is not available in this store.")
    return str(model)


def read_reference(payload: Row) -> str | None:
    """Return the reference of a business order."""
    text = validators.optional_text(payload.get("reference"), "reference")
    if text and len(text) > REFERENCE_LENGTH:
        raise invalid("reference", f"the maximum length is {REFERENCE_LENGTH} characters.")
    return text


def _build_head(store: Store, payload: Row, timestamp: str) -> Row:
    return {
        "status": check_status(store, payload.get("status", FIRST_STATUS)),
        "archived": validators.flag(payload.get("archived", False), "archived"),
        "discountcode": validators.optional_text(payload.get("discountcode"), "discountcode") or "",
        "offline_location_id": check_location(store, payload.get("offline_location_id")),
        "credited_order_number": None,
        "credit_order_numbers": [],
        "comments": read_comments(payload),
        "date": timestamp[:10],
        "time": timestamp[11:],
    }


def read_comments(payload: Row) -> Row:
    """Return an OrderComment with both texts."""
    comments = as_object(payload.get("comments") or {}, "comments")
    return {
        name: validators.optional_text(comments.get(name), f"comments.{name}") or ""
        for name in ("customer", "internal")
    }


def check_status(store: Store, number: object, *, credit: bool = False) -> int:
    """Return a known order status, of the credit order kind if `credit` is set."""
    status = validators.whole_number(number, "status")
    record = store.statuses.find(status)
    if record is None:
        raise invalid("status", f"{status} is not an order status of this store.")
    if record.body["credit_order"] != credit:
        kind = "credit orders" if record.body["credit_order"] else "regular orders"
        raise invalid("status", f"{status} is a status for {kind}.")
    return status


def check_location(store: Store, location_id: object) -> str | None:
    """Return a known offline location, or None for an order from the web shop."""
    if location_id is None:
        return None
    record = store.locations.find(str(location_id))
    if record is None or record.body["deleted"]:
        raise invalid("offline_location_id", f"there is no offline location {location_id!r}.")
    return str(location_id)


def build_order(store: Store, head: Row, debtor: Row, rows: Sequence[Row]) -> Row:
    """Return an Order from its head, debtor and lines. Its number is assigned last."""
    code = debtor["address"]["delivery"]["country_code"]
    settings = store.settings
    return {
        "number": store.ids.number("order"),
        "uuid": store.ids.uuid(),
        **head,
        "status_changed_date": head["date"],
        "status_changed_time": head["time"],
        "weight": str(sum((Decimal(row["weight"]) for row in rows), ZERO)),
        "finished": True,
        "taxed": "include" if settings["prices_include_tax"] else "exclude",
        "locale": settings["default_language"],
        "currency": settings["currency"],
        "currency_format_locale": settings["currency_format_locale"],
        "tax_region": settings["region_code"],
        "partner": {"name": "Sandbox"},
        "payment_status": payments.compute_status(head["payment"], []),
        "debtor": debtor,
        "price": compute_order_price(rows),
        "orderlines": list(rows),
        "shipping": [{"country": {"description": country_name(code), "isocode": code}}],
    }


def add_order(store: Store, order: Row, timestamp: str) -> Row:
    """Store an order."""
    store.orders.add(order["number"], order, created=timestamp)
    return order


def remove_order(store: Store, number: int) -> None:
    """Delete an order with its payments. The API has no such operation; the store's owner can."""
    credited: int = store.orders[number].body["credited_order_number"]
    original = store.orders.find(credited)
    if original is not None:
        numbers = [other for other in original.body["credit_order_numbers"] if other != number]
        body = {**original.body, "credit_order_numbers": numbers}
        store.orders.change(credited, body, store.now())
    for payment in store.payments.owned_by(number):
        store.payments.remove(payment["id"])
    for orders in (store.test_orders, store.pickup_orders, store.restocked_orders):
        orders.discard(number)
    store.orders.remove(number)


ADDRESS = ("gender", "name", "company", "phone", "street", "number", "zipcode", "city")
INVOICE = ("taxnumber", "bankaccount")
DEPRECATED = ("gender", "name", "company", "phone", "bankaccount")

COUNTRY_NAMES = {
    "AT": "Oostenrijk",
    "BE": "België",
    "CH": "Zwitserland",
    "DE": "Duitsland",
    "DK": "Denemarken",
    "ES": "Spanje",
    "FR": "Frankrijk",
    "GB": "Verenigd Koninkrijk",
    "IT": "Italië",
    "LU": "Luxemburg",
    "NL": "Nederland",
    "PL": "Polen",
    "SE": "Zweden",
    "US": "Verenigde Staten",
}


def country_name(code: str) -> str:
    """Return the Dutch name of a country, or its code if the name is not known."""
    return COUNTRY_NAMES.get(code, code)


def build_debtor(store: Store, payload: Row, model: str) -> Row:
    """Return a complete OrderDebtor, with addresses resolved and the customer linked.

    Only businesses have a tax number, and a GO store ignores the company (changelog 2.1.0).
    """
    validators.require(payload, "email", "address")
    email = validators.text(payload["email"], "debtor.email")
    addresses = as_object(payload["address"], "debtor.address")
    validators.require(addresses, "invoice")
    invoice = _address(store, addresses["invoice"], email, (*ADDRESS, *INVOICE))
    if model == "B2C":
        invoice["taxnumber"] = ""
    if store.settings["version"] == "GO":
        invoice["company"] = ""
    delivery = _address(store, addresses.get("delivery") or addresses["invoice"], email, ADDRESS)
    linked = find_customer_id(store, email) if payload.get("link_to_account") else None
    return {
        "id": payload.get("id") or linked,
        "email": email,
        **{name: invoice.get(name, "") for name in DEPRECATED},
        "link_to_account": linked is not None,
        "address": {"invoice": invoice, "delivery": delivery},
    }


def _address(store: Store, payload: object, email: str, fields: tuple[str, ...]) -> Row:
    address = as_object(payload, "debtor.address")
    if address.get("id"):
        address = _saved_address(store, str(address["id"]), email)
    validators.require(address, "name", "zipcode")
    code = str(address.get("country_code") or _find_country_code(address.get("country")))
    return {
        **({"id": address["id"]} if "id" in address else {}),
        **{
            name: validators.optional_text(address.get(name), f"debtor.address.{name}") or ""
            for name in fields
        },
        "country": country_name(code),
        "country_code": code,
    }


def _find_country_code(country: object) -> str:
    """Return the code for a (deprecated) country name; the Netherlands by default."""
    return next((code for code, name in COUNTRY_NAMES.items() if name == country), "NL")


def _saved_address(store: Store, address_id: str, email: str) -> Row:
    """Return a customer's address by id; the email must be that customer's (changelog 2.0.10)."""
    record = store.addresses.find(address_id)
    if record is None or not _belongs_to(store, record.owner, email):
        raise invalid("debtor.address", f"{address_id} is not an address of {email}.")
    return to_order_address(record.body)


def _belongs_to(store: Store, owner: int | str | None, email: str) -> bool:
    record = store.customers.find(str(owner))
    return record is not None and str(record.body["email"]).lower() == email.lower()


def to_order_address(row: Row) -> Row:
    """Convert a CustomerAddress (camelCase) to an order's InvoiceAddress (snake_case)."""
    return {
        "id": row["id"],
        "gender": row["gender"],
        "name": f"{row['firstName']} {row['lastName']}".strip(),
        "company": row["company"],
        "phone": row["phone"],
        "street": row["street"],
        "number": row["streetNumber"],
        "zipcode": row["zipCode"],
        "city": row["city"],
        "country_code": row["countryCode"],
        "taxnumber": row["taxNumber"],
        "bankaccount": row["iban"],
    }
