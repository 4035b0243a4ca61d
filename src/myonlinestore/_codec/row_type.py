"""The check of `model`, the type that the rows of a list are decoded to."""

from __future__ import annotations

import functools
from typing import Any

import msgspec

_ROW_TYPES = (
    msgspec.inspect.StructType,
    msgspec.inspect.DataclassType,
    msgspec.inspect.TypedDictType,
    msgspec.inspect.DictType,
    msgspec.inspect.RawType,
    msgspec.inspect.AnyType,
)


def check_row_type(model: Any) -> None:
    """Raise TypeError if a row, which is an object in the JSON, cannot be decoded to `model`."""
    try:
        is_row_type = _is_row_type(model)
    except TypeError as error:
        raise _row_type_error(model) from error
    if not is_row_type:
        raise _row_type_error(model)


@functools.lru_cache
def _is_row_type(model: Any) -> bool:
    info = msgspec.inspect.type_info(model)
    if isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    members = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    row_types = [member for member in members if not isinstance(member, msgspec.inspect.NoneType)]
    return bool(row_types) and all(isinstance(member, _ROW_TYPES) for member in row_types)


def _row_type_error(model: Any) -> TypeError:
    return TypeError(
        "model must be a type to decode each row to: a msgspec.Struct, a dataclass, a TypedDict, "
        f"a dict, msgspec.Raw or Any, got {model!r}"
    )
