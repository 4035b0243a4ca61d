"""Models to plain Python and JSON; msgspec does the walking.

Names and the presence of nulls are properties of a Struct's class. So a dump under other names,
or without nulls, converts the model into a shadow: the same fields, renamed and defaulted as asked.
"""

from __future__ import annotations

import functools
import types
from typing import Any, ForwardRef, List, Union, get_args, get_origin  # noqa: UP035

import msgspec

from myonlinestore.models._narrow import FieldSelection, IncEx


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
