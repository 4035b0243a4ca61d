"""Pydantic models and Structs read and write the same JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from myonlinestore import pydantic as pydantic_models
from tests.pydantic_models.strategies import STRUCTS, instances

if TYPE_CHECKING:
    from myonlinestore.models.base import Model

by_struct = pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
quickly = settings(
    max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def _get_pydantic_model(struct: type[Model]) -> Any:
    return getattr(pydantic_models, struct.__name__)


@by_struct
@quickly
@given(data=st.data())
def test_structs_convert_to_models_and_back(struct: type[Model], data: st.DataObject) -> None:
    """A Struct that is converted to a pydantic model and back is unchanged."""
    model = data.draw(instances(struct))
    pydantic_model = _get_pydantic_model(struct).from_struct(model)
    assert pydantic_model.to_struct() == model
    assert _get_pydantic_model(struct).from_struct(pydantic_model.to_struct()) == pydantic_model


@by_struct
@quickly
@given(data=st.data(), by_alias=st.booleans(), exclude_none=st.booleans())
def test_both_write_the_same_json(
    struct: type[Model], data: st.DataObject, by_alias: bool, exclude_none: bool
) -> None:
    """A pydantic model and its Struct dump the same, under either name, with or without nulls."""
    model = data.draw(instances(struct))
    pydantic_model = _get_pydantic_model(struct).from_struct(model)
    options = {"by_alias": by_alias, "exclude_none": exclude_none}
    assert pydantic_model.model_dump(**options) == model.model_dump(**options)
    assert json.loads(pydantic_model.model_dump_json(**options)) == json.loads(
        model.model_dump_json(**options)
    )


@by_struct
@quickly
@given(data=st.data(), by_alias=st.booleans(), exclude_none=st.booleans())
def test_both_read_the_same_json(
    struct: type[Model], data: st.DataObject, by_alias: bool, exclude_none: bool
) -> None:
    """Both read the same values from a dump, under either name, with or without nulls."""
    text = data.draw(instances(struct)).model_dump_json(
        by_alias=by_alias, exclude_none=exclude_none
    )
    model = struct.model_validate_json(text)
    pydantic_model = _get_pydantic_model(struct).model_validate_json(text)
    assert pydantic_model.to_struct() == model
    assert pydantic_model == _get_pydantic_model(struct).model_validate(json.loads(text))


def test_amounts_keep_their_exact_text() -> None:
    """A JSON number for an amount keeps its text, at each level."""
    text = '{"number": 7, "price": {"total": 12.50, "tax": {"rate": 21.0, "amount": 1e2}}}'
    price = pydantic_models.Order.model_validate_json(text).price
    assert price is not None
    assert price.total == "12.50"
    assert price.tax == [pydantic_models.TaxPrice(rate="21.0", amount="1e2")]
    assert type(price.total) is str


def test_include_and_exclude_work_as_in_pydantic() -> None:
    """A Struct dumps the same parts as its pydantic model."""
    model = msgspec.convert(
        {"id": 1, "lists": [{"id": 2, "name": "a"}, {"id": 3, "name": "b"}]},
        pydantic_models.Article.struct_class,
    )
    pydantic_model = pydantic_models.Article.from_struct(model)
    for include in ({"id"}, {"lists": {0: {"name"}}}, {"lists": {"__all__": {"id"}}}):
        assert model.model_dump(include=include) == pydantic_model.model_dump(include=include)
        assert model.model_dump(exclude=include) == pydantic_model.model_dump(exclude=include)
