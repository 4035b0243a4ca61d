"""Types of the fields of request bodies: what is accepted, and the message if not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.order_bodies import Row, create_cushion, make_line, make_order_body, place_order

if TYPE_CHECKING:
    import httpx

    from myonlinestore.sandbox import Sandbox


@pytest.fixture
def article(api: httpx.Client) -> Row:
    """Return a new article."""
    return create_cushion(api)


def test_an_empty_array_is_an_empty_object(api: httpx.Client, article: Row) -> None:
    """PHP encodes an empty object as `[]`, so `[]` is accepted as one."""
    order = place_order(api, make_line(article))
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
    response = api.post("/orders", json=make_order_body(make_line(article), **fields))
    assert (response.status_code, response.json()["detail"]) == (422, message)


@pytest.mark.parametrize("amount", [True, [1], {"amount": "1"}, "twelve", "NaN"])
def test_an_amount_is_a_number_or_digits(api: httpx.Client, article: Row, amount: Any) -> None:
    """A price of another type, or that is not a finite number, is a 422."""
    response = api.post("/orders", json=make_order_body(make_line(article, price_override=amount)))
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


@pytest.mark.parametrize(
    "amount",
    ["1e999999999", "1e-999999999", "-1e999999999", "9" * 5000, "0." + "1" * 31, "1e12", "sNaN",
     1e300, 10**40, "0e99"],
)  # fmt: skip
def test_an_amount_has_a_limit(api: httpx.Client, article: Row, amount: Any) -> None:
    """A price of 10^12 or more, or with more than 30 decimals, is a 422."""
    response = api.post("/orders", json=make_order_body(make_line(article, price_override=amount)))
    assert response.status_code == 422
    assert response.json()["detail"] == "price_override: expected an amount such as 12.50."


@pytest.mark.parametrize("stock", [10**18, -(10**18), "9" * 19, "9" * 5000])
def test_a_whole_number_has_a_limit(api: httpx.Client, stock: Any) -> None:
    """A whole number has at most 18 digits, in a body, a query or a path."""
    detail = "expected an integer of at most 18 digits."
    response = api.post("/articles", json={"name": "Lamp", "stock": stock})
    assert (response.status_code, response.json()["detail"]) == (422, f"stock: {detail}")
    for value in (10**18 - 1, str(10**18 - 1)):
        created = api.post("/articles", json={"name": "Lamp", "stock": value})
        assert created.json()["stock"] == 10**18 - 1


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001])
def test_a_quantity_is_one_to_a_million(api: httpx.Client, article: Row, quantity: int) -> None:
    """A line has at least one item, and at most a million."""
    response = api.post("/orders", json=make_order_body(make_line(article, quantity)))
    assert response.json()["detail"].endswith(f"{quantity} is not between 1 and 1000000.")


@pytest.mark.parametrize(
    ("path", "name"), [("/articles", "limit"), ("/articles", "ids"), ("/orders", "status_id")]
)
def test_a_number_in_a_query_has_a_limit(api: httpx.Client, path: str, name: str) -> None:
    """A number with more than 18 digits in a query is a 422."""
    response = api.get(path, params={name: "9" * 5000})
    assert response.status_code == 422
    assert "of at most 18 digits" in response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/articles/{}"), ("GET", "/orders/{}"), ("DELETE", "/deleteImage/{}")],
)
def test_a_number_in_a_path_has_a_limit(api: httpx.Client, method: str, path: str) -> None:
    """There is no row whose number has more than 18 digits."""
    assert api.request(method, path.format("9" * 5000)).status_code == 404


def test_a_body_has_a_depth(api: httpx.Client) -> None:
    """A body of 100 levels is accepted, one of 101 is a 400."""
    field: Any = []
    for _ in range(96):
        field = [field]
    body = {"name": "Deep", "extra": {"visible": {"a": field}}}
    assert api.post("/articles", json=body).status_code == 200
    response = api.post("/articles", json=[body])
    assert response.status_code == 400
    assert response.json()["detail"] == "The body is nested deeper than 100 levels."


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "1e999999999", [1], True, None])
def test_a_weight_that_is_not_a_number_is_zero(api: httpx.Client, weight: Any) -> None:
    """An extra field can have any value; one that is not a weight counts as 0."""
    extra = {"invisible": {"weight": weight}}
    created = api.post("/articles", json={"name": "Light", "extra": extra}).json()
    assert place_order(api, make_line(created))["weight"] == "0"
