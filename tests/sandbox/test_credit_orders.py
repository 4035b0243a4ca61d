"""Credit orders: what goes back, at the price that was paid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.order_bodies import (
    Row,
    create_cushion,
    get_line_amounts,
    get_stock,
    make_line,
    make_order_body,
    place_order,
)

if TYPE_CHECKING:
    import httpx


@pytest.fixture
def article(api: httpx.Client) -> Row:
    """Return an article of 12.10 with five in stock, weighing half a kilo."""
    return create_cushion(api)


def create_credit_order(
    api: httpx.Client, order: Row, *lines: Row, **fields: Any
) -> httpx.Response:
    """Return the response of postCreditOrder."""
    body = {
        "credited_order_number": str(order["number"]),
        "status": 10,
        "orderlines": list(lines),
        **fields,
    }
    return api.post("/orders/credit", json=body)


def test_a_credit_order_in_two_parts(api: httpx.Client, article: Row) -> None:
    """Part now and the rest later bring back all that was paid, stock and discount included."""
    payment = {"gateway_name": "mollie", "method_name": "ideal"}
    order = place_order(
        api, make_line(article, 3), query={}, discountcode="korting5", payment=payment
    )
    first = create_credit_order(
        api, order, make_line(article), shipping_costs="0", payment_costs="0"
    ).json()
    assert get_line_amounts(first, "article") == ["-12.10"]
    assert first["credited_order_number"] == order["number"]
    assert get_stock(api, article) == 3
    second = create_credit_order(api, order, make_line(article, 2)).json()
    totals = [Decimal(order_["price"]["total"]) for order_ in (order, first, second)]
    assert sum(totals) == 0
    assert get_stock(api, article) == 5
    original = api.get(f"/orders/{order['number']}").json()
    assert original["credit_order_numbers"] == [first["number"], second["number"]]


def test_stock_stays_when_asked(api: httpx.Client, article: Row) -> None:
    """`mutate_stock=false` credits without putting anything back."""
    order = place_order(api, make_line(article, 2))
    body = {
        "credited_order_number": order["number"],
        "status": 10,
        "orderlines": [make_line(article, 2)],
    }
    response = api.post("/orders/credit", params={"mutate_stock": False}, json=body)
    assert response.status_code == 200
    assert get_stock(api, article) == 3


def test_costs_are_credited_as_the_vendor_says(api: httpx.Client, article: Row) -> None:
    """Costs are given without tax: not above the original, and whole when all goes back."""
    order = place_order(api, make_line(article, 2), query={})
    assert get_line_amounts(order, "shipping") == ["4.95"]
    too_much = create_credit_order(api, order, make_line(article), shipping_costs="9.00")
    assert too_much.status_code == 422
    not_all = create_credit_order(api, order, make_line(article, 2), shipping_costs="1.00")
    assert not_all.status_code == 422
    partial = create_credit_order(api, order, make_line(article), shipping_costs="1.00").json()
    assert get_line_amounts(partial, "shipping") == ["-1.21"]


def test_a_wrong_credit_order_is_refused(api: httpx.Client, article: Row) -> None:
    """Too many, unknown lines, another status, a credit of a credit: a 422 each."""
    order = place_order(api, make_line(article, 2))
    assert create_credit_order(api, order, make_line(article, 3)).status_code == 422
    assert create_credit_order(api, order, {"type": "custom", "quantity": 1}).status_code == 422
    assert create_credit_order(api, order, make_line(article), status=1).status_code == 422
    assert create_credit_order(api, {"number": 999_999}, make_line(article)).status_code == 422
    done = create_credit_order(api, order, make_line(article)).json()
    assert create_credit_order(api, done, make_line(article)).status_code == 422


def test_goods_go_back_once(api: httpx.Client, article: Row) -> None:
    """A credit order that left the stock alone puts it back with its next status, and only then."""
    order = place_order(api, make_line(article, 2))
    body = {
        "credited_order_number": order["number"],
        "status": 10,
        "orderlines": [make_line(article)],
    }
    credit_order = api.post("/orders/credit", params={"mutate_stock": False}, json=body).json()
    path = f"/orders/{credit_order['number']}"
    api.patch(path, json={"archived": True})
    api.patch(path, params={"mutate_stock": False}, json={"status": 11})
    assert get_stock(api, article) == 3
    for status, expected in ((10, 4), (11, 4)):
        api.patch(path, json={"status": status})
        assert get_stock(api, article) == expected


def test_mutate_stock_is_for_credit_orders_only(api: httpx.Client, article: Row) -> None:
    """A new status of an ordinary order moves no stock, whatever the parameters say."""
    order = place_order(api, make_line(article, 2))
    query = {"mutate_stock": True, "override_stock": True, "override_minimum": True}
    changed = api.patch(f"/orders/{order['number']}", params=query, json={"status": 9})
    assert (changed.status_code, get_stock(api, article)) == (200, 3)


@pytest.mark.parametrize("name", ["mutate_stock", "override_stock", "override_minimum"])
def test_the_parameters_of_a_patch_are_booleans(api: httpx.Client, article: Row, name: str) -> None:
    """A parameter that is not a boolean is a 422, even if it has no effect."""
    order = place_order(api, make_line(article))
    response = api.patch(f"/orders/{order['number']}", params={name: "maybe"}, json={})
    assert response.status_code == 422


def test_each_kind_of_order_has_its_statuses(api: httpx.Client, article: Row) -> None:
    """A status for credit orders signifies one, so no other order gets it, nor the reverse."""
    order = place_order(api, make_line(article))
    credit_order = create_credit_order(api, order, make_line(article)).json()
    for number, status in ((order["number"], 10), (credit_order["number"], 4)):
        assert api.patch(f"/orders/{number}", json={"status": status}).status_code == 422
    assert (
        api.post("/orders", json=make_order_body(make_line(article), status=10)).status_code == 422
    )
