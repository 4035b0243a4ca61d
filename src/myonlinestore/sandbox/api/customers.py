"""Customers and their addresses, wrapped as documented: {"customer": …}, {"addresses": […]}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import query, validators
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    empty_response,
    get_or_404,
    invalid,
    json_response,
    not_found,
)

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Record, Row, Store

FIELDS: dict[str, validators.Validator] = {
    **dict.fromkeys(("firstName", "lastName", "description"), validators.optional_text),
    "dateOfBirth": validators.day,
}
NAMES: dict[str, validators.Validator] = dict.fromkeys(
    ("firstName", "lastName"), validators.optional_text
)
ADDRESS_TEXTS = ("firstName", "lastName", "street", "streetNumber", "zipCode", "city")
ADDRESS_NULLABLE = ("company", "gender", "phone", "taxNumber", "iban")
ADDRESS_FIELDS: dict[str, validators.Validator] = {
    **dict.fromkeys(ADDRESS_TEXTS, validators.plain_text),
    "countryCode": validators.matches_pattern("[A-Z]{2}", "a country code such as NL"),
    **dict.fromkeys(ADDRESS_NULLABLE, validators.optional_text),
    "gender": validators.one_of("F", "M", None),
    "iban": validators.optional(
        validators.matches_pattern("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", "an IBAN without spaces")
    ),
}
DEFAULTS: dict[str, validators.Validator] = dict.fromkeys(
    ("isDefaultForDelivery", "isDefaultForInvoice"), validators.flag
)


def get_customers(context: RequestContext) -> Response:
    """Return all customers, unpaginated; `q` searches the email address (getCustomers)."""
    store, text = context.store, context.query.get("q", "").lower()
    embeds = query.embeds(context.query, ["address"])
    customers = [row for row in store.customers.bodies() if text in row["email"].lower()]
    if embeds:
        addresses = store.addresses.by_owner()
        customers = [{**row, "addresses": addresses.get(row["id"], [])} for row in customers]
    return json_response({"customers": customers})


def get_customer(context: RequestContext) -> Response:
    """Return a customer with addresses; only the list has an `embed` (getCustomer)."""
    return _customer_response(context.store, _get_customer_or_404(context))


def post_customer(context: RequestContext) -> Response:
    """Create a customer; the email address must be unique (createCustomer)."""
    store, payload = context.store, context.body()
    validators.require(payload, "email")
    email = validators.text(payload["email"], "email")
    if "@" not in email or find_customer_id(store, email):
        raise invalid("email", f"{email!r} is taken, or is not an email address.")
    fields = {**dict.fromkeys(FIELDS), **validators.validate_fields(payload, NAMES)}
    new_id = store.ids.uuid()
    body = {"id": new_id, "storeId": store.settings["id"], "email": email, **fields}
    return _customer_response(store, store.customers.add(new_id, body, created=store.now()))


def patch_customer(context: RequestContext) -> Response:
    """Update a customer, except for the email address (patchCustomer)."""
    old = _get_customer_or_404(context).body
    body = {**old, **validators.validate_fields(context.body(), FIELDS)}
    return _customer_response(
        context.store, context.store.customers.change(old["id"], body, context.store.now())
    )


def delete_customer(context: RequestContext) -> Response:
    """Delete a customer and the addresses; orders stay (deleteCustomer)."""
    store, body = context.store, _get_customer_or_404(context).body
    for address in store.addresses.owned_by(body["id"]):
        store.addresses.remove(address["id"])
    store.customers.remove(body["id"])
    return empty_response(200)


def find_customer_id(store: Store, email: str) -> str | None:
    """Return the id of the customer with an email address."""
    for row in store.customers.bodies():
        if row["email"].lower() == email.lower():
            return str(row["id"])
    return None


def _get_customer_or_404(context: RequestContext) -> Record:
    return get_or_404(context.store.customers, context.path["customerId"], "customer")


def _customer_response(store: Store, record: Record) -> Response:
    addresses = store.addresses.owned_by(record.body["id"])
    return json_response({"customer": {**record.body, "addresses": addresses}})


def get_addresses(context: RequestContext) -> Response:
    """Return all addresses of a customer (getCustomersAddresses)."""
    return json_response(
        {"addresses": context.store.addresses.owned_by(_get_customer_or_404(context).body["id"])}
    )


def get_address(context: RequestContext) -> Response:
    """Return an address of this customer (getCustomersAddress)."""
    return json_response({"address": _get_address_or_404(context)})


def post_address(context: RequestContext) -> Response:
    """Add an address; a customer's first one becomes the default (postCustomersAddress)."""
    store, owner = context.store, _get_customer_or_404(context).body["id"]
    payload = validators.validate_fields(context.body(), ADDRESS_FIELDS)
    first, new_id = not store.addresses.owned_by(owner), store.ids.uuid()
    body = {
        "id": new_id,
        **dict.fromkeys(ADDRESS_TEXTS, ""),
        "countryCode": store.settings["region_code"],
        **dict.fromkeys(ADDRESS_NULLABLE),
        **payload,
        **dict.fromkeys(DEFAULTS, first),
    }
    store.addresses.add(new_id, body, created=store.now(), owner=owner)
    return json_response({"address": body})


def patch_address(context: RequestContext) -> Response:
    """Update an address; a new default replaces the old one (patchCustomersAddress)."""
    store, old = context.store, _get_address_or_404(context)
    changes = validators.validate_fields(context.body(), {**ADDRESS_FIELDS, **DEFAULTS})
    for name in DEFAULTS:
        if changes.get(name):
            _clear_default(store, _get_customer_or_404(context).body["id"], name)
    body = {**old, **changes}
    store.addresses.change(old["id"], body, store.now())
    return json_response({"address": body})


def _clear_default(store: Store, owner: str, name: str) -> None:
    for row in store.addresses.owned_by(owner):
        if row[name]:
            store.addresses.change(row["id"], {**row, name: False}, store.now())


def delete_address(context: RequestContext) -> Response:
    """Delete an address and respond with an empty body (deleteCustomersAddress)."""
    context.store.addresses.remove(_get_address_or_404(context)["id"])
    return empty_response(200)


def _get_address_or_404(context: RequestContext) -> Row:
    owner, key = _get_customer_or_404(context).body["id"], context.path["addressId"]
    record = get_or_404(context.store.addresses, key, "address")
    if record.owner != owner:
        raise not_found("address", key)
    return record.body


_ALL, _ONE = "/customers", "/customers/{customerId}"
_ADDRESSES, _ADDRESS = f"{_ONE}/addresses", f"{_ONE}/addresses/{{addressId}}"

OPERATIONS = (
    Operation("getCustomers", "GET", _ALL, get_customers),
    Operation("createCustomer", "POST", _ALL, post_customer),
    Operation("getCustomer", "GET", _ONE, get_customer),
    Operation("patchCustomer", "PATCH", _ONE, patch_customer),
    Operation("deleteCustomer", "DELETE", _ONE, delete_customer),
    Operation("getCustomersAddresses", "GET", _ADDRESSES, get_addresses),
    Operation("postCustomersAddress", "POST", _ADDRESSES, post_address),
    Operation("getCustomersAddress", "GET", _ADDRESS, get_address),
    Operation("patchCustomersAddress", "PATCH", _ADDRESS, patch_address),
    Operation("deleteCustomersAddress", "DELETE", _ADDRESS, delete_address),
)
