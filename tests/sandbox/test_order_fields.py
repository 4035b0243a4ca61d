"""Fields of orders that depend on the store: business models, options, weights, shipping methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.order_bodies import (
    INVOICE,
    Row,
    create_cushion,
    get_line_amounts,
    make_line,
    make_order_body,
    place_order,
)

if TYPE_CHECKING:
    import httpx

    from myonlinestore.sandbox import Sandbox

COMPANY = {
    "email": "x@example.com",
    "address": {"invoice": {**INVOICE, "company": "Voorbeeldig BV"}},
}


@pytest.fixture
def article(api: httpx.Client) -> Row:
    """Return an article of 12.10."""
    return create_cushion(api)


def test_the_reference_of_a_business_order_can_be_changed(api: httpx.Client, article: Row) -> None:
    """A reference has at most 255 characters, in a new order and in a change."""
    fields = {"business_model": "B2B", "debtor": COMPANY}
    order = place_order(api, make_line(article), **fields, reference="MOS1")
    path = f"/orders/{order['number']}"
    assert api.patch(path, json={"reference": "x" * 255}).json()["reference"] == "x" * 255
    too_long = "reference: the maximum length is 255 characters."
    assert api.patch(path, json={"reference": "x" * 256}).json()["detail"] == too_long
    body = make_order_body(make_line(article), **fields, reference="x" * 256)
    assert api.post("/orders", json=body).json()["detail"] == too_long


def test_an_unchanged_status_keeps_its_time(
    sandbox: Sandbox, api: httpx.Client, article: Row
) -> None:
    """Only a different status changes the time of the last status change."""
    path = f"/orders/{place_order(api, make_line(article))['number']}"
    first = api.patch(path, json={"status": 6}).json()
    sandbox.clock.advance(60)
    assert api.patch(path, json={"status": 6}).json() == first
    second = api.patch(path, json={"status": 3}).json()
    assert second["status_changed_time"] != first["status_changed_time"]


def test_a_go_store_ignores_the_company(sandbox: Sandbox, api: httpx.Client, article: Row) -> None:
    """A store of the version GO has no companies (changelog 2.1.0)."""
    settings = sandbox.store.settings
    names = []
    for version in (settings["version"], "GO"):
        sandbox.store.settings = {**settings, "version": version}
        debtor = place_order(api, make_line(article), debtor=COMPANY)["debtor"]
        names.append(debtor["address"]["invoice"]["company"])
    sandbox.store.settings = settings
    assert names == ["Voorbeeldig BV", ""]


def test_an_option_of_another_article_is_rejected(api: httpx.Client, article: Row) -> None:
    """A line can only select options of the article's lists."""
    item = {"id": article["id"], "options": [{"list_option_id": 1}]}
    body = make_order_body({"type": "article", "quantity": 1, "articles": [item]})
    response = api.post("/orders", json=body)
    assert response.status_code == 422
    assert response.json()["detail"] == (
        "options.list_option_id: the article does not offer option 1."
    )


def test_a_weight_that_is_not_a_number_is_zero(api: httpx.Client) -> None:
    """The weight is a free text of the article, so another text counts as no weight."""
    body = {
        "name": "Vaas",
        "price": {"default": "5.00"},
        "extra": {"invisible": {"weight": "half a kilo"}},
    }
    article = api.post("/articles", json=body).json()
    order = place_order(api, make_line(article, 2))
    assert order["orderlines"][0]["weight"] == "0"


def test_a_shipping_method_can_be_selected(
    sandbox: Sandbox, api: httpx.Client, article: Row
) -> None:
    """The requested method determines the costs, instead of the first one for the country."""
    first, second, *_ = sandbox.store.shipping_methods.bodies()
    for method in (first, second):
        order = place_order(api, make_line(article), query={}, shipping_method_id=method["id"])
        assert get_line_amounts(order, "shipping") == [sandbox.store.shipping_costs[method["id"]]]
    assert len({sandbox.store.shipping_costs[row["id"]] for row in (first, second)}) == 2


def test_shipping_is_free_above_the_limit_of_the_method(
    sandbox: Sandbox, api: httpx.Client
) -> None:
    """`no_costs_above` is exceeded by a higher total of the items, not by the same."""
    method = next(row for row in sandbox.store.shipping_methods.bodies() if row["no_costs_above"])
    price = {"default": method["no_costs_above"]}
    article = api.post("/articles", json={"name": "Kast", "price": price}).json()
    query: Row = {}
    order = place_order(api, make_line(article), query=query, shipping_method_id=method["id"])
    assert len(get_line_amounts(order, "shipping")) == 1
    order = place_order(api, make_line(article, 2), query=query, shipping_method_id=method["id"])
    assert get_line_amounts(order, "shipping") == []


def test_a_country_without_a_shipping_method_has_no_costs(
    sandbox: Sandbox, api: httpx.Client, article: Row
) -> None:
    """If no method delivers to the country, the order has no line for shipping."""
    methods = sandbox.store.shipping_methods.bodies()
    assert not any("JP" in method["countries"] for method in methods)
    address = {"invoice": {**INVOICE, "country_code": "JP"}}
    order = place_order(api, make_line(article), query={}, debtor={**COMPANY, "address": address})
    assert get_line_amounts(order, "shipping") == []
