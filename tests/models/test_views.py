"""Decimal and datetime views of the text fields of models."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from myonlinestore.models import (
    Article,
    ArticlePrice,
    Model,
    NewsletterSubscriber,
    Order,
    OrderDetail,
    ShippingMethod,
    TaxPrice,
)
from myonlinestore.models.views import DatetimeView, DecimalView
from tests.models.cases import MODELS


def _make_datetime(*parts: int) -> dt.datetime:
    """Return a naive datetime in store time."""
    return dt.datetime(*parts)  # noqa: DTZ001


# Every field that holds an amount, a rate or a percentage in major units.
AMOUNTS = ("amount", "price", "rate", "discount", "total", "percentage", "default", "action")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("68.00", Decimal("68.00")),
        ("-12.396694", Decimal("-12.396694")),
        ("0", Decimal(0)),
        ("1.50e3", Decimal(1500)),
        ("", None),
        ("n/a", None),
        ("NaN", None),
        ("Infinity", None),
        (None, None),
    ],
)
def test_decimal_views(text: str | None, number: Decimal | None) -> None:
    """The view of an amount is its exact number, or None if the text is not a number."""
    view = ArticlePrice(default=text).default_decimal
    assert view == number
    assert str(view) == str(number) or "e" in str(text)


@pytest.mark.parametrize("value", [True, False, TaxPrice(rate="9")])
def test_booleans_and_objects_have_no_decimal(value: Any) -> None:
    """The view of a boolean, or of a price with tax, returns None."""
    assert ShippingMethod.model_construct(no_costs_above=value).no_costs_above_decimal is None


def test_a_price_as_text_has_a_decimal() -> None:
    """A price that may be text or an object has a Decimal if it is text."""
    line = OrderDetail(unit_price="5.95", price_override="13.99")
    assert (line.unit_price_decimal, line.price_override_decimal) == (
        Decimal("5.95"),
        Decimal("13.99"),
    )


@pytest.mark.parametrize("model", MODELS)
def test_every_amount_has_a_decimal_view(model: type[Model]) -> None:
    """Each text field with an amount, a rate or a percentage has a view."""
    for field in msgspec.structs.fields(model):
        is_amount = field.name.split("_")[-1] in {*AMOUNTS, "tax"} or field.name.endswith("_price")
        if is_amount and field.type == str | None:
            assert isinstance(getattr(model, f"{field.name}_decimal"), DecimalView), field.name


def test_views_name_a_field() -> None:
    """Each view has the name of a field of its model."""
    views = [
        (model, name, view)
        for model in MODELS
        for name, view in vars(model).items()
        if isinstance(view, DecimalView)
    ]
    assert len(views) > 20
    for model, name, view in views:
        assert name.removesuffix("_decimal") in model.__struct_fields__
        assert view.__doc__ == f"`{name[:-8]}` as an exact Decimal, or None if it is not a number."


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("2016-07-04", "09:11:25", _make_datetime(2016, 7, 4, 9, 11, 25)),
        ("2016-07-04", None, _make_datetime(2016, 7, 4)),
        ("2016-07-04", "", _make_datetime(2016, 7, 4)),
        ("2016-07-04 09:11:25", None, _make_datetime(2016, 7, 4, 9, 11, 25)),
        ("2016-07-04 09:11:25", "09:11:25", _make_datetime(2016, 7, 4, 9, 11, 25)),
        (None, "09:11:25", None),
        ("", "", None),
        ("0000-00-00", "00:00:00", None),
        ("2016-07-04", "noon", None),
    ],
)
def test_datetime_views(date: str | None, time: str | None, expected: dt.datetime | None) -> None:
    """A date and its time are one naive datetime, or None if the text is malformed."""
    article = Article(created_date=date, created_time=time, updated_date=date, updated_time=time)
    assert article.created_datetime == article.updated_datetime == expected


def test_unvalidated_values_have_no_datetime() -> None:
    """An unvalidated value that is not text has the view None."""
    assert Article.model_construct(created_date=20160704).created_datetime is None


def test_each_date_and_time_has_a_view() -> None:
    """Orders and subscribers have a view of each date and time."""
    order = Order(
        date="2015-11-03",
        time="13:37:12",
        status_changed_date="2015-11-04",
        status_changed_time="01:02:03",
    )
    assert order.datetime == _make_datetime(2015, 11, 3, 13, 37, 12)
    assert order.status_changed_datetime == _make_datetime(2015, 11, 4, 1, 2, 3)
    subscriber = NewsletterSubscriber(created_date="2016-07-04", updated_date="2016-07-25")
    assert subscriber.created_datetime == _make_datetime(2016, 7, 4)
    assert subscriber.updated_datetime == _make_datetime(2016, 7, 25)
    assert isinstance(Order.datetime, DatetimeView)
