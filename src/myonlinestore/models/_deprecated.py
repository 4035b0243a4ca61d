"""DeprecatedMethods: pydantic v1's names of the model API, which pydantic v2 still has."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

    from myonlinestore.models._dump import IncEx


def _warn(name: str, replacement: str) -> None:
    """Warn at the line that calls the deprecated method."""
    warnings.warn(
        f"{name} is deprecated, as in pydantic 2: use {replacement}",
        DeprecationWarning,
        stacklevel=3,
    )


class DeprecatedMethods:
    """The methods of pydantic v1. Each warns, and calls its replacement."""

    __slots__ = ()

    if TYPE_CHECKING:
        model_dump: Any
        model_dump_json: Any

        @classmethod
        def model_validate(cls, obj: Any, *, from_attributes: bool | None = None) -> Self: ...
        @classmethod
        def model_validate_json(cls, json_data: str | bytes | bytearray) -> Self: ...
        @classmethod
        def model_construct(cls, **values: Any) -> Self: ...
        @classmethod
        def model_json_schema(cls, by_alias: bool = True) -> Mapping[str, Any]: ...  # noqa: FBT002
        @classmethod
        def model_rebuild(cls) -> None: ...
        def model_copy(
            self, *, update: Mapping[str, Any] | None = None, deep: bool = False
        ) -> Self: ...

    @classmethod
    def parse_obj(cls, obj: Any) -> Self:
        """Validate a mapping. Deprecated: use `model_validate`."""
        _warn("parse_obj", "model_validate")
        return cls.model_validate(obj)

    @classmethod
    def from_orm(cls, obj: Any) -> Self:
        """Validate an object's attributes. Deprecated: use `model_validate`."""
        _warn("from_orm", "model_validate(..., from_attributes=True)")
        return cls.model_validate(obj, from_attributes=True)

    @classmethod
    def validate(cls, value: Any) -> Self:
        """Validate a mapping. Deprecated: use `model_validate`."""
        _warn("validate", "model_validate")
        return cls.model_validate(value)

    @classmethod
    def parse_raw(cls, b: str | bytes) -> Self:
        """Decode JSON. Deprecated: use `model_validate_json`."""
        _warn("parse_raw", "model_validate_json")
        return cls.model_validate_json(b)

    @classmethod
    def construct(cls, **values: Any) -> Self:
        """Create a model without validation. Deprecated: use `model_construct`."""
        _warn("construct", "model_construct")
        return cls.model_construct(**values)

    @classmethod
    def schema(cls, by_alias: bool = True) -> Mapping[str, Any]:  # noqa: FBT002
        """Return the JSON schema. Deprecated: use `model_json_schema`."""
        _warn("schema", "model_json_schema")
        return cls.model_json_schema(by_alias)

    @classmethod
    def update_forward_refs(cls) -> None:
        """Do nothing. Deprecated: use `model_rebuild`."""
        _warn("update_forward_refs", "model_rebuild")
        cls.model_rebuild()

    def dict(self, **options: Any) -> Any:
        """Return the model as a dict. Deprecated: use `model_dump`, which has the keywords."""
        _warn("dict", "model_dump")
        return self.model_dump(**options)

    def json(self, **options: Any) -> str:
        """Return the model as JSON. Deprecated: use `model_dump_json`, which has the keywords."""
        _warn("json", "model_dump_json")
        text: str = self.model_dump_json(**options)
        return text

    def copy(
        self,
        *,
        include: IncEx | None = None,
        exclude: IncEx | None = None,
        update: Mapping[str, Any] | None = None,
        deep: bool = False,
    ) -> Self:
        """Return a copy with unvalidated updates. Deprecated: use `model_copy`.

        With `include` or `exclude`, the fields that are not selected are ``None`` in the copy.
        """
        _warn("copy", "model_copy")
        if include is None and exclude is None:
            return self.model_copy(update=update, deep=deep)
        selected = self.model_validate(self.model_dump(include=include, exclude=exclude))
        return selected.model_copy(update=update)
