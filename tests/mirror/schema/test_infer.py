"""From Structs to tables."""

from __future__ import annotations

import msgspec
import pytest

from myonlinestore.mirror.extract.streams import STREAMS, Stream, list_tables
from myonlinestore.mirror.schema.infer import infer_table
from myonlinestore.mirror.schema.table import Column, ColumnType, Table
from myonlinestore.models import Article, ArticlePrice, Model
from myonlinestore.models.views import DecimalView

TABLES = {table.name: table for root in list_tables() for table in root.user_tables()}


def get_column_types(table: Table) -> dict[str, ColumnType]:
    return {column.name: column.type for column in table.all_columns}


def test_the_tables_are_named_after_the_vendors_things() -> None:
    """One table for each resource, and one for each list below it."""
    assert {*TABLES} == {
        *("store", "customers", "customer_addresses", "categories", "category_articles"),
        *("articles", "article_categories", "article_images", "article_lists"),
        *("article_list_options", "article_variants", "article_variant_options"),
        *("orders", "order_lines", "order_line_articles", "order_line_article_options"),
        *("order_line_price", "order_line_price_articles", "order_line_price_article_options"),
        *("order_price_tax", "order_shipping", "order_statuses"),
        *("order_payments", "order_payment_mutations"),
        *("discount_codes", "discount_code_valid_products", "discount_code_valid_product_ids"),
        *("newsletter_subscribers", "shipping_methods", "offline_locations"),
        *("payment_gateways", "payment_gateway_methods"),
        *("store_payment_gateways", "store_payment_gateway_methods"),
        *("tax_regions", "tax_region_overrides", "tax_region_override_items"),
    }


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("articles", ["id"]),
        ("orders", ["uuid"]),
        ("article_images", ["article_id", "_position"]),
        ("article_list_options", ["article_id", "_list_position", "_position"]),
        (
            "order_line_article_options",
            ["order_uuid", "_line_position", "_article_position", "_position"],
        ),
        ("tax_region_override_items", ["tax_region_code", "_override_position", "_position"]),
    ],
)
def test_child_tables_are_keyed_by_parent_and_position(table: str, keys: list[str]) -> None:
    """A child's key is the resource's key, and its place in each list on the way."""
    assert [column.name for column in TABLES[table].keys] == keys


def test_columns_carry_the_vendors_names_and_kinds() -> None:
    """A Struct in a field spreads over columns with the field's name in front."""
    articles = get_column_types(TABLES["articles"])
    assert articles["id"] is ColumnType.INTEGER
    assert articles["uuid"] is ColumnType.TEXT
    assert articles["taxable"] is ColumnType.BOOLEAN
    assert articles["price_default"] is ColumnType.DECIMAL
    assert articles["extra_visible"] is ColumnType.JSON
    assert "price" not in articles
    assert get_column_types(TABLES["orders"])["number"] is ColumnType.ANY
    assert get_column_types(TABLES["order_lines"])["unit_price"] is ColumnType.DECIMAL
    assert get_column_types(TABLES["order_lines"])["unit_price_amount"] is ColumnType.DECIMAL


def test_a_struct_within_itself_is_json() -> None:
    """The branch below a category ends in one column; its categories have rows of their own."""
    assert get_column_types(TABLES["categories"])["leafs"] is ColumnType.JSON


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_amount_is_a_decimal_column(stream: object) -> None:
    """Every field that a model has as a Decimal is a decimal column."""
    model: type[Model] = stream.model  # type: ignore[attr-defined]
    columns = {column.path: column.type for column in stream.table.columns}  # type: ignore[attr-defined]
    amounts = [
        field.name
        for field in msgspec.structs.fields(model)
        if isinstance(getattr(model, f"{field.name}_decimal", None), DecimalView)
        and field.type == str | None
    ]
    assert all(columns[name,] is ColumnType.DECIMAL for name in amounts)


def test_names_that_meet_are_refused() -> None:
    """Two fields that would share a column are an error, not one value over the other."""

    class Doubled(Model):
        id: int | None = None
        price: ArticlePrice | None = None
        price_default: str | None = None

    with pytest.raises(TypeError, match=r"things\.price_default"):
        infer_table(Doubled, "things", "thing", "id")


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_the_text_of_a_row_is_the_last_column_of_its_own_table(stream: Stream) -> None:
    """Every resource can keep raw; the tables below it, and the other columns, are as without."""
    plain = stream.table
    table = infer_table(stream.model, stream.name, stream.singular, stream.key, raw=True)
    assert (table.keeps_raw, plain.keeps_raw) == (True, False)
    assert table.columns == (*plain.columns, Column("raw", ColumnType.TEXT))
    assert (table.keys, table.children) == (plain.keys, plain.children)


def test_a_field_named_raw_is_not_the_raw_column() -> None:
    """A model with such a field cannot have the column as well, and does not have it without."""

    class Cooked(Model):
        id: int | None = None
        raw: str | None = None

    assert not infer_table(Cooked, "things", "thing", "id").keeps_raw
    with pytest.raises(TypeError, match=r"things\.raw"):
        infer_table(Cooked, "things", "thing", "id", raw=True)


def test_the_key_is_a_column_of_its_own() -> None:
    """The key is the first column, and occurs once."""
    table = infer_table(Article, "articles", "article", "uuid")
    names = [column.name for column in table.all_columns]
    assert names[0] == "uuid"
    assert names.count("uuid") == 1
    assert names[1] == "id"


def test_a_field_without_none_is_a_column() -> None:
    """A field whose type does not allow None has the column of that type."""

    class Plain(Model):
        id: int | None = None
        name: str = ""
        stock: int = 0

    table = infer_table(Plain, "plain", "plain", "id")
    assert get_column_types(table) == {
        "id": ColumnType.INTEGER,
        "name": ColumnType.TEXT,
        "stock": ColumnType.INTEGER,
    }
