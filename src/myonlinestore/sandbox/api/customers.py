"""Customers and their addresses, which the vendor wraps: {"customer": …}, {"addresses": […]}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders.debtors import customer_id
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http import query
from myonlinestore.sandbox.http.context import Call, Operation, empty, found, reply
from myonlinestore.sandbox.http.problems import invalid, missing

if TYPE_CHECKING:
    from starlette.responses import Response

    from myonlinestore.sandbox.store.store import Record, Row, Store

FIELDS: dict[str, b.Kind] = {
    **dict.fromkeys(("firstName", "lastName", "description"), b.words),
    "dateOfBirth": b.day,
}
NAMES: dict[str, b.Kind] = dict.fromkeys(("firstName", "lastName"), b.words)
ADDRESS_TEXTS = ("firstName", "lastName", "street", "streetNumber", "zipCode", "city")
ADDRESS_NULLABLE = ("company", "gender", "phone", "taxNumber", "iban")
ADDRESS_FIELDS: dict[str, b.Kind] = {
    **dict.fromkeys(ADDRESS_TEXTS, b.plain_text),
    "countryCode": b.matching("[A-Z]{2}", "a country code such as NL"),
    **dict.fromkeys(ADDRESS_NULLABLE, b.words),
    "gender": b.one_of("F", "M", None),
    "iban": b.or_null(b.matching("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", "an IBAN without spaces")),
}
DEFAULTS: dict[str, b.Kind] = dict.fromkeys(("isDefaultForDelivery", "isDefaultForInvoice"), b.flag)


def get_customers(call: Call) -> Response:
    """getCustomers: all of them, for the vendor does not page them; `q` looks in the email."""
    store, wanted = call.store, call.query.get("q", "").lower()
    embedded = query.embeds(call.query, ["address"])
    customers = [row for row in store.customers.bodies() if wanted in row["email"].lower()]
    if embedded:
        addresses = store.addresses.by_owner()
        customers = [{**row, "addresses": addresses.get(row["id"], [])} for row in customers]
    return reply({"customers": customers})


def get_customer(call: Call) -> Response:
    """getCustomer: with its addresses, since only the listing has an `embed`."""
    return _customer(call.store, _found(call))


def post_customer(call: Call) -> Response:
    """createCustomer: an email address belongs to one customer."""
    store, posted = call.store, call.body()
    b.require(posted, "email")
    email = b.text(posted["email"], "email")
    if "@" not in email or customer_id(store, email):
        raise invalid("email", f"{email!r} is taken, or is not an email address.")
    fields = {**dict.fromkeys(FIELDS), **b.chosen(posted, NAMES)}
    new = store.ids.uuid()
    body = {"id": new, "storeId": store.settings["id"], "email": email, **fields}
    return _customer(store, store.customers.add(new, body, created=store.now()))


def patch_customer(call: Call) -> Response:
    """patchCustomer: everything but the email address."""
    old = _found(call).body
    body = {**old, **b.chosen(call.body(), FIELDS)}
    return _customer(call.store, call.store.customers.change(old["id"], body, call.store.now()))


def delete_customer(call: Call) -> Response:
    """deleteCustomer: the addresses go too, the orders stay."""
    store, body = call.store, _found(call).body
    for address in store.addresses.owned_by(body["id"]):
        store.addresses.remove(address["id"])
    store.customers.remove(body["id"])
    return empty(200)


def _found(call: Call) -> Record:
    return found(call.store.customers, call.path["customerId"], "customer")


def _customer(store: Store, record: Record) -> Response:
    addresses = store.addresses.owned_by(record.body["id"])
    return reply({"customer": {**record.body, "addresses": addresses}})


def get_addresses(call: Call) -> Response:
    """getCustomersAddresses: all of one customer."""
    return reply({"addresses": call.store.addresses.owned_by(_found(call).body["id"])})


def get_address(call: Call) -> Response:
    """getCustomersAddress: one, of this customer."""
    return reply({"address": _address(call)})


def post_address(call: Call) -> Response:
    """postCustomersAddress: a customer's first address is the default for everything."""
    store, owner = call.store, _found(call).body["id"]
    posted = b.chosen(call.body(), ADDRESS_FIELDS)
    first, new = not store.addresses.owned_by(owner), store.ids.uuid()
    body = {
        "id": new,
        **dict.fromkeys(ADDRESS_TEXTS, ""),
        "countryCode": store.settings["region_code"],
        **dict.fromkeys(ADDRESS_NULLABLE),
        **posted,
        **dict.fromkeys(DEFAULTS, first),
    }
    store.addresses.add(new, body, created=store.now(), owner=owner)
    return reply({"address": body})


def patch_address(call: Call) -> Response:
    """patchCustomersAddress: a new default takes the place of the old one."""
    store, old = call.store, _address(call)
    changes = b.chosen(call.body(), {**ADDRESS_FIELDS, **DEFAULTS})
    for name in DEFAULTS:
        if changes.get(name):
            _withdraw_default(store, _found(call).body["id"], name)
    body = {**old, **changes}
    store.addresses.change(old["id"], body, store.now())
    return reply({"address": body})


def _withdraw_default(store: Store, owner: str, name: str) -> None:
    for row in store.addresses.owned_by(owner):
        if row[name]:
            store.addresses.change(row["id"], {**row, name: False}, store.now())


def delete_address(call: Call) -> Response:
    """deleteCustomersAddress: answers with an empty body."""
    call.store.addresses.remove(_address(call)["id"])
    return empty(200)


def _address(call: Call) -> Row:
    owner, key = _found(call).body["id"], call.path["addressId"]
    record = found(call.store.addresses, key, "address")
    if record.owner != owner:
        raise missing("address", key)
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
