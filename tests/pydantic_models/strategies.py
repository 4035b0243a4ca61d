"""Hypothesis strategies for instances of the Structs, built from their fields."""

from __future__ import annotations

import functools
import types
from typing import Any, Union, get_args, get_origin

import msgspec
from hypothesis import reject
from hypothesis import strategies as st

from myonlinestore import models
from myonlinestore.models.base import Model

EXPORTED: list[Any] = [getattr(models, name) for name in models.__all__]
STRUCTS: list[type[Model]] = [
    member
    for member in EXPORTED
    if isinstance(member, type) and issubclass(member, Model) and member is not Model
]

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=3,
)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: INTEGERS,
    bool: st.booleans(),
    Any: JSON_VALUES,
    type(None): st.none(),
}


@functools.cache
def instances(struct: type[Model], depth: int = 2) -> st.SearchStrategy[Any]:
    """Generate models with any values of their fields' types, nested `depth` levels deep."""

    def construct(values: dict[str, Any]) -> Model:
        try:
            return struct.model_construct(**values)
        except ValueError:
            reject()

    fields = msgspec.structs.fields(struct)
    return st.fixed_dictionaries({f.name: _values(f.type, depth) for f in fields}).map(construct)


def _values(tp: Any, depth: int) -> st.SearchStrategy[Any]:
    if tp in SCALARS:
        return SCALARS[tp]
    arguments = get_args(tp)
    if get_origin(tp) in (Union, types.UnionType):
        return st.one_of([_values(argument, depth) for argument in reversed(arguments)])
    if get_origin(tp) is list:
        items = _values(arguments[0], depth)
        return st.just([]) if items.is_empty else st.lists(items, max_size=2)
    if get_origin(tp) is dict:
        return st.dictionaries(TEXT, _values(arguments[1], depth), max_size=2)
    return instances(tp, depth - 1) if depth else st.nothing()
