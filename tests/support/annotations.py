"""Types in the annotations of fields."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin

import msgspec


def get_union_members(type_: Any) -> list[Any]:
    """Return the types that a field may have, without None and without unset."""
    is_union = get_origin(type_) in (Union, types.UnionType)
    members = get_args(type_) if is_union else [type_]
    return [member for member in members if member not in (type(None), msgspec.UnsetType)]


def is_struct(type_: Any) -> bool:
    """Return True if a type is a Struct."""
    return isinstance(type_, type) and issubclass(type_, msgspec.Struct)
