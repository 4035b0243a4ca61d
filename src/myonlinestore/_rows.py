"""A caller's own type for the rows of a list: whether it decodes, and what tells rows apart."""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from myonlinestore._codec.normalize import wire_names


def list_type(model: Any) -> type[list[Any]]:
    """The type of a list of rows of `model`. Raises TypeError for what none is decoded to."""
    try:
        decodes = _is_decodable(model)
    except TypeError as error:
        raise _invalid_model_error(model) from error
    if not decodes:
        raise _invalid_model_error(model)
    rows: type[list[Any]] = list[model]
    return rows


@functools.lru_cache
def _is_decodable(model: Any) -> bool:
    return not isinstance(msgspec.inspect.type_info(model), msgspec.inspect.CustomType)


def _invalid_model_error(model: Any) -> TypeError:
    return TypeError(
        "model must be a type to decode each row to, such as a msgspec.Struct, a dataclass or a "
        f"TypedDict, got {model!r}"
    )


@functools.lru_cache
def row_keys(model: Any, documented: Any) -> tuple[str, ...]:
    """The names under which `model` has what tells the documented rows apart."""
    names = wire_names(documented)
    own = _fields_by_wire_name(model)
    keys = (names[key][0] for key in documented.row_keys if key in names)
    return tuple(own.get(key, key) for key in keys)


def _fields_by_wire_name(model: Any) -> dict[str, str]:
    if not (isinstance(model, type) and issubclass(model, msgspec.Struct)):
        return {}
    return {field.encode_name: field.name for field in msgspec.structs.fields(model)}
