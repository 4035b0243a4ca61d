"""Customers and their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    import httpx

Row = dict[str, Any]


@pytest.fixture
def customer(api: httpx.Client) -> Row:
    """Return a new customer."""
    body = {"email": f"{uuid4()}@example.com", "firstName": "Alberto", "lastName": "Vermicelli"}
    return dict(api.post("/customers", json=body).json()["customer"])


def create_address(api: httpx.Client, customer: Row, **fields: Any) -> Row:
    """Return a new address of a customer."""
    body = {"firstName": "A", "street": "Molenstraat", "streetNumber": "62", **fields}
    response = api.post(f"/customers/{customer['id']}/addresses", json=body)
    assert response.status_code == 200
    return dict(response.json()["address"])


def test_a_created_customer_is_there(api: httpx.Client, customer: Row) -> None:
    """A new customer can be read, is listed, and has no addresses."""
    assert customer["addresses"] == []
    assert api.get(f"/customers/{customer['id']}").json() == {"customer": customer}
    customers = api.get("/customers", params={"q": customer["email"]}).json()["customers"]
    assert [row["id"] for row in customers] == [customer["id"]]


def test_a_customer_changes(api: httpx.Client, customer: Row) -> None:
    """Named fields change, null included; the email address does not."""
    path = f"/customers/{customer['id']}"
    body = {"lastName": "Spaghetti", "firstName": None, "email": "other@example.com"}
    changed = api.patch(path, json=body).json()["customer"]
    assert changed == {**customer, "lastName": "Spaghetti", "firstName": None}
    assert api.get(path).json()["customer"] == changed


def test_a_deleted_customer_is_gone(api: httpx.Client, customer: Row) -> None:
    """DELETE responds 200 with an empty body; the customer and the addresses are deleted."""
    address = create_address(api, customer)
    path = f"/customers/{customer['id']}"
    response = api.delete(path)
    assert (response.status_code, response.content) == (200, b"")
    assert api.get(path).status_code == 404
    assert api.get(f"{path}/addresses/{address['id']}").status_code == 404


def test_an_email_address_belongs_to_one_customer(api: httpx.Client, customer: Row) -> None:
    """A second customer with the same email is a 422; so is one without or with nonsense."""
    for email in (customer["email"].upper(), "", "nobody", None):
        assert api.post("/customers", json={"email": email}).status_code == 422


def test_an_address_lives(api: httpx.Client, customer: Row) -> None:
    """An address is added, listed, changed and removed."""
    address = create_address(api, customer, countryCode="BE", company=None)
    path = f"/customers/{customer['id']}/addresses"
    assert api.get(path).json() == {"addresses": [address]}
    changed = api.patch(f"{path}/{address['id']}", json={"city": "Gent"}).json()["address"]
    assert changed == {**address, "city": "Gent"}
    assert api.get(f"{path}/{address['id']}").json() == {"address": changed}
    assert api.delete(f"{path}/{address['id']}").status_code == 200
    assert api.get(path).json() == {"addresses": []}


def test_one_address_is_the_default(api: httpx.Client, customer: Row) -> None:
    """The first address is the default; a new default takes its place."""
    first, second = create_address(api, customer), create_address(api, customer)
    assert (first["isDefaultForInvoice"], second["isDefaultForInvoice"]) == (True, False)
    path = f"/customers/{customer['id']}/addresses"
    api.patch(f"{path}/{second['id']}", json={"isDefaultForInvoice": True})
    rows = api.get(path).json()["addresses"]
    assert [row["isDefaultForInvoice"] for row in rows] == [False, True]
    assert [row["isDefaultForDelivery"] for row in rows] == [True, False]


def test_an_address_belongs_to_its_customer(api: httpx.Client, customer: Row) -> None:
    """Another customer's address is a 404."""
    address = create_address(api, customer)
    other = api.get("/customers").json()["customers"][0]["id"]
    assert api.get(f"/customers/{other}/addresses/{address['id']}").status_code == 404


@pytest.mark.parametrize(
    "fields", [{"gender": "V"}, {"countryCode": "nl"}, {"countryCode": None}, {"iban": "1"}]
)
def test_a_wrong_address_is_refused(api: httpx.Client, customer: Row, fields: Row) -> None:
    """A gender, country or account of another form is a 422, and adds nothing."""
    path = f"/customers/{customer['id']}/addresses"
    assert api.post(path, json=fields).status_code == 422
    assert api.get(path).json() == {"addresses": []}


@pytest.mark.parametrize("date_of_birth", ["1980-02-30", "01-01-1980", 1980])
def test_a_wrong_date_of_birth_is_refused(
    api: httpx.Client, customer: Row, date_of_birth: object
) -> None:
    """A date is yyyy-mm-dd, and a day that there was."""
    response = api.patch(f"/customers/{customer['id']}", json={"dateOfBirth": date_of_birth})
    assert response.status_code == 422
