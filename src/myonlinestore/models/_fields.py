"""The fields of a model, as `Model.model_fields` describes them."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec

# A field in the "Attributes" section of a docstring; its text may continue on indented lines.
_DESCRIPTION = re.compile(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)


class ModelField(msgspec.Struct, frozen=True):
    """A field's description in `Model.model_fields`, as in pydantic's FieldInfo.

    Attributes:
        annotation: the field's type.
        alias: its name in JSON, or ``None`` if that is the field's own name.
        default: its value if omitted.
        required: whether it must be passed; most fields are optional.
        description: its meaning, from the docstring of its class.
    """

    annotation: Any
    alias: str | None
    default: Any
    required: bool
    description: str | None = None

    @property
    def validation_alias(self) -> str | None:
        """The name in JSON that validation accepts; the same as `alias`."""
        return self.alias

    @property
    def serialization_alias(self) -> str | None:
        """The name in JSON that ``by_alias=True`` writes; the same as `alias`."""
        return self.alias

    def get_default(self, *, call_default_factory: bool = False) -> Any:  # noqa: ARG002
        """Return the value if omitted; no field has a factory to call."""
        return self.default

    def is_required(self) -> bool:
        """Return True if the field must be passed."""
        return self.required


def _get_alias(cls: Any, field: msgspec.structs.FieldInfo) -> str | None:
    has_alias = field.encode_name != field.name or field.name in cls.aliased_fields
    return field.encode_name if has_alias else None


def _read_descriptions(cls: type) -> dict[str, str]:
    """Return the text of each field in the docstrings of a class and its bases."""
    descriptions: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        _, _, attributes = inspect.cleandoc(base.__doc__ or "").partition("\nAttributes:\n")
        for name, text in _DESCRIPTION.findall(attributes):
            descriptions[name] = " ".join(text.split())
    return descriptions


def read_fields(cls: Any) -> dict[str, ModelField]:
    """Map each field's name to its annotation, alias, default and description."""
    descriptions = _read_descriptions(cls)
    return {
        field.name: ModelField(
            description=descriptions.get(field.name),
            annotation=field.type,
            alias=_get_alias(cls, field),
            default=None if field.required else field.default,
            required=field.required,
        )
        for field in msgspec.structs.fields(cls)
    }
