"""The debtor of an order: who buys, where the bill and the parcel go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import countries
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from myonlinestore.sandbox.store.store import Row, Store

ADDRESS = ("gender", "name", "company", "phone", "street", "number", "zipcode", "city")
INVOICE = ("taxnumber", "bankaccount")
DEPRECATED = ("gender", "name", "company", "phone", "bankaccount")


def debtor(store: Store, posted: Row, model: str) -> Row:
    """A posted OrderDebtor, complete: addresses resolved, the customer linked if asked for.

    Only businesses have a tax number, and no company is taken in a GO store (changelog 2.1.0).
    """
    b.require(posted, "email", "address")
    email = b.text(posted["email"], "debtor.email")
    addresses = b.as_object(posted["address"], "debtor.address")
    b.require(addresses, "invoice")
    invoice = _address(store, addresses["invoice"], email, (*ADDRESS, *INVOICE))
    if model == "B2C":
        invoice["taxnumber"] = ""
    if store.settings["version"] == "GO":
        invoice["company"] = ""
    delivery = _address(store, addresses.get("delivery") or addresses["invoice"], email, ADDRESS)
    linked = customer_id(store, email) if posted.get("link_to_account") else None
    return {
        "id": posted.get("id") or linked,
        "email": email,
        **{name: invoice.get(name, "") for name in DEPRECATED},
        "link_to_account": linked is not None,
        "address": {"invoice": invoice, "delivery": delivery},
    }


def customer_id(store: Store, email: str) -> str | None:
    """The id of the customer with an email address."""
    for row in store.customers.bodies():
        if row["email"].lower() == email.lower():
            return str(row["id"])
    return None


def _address(store: Store, posted: object, email: str, fields: tuple[str, ...]) -> Row:
    given = b.as_object(posted, "debtor.address")
    if given.get("id"):
        given = _registered(store, str(given["id"]), email)
    b.require(given, "name", "zipcode")
    code = str(given.get("country_code") or _code_of(given.get("country")))
    return {
        **({"id": given["id"]} if "id" in given else {}),
        **{name: b.words(given.get(name), f"debtor.address.{name}") or "" for name in fields},
        "country": countries.name(code),
        "country_code": code,
    }


def _code_of(country: object) -> str:
    """The code of a country that is given by its (deprecated) name; the Netherlands otherwise."""
    return next((code for code, name in countries.NAMES.items() if name == country), "NL")


def _registered(store: Store, address_id: str, email: str) -> Row:
    """An address of a customer, by its id; the email must be that customer's (changelog 2.0.10)."""
    record = store.addresses.find(address_id)
    if record is None or not _is_of(store, record.owner, email):
        raise invalid("debtor.address", f"{address_id} is not an address of {email}.")
    return order_address(record.body)


def _is_of(store: Store, owner: int | str | None, email: str) -> bool:
    record = store.customers.find(str(owner))
    return record is not None and str(record.body["email"]).lower() == email.lower()


def order_address(row: Row) -> Row:
    """A CustomerAddress (camelCase) as an order's InvoiceAddress (snake_case)."""
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
