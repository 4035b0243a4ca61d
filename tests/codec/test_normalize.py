"""Normalization, shape by shape, of the shapes in the vendor's responses."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest

from myonlinestore._codec.coerce import JsonNumber
from myonlinestore._codec.decode import decode
from myonlinestore._codec.normalize import holds_items, normalizer
from myonlinestore.exceptions import DecodeError
from myonlinestore.models import (
    Article,
    ArticleImage,
    ArticleLimited,
    ArticleVariantOption,
    CategoryArticle,
    DiscountCode,
    DiscountCodeProduct,
    Order,
    OrderDetail,
    OrderLinePrice,
    Payment,
    PaymentOrder,
    ShippingMethod,
    Store,
    TaxPolicyRegion,
    TaxPrice,
)


def decode_row(text: str, model: Any) -> Any:
    """Return the only row of a one-row page."""
    (row,) = decode(f"[{text}]".encode(), list[model])
    return row


def test_variant_options_keyed_by_their_list() -> None:
    """The vendor's own example of variant options, a map of names, decodes as a list."""
    article = decode_row('{"variants": [{"options": {"193177": "Jim Carrey"}}]}', Article)
    assert article.variants[0].options == [ArticleVariantOption(list_id=193177, name="Jim Carrey")]


def test_a_boolean_is_text_where_only_text_is_allowed() -> None:
    """A name of true or false is the word."""
    assert [decode_row(f'{{"name": {word}}}', Article).name for word in ("true", "false")] == [
        "true",
        "false",
    ]


@pytest.mark.parametrize(
    ("sent", "documented"),
    [
        ('{"amount": 4.83471, "rate": 21.0}', OrderLinePrice(amount="4.83471", rate="21.0")),
        ('[{"rate": "9"}, {"rate": "21"}]', [OrderLinePrice(rate="9"), OrderLinePrice(rate="21")]),
        (
            '{"0": {"rate": "9"}, "1": {"rate": "21"}}',
            [OrderLinePrice(rate="9"), OrderLinePrice(rate="21")],
        ),
        ('{"21.00": {"amount": "1.00"}}', [OrderLinePrice(rate="21.00", amount="1.00")]),
        ('{"21.00": "1.00"}', [OrderLinePrice(rate="21.00", amount="1.00")]),
        ("[]", []),
        ("{}", []),
        ('[[], {}, {"rate": null}]', []),
        ('{"0": [], "1": {"rate": "9"}}', [OrderLinePrice(rate="9")]),
        ('{"rate": null, "amount": null}', None),
        ('{"rate": null, "unknown": 1}', None),
        ('""', []),
        ("null", None),
    ],
)
def test_price_of_an_order_line_is_one_or_many(sent: str, documented: Any) -> None:
    """An order line's price may be one object, a list, or a map; its keys distinguish them."""
    assert decode_row(f'{{"id": "a", "price": {sent}}}', OrderDetail).price == documented


def test_price_of_an_order_line_takes_the_fast_path() -> None:
    """Both documented shapes of a line's price decode without normalization."""
    one = msgspec.json.decode(b'{"price": {"rate": "9.00"}}', type=OrderDetail)
    many = msgspec.json.decode(b'{"price": [{"articles": []}]}', type=OrderDetail)
    assert one.price == OrderLinePrice(rate="9.00")
    assert many.price == [OrderLinePrice(articles=[])]


@pytest.mark.parametrize("field", ["rate", "amount", "amount_including_tax"])
def test_price_of_an_order_line_needs_one_value(field: str) -> None:
    """Any one amount makes a price of an order line; a price without any is rejected."""
    assert getattr(OrderLinePrice(**{field: "1"}), field) == "1"
    with pytest.raises(DecodeError, match="needs an amount or a rate"):
        OrderLinePrice()


@pytest.mark.parametrize(
    ("sent", "documented"),
    [
        ('{"id": "a", "lines": [[]]}', PaymentOrder(id="a", lines=[{}])),
        ("2342", 2342),
        ('"2024-17"', "2024-17"),
        ("17.50", "17.50"),
        ("[]", None),
        ('""', ""),
    ],
)
def test_order_of_a_payment_is_whole_or_a_number(sent: str, documented: Any) -> None:
    """A payment's order is an object, a number or a text; an empty object is sent as a list."""
    assert decode_row(f'{{"id": "a", "order": {sent}}}', Payment).order == documented


@pytest.mark.parametrize(
    ("sent", "documented"),
    [
        ('["nl_NL", "en_US"]', ["nl_NL", "en_US"]),
        ('{"0": "nl_NL", "2": "en_US"}', ["nl_NL", "en_US"]),
        ('{"nl_NL": "Nederlands", "en_US": "English"}', ["nl_NL", "en_US"]),
        ('{"nl_NL": true}', ["nl_NL"]),
        ('{"7494373": true}', ["7494373"]),
        ('{"7494373": {"max_quantity": 3}}', ["7494373"]),
        ('"nl_NL"', ["nl_NL"]),
        ("[7494373]", ["7494373"]),
        ("{}", []),
        ('""', []),
    ],
)
def test_list_of_codes(sent: str, documented: list[str]) -> None:
    """A list of codes or ids may be a map with them as values or as keys."""
    assert (
        decode_row(f'{{"id": "a", "active_languages": {sent}}}', Store).active_languages
        == documented
    )


@pytest.mark.parametrize(
    ("sent", "plain", "typed"),
    [
        (
            '[{"category_id": 5, "is_main": "1"}]',
            [{"category_id": 5, "is_main": "1"}],
            [CategoryArticle(category_id=5, is_main=True)],
        ),
        (
            '{"748020": {"is_main": true}}',
            [{"is_main": True, "id": "748020"}],
            [CategoryArticle(category_id=748020, is_main=True)],
        ),
        (
            '{"748020": {"category_id": 748020}}',
            [{"category_id": 748020}],
            [CategoryArticle(category_id=748020)],
        ),
        ('{"0": {"category_id": 5}}', [{"category_id": 5}], [CategoryArticle(category_id=5)]),
        ('{"category_id": 5}', [{"category_id": 5}], [CategoryArticle(category_id=5)]),
        ('{"748020": []}', [{"id": "748020"}], [CategoryArticle(category_id=748020)]),
        ("[[]]", [{}], [CategoryArticle()]),
        ('""', [], []),
    ],
)
def test_categories_of_an_article(sent: str, plain: list[Any], typed: list[Any]) -> None:
    """An article's categories stay plain dicts in any shape, and have a typed view."""
    article = decode_row(f'{{"id": "1", "categories": {sent}}}', Article)
    assert article.categories == plain
    assert article.category_links == typed


def test_products_of_a_discount_code() -> None:
    """Products keyed by their id keep it, as plain dicts and typed, under both names."""
    sent = '{"f7ec4a49": {"max_quantity": "3"}}'
    code = decode_row(f'{{"valid_product_ids": {sent}, "valid_products": {sent}}}', DiscountCode)
    assert code.valid_product_ids == [{"max_quantity": "3", "id": "f7ec4a49"}]
    assert code.valid_product_links == [DiscountCodeProduct(product_id="f7ec4a49", max_quantity=3)]
    assert code.valid_products == code.valid_product_links


def test_typed_views_of_nothing_are_empty() -> None:
    """Without plain dicts, their typed view is an empty list."""
    assert Article().category_links == []
    assert DiscountCode().valid_product_links == []


def test_image_urls_are_a_map_or_a_list_of_maps() -> None:
    """Both shapes of an image's URLs, the example's and the schema's, are kept as sent."""
    assert decode_row('{"position": "2", "urls": {"full": "a"}}', ArticleImage).urls == {
        "full": "a"
    }
    assert decode_row('{"position": "2", "urls": [{"full": "a"}]}', ArticleImage).urls == [
        {"full": "a"}
    ]


def test_spelling_of_the_shipping_methods_example() -> None:
    """The vendor's example spells a shipping method's name with a space; it decodes as well."""
    assert decode_row('{"id": "1", "display name": "Post"}', ShippingMethod).display_name == "Post"
    both = decode_row('{"display name": "Post", "display_name": "Pakket"}', ShippingMethod)
    assert both.display_name == "Pakket"


def test_fields_are_decoded_by_both_names() -> None:
    """A region with Python names, as in a dump, is the region with the vendor's names."""
    by_name = TaxPolicyRegion.model_validate({"region_code": "NL", "tax_rate": 0.21})
    by_wire_name = TaxPolicyRegion.model_validate({"regionCode": "NL", "taxRate": "0.21"})
    assert by_name == by_wire_name
    assert TaxPolicyRegion.model_validate({"tax_rate": "1", "taxRate": "2"}).tax_rate == "2"


def test_numbers_in_untyped_values_are_floats() -> None:
    """In an untyped value, also a nested one, a number with a fraction is a float."""
    payment = decode_row('{"price": 1.5, "properties": {"a": [{"b": 0.25}], "c": null}}', Payment)
    assert payment.properties == {"a": [{"b": 0.25}], "c": None}
    assert type(payment.properties["a"][0]["b"]) is float


def test_map_keyed_from_one_is_keyed_by_ids() -> None:
    """Keys from 1 on are identifiers, not positions, so every status keeps its number."""
    statuses = decode(b'{"1": {"description": "New"}, "2": "Paid"}', list[_Status])
    assert [(s.status, s.description) for s in statuses] == [(1, "New"), (2, "Paid")]


class _Status(msgspec.Struct):
    """A caller's own model of an order status."""

    map_fields = ("status", "description")

    status: int | None = None
    description: str | None = None


class _View(msgspec.Struct):
    """A caller's own model with types that no Model has."""

    price: float | None = None
    tags: str | list[str] | None = None
    anything: Any = None
    tax: TaxPrice | None = None
    number: int | float | None = None
    kind: Literal["a", "b"] | None = None
    size: Annotated[int, msgspec.Meta(ge=0)] | None = None
    loose: Annotated[str | None, msgspec.Meta(description="kept as text")] = None
    optional: Any | None = None


@pytest.mark.parametrize(
    ("sent", "documented"),
    [
        ('{"price": "12.50"}', _View(price=12.5)),
        ('{"price": ""}', _View()),
        ('{"price": "1", "tags": "a"}', _View(price=1.0, tags="a")),
        ('{"price": "1", "tags": {"0": "a"}}', _View(price=1.0, tags=["a"])),
        ('{"price": "1", "anything": {"a": 1.5}}', _View(price=1.0, anything={"a": 1.5})),
        ('{"price": "1", "tax": [{"rate": 1}]}', _View(price=1.0, tax=TaxPrice(rate="1"))),
        ('{"number": "7"}', _View(number=7)),
        ('{"number": "7.5"}', _View(number=7.5)),
        ('{"kind": "a", "size": "3"}', _View(kind="a", size=3)),
        ('{"size": "", "loose": 1.50}', _View(loose="1.50")),
        ('{"size": "1", "optional": {}}', _View(size=1, optional={})),
    ],
)
def test_a_callers_own_struct_is_normalized_too(sent: str, documented: _View) -> None:
    """A Struct of the caller's, with its own types, is normalized as well."""
    assert decode_row(sent, _View) == documented


def test_models_may_contain_models() -> None:
    """Values given in Python may be models instead of mappings, also in tuples."""
    price = TaxPrice(rate="21")
    order = Order(number=1, price={"tax": (price, {"rate": 9})})
    assert order.price is not None
    assert order.price.tax is not None
    assert order.price.tax[0] is price
    assert order.price.tax[1] == TaxPrice(rate="9")
    assert Order(price={"tax": {"21": price}}).price == Order(price={"tax": [price]}).price
    line_price = OrderLinePrice(rate="21")
    assert OrderDetail(price=[line_price, {}]).price == [line_price]
    assert OrderDetail(price={"0": line_price}).price == [line_price]


def test_a_list_instead_of_an_item_is_rejected() -> None:
    """Several rows under one key of a map are rejected with their path."""
    with pytest.raises(DecodeError, match=r"at \$\[0\]\.variants\[0\]\.options\[0\]$"):
        decode_row('{"variants": [{"options": {"193177": [{}, {}]}}]}', Article)


@pytest.mark.parametrize(
    ("value", "tp", "fixed"),
    [
        (12.0, int, 12),
        (12.5, int, 12.5),
        (True, int, 1),
        (" 12 ", int, 12),
        ("1" * 31, int, "1" * 31),
        ("12.5", int, "12.5"),
        (2, bool, 2),
        ("yes", bool, "yes"),
        (1, bool | int, 1),
        (0.25, str, "0.25"),
        ("0012", int | str, "0012"),
        (JsonNumber("2.0"), int | str, 2),
        (1.0, bool, True),
        (JsonNumber("2.5"), int | str, "2.5"),
        (JsonNumber("12.50"), Decimal, "12.50"),
        (JsonNumber("0.10"), Decimal | None, "0.10"),
        (0.5, Decimal, 0.5),
        ({}, Any, {}),
        ([], object, []),
        ({}, Any | None, {}),
        ({}, str | None, None),
        (object, float, object),
        (b"x", str, b"x"),
        ([1, 2], int, [1, 2]),
        ([1, 2], dict, {"0": 1, "1": 2}),
        ({"a": 1}, int, {"a": 1}),
        ([{"rate": "1"}, {"rate": "2"}], TaxPrice, [{"rate": "1"}, {"rate": "2"}]),
        ((1, JsonNumber("2.5")), Any, [1, 2.5]),
        (1.5, list, [1.5]),
    ],
)
def test_a_normalizer_leaves_other_values_unchanged(value: Any, tp: Any, fixed: Any) -> None:
    """A value that cannot be normalized stays unchanged, and the conversion names its path."""
    normalized = normalizer(tp)(value)
    assert normalized == fixed
    assert type(normalized) is type(fixed)


@pytest.mark.parametrize(
    ("sent", "tp", "holds"),
    [
        ({"0": 1}, ArticleLimited, True),
        ({}, ArticleLimited, False),
        ({"id": 1, "name": "a"}, ArticleLimited, True),
        ({"id": 1}, ArticleLimited, False),
        ({"name": "a", "uuid": "b"}, ArticleLimited, False),
        ({"NL": {"taxRate": "0.21"}}, TaxPolicyRegion, True),
        ({"NL": {"unknown": 1}}, TaxPolicyRegion, False),
        ({"NL": {"taxRate": "0.21"}, "more": 1}, TaxPolicyRegion, False),
        ({"a": {"b": 1}}, dict, False),
        ({"0": {"b": 1}}, dict, True),
        ({}, dict, False),
    ],
)
def test_objects_that_represent_a_list(sent: dict[str, Any], tp: Any, holds: bool) -> None:
    """A map of rows and a single row represent a list; any other object does not."""
    assert holds_items(sent, tp) is holds
