"""Convert models to plain Python and JSON, with include, exclude and by_alias."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, ForwardRef, List, TypeAlias, Union, get_args, get_origin  # noqa: UP035

import msgspec

IncEx: TypeAlias = AbstractSet[str] | AbstractSet[int] | Mapping[str, Any] | Mapping[int, Any]


class FieldSelection(msgspec.Struct, frozen=True):
    """Dumps the parts of a value that `include` and `exclude` select, as plain Python."""

    by_alias: bool
    exclude_none: bool

    def dump(self, value: Any, include: Any, exclude: Any) -> Any:
        """Return the included parts of a value minus the excluded ones; None selects all."""
        if isinstance(value, msgspec.Struct):
            return dict(self._dump_items(self._fields(value), include, exclude))
        if isinstance(value, dict):
            items = ((key, key, item) for key, item in value.items())
            return dict(self._dump_items(items, include, exclude))
        if isinstance(value, (list, tuple)):
            items = ((index, index, item) for index, item in enumerate(value))
            return [item for _, item in self._dump_items(items, include, exclude, len(value))]
        return msgspec.to_builtins(value)

    def _fields(self, struct: msgspec.Struct) -> Iterator[tuple[Any, Any, Any]]:
        """Yield each field's name, its name in the dump, and its value."""
        names = struct.__struct_encode_fields__ if self.by_alias else struct.__struct_fields__
        for field, name in zip(struct.__struct_fields__, names, strict=True):
            value = getattr(struct, field)
            if value is not None or not self.exclude_none:
                yield field, name, value

    def _dump_items(
        self, items: Iterable[tuple[Any, Any, Any]], include: Any, exclude: Any, length: int = 0
    ) -> Iterator[tuple[Any, Any]]:
        for key, name, value in items:
            included = True if include is None else _selection_for(include, key, length)
            excluded = None if exclude is None else _selection_for(exclude, key, length)
            if included is not None and excluded is not True:
                yield name, self.dump(value, None if included is True else included, excluded)


def _selection_for(selection: Any, key: Any, length: int) -> Any:
    """Return the selection of one key: True for all of its value, a nested selection, or None.

    A list index may be negative; ``"__all__"`` applies to every key.
    """
    keys = (key, key - length, "__all__") if length else (key, "__all__")
    return functools.reduce(_merge, (_selection_at(selection, key) for key in keys))


def _selection_at(selection: Any, key: Any) -> Any:
    if isinstance(selection, Mapping):
        nested = selection.get(key)
        return True if nested is ... else nested
    if isinstance(selection, (AbstractSet, list, tuple)):
        return True if key in selection else None
    raise TypeError(
        f"include and exclude take a set or a mapping, not a {type(selection).__name__}"
    )


def _merge(left: Any, right: Any) -> Any:
    if left is None or right is None:
        return right if left is None else left
    if left is True or right is True:
        return left
    return {
        key: _merge(_selection_at(left, key), _selection_at(right, key)) for key in (*left, *right)
    }


def apply_include_exclude(
    model: msgspec.Struct,
    include: IncEx | None,
    exclude: IncEx | None,
    by_alias: bool,
    exclude_none: bool,
) -> Any:
    """Return an encodable value with only the selected parts of a model: a Struct or a dict."""
    cls = type(model)
    selects_all = include is None and exclude is None
    if selects_all and not exclude_none and (by_alias or not has_aliases(cls)):
        return model
    selection = FieldSelection(by_alias=by_alias, exclude_none=exclude_none)
    if not selects_all:
        return selection.dump(model, include, exclude)
    renamed = renamed_struct(cls, by_alias=by_alias, exclude_none=exclude_none)
    try:
        return msgspec.convert(model, renamed, from_attributes=True)
    except msgspec.ValidationError:
        # A value that was assigned unchecked may have another type than its field.
        return selection.dump(model, None, None)


@functools.cache
def has_aliases(cls: type[msgspec.Struct]) -> bool:
    """Return True if a field of this Struct, or of a nested one, has another name in JSON."""
    return any(
        struct.__struct_fields__ != struct.__struct_encode_fields__
        for struct in _reachable(cls, set())
    )


def _reachable(tp: Any, seen: set[Any]) -> set[Any]:
    """Add to `seen` every Struct that a type contains, at any depth, and return it."""
    if isinstance(tp, type) and issubclass(tp, msgspec.Struct) and tp not in seen:
        seen.add(tp)
        for field in msgspec.structs.fields(tp):
            _reachable(field.type, seen)
    for argument in get_args(tp):
        _reachable(argument, seen)
    return seen


@functools.cache
def renamed_struct(
    cls: type[msgspec.Struct], *, by_alias: bool, exclude_none: bool = False
) -> type[msgspec.Struct]:
    """Build a Struct with the same fields, under field or JSON names, that can omit nulls."""
    built: type[msgspec.Struct] = _RenamedStructBuilder(
        by_alias=by_alias, exclude_none=exclude_none
    ).build(cls)
    return built


class _RenamedStructBuilder:
    """Builds a renamed Struct with its nested ones; a recursive Struct is a reference by name."""

    def __init__(self, *, by_alias: bool, exclude_none: bool) -> None:
        self._by_alias = by_alias
        self._exclude_none = exclude_none
        self._open: set[Any] = set()
        self._built: dict[Any, type[msgspec.Struct]] = {}

    def build(self, cls: Any) -> Any:
        if cls in self._open:
            return ForwardRef(cls.__name__)
        if cls not in self._built:
            self._open.add(cls)
            self._built[cls] = self._define(cls)
            self._open.discard(cls)
        return self._built[cls]

    def _define(self, cls: Any) -> type[msgspec.Struct]:
        fields = msgspec.structs.fields(cls)
        definitions = [(field.name, self._replace_types(field.type), None) for field in fields]
        names = {field.name: field.encode_name for field in fields} if self._by_alias else None
        struct = msgspec.defstruct(
            cls.__name__, definitions, rename=names, omit_defaults=self._exclude_none, gc=False
        )
        # msgspec resolves the reference of a recursive Struct in the namespace of its class.
        setattr(struct, cls.__name__, struct)
        return struct

    def _replace_types(self, tp: Any) -> Any:
        """Return the type with each Struct in it replaced by its renamed Struct."""
        if isinstance(tp, type) and issubclass(tp, msgspec.Struct):
            return self.build(tp)
        arguments = tuple(self._replace_types(argument) for argument in get_args(tp))
        if get_origin(tp) in (Union, types.UnionType):
            return Union[arguments]  # noqa: UP007
        if get_origin(tp) is list:
            return List[arguments[0]]  # type: ignore[valid-type]  # noqa: UP006
        return tp
