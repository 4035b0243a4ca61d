"""The pydantic core schema of a Struct, for BaseModel fields, TypeAdapter and FastAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from pydantic_core import PydanticSerializationUnexpectedValue, core_schema

from myonlinestore._codec.decode import validate
from myonlinestore._pydantic.models import pydantic_model_for

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler


def build_core_schema(
    cls: type[msgspec.Struct], handler: GetCoreSchemaHandler
) -> core_schema.CoreSchema:
    """Return a schema that validates and serializes like `model_validate` and `model_dump`.

    The inner schema is that of the pydantic model, and is used for the JSON schema only: pydantic
    then names and shares the definitions as it does for any BaseModel.
    """

    def validate_struct(value: object, _inner: object) -> msgspec.Struct:
        return value if isinstance(value, cls) else validate(value, cls)

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
