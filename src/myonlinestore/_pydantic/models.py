"""Pydantic models built from Structs, and the core schema of a Struct as a field of other models.

Each model has the fields, names, normalization and views of its Struct. It is generated, so that
the two cannot differ.
"""

from __future__ import annotations

import contextlib
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, ForwardRef, Union, cast, get_args, get_origin

import msgspec
from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic_core import PydanticSerializationUnexpectedValue, ValidationError, core_schema

from myonlinestore._codec.decode import decode_exact, validate
from myonlinestore._codec.error_payload import no_field_error
from myonlinestore._codec.normalize import wire_names
from myonlinestore.exceptions import DecodeError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from typing_extensions import Self

PYDANTIC_MODULE = "myonlinestore.pydantic"


class PydanticModel(BaseModel):
    """The base of the pydantic models.

    Validation accepts field and JSON names, and normalizes the malformed values of live responses
    as the Struct does. Unknown fields are ignored.
    """

    model_config = ConfigDict(populate_by_name=True, extra="ignore")

    struct_class: ClassVar[type[msgspec.Struct]]

    @classmethod
    def from_struct(cls, struct: msgspec.Struct) -> Self:
        """Convert a Struct, with its nested Structs. Raises pydantic's ValidationError."""
        return cls.model_validate(struct)

    def to_struct(self) -> Any:
        """Convert this model to its Struct, with the nested models, without validation."""
        struct = self.struct_class
        values = {name: _to_struct(getattr(self, name)) for name in struct.__struct_fields__}
        # The metaclass of the Structs would validate the values.
        return msgspec.StructMeta.__call__(struct, **values)

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
            items = msgspec.structs.asdict(value).items()
            return {name: item for name, item in items if item is not None}
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
        return _models.get(struct) or self._built.get(struct) or self._build(struct)

    def _build(self, struct: type[msgspec.Struct]) -> type[PydanticModel]:
        self._open.append(struct)
        described: Mapping[str, Any] = getattr(struct, "model_fields", {})
        fields = {
            field.name: self._definition(field, described.get(field.name))
            for field in msgspec.structs.fields(struct)
        }
        self._open.pop()
        model = create_model(
            struct.__name__, __base__=PydanticModel, __module__=PYDANTIC_MODULE, **fields
        )
        model.__doc__ = struct.__doc__
        model.struct_class = struct
        for name, view in find_views(struct).items():
            setattr(model, name, _model_view(view))
        self._built[struct] = model
        return model

    def _definition(self, field: msgspec.structs.FieldInfo, described: Any) -> Any:
        """Return a field's type, JSON name, default and text as `create_model` takes them."""
        renamed = field.encode_name if field.encode_name != field.name else None
        options: dict[str, Any] = {
            "alias": described.alias if described else renamed,
            "description": described.description if described else None,
        }
        annotation = self._replace_types(field.type)
        if field.default_factory is not msgspec.NODEFAULT:
            return annotation, Field(default_factory=field.default_factory, **options)
        return annotation, Field(default=... if field.required else field.default, **options)

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


def find_views(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return a Struct's views and properties by name, without the pydantic-style `model_*`."""
    attributes = {
        name: value for base in reversed(struct.__mro__) for name, value in vars(base).items()
    }
    return {
        name: value
        for name, value in attributes.items()
        if not name.startswith(("_", "model_")) and _is_view(value)
    }


def _is_view(attribute: object) -> bool:
    """Return True for a descriptor that is neither a method nor a field of a Struct."""
    others = (types.FunctionType, classmethod, types.MemberDescriptorType)
    return hasattr(attribute, "__get__") and not isinstance(attribute, others)


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
    if isinstance(value, msgspec.Struct):
        return pydantic_model_for(type(value)).from_struct(value)
    return [_to_pydantic(item) for item in value] if isinstance(value, list) else value


def build_core_schema(
    cls: type[msgspec.Struct], handler: GetCoreSchemaHandler
) -> core_schema.CoreSchema:
    """Return a schema that validates and serializes like `model_validate` and `model_dump`.

    An object with unknown fields only is refused. The inner schema is that of the pydantic model:
    pydantic then names and shares the definitions as it does for any BaseModel, and chooses the
    member of a union by the number of its fields (2.12 and later).
    """
    names = wire_names(cls)

    def validate_struct(value: object, validate_model: Callable[[Any], object]) -> msgspec.Struct:
        if isinstance(value, cls):
            return value
        if isinstance(value, Mapping) and value:
            fields = cast("Mapping[str, object]", value)
            known = {names[name][0]: None for name in fields if name in names}
            if not known:
                raise no_field_error(cls)
            # Only the number of fields counts, so that their values need no validation.
            with contextlib.suppress(ValidationError):
                validate_model(known)
        return validate(value, cls)

    def serialize(value: object, info: core_schema.SerializationInfo) -> dict[str, Any]:
        # In a union, pydantic takes this error as a request to try the next member.
        if not isinstance(value, cls):
            raise PydanticSerializationUnexpectedValue(f"Expected {cls.__name__}")
        return _dump(value, info)

    return core_schema.no_info_wrap_validator_function(
        validate_struct,
        schema=handler.generate_schema(pydantic_model_for(cls)),
        serialization=core_schema.plain_serializer_function_ser_schema(serialize, info_arg=True),
    )


def _dump(struct: Any, info: core_schema.SerializationInfo) -> dict[str, Any]:
    """Dump a struct by its own `model_dump`, with the options of pydantic's serialization."""
    dumped: dict[str, Any] = struct.model_dump(
        mode=info.mode,
        include=info.include,
        exclude=info.exclude,
        by_alias=bool(info.by_alias),
        exclude_unset=info.exclude_unset,
        exclude_defaults=info.exclude_defaults,
        exclude_none=info.exclude_none,
    )
    return dumped
