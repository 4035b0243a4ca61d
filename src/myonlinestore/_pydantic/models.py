"""Pydantic models built from Structs, with the same fields, names, normalization and views.

Each model is generated from its Struct, so that the two cannot differ.
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
    """The base of the pydantic models.

    Validation accepts field and JSON names, and normalizes the malformed values of live responses
    as the Struct does. Unknown fields are ignored.
    """

    model_config = ConfigDict(populate_by_name=True, extra="ignore")

    struct_class: ClassVar[type[Model]]

    @classmethod
    def from_struct(cls, struct: Model) -> Self:
        """Convert a Struct, with its nested Structs. Raises pydantic's ValidationError."""
        return cls.model_validate(struct)

    def to_struct(self) -> Model:
        """Convert this model to its Struct, with the nested models, without validation."""
        names = self.struct_class.__struct_fields__
        return self.struct_class.model_construct(**{n: _to_struct(getattr(self, n)) for n in names})

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Decode JSON; an amount sent as a number keeps its exact digits (12.50)."""
        try:
            value = decode_exact(json_data)
        except DecodeError:
            # Let pydantic raise its own error for invalid JSON.
            return super().model_validate_json(json_data, **options)
        return cls.model_validate(value, **options)

    @model_validator(mode="before")
    @classmethod
    def _normalize(cls, value: object) -> object:
        if isinstance(value, cls.struct_class):
            return {name: held for name, held in value if held is not None}
        if isinstance(value, Mapping):
            return dict(_normalize_items(cast("Mapping[str, Any]", value), cls.struct_class))
        return value

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        return ((name, value) for name, value in super().__repr_args__() if value is not None)


def _normalize_items(
    value: Mapping[str, Any], struct: type[msgspec.Struct]
) -> Iterator[tuple[str, Any]]:
    """Yield normalized fields by JSON name; the fields that a subclass adds are unchanged."""
    names = wire_names(struct)
    for key, item in value.items():
        if key not in names:
            yield key, item
            continue
        wire_name, fix = names[key]
        if wire_name == key or wire_name not in value:
            yield wire_name, item if isinstance(item, BaseModel) else fix(item)


_models: dict[type[msgspec.Struct], type[PydanticModel]] = {}
_building = threading.RLock()


def pydantic_model_for(struct: type[msgspec.Struct]) -> type[PydanticModel]:
    """Return the pydantic model of a Struct; the same class on each call."""
    with _building:
        if struct not in _models:
            _models.update(_ModelBuilder().build_all(struct))
        return _models[struct]


class _ModelBuilder:
    """Builds a model and its nested models; a recursive Struct is a reference by name."""

    def __init__(self) -> None:
        self._built: dict[type[msgspec.Struct], type[PydanticModel]] = {}
        self._open: list[type[msgspec.Struct]] = []

    def build_all(
        self, struct: type[msgspec.Struct]
    ) -> dict[type[msgspec.Struct], type[PydanticModel]]:
        self._model(struct)
        by_name = {_reference(built): model for built, model in self._built.items()}
        for model in self._built.values():
            model.model_rebuild(_types_namespace=by_name)
        return self._built

    def _model(self, struct: type[msgspec.Struct]) -> Any:
        if struct in self._open:
            return ForwardRef(_reference(struct))
        known = _models.get(struct) or self._built.get(struct)
        return known or self._build(struct)

    def _build(self, struct: type[msgspec.Struct]) -> type[PydanticModel]:
        self._open.append(struct)
        fields = {f.name: self._definition(f) for f in msgspec.structs.fields(struct)}
        self._open.pop()
        model = create_model(
            struct.__name__, __base__=PydanticModel, __module__=PYDANTIC_MODULE, **fields
        )
        model.__doc__ = struct.__doc__
        model.struct_class = cast("type[Model]", struct)
        for name, view in views_of(struct).items():
            setattr(model, name, _model_view(view))
        self._built[struct] = model
        return model

    def _definition(self, field: msgspec.structs.FieldInfo) -> Any:
        """Return a field's type, JSON name and default as `create_model` takes them."""
        alias = field.encode_name if field.encode_name != field.name else None
        annotation = self._replace_types(field.type)
        if field.default_factory is not msgspec.NODEFAULT:
            return annotation, Field(default_factory=field.default_factory, alias=alias)
        return annotation, Field(default=... if field.required else field.default, alias=alias)

    def _replace_types(self, tp: Any) -> Any:
        """Return the type with each Struct in it replaced by its pydantic model."""
        if isinstance(tp, type) and issubclass(tp, msgspec.Struct):
            return self._model(tp)
        origin: Any = get_origin(tp)
        arguments = tuple(self._replace_types(argument) for argument in get_args(tp))
        if origin in (Union, types.UnionType):
            return Union[arguments]  # noqa: UP007
        return origin[arguments] if arguments else tp


def _reference(struct: type[msgspec.Struct]) -> str:
    # A unique name, so that pydantic does not find another class of that name.
    return f"pydantic_model_for_{struct.__name__}"


def views_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return a model's Decimal and datetime views and its properties, by name."""
    bases = [base for base in reversed(struct.__mro__) if base not in Model.__mro__]
    found = {name: value for base in bases for name, value in vars(base).items()}
    views = (DecimalView, DatetimeView, property)
    return {name: value for name, value in found.items() if isinstance(value, views)}


def _model_view(view: Any) -> Any:
    """Return a view unchanged, or a property that reads the Struct's property."""
    if not isinstance(view, property):
        return view
    read = cast("Any", view.fget)
    return property(lambda model: _to_pydantic(read(model.to_struct())), doc=view.__doc__)


def _to_struct(value: Any) -> Any:
    if isinstance(value, PydanticModel):
        return value.to_struct()
    return [_to_struct(item) for item in value] if isinstance(value, list) else value


def _to_pydantic(value: Any) -> Any:
    if isinstance(value, Model):
        return pydantic_model_for(type(value)).from_struct(value)
    return [_to_pydantic(item) for item in value] if isinstance(value, list) else value
