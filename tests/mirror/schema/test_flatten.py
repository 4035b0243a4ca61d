"""From Structs to the values of tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from myonlinestore.mirror.extract.streams import STREAMS, ArticleInCategories
from myonlinestore.mirror.records import RawRow
from myonlinestore.mirror.schema.flatten import FlatValues, RowFlattener
from myonlinestore.models import Article, DiscountCode, Order, ShippingMethod

TABLES = {stream.name: stream.table for stream in STREAMS}


def flatten(resource: str, *rows: object) -> dict[str, list[dict[str, Any]]]:
    """Return the values by column name, for each table of a resource."""
    table = TABLES[resource]
    values = RowFlattener(table).flatten([RawRow(row) for row in rows])
    names = {part.name: [c.name for c in part.all_columns] for part in table.self_and_children()}
    return {name: list(flatten_rows(names[name], rows)) for name, rows in values.items()}


def flatten_rows(names: list[str], values: FlatValues) -> Iterator[dict[str, Any]]:
    for first in range(0, len(values), len(names)):
        yield dict(zip(names, values[first : first + len(names)], strict=True))


def remove_nulls(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def test_an_empty_row_is_its_key() -> None:
    """Missing values are null, and have no child rows."""
    tables = flatten("articles", Article(id=1))
    assert remove_nulls(tables["articles"][0]) == {"id": 1}
    assert not any(rows for name, rows in tables.items() if name != "articles")


def test_amounts_stay_text() -> None:
    """An amount is the text that was sent, trailing zeros included."""
    sent = {"id": 1, "price": {"default": "12.50", "action": "0", "purchase": "12.500000"}}
    row = flatten("articles", Article.model_validate(sent))["articles"][0]
    amounts = (row["price_default"], row["price_action"], row["price_purchase"])
    assert amounts == ("12.50", "0", "12.500000")


def test_plain_dicts_and_lists_are_json() -> None:
    """A dict or list without a model is JSON text with the characters that were sent."""
    sent = {"id": 1, "extra": {"visible": {"Größe": ["é"]}}, "images": [{"urls": [{"full": "x"}]}]}
    tables = flatten("articles", Article.model_validate(sent))
    assert tables["articles"][0]["extra_visible"] == '{"Größe":["é"]}'
    assert tables["articles"][0]["extra_invisible"] is None
    assert tables["article_images"][0]["urls"] == '[{"full":"x"}]'


def test_plain_dicts_with_a_known_shape_are_child_rows() -> None:
    """Lists that a model keeps as dicts for older code have typed rows in the copy."""
    sent = {"id": 7, "categories": [{"category_id": "3", "is_main": "1"}, {"category_id": 4}]}
    rows = flatten("articles", ArticleInCategories.model_validate(sent))["article_categories"]
    assert [remove_nulls(row) for row in rows] == [
        {"article_id": 7, "_position": 1, "category_id": 3, "is_main": True},
        {"article_id": 7, "_position": 2, "category_id": 4},
    ]
    code = DiscountCode.model_validate({"id": "a", "valid_product_ids": [{"product_id": "p"}]})
    (row,) = flatten("discount_codes", code)["discount_code_valid_product_ids"]
    assert row["product_id"] == "p"


@pytest.mark.parametrize(
    ("unit_price", "columns"),
    [
        ("9.95", {"unit_price": "9.95"}),
        (
            {"rate": "21.00", "amount": "8.22"},
            {"unit_price_rate": "21.00", "unit_price_amount": "8.22"},
        ),
    ],
)
def test_a_value_or_a_struct_has_columns_for_both(unit_price: Any, columns: dict[str, str]) -> None:
    """A price of an order line is one column of text, or a column for each of its fields."""
    order = Order.model_validate({"uuid": "u", "orderlines": [{"unit_price": unit_price}]})
    (line,) = flatten("orders", order)["order_lines"]
    assert {
        name: v for name, v in remove_nulls(line).items() if name.startswith("unit_price")
    } == columns


def test_a_struct_that_one_row_lacks_is_null_in_that_row_alone() -> None:
    """Other rows and columns keep their values."""
    full = {"debtor": {"name": "Ada", "address": {"invoice": {"city": "Delft"}}}, "status": 1}
    sent = [{"uuid": "a", **full}, {"uuid": "b", "status": 2}, {"uuid": "c", "debtor": {"id": "3"}}]
    orders = [Order.model_validate(order) for order in sent]
    rows = [remove_nulls(row) for row in flatten("orders", *orders)["orders"]]
    assert rows == [
        {"uuid": "a", "status": 1, "debtor_name": "Ada", "debtor_address_invoice_city": "Delft"},
        {"uuid": "b", "status": 2},
        {"uuid": "c", "debtor_id": "3"},
    ]


@pytest.mark.parametrize("price", [{"rate": "21", "amount": "1"}, [{"rate": "21", "amount": "1"}]])
def test_one_price_counts_as_a_list_of_one(price: Any) -> None:
    """An object or a list becomes rows of the same child table."""
    order = Order.model_validate({"uuid": "u", "orderlines": [{"price": price}]})
    (row,) = flatten("orders", order)["order_line_price"]
    keys = {"order_uuid": "u", "_line_position": 1, "_position": 1}
    assert remove_nulls(row) == keys | {"rate": "21", "amount": "1"}


def test_deep_rows_have_all_positions() -> None:
    """An option of an article of a line carries all three positions."""
    option = {"list_option_id": 5, "price": {"amount": "2.00"}}
    line = {"articles": [{"id": 1}, {"id": 2, "options": [option]}]}
    order = Order.model_validate({"uuid": "u", "orderlines": [{}, line]})
    (row,) = flatten("orders", order)["order_line_article_options"]
    keys = {"order_uuid": "u", "_line_position": 2, "_article_position": 2, "_position": 1}
    assert remove_nulls(row) == keys | {"list_option_id": 5, "price_amount": "2.00"}


@pytest.mark.parametrize("value", ["75.00", True, False])
def test_text_or_a_flag_stays_what_it_was(value: object) -> None:
    """A field that is documented as both keeps the type that was sent."""
    method = ShippingMethod.model_construct(id="1", no_costs_above=value)
    assert flatten("shipping_methods", method)["shipping_methods"][0]["no_costs_above"] is value


def test_no_plain_value_has_the_attributes_of_a_struct() -> None:
    """Neither text nor a number has an attribute that a Struct in the same field has."""
    for stream in STREAMS:
        for table in stream.table.self_and_children():
            for column in table.columns:
                if len(column.path) > 1:
                    last = column.path[-1]
                    holds_scalar = any(
                        other.may_be_struct and other.path == column.path[:-1]
                        for other in table.columns
                    )
                    assert not (holds_scalar and (hasattr(str, last) or hasattr(int, last)))
