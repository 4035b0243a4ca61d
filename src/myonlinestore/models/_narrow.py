"""`include` and `exclude` of a dump, as pydantic has them: by field, by position, nested."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

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
