"""The seeded store: the same for the same seed, in the vendor's shapes, consistent in itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from myonlinestore._codec.encode import encode
from myonlinestore.sandbox.api.orders.payments import captured_amount
from myonlinestore.sandbox.seed import orders
from myonlinestore.sandbox.seed.build import Plan, build_store
from myonlinestore.sandbox.seed.catalog import ean13

if TYPE_CHECKING:
    from myonlinestore.sandbox import Sandbox
    from myonlinestore.sandbox.store.store import Store

TABLES = (
    "articles",
    "article_lists",
    "categories",
    "customers",
    "addresses",
    "orders",
    "payments",
    "discount_codes",
    "subscribers",
    "locations",
    "regions",
)


def encode_store(store: Store) -> bytes:
    """Return the data of a store as bytes."""
    tables = {name: getattr(store, name).bodies() for name in TABLES}
    return encode([tables, store.settings, sorted(store.test_orders)])


def sum_credit_orders(readonly_sandbox: Sandbox, order: Any) -> Decimal:
    """Return the total of an order's credit orders in cents, at most zero."""
    orders = [
        readonly_sandbox.store.orders[number].body for number in order["credit_order_numbers"]
    ]
    return sum((Decimal(order["price"]["total"]) * 100 for order in orders), Decimal(0))


def list_prices(price: Any) -> list[Any]:
    """Return the price or prices of a line as a list."""
    return price if isinstance(price, list) else [price]


def test_the_same_seed_gives_the_same_store() -> None:
    """Two stores of one seed and size are equal to the byte."""
    assert encode_store(build_store(80, 3)) == encode_store(build_store(80, 3))


def test_another_seed_gives_another_store() -> None:
    """Two seeds give different articles, customers and orders."""
    one, other = build_store(80, 3), build_store(80, 4)
    for name in ("articles", "customers", "orders"):
        assert getattr(one, name).bodies() != getattr(other, name).bodies()


@pytest.mark.parametrize("count", [0, 1, 4, 30])
def test_any_size_can_be_made(count: int) -> None:
    """Even the smallest store has its settings, and as many articles as were asked for."""
    store = build_store(count, 7)
    assert len(store.articles) == count
    assert len(store.statuses) > 5
    assert store.regions["NL"].body["overrides"]


def test_lines_tax_and_totals_add_up(readonly_sandbox: Sandbox) -> None:
    """Total = sum of lines with tax; tax of a rate = what its lines have more than without."""
    for order in readonly_sandbox.store.orders.bodies():
        prices = [price for line in order["orderlines"] for price in list_prices(line["price"])]
        gross = sum(Decimal(price["amount_including_tax"]) for price in prices)
        assert Decimal(order["price"]["total"]) == gross
        net = sum(Decimal(price["amount"]) for price in prices)
        tax = sum(Decimal(row["amount"]) for row in order["price"]["tax"])
        assert net + tax == gross
        for row in order["price"]["tax"]:
            same = [price for price in prices if price["rate"] == row["rate"]]
            assert Decimal(row["amount"]) == sum(
                Decimal(price["amount_including_tax"]) - Decimal(price["amount"]) for price in same
            )


def test_a_line_is_its_quantity_times_its_articles(readonly_sandbox: Sandbox) -> None:
    """A line without tax is the quantity times the article with its options, exactly."""
    for order in readonly_sandbox.store.orders.bodies():
        for line in order["orderlines"]:
            if line["type"] != "article":
                continue
            unit = sum(
                Decimal(item["price"]["amount"])
                + sum(Decimal(option["price"]) for option in item["options"])
                for item in line["articles"]
            )
            assert Decimal(line["price"]["amount"]) == unit * line["quantity"]


def test_tax_follows_the_destination(readonly_sandbox: Sandbox) -> None:
    """Outside the EU, and for companies in another EU country, nothing is taxed."""
    strategies = set()
    for order in readonly_sandbox.store.orders.bodies():
        strategies.add(order["tax_strategy"])
        rates = {row["rate"] for row in order["price"]["tax"]}
        if order["tax_strategy"]:
            assert rates == {"0.00"}
            assert order["shipping"][0]["country"]["isocode"] != "NL"
    assert "" in strategies
    assert len(strategies) > 1


def test_food_and_books_have_the_low_rate(readonly_sandbox: Sandbox) -> None:
    """Some orders have lines at 9 % as well as lines at 21 %."""
    rates = {
        row["rate"]
        for order in readonly_sandbox.store.orders.bodies()
        for row in order["price"]["tax"]
    }
    assert {"9.00", "21.00"} <= rates


def test_stock_can_be_unlimited(readonly_sandbox: Sandbox) -> None:
    """Among the articles are some with null stock, some sold out, some with variants."""
    articles = readonly_sandbox.store.articles.bodies()
    stocks = {article["stock"] for article in articles}
    assert None in stocks
    assert 0 in stocks
    assert any(article["variants"] for article in articles)
    assert any(article["price"]["action"] for article in articles)


def test_variants_are_made_of_the_offered_options(readonly_sandbox: Sandbox) -> None:
    """Each variant names options of the lists of its article."""
    for article in readonly_sandbox.store.articles.bodies():
        offered = {
            (article_list["id"], option["id"], option["name"])
            for article_list in article["lists"]
            for option in article_list["options"]
        }
        for variant in article["variants"]:
            for option in variant["options"]:
                assert (option["list_id"], option["option_id"], option["name"]) in offered


def test_ids_point_to_what_is_there(readonly_sandbox: Sandbox) -> None:
    """Pages, customers and payments of the seeded rows all exist."""
    store = readonly_sandbox.store
    for article in store.articles.bodies():
        assert sum(page["is_main"] for page in article["categories"]) == 1
        assert all(page["category_id"] in store.categories for page in article["categories"])
    for order in store.orders.bodies():
        assert order["debtor"]["id"] is None or order["debtor"]["id"] in store.customers
        assert order["status"] in store.statuses
    assert all(store.payments[key].owner in store.orders for key in store.payments)


def test_payments_are_the_orders_in_cents(readonly_sandbox: Sandbox) -> None:
    """A transaction is for the order's total, and captured ones had as much captured."""
    for number in readonly_sandbox.store.orders:
        order = readonly_sandbox.store.orders[number].body
        for payment in readonly_sandbox.store.payments.owned_by(number):
            assert payment["price"] == Decimal(order["price"]["total"]) * 100
            if order["payment_status"] == "captured":
                assert captured_amount(payment) == payment["price"] + sum_credit_orders(
                    readonly_sandbox, order
                )


def test_credit_orders_and_their_originals_name_each_other(readonly_sandbox: Sandbox) -> None:
    """Some orders are credited in part, and both orders say so."""
    orders = readonly_sandbox.store.orders
    credits_ = [row for row in orders.bodies() if row["credited_order_number"]]
    assert credits_
    for credit in credits_:
        original = orders[credit["credited_order_number"]].body
        assert credit["number"] in original["credit_order_numbers"]
        assert Decimal(credit["price"]["total"]) < 0


def test_rows_never_change_after_the_last_timestamp(readonly_sandbox: Sandbox) -> None:
    """No row was changed before it was created."""
    for name in ("articles", "categories", "subscribers"):
        table = getattr(readonly_sandbox.store, name)
        assert all(table[key].created <= table[key].changed for key in table)


def test_barcodes_have_their_check_digit() -> None:
    """EAN-13: all digits, weighed 1 and 3 in turn, are a multiple of ten."""
    for number in (7_400_001, 7_400_002, 7_412_345):
        code = ean13(number)
        assert len(code) == 13
        assert sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(code)) % 10 == 0


def test_free_orders_have_no_payment() -> None:
    """An order of 0.00 has no transaction; one with a price has (vendor, special cases)."""
    store = build_store(60, 3)
    before = set(store.orders.keys)
    for row in store.articles.bodies():
        price = {**row["price"], "default": "0.00", "action": None}
        store.articles.change(row["id"], {**row, "price": price, "lists": []}, store.now())
    for method in store.shipping_methods.keys:
        store.shipping_costs[method] = "0.00"
    store.store_gateways = []
    orders.fill(store, Plan(60, 4).rng("orders"), 20)
    paid = {store.payments[key].owner for key in store.payments.keys}
    added = [row for row in store.orders.bodies() if row["number"] not in before]
    free = {row["number"] for row in added if row["price"]["total"] == "0.00"}
    assert len(free) > 10
    assert not free & paid
    assert before & paid
