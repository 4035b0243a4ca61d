"""Credit orders: what goes back, at the price that was paid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_orders import Row, amounts, line, new_cushion, place, stock

if TYPE_CHECKING:
    import httpx


@pytest.fixture
def article(api: httpx.Client) -> Row:
    """An article of 12.10 with five in stock, weighing half a kilo."""
    return new_cushion(api)


def credit(api: httpx.Client, order: Row, *lines: Row, **fields: Any) -> httpx.Response:
    """The answer to postCreditOrder."""
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
    order = place(api, line(article, 3), query={}, discountcode="korting5", payment=payment)
    first = credit(api, order, line(article), shipping_costs="0", payment_costs="0").json()
    assert amounts(first, "article") == ["-12.10"]
    assert first["credited_order_number"] == order["number"]
    assert stock(api, article) == 3
    second = credit(api, order, line(article, 2)).json()
    totals = [Decimal(each["price"]["total"]) for each in (order, first, second)]
    assert sum(totals) == 0
    assert stock(api, article) == 5
    original = api.get(f"/orders/{order['number']}").json()
    assert original["credit_order_numbers"] == [first["number"], second["number"]]


def test_stock_stays_when_asked(api: httpx.Client, article: Row) -> None:
    """`mutate_stock=false` credits without putting anything back."""
    order = place(api, line(article, 2))
    body = {
        "credited_order_number": order["number"],
        "status": 10,
        "orderlines": [line(article, 2)],
    }
    answer = api.post("/orders/credit", params={"mutate_stock": False}, json=body)
    assert answer.status_code == 200
    assert stock(api, article) == 3


def test_costs_are_credited_as_the_vendor_says(api: httpx.Client, article: Row) -> None:
    """Costs are given without tax: not above the original, and whole when all goes back."""
    order = place(api, line(article, 2), query={})
    assert amounts(order, "shipping") == ["4.95"]
    too_much = credit(api, order, line(article), shipping_costs="9.00")
    assert too_much.status_code == 422
    not_all = credit(api, order, line(article, 2), shipping_costs="1.00")
    assert not_all.status_code == 422
    some = credit(api, order, line(article), shipping_costs="1.00").json()
    assert amounts(some, "shipping") == ["-1.21"]


def test_a_wrong_credit_order_is_refused(api: httpx.Client, article: Row) -> None:
    """Too many, unknown lines, another status, a credit of a credit: a 422 each."""
    order = place(api, line(article, 2))
    assert credit(api, order, line(article, 3)).status_code == 422
    assert credit(api, order, {"type": "custom", "quantity": 1}).status_code == 422
    assert credit(api, order, line(article), status=1).status_code == 422
    assert credit(api, {"number": 999_999}, line(article)).status_code == 422
    done = credit(api, order, line(article)).json()
    assert credit(api, done, line(article)).status_code == 422
