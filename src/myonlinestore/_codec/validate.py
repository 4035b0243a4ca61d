"""Strict validation, and the attributes of any object as the fields of a Struct."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from myonlinestore._codec.decode import decode_any, translate_errors
from myonlinestore._codec.normalize import find_item_type, find_struct
from myonlinestore.exceptions import DecodeError

T = TypeVar("T")


@translate_errors
def validate_strictly(value: object, tp: type[T]) -> T:
    """Convert a mapping with field or JSON names to `tp`, without converting a single value."""
    return msgspec.convert(_rename_keys(value, tp), tp)


def validate_json_strictly(body: bytes | str, tp: type[T]) -> T:
    """Decode JSON with field or JSON names to `tp`, without converting a single value."""
    encoded = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return validate_strictly(decode_any(encoded), tp)


def _rename_keys(value: object, tp: Any) -> object:
    """Return the value with the JSON names of all fields."""
    struct, item_type = find_struct(tp), find_item_type(tp)
    if isinstance(value, Mapping) and struct is not None:
        fields = msgspec.structs.fields(struct)
        known = {name: field for field in fields for name in (field.name, field.encode_name)}
        return {
            known[key].encode_name: _rename_keys(item, known[key].type)
            for key, item in value.items()
            if key in known
        }
    if isinstance(value, list) and item_type is not None:
        return [_rename_keys(item, item_type) for item in value]
    return value


def read_attributes(value: object, tp: Any) -> Any:
    """Return an object's attributes as a dict with the field names of `tp`, nested ones included.

    A mapping, a Struct and a scalar are returned as they are.

    Raises:
        DecodeError: an object has none of the fields as an attribute.
    """
    struct, item_type = find_struct(tp), find_item_type(tp)
    if isinstance(value, (list, tuple)) and item_type is not None:
        return [read_attributes(item, item_type) for item in value]
    is_plain = value is None or isinstance(value, (str, bytes, int, float, list, tuple, Mapping))
    if struct is None or is_plain or isinstance(value, msgspec.Struct):
        return value
    attributes = {
        field.name: read_attributes(getattr(value, field.name), field.type)
        for field in msgspec.structs.fields(struct)
        if hasattr(value, field.name)
    }
    if not attributes:
        raise DecodeError(
            f"{struct.__name__}: a {type(value).__name__} has none of its fields as an attribute"
        )
    return attributes
