"""Every Model, and sample rows with one malformed value each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec

from myonlinestore import models
from myonlinestore.models import Model
from tests.support.annotations import get_union_members, is_struct

MODELS: list[type[Model]] = [
    member
    for name in models.__all__
    if isinstance(member := getattr(models, name), type)
    and issubclass(member, Model)
    and member is not Model
]

# (label of the malformed value, the row as JSON text, the row as documented)
OddRow = tuple[str, str, dict[str, Any]]
Form = tuple[str, str, Any]


def make_row(struct: Any, depth: int = 0) -> dict[str, Any]:
    """Return a row with a value in every field, under its JSON names."""
    return {
        field.encode_name: make_value(field.type, depth + 1)
        for field in msgspec.structs.fields(struct)
        if not (depth > 3 and struct is models.Category)
    }


def make_value(tp: Any, depth: int = 0) -> Any:
    """Return a value of the first type that a field may have."""
    first = get_union_members(tp)[0]
    if is_struct(first):
        return make_row(first, depth)
    if get_origin(first) is list:
        return [make_value(get_args(first)[0], depth), make_value(get_args(first)[0], depth)]
    if get_origin(first) is dict:
        return {"colour": "red"}
    return {int: 15, bool: True, str: "text"}[first]


def iterate_odd_rows(struct: Any, depth: int = 0) -> Iterator[OddRow]:
    """Yield rows of a Struct, each with one malformed value at some depth."""
    if depth > 4:
        return
    row = make_row(struct)
    for field in msgspec.structs.fields(struct):
        for form, text, documented in _iterate_forms(field, depth):
            label = f"{struct.__name__}.{field.name}: {form}"
            yield (
                label,
                _insert_text(row, field.encode_name, text),
                _replace_field(row, field, documented),
            )


def _replace_field(row: dict[str, Any], field: Any, value: Any) -> dict[str, Any]:
    return {**row, field.encode_name: value}


def _insert_text(row: dict[str, Any], name: str, text: str) -> str:
    """Return a row as JSON text, with a field's text inserted unchanged: 12.50 stays 12.50."""
    parts = {key: json.dumps(value) for key, value in row.items()} | {name: text}
    return "{" + ",".join(f"{json.dumps(key)}:{part}" for key, part in parts.items()) + "}"


def _iterate_forms(field: Any, depth: int) -> Iterator[Form]:
    types_ = get_union_members(field.type)
    scalars = {type_ for type_ in types_ if type_ in (int, str, bool)}
    yield from SCALAR_FORMS.get(frozenset(scalars), ()) if len(scalars) == len(types_) else ()
    if field.required:
        return
    for type_ in types_:
        if is_struct(type_):
            yield from _iterate_struct_forms(type_, types_, depth)
        elif get_origin(type_) is list:
            yield from _iterate_list_forms(get_args(type_)[0], types_, depth)
        elif get_origin(type_) is dict:
            yield from DICT_FORMS if len(types_) == 1 else ()


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


def _iterate_struct_forms(struct: Any, types_: list[Any], depth: int) -> Iterator[Form]:
    """Yield the forms in which an object may arrive."""
    complete = make_row(struct)
    yield from iterate_odd_rows(struct, depth + 1)
    if len(types_) == 1:
        yield "empty list", "[]", None
        yield "empty text", '""', None
        yield "in a list of one", json.dumps([complete]), complete


def _iterate_list_forms(item: Any, types_: list[Any], depth: int) -> Iterator[Form]:
    """Yield the forms in which a list may arrive; the names in an object distinguish the two."""
    first, second = make_value(item), make_value(item)
    if dict in map(get_origin, types_):
        return
    yield "keyed by position", json.dumps({"0": first, "1": second}), [first, second]
    yield "empty object", "{}", []
    if len(types_) == 1:
        yield "empty text", '""', []
        yield "its only item", json.dumps(first), [first]
    if is_struct(item):
        yield from _iterate_keyed_forms(item)
        yield from (
            (form, f"[{text}]", [documented])
            for form, text, documented in iterate_odd_rows(item, depth + 1)
        )


def _iterate_keyed_forms(struct: Any) -> Iterator[Form]:
    """Yield a list of Structs as maps, keyed by the field that identifies an item."""
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    if struct is models.OrderShipping:  # no field identifies it
        return
    key, value = (fields[name] for name in getattr(struct, "map_fields", ("id", "name")))
    item = make_row(struct)
    without = {name: value for name, value in item.items() if name != key.encode_name}
    typed_key = "193177" if str in get_union_members(key.type) else 193177
    keyed = {**without, key.encode_name: typed_key}
    bare = make_value(value.type)
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
