"""The pydantic core schema of a Struct, for BaseModel fields, TypeAdapter and FastAPI."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec
from pydantic_core import PydanticSerializationUnexpectedValue, ValidationError, core_schema

from myonlinestore._codec.decode import validate
from myonlinestore._codec.error_payload import no_field_error
from myonlinestore._codec.normalize import wire_names
from myonlinestore._pydantic.models import pydantic_model_for

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler


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
