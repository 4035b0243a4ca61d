"""Normalization of the undocumented shapes of live responses to the documented ones.

A normalizer converts a value to one that `msgspec.convert` accepts for its type. It does not change
values that it cannot normalize, so that the error of the conversion names the exact JSON path.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from myonlinestore._codec.coerce import SCALARS, coerce_scalar, to_plain

Normalizer = Callable[[Any], Any]

_MAP_FIELDS = ("id", "name")
_TYPES_WITHOUT_MAPS = (
    msgspec.inspect.DataclassType,
    msgspec.inspect.RawType,
    msgspec.inspect.TypedDictType,
)


@functools.cache
def normalizer(tp: Any) -> Normalizer:
    """Return the normalizer for a type."""
    kinds = _types_by_category(tp)
    if not kinds:
        return to_plain
    return lambda value: _normalize(value, kinds)


def _types_by_category(tp: Any) -> dict[Any, Any]:
    """Return a type's union members by category: `str`, `int`, …, `list`, `dict` or `Struct`.

    The result is empty for a type that accepts any value.
    """
    members = _union_members(tp)
    if Any in members or object in members:
        return {}
    return {_category(member): member for member in members}


def _union_members(tp: Any) -> list[Any]:
    if get_origin(tp) is Annotated:
        return _union_members(get_args(tp)[0])
    if get_origin(tp) in (Union, types.UnionType):
        return [member for argument in get_args(tp) for member in _union_members(argument)]
    return [tp]


def _category(tp: Any) -> Any:
    is_struct = isinstance(tp, type) and issubclass(tp, msgspec.Struct)
    return msgspec.Struct if is_struct else get_origin(tp) or tp


def _normalize(value: Any, kinds: dict[Any, Any]) -> Any:
    if type(value) in SCALARS:
        return _normalize_scalar(value, kinds)
    if value is None or isinstance(value, kinds.get(msgspec.Struct, ())):
        return value
    if isinstance(value, (dict, Mapping)):
        return _normalize_mapping(value, kinds)
    if isinstance(value, (list, tuple)):
        return _normalize_list(list(value), kinds)
    return _normalize_scalar(value, kinds)


def _normalize_scalar(value: Any, kinds: dict[Any, Any]) -> Any:
    """Normalize a scalar, which may be the only item of a list."""
    if list in kinds and kinds.keys().isdisjoint(SCALARS):
        return [] if value == "" else [normalizer(get_item_type(kinds[list]))(value)]
    return coerce_scalar(value, kinds)


def _normalize_mapping(value: Mapping[str, Any], kinds: dict[Any, Any]) -> Any:
    """Normalize an object: a Struct, a map, or a list sent as a map or as its only item."""
    if msgspec.Struct in kinds and list in kinds:
        return _normalize_item_or_list(value, kinds)
    if msgspec.Struct in kinds:
        return _normalize_struct(value, kinds[msgspec.Struct])
    if dict in kinds:
        return to_plain(value)
    if list in kinds:
        return _normalize_map_of_items(value, kinds[list])
    return to_plain(value) if value else None


def _normalize_list(value: list[Any], kinds: dict[Any, Any]) -> Any:
    """Normalize a list: a list, an empty object (PHP writes `[]`), or an object in a list."""
    if list in kinds:
        normalize = normalizer(get_item_type(kinds[list]))
        items = [normalize({} if item == [] else item) for item in value]
        return _with_values(items) if msgspec.Struct in kinds else items
    if dict in kinds:
        return {str(position): to_plain(item) for position, item in enumerate(value)}
    if msgspec.Struct in kinds and len(value) == 1:
        return _normalize(value[0], kinds)
    return to_plain(value) if value else None


def _normalize_item_or_list(value: Mapping[str, Any], kinds: dict[Any, Any]) -> Any:
    """Normalize an object for a type that is one item or a list: field names mean one item."""
    struct = kinds[msgspec.Struct]
    if wire_names(struct).keys().isdisjoint(value):
        return _with_values(_normalize_map_of_items(value, kinds[list]))
    items = _with_values([_normalize_struct(value, struct)])
    return items[0] if items else None


def _with_values(items: list[Any]) -> list[Any]:
    """Return the items that have any value."""
    return [
        item
        for item in items
        if not isinstance(item, dict) or any(value is not None for value in item.values())
    ]


@functools.cache
def accepts_map_items(tp: Any) -> bool:
    """Return True if the items of a list that arrives as a map can be `tp`.

    No field of a dataclass or a TypedDict is known to hold the keys of the map.
    """
    members = map(msgspec.inspect.type_info, _union_members(tp))
    return not any(isinstance(member, _TYPES_WITHOUT_MAPS) for member in members)


def _normalize_map_of_items(value: Mapping[str, Any], tp: Any) -> Any:
    """Normalize a list sent as `{"0": …}`, as `{"193177": …}`, or as its only item."""
    tp = get_item_type(tp)
    kinds = _types_by_category(tp) or {dict: dict}
    if not accepts_map_items(tp):
        return to_plain(value)
    if msgspec.Struct not in kinds and dict not in kinds:
        return [normalizer(tp)(item) for item in _collect_scalars(value)]
    if _is_item(value, kinds):
        return [_normalize(value, kinds)]
    keyed = not are_positions(value)
    return [
        _normalize(_with_key(key if keyed else None, item, kinds), kinds)
        for key, item in value.items()
    ]


def _is_item(value: Mapping[str, Any], kinds: dict[Any, Any]) -> bool:
    """Return True if an object is one item rather than a map of items."""
    if all_digits(value):
        return False
    if msgspec.Struct in kinds:
        return not wire_names(kinds[msgspec.Struct]).keys().isdisjoint(value)
    return not all(isinstance(item, (Mapping, list)) for item in value.values())


def _collect_scalars(value: Mapping[str, Any]) -> list[Any]:
    """Return the ids or codes in a map: its values, or its keys if those are the ids."""
    holds_ids = all(isinstance(item, (str, int, float)) for item in value.values())
    holds_flags = any(isinstance(item, bool) for item in value.values())
    return list(value.values() if all_digits(value) and holds_ids and not holds_flags else value)


def _with_key(key: str | None, item: Any, kinds: dict[Any, Any]) -> Any:
    """Return an item of a map with its key, unless that is None, in the key field."""
    struct = kinds.get(msgspec.Struct)
    key_field, value_field = getattr(struct, "map_fields", _MAP_FIELDS)
    if isinstance(item, msgspec.Struct):
        return item
    if item == []:
        item = {}
    elif not isinstance(item, (Mapping, list)):
        item = {value_field: item}
    if key is None or not isinstance(item, Mapping) or _has_key(item, key, key_field, struct):
        return item
    return {**item, _wire_name(struct, key_field): key}


def _has_key(item: Mapping[str, Any], key: str, key_field: str, struct: Any) -> bool:
    if struct is None:
        return str(key) in map(str, item.values())
    return item.get(_wire_name(struct, key_field), item.get(key_field)) is not None


def _wire_name(struct: Any, field: str) -> str:
    known = {} if struct is None else wire_names(struct)
    return known[field][0] if field in known else field


def _normalize_struct(value: Mapping[str, Any], struct: Any) -> dict[str, Any]:
    """Normalize a Struct's fields, sent under any of their names, to their wire names."""
    names = wire_names(struct)
    normalized: dict[str, Any] = _select_unknown_keys(value, names, struct.__struct_config__)
    for key, item in value.items():
        if key in names:
            wire_name, normalize = names[key]
            if wire_name == key or wire_name not in value:
                normalized[wire_name] = normalize(item)
    return normalized


def _select_unknown_keys(
    value: Mapping[str, Any], names: Mapping[str, Any], config: Any
) -> dict[str, Any]:
    """Return the unknown keys, for a caller's Struct that forbids them or has a tag field."""
    if not config.forbid_unknown_fields and config.tag is None:
        return {}
    return {key: to_plain(item) for key, item in value.items() if key not in names}


@functools.cache
def wire_names(struct: Any) -> dict[str, tuple[str, Normalizer]]:
    """Return each accepted field name with its wire name and normalizer."""
    fields = msgspec.structs.fields(struct)
    known = {field.name: (field.encode_name, normalizer(field.type)) for field in fields}
    known |= {field.encode_name: known[field.name] for field in fields}
    spellings: Mapping[str, str] = getattr(struct, "spellings", {})
    return known | {spelling: known[name] for spelling, name in spellings.items()}


def holds_items(value: Mapping[str, Any], tp: Any) -> bool:
    """Return True if an object can be a list of `tp`: a map of its items, or its only item."""
    struct = _types_by_category(tp).get(msgspec.Struct)
    if struct is None or all_digits(value):
        return bool(value) and all_digits(value)
    names = wire_names(struct).keys()
    key_field = getattr(struct, "map_fields", _MAP_FIELDS)[0]
    if len(names & value.keys()) > 1 and _has_key(value, "", key_field, struct):
        return True
    return all(isinstance(item, Mapping) and names & item.keys() for item in value.values())


def holds_text_or_flag(tp: Any) -> bool:
    """Return True if a type, or any type in it, may be either a string or a boolean."""
    return any({str, bool} <= kinds.keys() for kinds in _nested_categories(tp, set()))


def _nested_categories(tp: Any, seen: set[Any]) -> Iterator[dict[Any, Any]]:
    kinds = _types_by_category(tp)
    yield kinds
    for kind in kinds.values():
        nested = get_args(kind)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
            seen.add(kind)
            nested = tuple(field.type for field in msgspec.structs.fields(kind))
        for argument in nested:
            yield from _nested_categories(argument, seen)


def all_digits(value: Mapping[str, Any]) -> bool:
    """Return True if every key is a number, as positions and most ids are."""
    return all(str(key).isdigit() for key in value)


def are_positions(value: Mapping[str, Any]) -> bool:
    """Return True if the keys are 0, 1, 2, … rather than ids."""
    return {str(key) for key in value} == {str(position) for position in range(len(value))}


@functools.cache
def get_item_type(tp: Any) -> Any:
    """Return the type of a list's items."""
    return (get_args(tp) or (Any,))[0]


def find_struct(tp: Any) -> type[msgspec.Struct] | None:
    """Return the Struct in a type, such as the `Price` of ``Price | list[Price] | None``."""
    struct: type[msgspec.Struct] | None = _types_by_category(tp).get(msgspec.Struct)
    return struct


def find_item_type(tp: Any) -> Any:
    """Return the type of the items of the list in a type, or None."""
    kinds = _types_by_category(tp)
    return get_item_type(kinds[list]) if list in kinds else None
