"""Orders: priced by the store, exact to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.order_bodies import (
    INVOICE,
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

    from myonlinestore.sandbox import Sandbox


@pytest.fixture
def article(api: httpx.Client) -> Row:
    """Return an article of 12.10 with five in stock, weighing half a kilo."""
    return create_cushion(api)


def test_a_placed_order_is_there(api: httpx.Client, article: Row) -> None:
    """An order is numbered, listed, counted and priced from its lines."""
    before = api.get("/orders/count").json()["count"]
    order = place_order(api, make_line(article, 2))
    assert api.get(f"/orders/{order['number']}").json() == order
    assert api.get("/orders/count").json()["count"] == before + 1
    assert order["price"] == {"total": "24.20", "tax": [{"amount": "4.200000", "rate": "21.00"}]}
    assert order["weight"] == "1.00"
    assert order["orderlines"][0]["description"] == "Kussen"


def test_an_order_takes_stock(sandbox: Sandbox, api: httpx.Client) -> None:
    """Ordered items reduce the stock, and the article counts as changed."""
    seeded = next(row for row in sandbox.store.articles.bodies() if (row["stock"] or 0) > 5)
    place_order(api, make_line(seeded, 2))
    changed = api.get(f"/articles/{seeded['id']}").json()
    assert changed["stock"] == seeded["stock"] - 2
    assert changed["updated_date"] > seeded["updated_date"]


def test_too_few_in_stock_is_refused(api: httpx.Client, article: Row) -> None:
    """More than there are is a 422 and takes nothing, unless the stock is overridden."""
    count = api.get("/orders/count").json()
    two = make_order_body(make_line(article, 3), make_line(article, 3))
    assert api.post("/orders", json=two).status_code == 422
    assert get_stock(api, article) == 5
    assert api.get("/orders/count").json() == count
    assert api.post("/orders", params={"override_stock": True}, json=two).status_code == 200
    assert get_stock(api, article) == -1


def test_unlimited_stock_stays_unlimited(api: httpx.Client, article: Row) -> None:
    """A null stock has no limit and stays null."""
    api.patch(f"/articles/{article['id']}", json={"stock": None})
    place_order(api, make_line(article, 1000))
    assert get_stock(api, article) is None


def test_the_numbers_have_no_gaps(api: httpx.Client, article: Row) -> None:
    """A refused order uses up no number (changelog 1.1.8)."""
    first = place_order(api, make_line(article))
    assert api.post("/orders", json=make_order_body(make_line(article, 900))).status_code == 422
    assert place_order(api, make_line(article))["number"] == first["number"] + 1


def test_options_and_variants(sandbox: Sandbox, api: httpx.Client, article: Row) -> None:
    """Options add their price, and the variant that they make loses stock too."""
    api.post(f"/articlelists/{article['id']}", json=[193001])
    option = api.get("/articlelists/193001").json()["options"][3]
    variant = {"options": [{"list_id": 193001, "option_id": option["id"]}], "stock": 4}
    api.patch(f"/articles/{article['id']}", json={"variants": [variant]})
    chosen = {"id": article["id"], "options": [{"list_option_id": str(option["id"])}]}
    order = place_order(api, {"type": "article", "quantity": 2, "articles": [chosen]})
    assert order["price"]["total"] == str((Decimal("12.10") + Decimal(option["price"])) * 2)
    assert order["orderlines"][0]["description"] == f"Kussen ({option['name']})"
    changed = api.get(f"/articles/{article['id']}").json()
    assert (changed["stock"], changed["variants"][0]["stock"]) == (3, 2)


def test_custom_lines_and_overridden_prices(api: httpx.Client, article: Row) -> None:
    """The vendor's custom lines (with or without tax), and an article at another price."""
    order = place_order(
        api,
        make_line(article, price_override="13.99"),
        {
            "type": "custom",
            "quantity": 2,
            "description": "Omg I'm só special",
            "unit_price": {"amount": "8.223140", "rate": "21.00"},
            "unit_weight": "2.2",
        },
        {
            "type": "custom",
            "quantity": 1,
            "description": "With tax",
            "unit_price": {"amount_including_tax": "5.95", "rate": "9.00"},
        },
    )
    assert get_line_amounts(order, "article") == ["13.99"]
    assert get_line_amounts(order, "custom") == ["19.90", "5.95"]
    assert order["price"]["total"] == "39.84"
    assert [row["rate"] for row in order["price"]["tax"]] == ["9.00", "21.00"]


def test_shipping_and_payment_costs(api: httpx.Client, article: Row) -> None:
    """Shipping is added by country, and what the payment method costs."""
    payment = {"gateway_name": "mollie", "method_name": "ideal", "status": {"id": 1}}
    order = place_order(api, make_line(article), query={}, payment=payment)
    assert (get_line_amounts(order, "shipping"), get_line_amounts(order, "payment")) == (
        ["4.95"],
        ["0.35"],
    )
    assert order["price"]["total"] == "17.40"
    assert order["payment_status"] == "captured"
    assert order["payment"]["status"] == {"id": 1, "text": "Geslaagd"}


def test_a_discount_code_takes_off(api: httpx.Client, article: Row) -> None:
    """A percentage comes off the goods, as a line with a list of prices."""
    order = place_order(api, make_line(article), discountcode="welkom10")
    discount = order["orderlines"][1]
    assert isinstance(discount["price"], list)
    assert get_line_amounts(order, "discount") == ["-1.21"]
    assert order["price"]["total"] == "10.89"


def test_free_shipping_by_code(api: httpx.Client, article: Row) -> None:
    """A code can waive the shipping costs."""
    order = place_order(api, make_line(article), query={}, discountcode="gratisverzending")
    assert order["price"]["total"] == "12.10"


def test_tax_of_other_countries(api: httpx.Client, article: Row) -> None:
    """Outside the EU the tax comes off; the vendor calls it zero_percent."""
    debtor = {
        "email": "x@example.com",
        "address": {"invoice": {**INVOICE, "country_code": "CH"}},
    }
    order = place_order(api, make_line(article), debtor=debtor)
    assert order["tax_strategy"] == "zero_percent"
    assert order["price"] == {"total": "10.00", "tax": [{"amount": "0.000000", "rate": "0.00"}]}


def test_business_orders(api: httpx.Client, article: Row) -> None:
    """B2B needs a company; only then there is a reference."""
    invoice = {**INVOICE, "company": "Voorbeeldig BV"}
    debtor = {"email": "x@example.com", "address": {"invoice": invoice}}
    fields = {"business_model": "B2B", "reference": "MOS1"}
    order = place_order(api, make_line(article), debtor=debtor, **fields)
    assert (order["business_model"], order["reference"]) == ("B2B", "MOS1")
    assert (
        api.post("/orders", json=make_order_body(make_line(article), **fields)).status_code == 422
    )
    assert place_order(api, make_line(article), reference="MOS1")["reference"] is None


def test_a_registered_address_by_its_id(api: httpx.Client, article: Row) -> None:
    """A customer's address id selects the address; the email must be the customer's."""
    query = {"embed": "address"}
    customer = api.get("/customers", params=query).json()["customers"][0]
    address = customer["addresses"][0]
    debtor = {
        "email": customer["email"],
        "link_to_account": True,
        "address": {"invoice": {"id": address["id"]}},
    }
    order = place_order(api, make_line(article), debtor=debtor)
    assert order["debtor"]["id"] == customer["id"]
    assert order["debtor"]["address"]["invoice"]["zipcode"] == address["zipCode"]
    wrong = make_order_body(make_line(article), debtor={**debtor, "email": "other@example.com"})
    assert api.post("/orders", json=wrong).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"orderlines": []},
        {"orderlines": [{"type": "article", "quantity": 1, "articles": [{"id": 1}]}]},
        {"orderlines": [{"type": "article", "quantity": 1}]},
        {"orderlines": [{"type": "gift", "quantity": 1}]},
        {"orderlines": [{"type": "custom", "quantity": 0, "description": "x"}]},
        {"orderlines": {"0": "x"}},
        {"debtor": None},
        {"debtor": {"email": "x@example.com", "address": {"invoice": {"name": "x"}}}},
        {"status": 99},
        {"discountcode": "no-such-code"},
        {"discountcode": "zomer-2023"},
        {"offline_location_id": "nowhere"},
        {"shipping_method_id": "1"},
        {"payment": {"gateway_name": "mollie", "method_name": "barter"}},
    ],
)
def test_a_wrong_order_is_refused(api: httpx.Client, article: Row, changes: Row) -> None:
    """A missing, unknown or invalid value is a 422, and no order is created."""
    before = api.get("/orders/count").json()
    response = api.post("/orders", json={**make_order_body(make_line(article)), **changes})
    assert response.status_code == 422
    assert api.get("/orders/count").json() == before


def test_an_order_changes(sandbox: Sandbox, api: httpx.Client, article: Row) -> None:
    """Status, archive, comment and location change; what was sold does not."""
    order = place_order(api, make_line(article), comments={"customer": "Please send quickly!"})
    location = sandbox.store.locations.keys[0]
    body = {
        "status": 6,
        "archived": True,
        "comments": {"internal": "Owner's commentary"},
        "offline_location_id": location,
        "orderlines": [],
    }
    changed = api.patch(f"/orders/{order['number']}", json=body).json()
    assert changed == api.get(f"/orders/{order['number']}").json()
    assert (changed["status"], changed["archived"]) == (6, True)
    assert changed["comments"] == {
        "customer": "Please send quickly!",
        "internal": "Owner's commentary",
    }
    assert changed["orderlines"] == order["orderlines"]
    wrong = api.patch(f"/orders/{order['number']}", json={"reference": "B2C has none"})
    assert wrong.status_code == 422


def test_a_minimum_order(sandbox: Sandbox, api: httpx.Client, article: Row) -> None:
    """A store's minimum is for the goods, whatever shipping costs, unless it is overridden."""
    sandbox.store.minimum_order_total = "24.20"
    try:
        small = make_order_body(make_line(article))
        assert "24.20" in api.post("/orders", json=small).json()["detail"]
        assert api.post("/orders", params={"override_minimum": 1}, json=small).status_code == 200
        place_order(api, make_line(article, 2))
    finally:
        sandbox.store.minimum_order_total = "0.00"


def test_what_can_be_ordered_without_stock(api: httpx.Client, article: Row) -> None:
    """An article that can be back-ordered is sold beyond its stock."""
    api.patch(f"/articles/{article['id']}", json={"can_backorder": True})
    place_order(api, make_line(article, 8))
    assert get_stock(api, article) == -3


@pytest.mark.parametrize(("kind", "costs"), [(1, ["4.95"]), (2, ["4.95"]), (5, []), (8, [])])
def test_shipping_types(api: httpx.Client, article: Row, kind: int, costs: list[str]) -> None:
    """Pickup and free types have no shipping costs; an unknown type is a 422."""
    order = place_order(api, make_line(article), query={}, shipping_type=kind)
    assert get_line_amounts(order, "shipping") == costs
    assert (
        api.post("/orders", json=make_order_body(make_line(article), shipping_type=4)).status_code
        == 422
    )


def test_what_businesses_alone_have(sandbox: Sandbox, api: httpx.Client, article: Row) -> None:
    """A tax number is for B2B only; methods that are not for B2B are refused there."""
    invoice = {**INVOICE, "company": "Voorbeeldig BV", "taxnumber": "NL000099998B57"}
    debtor = {"email": "x@example.com", "address": {"invoice": invoice}}
    private = place_order(api, make_line(article), debtor=debtor)
    assert private["debtor"]["address"]["invoice"]["taxnumber"] == ""
    business = {"debtor": debtor, "business_model": "B2B"}
    order = place_order(api, make_line(article), **business)
    assert order["debtor"]["address"]["invoice"]["taxnumber"] == "NL000099998B57"
    later = {"gateway_name": "mollie", "method_name": "klarna_paylater"}
    assert (
        api.post("/orders", json=make_order_body(make_line(article), payment=later)).status_code
        == 200
    )
    refused = api.post(
        "/orders", json=make_order_body(make_line(article), payment=later, **business)
    )
    assert refused.status_code == 422


def test_a_location_that_is_deleted_sells_nothing(
    sandbox: Sandbox, api: httpx.Client, article: Row
) -> None:
    """An order at a location that was deleted is refused."""
    deleted_id = next(row["id"] for row in sandbox.store.locations.bodies() if row["deleted"])
    response = api.post(
        "/orders", json=make_order_body(make_line(article), offline_location_id=deleted_id)
    )
    assert response.status_code == 422
