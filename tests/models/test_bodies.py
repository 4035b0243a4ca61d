"""Typed request bodies send exactly the fields that are set, under the vendor's names."""

from __future__ import annotations

import base64
import datetime as dt
import inspect
import json
from decimal import Decimal
from typing import Any, get_args, get_origin

import msgspec
import pytest

from myonlinestore import models
from myonlinestore._codec.encode import encode_body
from myonlinestore.models import (
    ArticleCategoryUpdate,
    ArticleCreate,
    ArticleExtraFieldsCreate,
    ArticleImageUpload,
    ArticleListAttach,
    ArticleListOptionAttach,
    ArticlePriceCreate,
    ArticleUpdate,
    Body,
    CustomerAddressUpdate,
    CustomerUpdate,
    DiscountCodeCreate,
    InvoiceAddressCreate,
    OrderAddressCreate,
    OrderCreate,
    OrderDebtorCreate,
    OrderLineCreate,
    PaymentCreate,
    PaymentLinePortion,
    TaxPriceCreate,
)
from tests.support.annotations import get_union_members, is_struct

BODIES: list[type[Body]] = [
    member
    for name in models.__all__
    if isinstance(member := getattr(models, name), type)
    and issubclass(member, Body)
    and member is not Body
]


def serialize(body: object) -> Any:
    """Return a body as it is sent."""
    return json.loads(encode_body(body))


def make_required_values(body: type[Body]) -> dict[str, Any]:
    """Return the values that a body requires."""
    required = [field for field in msgspec.structs.fields(body) if field.required]
    return {field.name: make_value(field.type) for field in required}


def make_value(tp: Any) -> Any:
    """Return a value of the first type that a field may have."""
    type_ = get_union_members(tp)[0]
    if is_struct(type_):
        return type_(**{f.name: make_value(f.type) for f in msgspec.structs.fields(type_)})
    if get_origin(type_) is list:
        return [make_value(get_args(type_)[0])]
    if get_origin(type_) is dict:
        return {"colour": "red"}
    return {int: 15, bool: True, str: "text", bytes: b"image"}[type_]


@pytest.mark.parametrize("body", BODIES)
def test_unset_fields_are_omitted(body: type[Body]) -> None:
    """A body with only its required fields sends only these."""
    assert serialize(body(**make_required_values(body))).keys() == {
        field.encode_name for field in msgspec.structs.fields(body) if field.required
    }


@pytest.mark.parametrize("body", BODIES)
def test_every_field_is_sent_under_the_vendors_name(body: type[Body]) -> None:
    """Each field is sent, also if it is null."""
    for field in msgspec.structs.fields(body):
        complete = body(**{**make_required_values(body), field.name: make_value(field.type)})
        assert field.encode_name in serialize(complete)
        if not field.required:
            null = body(**{**make_required_values(body), field.name: None})
            assert serialize(null)[field.encode_name] is None


@pytest.mark.parametrize("body", BODIES)
def test_every_field_of_a_body_is_described(body: type[Body]) -> None:
    """The class docstrings of a body and its bases describe each of its fields."""
    described = "\n".join(inspect.cleandoc(base.__doc__ or "") for base in body.__mro__)
    assert [name for name in body.__struct_fields__ if f"\n    {name}: " not in described] == []


@pytest.mark.parametrize("body", [body for body in BODIES if make_required_values(body)])
def test_required_fields_must_be_set(body: type[Body]) -> None:
    """A body without a required value raises TypeError."""
    with pytest.raises(TypeError, match="Missing required argument"):
        body()


def test_absent_and_null_differ() -> None:
    """In a PATCH, an unset stock is omitted, and a stock of None is sent as null."""
    assert serialize(ArticleUpdate(name="Cushion")) == {"name": "Cushion"}
    assert serialize(ArticleUpdate(stock=None)) == {"stock": None}


def test_a_body_shows_only_what_is_set() -> None:
    """A body's repr shows the fields that will be sent."""
    body = ArticleUpdate(stock=None, price=ArticlePriceCreate(default="68.00"))
    assert repr(body) == "ArticleUpdate(price=ArticlePriceCreate(default='68.00'), stock=None)"
    assert repr(ArticleUpdate()) == "ArticleUpdate()"


def test_fields_are_keywords() -> None:
    """Positional values raise TypeError."""
    with pytest.raises(TypeError):
        ArticleUpdate("Cushion")  # type: ignore[misc]


def test_an_article() -> None:
    """A complete article is sent as in the vendor's example."""
    article = ArticleCreate(
        name="Funny cushion",
        price=ArticlePriceCreate(default=Decimal("12.50"), action="9.95"),
        extra=ArticleExtraFieldsCreate(invisible={"weight": "0.25"}),
        categories=[ArticleCategoryUpdate(category_id=748020, is_main=True)],
        lists=[
            ArticleListAttach(
                id=293822, options=[ArticleListOptionAttach(id=1690460, image_ids=["8fc37dbc"])]
            )
        ],
    )
    assert serialize(article) == {
        "name": "Funny cushion",
        "price": {"default": "12.50", "action": "9.95"},
        "extra": {"invisible": {"weight": "0.25"}},
        "categories": [{"category_id": 748020, "is_main": True}],
        "lists": [{"id": 293822, "options": [{"id": 1690460, "image_ids": ["8fc37dbc"]}]}],
    }


def test_an_image() -> None:
    """An image's bytes are sent as base64."""
    body = ArticleImageUpload(filename="a.png", content=b"\x89PNG\xff")
    assert base64.b64decode(serialize(body)["content"]) == b"\x89PNG\xff"
    assert serialize(ArticleImageUpload(content="aGVsbG8=")) == {"content": "aGVsbG8="}


def test_dates() -> None:
    """Dates are sent as yyyy-mm-dd, from a date or from text."""
    code = DiscountCodeCreate(valid_from=dt.date(2017, 12, 1), valid_until="2017-12-26")
    assert serialize(code) == {"valid_from": "2017-12-01", "valid_until": "2017-12-26"}
    assert serialize(CustomerUpdate(date_of_birth=dt.date(1990, 1, 2))) == {
        "dateOfBirth": "1990-01-02"
    }


def test_names_in_camel_case() -> None:
    """Customers and payments use camelCase, also in inherited fields."""
    assert serialize(CustomerAddressUpdate(zip_code="5341GE", is_default_for_invoice=True)) == {
        "zipCode": "5341GE",
        "isDefaultForInvoice": True,
    }
    payment = PaymentCreate(
        gateway="mollie", method="ideal", order_lines=[PaymentLinePortion(id="5ddd", price=599)]
    )
    assert serialize(payment) == {
        "gateway": "mollie",
        "method": "ideal",
        "orderLines": [{"id": "5ddd", "price": 599}],
    }


def test_an_order() -> None:
    """An order is sent with its debtor and lines as in the vendor's example."""
    invoice = InvoiceAddressCreate(name="Truus", zipcode="5341GE", vat_number="NL1")
    price = TaxPriceCreate(rate="21.00", amount_including_tax=Decimal("5.95"))
    order = OrderCreate(
        debtor=OrderDebtorCreate(email="a@b.nl", address=OrderAddressCreate(invoice=invoice)),
        orderlines=[OrderLineCreate(type="custom", quantity=1, unit_price=price)],
    )
    assert serialize(order) == {
        "debtor": {
            "email": "a@b.nl",
            "address": {"invoice": {"name": "Truus", "zipcode": "5341GE", "taxnumber": "NL1"}},
        },
        "orderlines": [
            {
                "type": "custom",
                "quantity": 1,
                "unit_price": {"rate": "21.00", "amount_including_tax": "5.95"},
            }
        ],
    }
