"""Discount codes: items, dates and customers they apply to, and the amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


@pytest.fixture
def cushion(api: httpx.Client) -> Row:
    """Return an article of 12.10."""
    return create_cushion(api)


@pytest.fixture
def lamp(api: httpx.Client) -> Row:
    """Return an article of 24.20."""
    return dict(api.post("/articles", json={"name": "Lamp", "price": {"default": "24.20"}}).json())


def create_code(api: httpx.Client, **fields: Any) -> str:
    """Return a new code: of ten percent unless the fields say otherwise."""
    response = api.post("/discountcodes", json={"percentage_discount": "10.00", **fields})
    assert response.status_code == 200, response.text
    return str(response.json()["code"])


def get_order_problem(api: httpx.Client, code: str, *lines: Row, **fields: Any) -> str:
    """Return the message with which an order with a code is rejected."""
    response = api.post("/orders", json=make_order_body(*lines, discountcode=code, **fields))
    assert response.status_code == 422
    return str(response.json()["detail"])


def test_products_that_are_named_get_it_in_their_price(
    api: httpx.Client, cushion: Row, lamp: Row
) -> None:
    """A code for some products lowers the price of their lines, and of no other."""
    code = create_code(api, valid_products=[{"product_id": str(cushion["id"])}])
    order = place_order(api, make_line(cushion, 2), make_line(lamp), discountcode=code)
    assert get_line_amounts(order, "article") == ["21.78", "24.20"]
    assert get_line_amounts(order, "discount") == []
    assert order["price"]["total"] == "45.98"
    assert "not valid for any" in get_order_problem(api, code, make_line(lamp))


def test_max_quantity_limits_the_discount(api: httpx.Client, cushion: Row) -> None:
    """`max_quantity` counts over all lines of the order."""
    products = [{"product_id": cushion["uuid"], "max_quantity": 3}]
    code = create_code(api, valid_products=products)
    order = place_order(api, make_line(cushion, 2), make_line(cushion, 2), discountcode=code)
    assert get_line_amounts(order, "article") == ["21.78", "22.99"]


def test_a_fixed_discount_is_shared_by_the_named_products(
    api: httpx.Client, cushion: Row, lamp: Row
) -> None:
    """A fixed amount is divided in proportion, to the cent, and is never more than the goods."""
    products = [{"product_id": str(article["id"])} for article in (cushion, lamp)]
    fixed = {"percentage_discount": None, "valid_products": products}
    order = place_order(
        api,
        make_line(cushion),
        make_line(lamp),
        discountcode=create_code(api, **fixed, fixed_discount="10.00"),
    )
    assert get_line_amounts(order, "article") == ["8.77", "17.53"]
    free = place_order(
        api, make_line(cushion), discountcode=create_code(api, **fixed, fixed_discount="99.00")
    )
    assert free["price"]["total"] == "0.00"


def test_products_that_are_left_out(api: httpx.Client, cushion: Row, lamp: Row) -> None:
    """A code that leaves products out is good for the others, in a line of its own."""
    code = create_code(api, invalid_product_ids=[str(cushion["id"])])
    order = place_order(api, make_line(cushion), make_line(lamp), discountcode=code)
    assert get_line_amounts(order, "article") == ["12.10", "24.20"]
    assert get_line_amounts(order, "discount") == ["-2.42"]


def test_categories(sandbox: Sandbox, api: httpx.Client, cushion: Row, lamp: Row) -> None:
    """A code can be for the articles of some categories, or for all but those of some."""
    page = sandbox.store.categories.keys[0]
    api.patch(f"/articles/{cushion['id']}", json={"categories": [{"category_id": page}]})
    only = create_code(api, valid_category_ids=[str(page)])
    without = create_code(api, invalid_category_ids=[str(page)])
    both = (make_line(cushion), make_line(lamp))
    assert get_line_amounts(place_order(api, *both, discountcode=only), "discount") == ["-1.21"]
    assert get_line_amounts(place_order(api, *both, discountcode=without), "discount") == ["-2.42"]


def test_action_prices(api: httpx.Client, cushion: Row, lamp: Row) -> None:
    """An article with an action price gets none, unless the code applies to those."""
    api.patch(f"/articles/{cushion['id']}", json={"price": {"action": "6.05"}})
    both = (make_line(cushion), make_line(lamp))
    order = place_order(api, *both, discountcode=create_code(api))
    assert get_line_amounts(order, "discount") == ["-2.42"]
    code = create_code(api, applies_to_action_prices=True)
    assert get_line_amounts(place_order(api, *both, discountcode=code), "discount") == ["-3.03"]
    assert "not valid for any" in get_order_problem(api, create_code(api), make_line(cushion))


def test_an_overridden_price_is_not_an_action_price(api: httpx.Client, cushion: Row) -> None:
    """A line sold at a price of its own is not sold at the article's action price."""
    api.patch(f"/articles/{cushion['id']}", json={"price": {"action": "6.05"}})
    order = place_order(
        api, make_line(cushion, price_override="10.00"), discountcode=create_code(api)
    )
    assert get_line_amounts(order, "discount") == ["-1.00"]


def test_custom_goods(api: httpx.Client, cushion: Row) -> None:
    """Goods outside the catalog get a general discount, and none that names products."""
    custom = {
        "type": "custom",
        "quantity": 1,
        "description": "Maatwerk",
        "unit_price": {"amount_including_tax": "100.00", "rate": "21.00"},
    }
    order = place_order(api, make_line(cushion), custom, discountcode=create_code(api))
    assert get_line_amounts(order, "discount") == ["-11.21"]
    code = create_code(api, valid_products=[{"product_id": str(cushion["id"])}])
    order = place_order(api, make_line(cushion), custom, discountcode=code)
    assert (get_line_amounts(order, "article"), get_line_amounts(order, "custom")) == (
        ["10.89"],
        ["100.00"],
    )


def test_minimums(api: httpx.Client, cushion: Row, lamp: Row) -> None:
    """The price counts valid articles only, the number of products the whole order."""
    products = [{"product_id": str(cushion["id"])}]
    priced = create_code(api, minimum_order_price="24.20", valid_products=products)
    assert "24.20" in get_order_problem(api, priced, make_line(cushion), make_line(lamp))
    assert get_line_amounts(
        place_order(api, make_line(cushion, 2), discountcode=priced), "article"
    ) == ["21.78"]
    code = create_code(api, minimum_products=3, valid_products=products)
    assert "3 products" in get_order_problem(api, code, make_line(cushion, 2))
    place_order(api, make_line(cushion, 2), make_line(lamp), discountcode=code)


def test_a_code_of_one_use(api: httpx.Client, cushion: Row) -> None:
    """A single-use code is refused once an order has it; a refused order does not use it up."""
    code = create_code(api, single_use=True)
    get_order_problem(api, code, make_line(cushion, 900))
    place_order(api, make_line(cushion), discountcode=code)
    assert "only once" in get_order_problem(api, code, make_line(cushion))


def test_a_code_of_one_customer(sandbox: Sandbox, api: httpx.Client, cushion: Row) -> None:
    """A customer's own code is good for that customer, known by email address or by id."""
    codes, customer = sandbox.store.discount_codes, sandbox.store.customers.bodies()[0]
    code = create_code(api)
    codes.change(code, {**codes[code].body, "customer_id": customer["id"]}, "")
    assert "customer" in get_order_problem(api, code, make_line(cushion))
    address = {"address": {"invoice": INVOICE}}
    for debtor in ({"email": customer["email"]}, {"id": customer["id"], "email": "x@example.com"}):
        order = place_order(
            api, make_line(cushion), discountcode=code, debtor={**debtor, **address}
        )
        assert get_line_amounts(order, "discount") == ["-1.21"]


def test_what_is_left_may_go_to_shipping(api: httpx.Client, cushion: Row) -> None:
    """The rest of a fixed discount lowers the shipping costs, if the code applies to them."""
    fixed = {"percentage_discount": None, "fixed_discount": "15.00"}
    undiscounted = place_order(
        api, make_line(cushion), query={}, discountcode=create_code(api, **fixed)
    )
    assert undiscounted["price"]["total"] == "4.95"
    code = create_code(api, **fixed, applies_to_shipping=True)
    lowered = place_order(api, make_line(cushion), query={}, discountcode=code)
    assert get_line_amounts(lowered, "discount") == ["-15.00"]
    assert lowered["price"]["total"] == "2.05"


def test_the_days_of_a_code(sandbox: Sandbox, api: httpx.Client, cushion: Row) -> None:
    """A code is good from its first day to its last, both included."""
    today = sandbox.store.now()[:10]
    place_order(
        api, make_line(cushion), discountcode=create_code(api, valid_from=today, valid_until=today)
    )
    assert "not valid now" in get_order_problem(
        api, create_code(api, valid_from="2999-01-01"), make_line(cushion)
    )
    assert "not valid now" in get_order_problem(
        api, create_code(api, valid_until="2001-01-01"), make_line(cushion)
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"percentage_discount": "101"},
        {"percentage_discount": "-1"},
        {"fixed_discount": "-0.01"},
        {"valid_from": "01-12-2017"},
        {"valid_until": "2017-13-01"},
        {"valid_products": [{"max_quantity": 3}]},
        {"valid_products": [7]},
        {"minimum_products": "some"},
    ],
)
def test_a_code_that_makes_no_sense_is_refused(api: httpx.Client, fields: Row) -> None:
    """Amounts, dates and products of another form are a 422."""
    assert api.post("/discountcodes", json=fields).status_code == 422


def test_lines_that_add_up_to_nothing(api: httpx.Client, cushion: Row) -> None:
    """Lines whose prices add up to 0.00 get no discount, and the order is accepted."""
    products = [{"product_id": str(cushion["id"])}]
    code = create_code(
        api, percentage_discount=None, fixed_discount="1.00", valid_products=products
    )
    lines = [make_line(cushion, price_override=price) for price in ("5.00", "-5.00")]
    order = place_order(api, *lines, discountcode=code)
    assert get_line_amounts(order, "article") == ["5.00", "-5.00"]
