"""Round trips of models with any values that their fields can hold."""

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
from tests.models.cases import MODELS, alternatives, is_struct

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_FREE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)
_SCALARS = {str: _TEXT, int: st.integers(-(2**53), 2**53), bool: st.booleans()}


def rows(struct: Any, depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Rows as they are documented, with any of their fields, under wire names."""
    fields = msgspec.structs.fields(struct)
    drawn = {f.encode_name: st.none() | values(f.type, depth) for f in fields if not f.required}
    required = {f.encode_name: values(f.type, depth) for f in fields if f.required}
    made = st.fixed_dictionaries(required, optional=drawn)
    if struct is OrderLinePrice:
        return made.filter(lambda row: any(held is not None for held in row.values()))
    return made


def values(tp: Any, depth: int) -> st.SearchStrategy[Any]:
    """Values of a type; objects in objects only so deep."""
    return st.one_of(*(_of_kind(kind, depth) for kind in alternatives(tp)))


def _of_kind(kind: Any, depth: int) -> st.SearchStrategy[Any]:
    if is_struct(kind):
        return rows(kind, depth + 1) if depth < 2 else st.just({"rate": "9", "id": None})
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        if is_struct(item) and depth >= 2:
            return st.just([])
        return st.lists(values(item, depth), max_size=2)
    if get_origin(kind) is dict:
        return st.dictionaries(_TEXT, _FREE, max_size=2)
    return _SCALARS[kind]


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_values_survive(model: type[Model], data: st.DataObject) -> None:
    """Any documented row keeps its values through JSON, dumps, copies and pickles."""
    row = data.draw(rows(model))
    one = msgspec.convert(row, model)
    body = encode([row])
    assert decode(body, list[model]) == [one]  # type: ignore[valid-type]
    assert model.model_validate(row) == one
    for naming in ({}, {"by_alias": True}, {"exclude_none": True}):
        assert model.model_validate(one.model_dump(**naming)) == one
        assert model.model_validate_json(one.model_dump_json(**naming)) == one
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one
