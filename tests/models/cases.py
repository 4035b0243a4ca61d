"""What the tests of the models have in common: every Model, and rows with one odd place each."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import msgspec

from myonlinestore import models
from myonlinestore.models import Model

MODELS: list[type[Model]] = [
    held
    for name in models.__all__
    if isinstance(held := getattr(models, name), type)
    and issubclass(held, Model)
    and held is not Model
]

# (what is odd, the row as JSON text, the row as it is documented)
OddRow = tuple[str, str, dict[str, Any]]
Form = tuple[str, str, Any]


def alternatives(tp: Any) -> list[Any]:
    """The types that a field may have, without None."""
    if get_origin(tp) in (Union, types.UnionType):
        return [a for a in get_args(tp) if a is not type(None)]
    return [tp]


def is_struct(tp: Any) -> bool:
    """Whether a type is a Struct."""
    return isinstance(tp, type) and issubclass(tp, msgspec.Struct)


def sample_row(struct: Any, depth: int = 0) -> dict[str, Any]:
    """A row with a value in every field, under its wire names."""
    return {
        field.encode_name: sample(field.type, depth + 1)
        for field in msgspec.structs.fields(struct)
        if not (depth > 3 and struct is models.Category)
    }


def sample(tp: Any, depth: int = 0) -> Any:
    """A value of the first type that a field may have."""
    first = alternatives(tp)[0]
    if is_struct(first):
        return sample_row(first, depth)
    if get_origin(first) is list:
        return [sample(get_args(first)[0], depth), sample(get_args(first)[0], depth)]
    if get_origin(first) is dict:
        return {"colour": "red"}
    return {int: 15, bool: True, str: "text"}[first]


def odd_rows(struct: Any, depth: int = 0) -> Iterator[OddRow]:
    """Rows of a Struct, each with one odd shape in one place, however deep."""
    if depth > 4:
        return
    row = sample_row(struct)
    for field in msgspec.structs.fields(struct):
        for form, text, documented in _forms_within(field, depth):
            label = f"{struct.__name__}.{field.name}: {form}"
            yield label, _spliced(row, field.encode_name, text), _with(row, field, documented)


def _with(row: dict[str, Any], field: Any, value: Any) -> dict[str, Any]:
    return {**row, field.encode_name: value}


def _spliced(row: dict[str, Any], name: str, text: str) -> str:
    """The row's JSON with a field's JSON put in as it stands, because 12.50 must stay 12.50."""
    parts = {key: json.dumps(value) for key, value in row.items()} | {name: text}
    return "{" + ",".join(f"{json.dumps(key)}:{part}" for key, part in parts.items()) + "}"


def _forms_within(field: Any, depth: int) -> Iterator[Form]:
    kinds = alternatives(field.type)
    scalars = {kind for kind in kinds if kind in (int, str, bool)}
    yield from SCALAR_FORMS.get(frozenset(scalars), ()) if len(scalars) == len(kinds) else ()
    if field.required:
        return
    for kind in kinds:
        if is_struct(kind):
            yield from _struct_forms(kind, kinds, depth)
        elif get_origin(kind) is list:
            yield from _list_forms(get_args(kind)[0], kinds, depth)
        elif get_origin(kind) is dict:
            yield from DICT_FORMS if len(kinds) == 1 else ()


SCALAR_FORMS: dict[frozenset[type], list[Form]] = {
    frozenset({int}): [
        ("text", '"15"', 15),
        ("negative text", '"-15"', -15),
        ("with a fraction of zero", "15.00", 15),
        ("text with a fraction of zero", '"15.0"', 15),
    ],
    frozenset({bool}): [
        ('"1"', '"1"', True),
        ('"0"', '"0"', False),
        ('"true"', '"true"', True),
        ('"False"', '"False"', False),
        ("empty", '""', False),
        ("1", "1", True),
        ("0", "0", False),
    ],
    frozenset({str}): [
        ("whole number", "12", "12"),
        ("exact number", "12.50", "12.50"),
        ("number with an exponent", "1.50e3", "1.50e3"),
        ("flag", "false", "false"),
        ("empty list", "[]", None),
        ("empty object", "{}", None),
    ],
    frozenset({int, str}): [
        ("whole number", "12", 12),
        ("text of a number", '"0012"', "0012"),
        ("exact number", "12.50", "12.50"),
        ("empty", '""', ""),
    ],
    frozenset({bool, str}): [
        ("true", "true", True),
        ("false", "false", False),
        ("a price of one", "1", "1"),
        ("exact number", "1.00", "1.00"),
        ("empty", '""', ""),
    ],
    frozenset({bool, int}): [
        ("number", "78908", 78908),
        ("text of a number", '"78908"', 78908),
        ("flag", "false", False),
        ('"1"', '"1"', True),
        ("empty", '""', False),
    ],
}

DICT_FORMS: list[Form] = [
    ("empty list", "[]", {}),
    ("empty text", '""', None),
    ("list", '["red","blue"]', {"0": "red", "1": "blue"}),
]


def _struct_forms(struct: Any, kinds: list[Any], depth: int) -> Iterator[Form]:
    """The shapes in which an object may arrive."""
    whole = sample_row(struct)
    yield from odd_rows(struct, depth + 1)
    if len(kinds) == 1:
        yield "empty list", "[]", None
        yield "empty text", '""', None
        yield "in a list of one", json.dumps([whole]), whole


def _list_forms(item: Any, kinds: list[Any], depth: int) -> Iterator[Form]:
    """The shapes in which a list may arrive; an object is told from a list by its own names."""
    one, other = sample(item), sample(item)
    if dict in map(get_origin, kinds):
        return
    yield "keyed by position", json.dumps({"0": one, "1": other}), [one, other]
    yield "empty object", "{}", []
    if len(kinds) == 1:
        yield "empty text", '""', []
        yield "its only item", json.dumps(one), [one]
    if is_struct(item):
        yield from _keyed_forms(item)
        yield from (
            (form, f"[{text}]", [documented])
            for form, text, documented in odd_rows(item, depth + 1)
        )


def _keyed_forms(struct: Any) -> Iterator[Form]:
    """A list of Structs as a map keyed by what identifies them."""
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    if struct is models.OrderShipping:  # nothing in it identifies it
        return
    key, value = (fields[name] for name in getattr(struct, "map_fields", ("id", "name")))
    item = sample_row(struct)
    without = {name: held for name, held in item.items() if name != key.encode_name}
    typed_key = "193177" if str in alternatives(key.type) else 193177
    keyed = {**without, key.encode_name: typed_key}
    bare = sample(value.type)
    yield "keyed by id", json.dumps({"193177": without}), [keyed]
    yield (
        "keyed by id, with a null one",
        (json.dumps({"193177": {**without, key.encode_name: None}})),
        [keyed],
    )
    yield "keyed by another id", json.dumps({"193177": item}), [item]
    if not isinstance(bare, (dict, list)):
        documented = {key.encode_name: typed_key, value.encode_name: bare}
        yield "bare values keyed by id", json.dumps({"193177": bare}), [documented]
        yield "bare values by position", json.dumps({"0": bare}), [{value.encode_name: bare}]
