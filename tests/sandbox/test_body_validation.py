"""Types of the fields of request bodies: what is accepted, and the message if not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.order_bodies import Row, line, new_cushion, order_of, place_order

if TYPE_CHECKING:
    import httpx

    from myonlinestore.sandbox import Sandbox


@pytest.fixture
def article(api: httpx.Client) -> Row:
    """Return a new article."""
    return new_cushion(api)


def test_an_empty_array_is_an_empty_object(api: httpx.Client, article: Row) -> None:
    """PHP encodes an empty object as `[]`, so `[]` is accepted as one."""
    order = place_order(api, line(article))
    changed = api.patch(f"/orders/{order['number']}", json={"comments": []})
    assert changed.json()["comments"] == order["comments"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"archived": "yes"}, "archived: expected true or false."),
        ({"archived": 2}, "archived: expected true or false."),
        ({"comments": {"customer": 5}}, "comments.customer: expected a string or null."),
        ({"comments": "text"}, "comments: expected a JSON object."),
        ({"payment": {"gateway_name": "mollie", "method_name": "ideal", "status": {"id": 8}}},
         "payment.status.id: 8 is not between 0 and 7."),
        ({"payment": {"gateway_name": "mollie", "method_name": "ideal", "status": {"id": -1}}},
         "payment.status.id: -1 is not between 0 and 7."),
        ({"business_model": "C2C"}, "business_model: 'C2C' is not available in this store."),
    ],
)  # fmt: skip
def test_invalid_fields_of_an_order(
    api: httpx.Client, article: Row, fields: Row, message: str
) -> None:
    """An order with a field of another type or range is a 422 that names the field."""
    response = api.post("/orders", json=order_of(line(article), **fields))
    assert (response.status_code, response.json()["detail"]) == (422, message)


@pytest.mark.parametrize("amount", [True, [1], {"amount": "1"}, "twelve", "NaN"])
def test_an_amount_is_a_number_or_digits(api: httpx.Client, article: Row, amount: Any) -> None:
    """A price of another type, or that is not a finite number, is a 422."""
    response = api.post("/orders", json=order_of(line(article, price_override=amount)))
    assert response.status_code == 422
    assert response.json()["detail"] == "price_override: expected an amount such as 12.50."


def test_an_address_field_is_a_string(sandbox: Sandbox, api: httpx.Client) -> None:
    """A required text of an address can be blank, but is not a number or null."""
    address = sandbox.store.addresses.keys[0]
    customer = sandbox.store.addresses[address].owner
    path = f"/customers/{customer}/addresses/{address}"
    assert api.patch(path, json={"city": ""}).status_code == 200
    for value in (5, None):
        response = api.patch(path, json={"city": value})
        assert (response.status_code, response.json()["detail"]) == (
            422,
            "city: expected a string.",
        )
