"""The payments of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from myonlinestore.sandbox import Sandbox

Row = dict[str, Any]


@pytest.fixture
def number(api: httpx.Client) -> int:
    """Return the number of a new order of 5.95."""
    unit_price = {"amount_including_tax": "5.95", "rate": "21.00"}
    body = {
        "debtor": {
            "email": "x@example.com",
            "address": {"invoice": {"name": "X", "zipcode": "5341GE"}},
        },
        "orderlines": [
            {"type": "custom", "quantity": 1, "description": "X", "unit_price": unit_price}
        ],
    }
    response = api.post("/orders", params={"disable_shipping": True}, json=body)
    return int(response.json()["number"])


def create_payment(api: httpx.Client, number: int, **fields: Any) -> Row:
    """Return a new payment, with the URL."""
    body = {"gateway": "mollie", "method": "ideal", **fields}
    response = api.post(f"/orders/{number}/payments", json=body)
    assert response.status_code == 201, response.text
    return dict(response.json())


def test_a_payment_lives(api: httpx.Client, number: int) -> None:
    """A payment is made (201), listed, changed and deleted (204)."""
    created = create_payment(api, number, referrerUrl="https://example.com/thanks")
    payment, path = created["payment"], f"/orders/{number}/payments"
    assert payment["price"] == 595
    assert created["url"].endswith(f"/_sandbox/pay/{payment['id']}")
    listed = api.get(path).json()["payments"]
    assert [row["id"] for row in listed] == [payment["id"]]
    changed = api.patch(f"{path}/{payment['id']}", json={"method": "bancontact"}).json()
    assert changed["payment"]["method"] == "bancontact"
    assert changed["payment"]["updatedAt"]
    response = api.delete(f"{path}/{payment['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert api.get(path).json() == {"payments": []}


def test_the_order_shows_the_status(api: httpx.Client, number: int) -> None:
    """A new transaction makes the order's payment status new; without one it is unknown."""
    path = f"/orders/{number}"
    assert api.get(path).json()["payment_status"] == "unknown"
    payment = create_payment(api, number)["payment"]
    assert api.get(path).json()["payment_status"] == "new"
    api.delete(f"{path}/payments/{payment['id']}")
    assert api.get(path).json()["payment_status"] == "unknown"


def test_the_basic_gateway_goes_straight_back(api: httpx.Client, number: int) -> None:
    """Paid at the counter: the URL is the referrer's."""
    created = create_payment(
        api, number, gateway="basic", method="cash", referrerUrl="https://example.com/thanks"
    )
    assert created["url"] == "https://example.com/thanks"


def test_the_url_is_where_the_customer_pays(api: httpx.Client, number: int) -> None:
    """A visit pays, once, and leads back; the mutations and the order show it."""
    created = create_payment(api, number, referrerUrl="https://example.com/thanks")
    for _ in range(2):
        visit = httpx.get(created["url"])
        assert (visit.status_code, visit.headers["location"]) == (303, "https://example.com/thanks")
    response = api.get(f"/orders/{number}/payments", params={"embed": "mutations"}).json()
    mutations = response["payments"][0]["mutations"]
    assert [(mutation["type"], mutation["price"]) for mutation in mutations] == [
        ("authorize", 595),
        ("capture", 595),
    ]
    assert api.get(f"/orders/{number}").json()["payment_status"] == "captured"


@pytest.mark.parametrize("outcome", ["authorized", "failed", "voided"])
def test_a_payment_may_end_otherwise(api: httpx.Client, number: int, outcome: str) -> None:
    """The `outcome` of a visit is the order's payment status."""
    httpx.get(create_payment(api, number)["url"], params={"outcome": outcome})
    assert api.get(f"/orders/{number}").json()["payment_status"] == outcome


def test_what_is_authorized_can_be_captured_later(api: httpx.Client, number: int) -> None:
    """A second visit continues from the state of the first one."""
    url = create_payment(api, number)["url"]
    httpx.get(url, params={"outcome": "authorized"})
    httpx.get(url)
    assert api.get(f"/orders/{number}").json()["payment_status"] == "captured"


def test_a_wrong_visit_is_refused(api: httpx.Client, number: int) -> None:
    """An unknown payment is a 404, an unknown outcome a 422; neither pays."""
    url = create_payment(api, number)["url"]
    assert httpx.get(f"{url}x").status_code == 404
    assert httpx.get(url, params={"outcome": "maybe"}).status_code == 422
    assert api.get(f"/orders/{number}").json()["payment_status"] == "new"


def test_credit_orders_are_paid_back_on_the_original(api: httpx.Client, number: int) -> None:
    """A credit order has no payments of its own: what it credits is a refund of the original's."""
    httpx.get(create_payment(api, number)["url"])
    lines = [{"type": "custom", "quantity": 1, "description": "X"}]
    body = {"credited_order_number": number, "status": 10, "orderlines": lines}
    credit = api.post("/orders/credit", json=body).json()
    query = {"embed": "mutations"}
    payment = api.get(f"/orders/{number}/payments", params=query).json()["payments"][0]
    assert (payment["mutations"][-1]["type"], payment["mutations"][-1]["price"]) == ("refund", 595)
    assert api.get(f"/orders/{number}").json()["payment_status"] == "refunded"
    assert api.get(f"/orders/{credit['number']}/payments").json() == {"payments": []}
    posted = {"gateway": "mollie", "method": "ideal"}
    response = api.post(f"/orders/{credit['number']}/payments", json=posted)
    assert response.status_code == 422


def test_an_issuer_is_part_of_the_method(api: httpx.Client, number: int) -> None:
    """`ideal:ideal_INGBNL2A` is the method ideal with a bank."""
    payment = create_payment(api, number, method="ideal:ideal_INGBNL2A")["payment"]
    assert payment["method"] == "ideal:ideal_INGBNL2A"


def test_portions_of_lines(api: httpx.Client, number: int) -> None:
    """`orderLines` says what is paid, at the line's price or at a given one."""
    line = api.get(f"/orders/{number}").json()["orderlines"][0]["id"]
    assert create_payment(api, number, orderLines=[{"id": line}])["payment"]["price"] == 595
    portions = [{"id": line, "price": 599}]
    assert create_payment(api, number, orderLines=portions)["payment"]["price"] == 599


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"gateway": "mollie"},
        {"gateway": "mollie", "method": "cash"},
        {"gateway": "bank", "method": "ideal"},
        {"gateway": "mollie", "method": "ideal", "orderLines": [{"id": "none"}]},
    ],
)
def test_a_wrong_payment_is_refused(api: httpx.Client, number: int, body: Row) -> None:
    """An unknown gateway, method or line, or none at all, is a 422."""
    assert api.post(f"/orders/{number}/payments", json=body).status_code == 422


def test_embeds(readonly_sandbox: Sandbox, readonly_api: httpx.Client) -> None:
    """properties, mutations and order are there only when `embed` names them."""
    number = next(
        readonly_sandbox.store.payments[key].owner for key in readonly_sandbox.store.payments
    )
    path = f"/orders/{number}/payments"
    plain = readonly_api.get(path).json()["payments"][0]
    assert plain.keys().isdisjoint({"properties", "mutations", "order"})
    query = {"embed": "order, mutations,properties"}
    full = readonly_api.get(path, params=query).json()["payments"][0]
    order = readonly_api.get(f"/orders/{number}").json()
    assert full["order"]["price"] == full["price"] == Decimal(order["price"]["total"]) * 100
    assert sum(line["price"] for line in full["order"]["lines"]) == full["price"]
    assert full["mutations"]
    assert readonly_api.get(path, params={"embed": "secrets"}).status_code == 422


def test_a_payment_belongs_to_its_order(api: httpx.Client, number: int) -> None:
    """Another order's payment is a 404, and so is any payment of an order that is not there."""
    payment = create_payment(api, number)["payment"]
    assert api.delete(f"/orders/1/payments/{payment['id']}").status_code == 404
    assert api.get("/orders/999999/payments").status_code == 404


def test_a_change_of_the_portions_changes_the_price(api: httpx.Client, number: int) -> None:
    """`orderLines` in a change replaces the price; without it the price is kept."""
    payment = create_payment(api, number)["payment"]
    line = api.get(f"/orders/{number}").json()["orderlines"][0]["id"]
    path, body = f"/orders/{number}/payments/{payment['id']}", {"method": "ideal"}
    assert api.patch(path, json=body).json()["payment"]["price"] == 595
    changed = api.patch(path, json={**body, "orderLines": [{"id": line, "price": 100}]})
    assert changed.json()["payment"]["price"] == 100


def test_the_referrer_is_quoted(api: httpx.Client, number: int) -> None:
    """A referrer with signs that no header can hold is quoted where the page redirects to it."""
    created = create_payment(api, number, referrerUrl="https://é.example/a?b=%20\r\nX: 1")
    response = httpx.get(created["url"])
    assert response.headers["location"] == "https://%C3%A9.example/a?b=%20%0D%0AX:%201"
