"""The debtor of an order, with invoice and delivery address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store

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
    addresses = validators.as_object(payload["address"], "debtor.address")
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


def find_customer_id(store: Store, email: str) -> str | None:
    """Return the id of the customer with an email address."""
    for row in store.customers.bodies():
        if row["email"].lower() == email.lower():
            return str(row["id"])
    return None


def _address(store: Store, payload: object, email: str, fields: tuple[str, ...]) -> Row:
    address = validators.as_object(payload, "debtor.address")
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
