"""Round trips of models with arbitrary valid values."""

from __future__ import annotations

import copy
import pickle
from typing import Any, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore._codec.decode import decode
from myonlinestore._codec.encode import encode
from myonlinestore.models import Model, OrderLinePrice
from tests.models.cases import MODELS
from tests.support.annotations import get_union_members, is_struct

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_FREE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)
_SCALARS = {str: _TEXT, int: st.integers(-(2**53), 2**53), bool: st.booleans()}


def rows(struct: Any, depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Generate documented rows with any of their fields, under JSON names."""
    fields = msgspec.structs.fields(struct)
    optional = {f.encode_name: st.none() | values(f.type, depth) for f in fields if not f.required}
    required = {f.encode_name: values(f.type, depth) for f in fields if f.required}
    strategy = st.fixed_dictionaries(required, optional=optional)
    if struct is OrderLinePrice:
        return strategy.filter(lambda row: any(value is not None for value in row.values()))
    return strategy


def values(tp: Any, depth: int) -> st.SearchStrategy[Any]:
    """Generate values of a type, with a limited nesting of objects."""
    return st.one_of(*(_values_of_type(type_, depth) for type_ in get_union_members(tp)))


def _values_of_type(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    if is_struct(type_):
        return rows(type_, depth + 1) if depth < 2 else st.just({"rate": "9", "id": None})
    if get_origin(type_) is list:
        (item,) = get_args(type_)
        if is_struct(item) and depth >= 2:
            return st.just([])
        return st.lists(values(item, depth), max_size=2)
    if get_origin(type_) is dict:
        return st.dictionaries(_TEXT, _FREE, max_size=2)
    return _SCALARS[type_]


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_values_round_trip(model: type[Model], data: st.DataObject) -> None:
    """Any documented row keeps its values through JSON, dumps, copies and pickles."""
    row = data.draw(rows(model))
    instance = msgspec.convert(row, model)
    body = encode([row])
    assert decode(body, list[model]) == [instance]  # type: ignore[valid-type]
    assert model.model_validate(row) == instance
    for naming in ({}, {"by_alias": True}, {"exclude_none": True}):
        assert model.model_validate(instance.model_dump(**naming)) == instance
        assert model.model_validate_json(instance.model_dump_json(**naming)) == instance
    assert copy.deepcopy(instance) == instance
    assert pickle.loads(pickle.dumps(instance)) == instance
