"""The twin of a Struct: a pydantic BaseModel with its fields, names, repairs and views.

A twin is built from its Struct, so that the two cannot drift apart.
"""

from __future__ import annotations

import threading
import types
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, ForwardRef, Union, cast, get_args, get_origin

import msgspec
from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from myonlinestore._codec.decode import decode_exact
from myonlinestore._codec.normalize import wire_names
from myonlinestore.exceptions import DecodeError
from myonlinestore.models.base import Model
from myonlinestore.models.views import DatetimeView, DecimalView

if TYPE_CHECKING:
    from typing_extensions import Self

PYDANTIC_MODULE = "myonlinestore.pydantic"


class PydanticModel(BaseModel):
    """The base of the pydantic twins.

    Validation takes field and wire names and mends the odd shapes of live answers, as the Struct
    does. Unknown fields are ignored.
    """

    model_config = ConfigDict(populate_by_name=True, extra="ignore")

    struct_class: ClassVar[type[Model]]

    @classmethod
    def from_struct(cls, struct: Model) -> Self:
        """The twin of a Struct and of all that it holds. Raises pydantic's ValidationError."""
        return cls.model_validate(struct)

    def to_struct(self) -> Model:
        """The Struct of this twin and of all that it holds; nothing is checked again."""
        names = self.struct_class.__struct_fields__
        return self.struct_class.model_construct(**{n: _struct_of(getattr(self, n)) for n in names})

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """JSON text as this twin; an amount sent as a number keeps its exact text (12.50)."""
        try:
            value = decode_exact(json_data)
        except DecodeError:
            # pydantic says in its own words what is wrong with the text.
            return super().model_validate_json(json_data, **options)
        return cls.model_validate(value, **options)

    @model_validator(mode="before")
    @classmethod
    def _repair(cls, value: object) -> object:
        if isinstance(value, cls.struct_class):
            return {name: held for name, held in value if held is not None}
        if isinstance(value, Mapping):
            return dict(_repaired_items(cast("Mapping[str, Any]", value), cls.struct_class))
        return value

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        return ((name, value) for name, value in super().__repr_args__() if value is not None)


def _repaired_items(
    value: Mapping[str, Any], struct: type[msgspec.Struct]
) -> Iterator[tuple[str, Any]]:
    """The fields under their wire names; what a subclass of the twin may add is left alone."""
    names = wire_names(struct)
    for key, item in value.items():
        if key not in names:
            yield key, item
            continue
        wire_name, fix = names[key]
        if wire_name == key or wire_name not in value:
            yield wire_name, item if isinstance(item, BaseModel) else fix(item)


_twins: dict[type[msgspec.Struct], type[PydanticModel]] = {}
_building = threading.RLock()


def pydantic_model_for(struct: type[msgspec.Struct]) -> type[PydanticModel]:
    """The twin of a Struct; the same one at every call."""
    with _building:
        if struct not in _twins:
            _twins.update(_ModelBuilder().build_all(struct))
        return _twins[struct]


class _ModelBuilder:
    """Builds a twin and those that it holds; a Struct within itself is referred to by its name."""

    def __init__(self) -> None:
        self._built: dict[type[msgspec.Struct], type[PydanticModel]] = {}
        self._open: list[type[msgspec.Struct]] = []

    def build_all(
        self, struct: type[msgspec.Struct]
    ) -> dict[type[msgspec.Struct], type[PydanticModel]]:
        self._twin(struct)
        by_name = {_reference(built): twin for built, twin in self._built.items()}
        for twin in self._built.values():
            twin.model_rebuild(_types_namespace=by_name)
        return self._built

    def _twin(self, struct: type[msgspec.Struct]) -> Any:
        if struct in self._open:
            return ForwardRef(_reference(struct))
        known = _twins.get(struct) or self._built.get(struct)
        return known or self._build(struct)

    def _build(self, struct: type[msgspec.Struct]) -> type[PydanticModel]:
        self._open.append(struct)
        fields = {f.name: self._definition(f) for f in msgspec.structs.fields(struct)}
        self._open.pop()
        twin = create_model(
            struct.__name__, __base__=PydanticModel, __module__=PYDANTIC_MODULE, **fields
        )
        twin.__doc__ = struct.__doc__
        twin.struct_class = cast("type[Model]", struct)
        for name, view in views_of(struct).items():
            setattr(twin, name, _twin_view(view))
        self._built[struct] = twin
        return twin

    def _definition(self, field: msgspec.structs.FieldInfo) -> Any:
        """A field's type, and its name on the wire and default, as `create_model` takes them."""
        alias = field.encode_name if field.encode_name != field.name else None
        annotation = self._replace_types(field.type)
        if field.default_factory is not msgspec.NODEFAULT:
            return annotation, Field(default_factory=field.default_factory, alias=alias)
        return annotation, Field(default=... if field.required else field.default, alias=alias)

    def _replace_types(self, tp: Any) -> Any:
        """A type with each Struct in it replaced by its twin."""
        if isinstance(tp, type) and issubclass(tp, msgspec.Struct):
            return self._twin(tp)
        origin: Any = get_origin(tp)
        arguments = tuple(self._replace_types(argument) for argument in get_args(tp))
        if origin in (Union, types.UnionType):
            return Union[arguments]  # noqa: UP007
        return origin[arguments] if arguments else tp


def _reference(struct: type[msgspec.Struct]) -> str:
    # A name of its own, so that pydantic cannot find another class under it in some namespace.
    return f"pydantic_model_for_{struct.__name__}"


def views_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The Decimal and datetime views and the properties that a model has beside its fields."""
    bases = [base for base in reversed(struct.__mro__) if base not in Model.__mro__]
    found = {name: value for base in bases for name, value in vars(base).items()}
    views = (DecimalView, DatetimeView, property)
    return {name: value for name, value in found.items() if isinstance(value, views)}


def _twin_view(view: Any) -> Any:
    """A Decimal or datetime view as it is; a property, read from the Struct."""
    if not isinstance(view, property):
        return view
    read = cast("Any", view.fget)
    return property(lambda twin: _twin_value(read(twin.to_struct())), doc=view.__doc__)


def _struct_of(value: Any) -> Any:
    if isinstance(value, PydanticModel):
        return value.to_struct()
    return [_struct_of(item) for item in value] if isinstance(value, list) else value


def _twin_value(value: Any) -> Any:
    if isinstance(value, Model):
        return pydantic_model_for(type(value)).from_struct(value)
    return [_twin_value(item) for item in value] if isinstance(value, list) else value
