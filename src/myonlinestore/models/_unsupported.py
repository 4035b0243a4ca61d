"""The refusal of validators, constraints and the like, which a Struct would ignore in silence."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import get_args


def refuse_pydantic_attributes(name: str, base: type, namespace: Mapping[str, object]) -> None:
    """Raise TypeError for validators, `Field` and the like, which a Struct would ignore."""
    for attribute, value in namespace.items():
        if _is_pydantic(value) or attribute == "model_config":
            raise _pydantic_error(name, attribute, base)


def refuse_pydantic_annotations(cls: type) -> None:
    """Raise TypeError for ``Annotated[float, Field(ge=0)]`` and the like, in any own annotation."""
    try:
        annotations = inspect.get_annotations(cls, locals={cls.__name__: cls}, eval_str=True)
    except NameError:  # A name that is defined later, or never: msgspec raises NameError for it.
        return
    for attribute, annotation in annotations.items():
        if any(map(_is_pydantic, _iter_metadata(annotation))):
            raise _pydantic_error(cls.__name__, attribute, cls.__bases__[0])


def _iter_metadata(annotation: object) -> Iterator[object]:
    """Yield the metadata of each Annotated in an annotation."""
    yield from getattr(annotation, "__metadata__", ())
    for argument in get_args(annotation):
        yield from _iter_metadata(argument)


def _is_pydantic(value: object) -> bool:
    """Return True if a value is made by pydantic, or by the library of its constraints."""
    package = type(value).__module__.partition(".")[0]
    return package in ("pydantic", "pydantic_core", "annotated_types")


def _pydantic_error(name: str, attribute: str, base: type) -> TypeError:
    return TypeError(
        f"{name}.{attribute} works in pydantic's models only, and {base.__name__} is a "
        f"msgspec.Struct: subclass myonlinestore.pydantic.{base.__name__} instead"
    )
