"""Twins and Structs read and write the same JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from myonlinestore import pydantic as twins
from tests.pydantic_models.strategies import STRUCTS, instances

if TYPE_CHECKING:
    from myonlinestore.models.base import Model

by_struct = pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
quickly = settings(
    max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def _twin_class(struct: type[Model]) -> Any:
    return getattr(twins, struct.__name__)


@by_struct
@quickly
@given(data=st.data())
def test_conversion_both_ways_loses_nothing(struct: type[Model], data: st.DataObject) -> None:
    """A Struct made a twin and back is the same Struct."""
    model = data.draw(instances(struct))
    twin = _twin_class(struct).from_struct(model)
    assert twin.to_struct() == model
    assert _twin_class(struct).from_struct(twin.to_struct()) == twin


@by_struct
@quickly
@given(data=st.data(), by_alias=st.booleans(), exclude_none=st.booleans())
def test_the_same_json_goes_out(
    struct: type[Model], data: st.DataObject, by_alias: bool, exclude_none: bool
) -> None:
    """A twin dumps what its Struct dumps: by either name, with or without nulls."""
    model = data.draw(instances(struct))
    twin = _twin_class(struct).from_struct(model)
    options = {"by_alias": by_alias, "exclude_none": exclude_none}
    assert twin.model_dump(**options) == model.model_dump(**options)
    assert json.loads(twin.model_dump_json(**options)) == json.loads(
        model.model_dump_json(**options)
    )


@by_struct
@quickly
@given(data=st.data(), by_alias=st.booleans(), exclude_none=st.booleans())
def test_the_same_json_goes_in(
    struct: type[Model], data: st.DataObject, by_alias: bool, exclude_none: bool
) -> None:
    """What either has written, both read alike: by either name, with or without nulls."""
    text = data.draw(instances(struct)).model_dump_json(
        by_alias=by_alias, exclude_none=exclude_none
    )
    model = struct.model_validate_json(text)
    twin = _twin_class(struct).model_validate_json(text)
    assert twin.to_struct() == model
    assert twin == _twin_class(struct).model_validate(json.loads(text))


def test_amounts_keep_their_exact_text() -> None:
    """A JSON number in an amount's place is the text that was sent, at each level."""
    text = '{"number": 7, "price": {"total": 12.50, "tax": {"rate": 21.0, "amount": 1e2}}}'
    price = twins.Order.model_validate_json(text).price
    assert price is not None
    assert price.total == "12.50"
    assert price.tax == [twins.TaxPrice(rate="21.0", amount="1e2")]
    assert type(price.total) is str


def test_include_and_exclude_are_pydantics() -> None:
    """A Struct's narrowed dump is what pydantic gives for its twin."""
    model = msgspec.convert(
        {"id": 1, "lists": [{"id": 2, "name": "a"}, {"id": 3, "name": "b"}]},
        twins.Article.struct_class,
    )
    twin = twins.Article.from_struct(model)
    for include in ({"id"}, {"lists": {0: {"name"}}}, {"lists": {"__all__": {"id"}}}):
        assert model.model_dump(include=include) == twin.model_dump(include=include)
        assert model.model_dump(exclude=include) == twin.model_dump(exclude=include)
