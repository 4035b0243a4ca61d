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
    """How to dump a part: under which names, and whether without nulls."""

    by_alias: bool
    without_none: bool

    def of(self, value: Any, include: Any, exclude: Any) -> Any:
        """What `include` keeps of a value and `exclude` leaves of that; None changes nothing."""
        if isinstance(value, msgspec.Struct):
            return dict(self._chosen(self._fields(value), include, exclude))
        if isinstance(value, dict):
            parts = ((key, key, held) for key, held in value.items())
            return dict(self._chosen(parts, include, exclude))
        if isinstance(value, (list, tuple)):
            parts = ((position, position, held) for position, held in enumerate(value))
            return [held for _, held in self._chosen(parts, include, exclude, len(value))]
        return msgspec.to_builtins(value)

    def _fields(self, model: msgspec.Struct) -> Iterator[tuple[Any, Any, Any]]:
        names = model.__struct_encode_fields__ if self.by_alias else model.__struct_fields__
        for field, name in zip(model.__struct_fields__, names, strict=True):
            held = getattr(model, field)
            if held is not None or not self.without_none:
                yield field, name, held

    def _chosen(
        self, parts: Iterable[tuple[Any, Any, Any]], include: Any, exclude: Any, length: int = 0
    ) -> Iterator[tuple[Any, Any]]:
        for key, name, held in parts:
            asked = True if include is None else _selection_for(include, key, length)
            refused = None if exclude is None else _selection_for(exclude, key, length)
            if asked is not None and refused is not True:
                yield name, self.of(held, None if asked is True else asked, refused)


def _selection_for(spec: Any, key: Any, length: int) -> Any:
    """What a spec says of one key: True for the whole of it, a nested spec, or None.

    A position may be counted from the end, as -1; `"__all__"` speaks of every one.
    """
    keys = (key, key - length, "__all__") if length else (key, "__all__")
    return functools.reduce(_merge, (_part(spec, each) for each in keys))


def _part(spec: Any, key: Any) -> Any:
    if isinstance(spec, Mapping):
        part = spec.get(key)
        return True if part is ... else part
    if isinstance(spec, (AbstractSet, list, tuple)):
        return True if key in spec else None
    raise TypeError(f"include and exclude take a set or a mapping, not a {type(spec).__name__}")


def _merge(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    if one is True or other is True:
        return one
    return {key: _merge(_part(one, key), _part(other, key)) for key in (*one, *other)}


def apply_include_exclude(
    model: msgspec.Struct,
    include: IncEx | None,
    exclude: IncEx | None,
    by_alias: bool,
    without_none: bool,
) -> Any:
    """What a dump is to hold: the model, its shadow, or parts of it in plain Python."""
    if include is not None or exclude is not None:
        return FieldSelection(by_alias=by_alias, without_none=without_none).of(
            model, include, exclude
        )
    cls = type(model)
    if not without_none and (by_alias or not has_aliases(cls)):
        return model
    twin = renamed_struct(cls, by_alias=by_alias, without_none=without_none)
    try:
        return msgspec.convert(model, twin, from_attributes=True)
    except msgspec.ValidationError:
        # A value of another type, put in unchecked, fits no shadow: then the model is walked.
        return FieldSelection(by_alias=by_alias, without_none=without_none).of(model, None, None)


@functools.cache
def has_aliases(cls: type[msgspec.Struct]) -> bool:
    """Whether any field of this Struct, or of one that it holds, has another name on the wire."""
    return any(
        held.__struct_fields__ != held.__struct_encode_fields__ for held in _reachable(cls, set())
    )


def _reachable(tp: Any, seen: set[Any]) -> set[Any]:
    if isinstance(tp, type) and issubclass(tp, msgspec.Struct) and tp not in seen:
        seen.add(tp)
        for field in msgspec.structs.fields(tp):
            _reachable(field.type, seen)
    for argument in get_args(tp):
        _reachable(argument, seen)
    return seen


@functools.cache
def renamed_struct(
    cls: type[msgspec.Struct], *, by_alias: bool, without_none: bool = False
) -> type[msgspec.Struct]:
    """A Struct with this one's fields under the names asked for, that can leave nulls out."""
    built: type[msgspec.Struct] = _RenamedStructBuilder(
        by_alias=by_alias, without_none=without_none
    ).of(cls)
    return built


class _RenamedStructBuilder:
    """Builds one family of shadows; a Struct that holds itself refers to its shadow by name."""

    def __init__(self, *, by_alias: bool, without_none: bool) -> None:
        self._by_alias = by_alias
        self._without_none = without_none
        self._open: set[Any] = set()
        self._done: dict[Any, type[msgspec.Struct]] = {}

    def of(self, cls: Any) -> Any:
        if cls in self._open:
            return ForwardRef(cls.__name__)
        if cls not in self._done:
            self._open.add(cls)
            self._done[cls] = self._build(cls)
            self._open.discard(cls)
        return self._done[cls]

    def _build(self, cls: Any) -> type[msgspec.Struct]:
        fields = msgspec.structs.fields(cls)
        specs = [(f.name, self._replace_types(f.type), None) for f in fields]
        names = {f.name: f.encode_name for f in fields} if self._by_alias else None
        built = msgspec.defstruct(
            cls.__name__, specs, rename=names, omit_defaults=self._without_none, gc=False
        )
        setattr(built, cls.__name__, built)
        return built

    def _replace_types(self, tp: Any) -> Any:
        if isinstance(tp, type) and issubclass(tp, msgspec.Struct):
            return self.of(tp)
        arguments = tuple(self._replace_types(argument) for argument in get_args(tp))
        if get_origin(tp) in (Union, types.UnionType):
            return Union[arguments]  # noqa: UP007
        if get_origin(tp) is list:
            return List[arguments[0]]  # type: ignore[valid-type]  # noqa: UP006
        return tp
