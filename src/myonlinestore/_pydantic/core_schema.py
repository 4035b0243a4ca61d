"""What pydantic asks of a Model in a BaseModel, a TypeAdapter or a FastAPI signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationUnexpectedValue, core_schema

from myonlinestore._codec.decode import validate
from myonlinestore._pydantic import models as pydantic_models

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

    from myonlinestore.models.base import Model


def build_core_schema(cls: type[Model], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """Validates as `Model.model_validate` does and serializes as `Model.model_dump` does.

    The twin's schema inside serves for the JSON schema alone: pydantic then places, names and
    shares the definitions as it does for any BaseModel.
    """

    def validated(value: object, _twin: object) -> Model:
        return value if isinstance(value, cls) else validate(value, cls)

    def dumped(value: object, info: core_schema.SerializationInfo) -> dict[str, Any]:
        # In a union, pydantic takes this error as a request to try the next member.
        if not isinstance(value, cls):
            raise PydanticSerializationUnexpectedValue(f"Expected {cls.__name__}")
        return _dump(value, info)

    return core_schema.no_info_wrap_validator_function(
        validated,
        schema=handler.generate_schema(pydantic_models.pydantic_model_for(cls)),
        serialization=core_schema.plain_serializer_function_ser_schema(dumped, info_arg=True),
    )


def _dump(model: Model, info: core_schema.SerializationInfo) -> dict[str, Any]:
    include: Any = info.include
    exclude: Any = info.exclude
    return model.model_dump(
        mode=info.mode,
        include=include,
        exclude=exclude,
        by_alias=bool(info.by_alias),
        exclude_unset=info.exclude_unset,
        exclude_defaults=info.exclude_defaults,
        exclude_none=info.exclude_none,
    )
