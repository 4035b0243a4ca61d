"""Model: the base of every response Struct, with pydantic's model API."""

from __future__ import annotations

import copy
import sys
import types
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from myonlinestore._codec.decode import validate, validate_json
from myonlinestore._codec.encode import encode, encode_indented, json_schema
from myonlinestore._codec.validate import (
    read_attributes,
    validate_json_strictly,
    validate_strictly,
)
from myonlinestore.models import _dump
from myonlinestore.models._deprecated import DeprecatedMethods
from myonlinestore.models._dump import IncEx
from myonlinestore.models._fields import ModelField, read_fields
from myonlinestore.models._unsupported import (
    refuse_pydantic_annotations,
    refuse_pydantic_attributes,
)

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

# The bases of Model itself, which has what its subclasses cannot have.
_BASES = (DeprecatedMethods, msgspec.Struct)


class ModelMeta(msgspec.StructMeta):
    """Makes ``Model(...)`` validate its keywords, which are field or JSON names, as in pydantic."""

    if not TYPE_CHECKING:  # pragma: no branch

        def __new__(mcls, name, bases, namespace, **config):
            """Create a model class. Raises TypeError for what works in pydantic's models only."""
            if bases != _BASES:
                refuse_pydantic_attributes(name, bases[0], namespace)
            cls = super().__new__(mcls, name, bases, namespace, **config)
            if "pydantic" in sys.modules or "annotated_types" in sys.modules:
                refuse_pydantic_annotations(cls)
            return cls

        def __call__(cls, *args, **values):  # noqa: N805
            """Validate keywords and return a model. Raises DecodeError (a ValueError)."""
            if args:
                raise TypeError(f"{cls.__name__} takes keyword arguments only")
            return validate(values, cls)


class _ClassProperty(Generic[T]):
    """A property of the class itself, such as ``Article.model_fields``."""

    def __init__(self, read: Any) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __get__(self, instance: object, owner: type) -> T:
        return self._read(owner)  # type: ignore[no-any-return]


def _get_config(_: Any) -> dict[str, Any]:
    """Return the configuration of a model of pydantic with the same behaviour."""
    return {"populate_by_name": True, "extra": "ignore"}


class Model(DeprecatedMethods, msgspec.Struct, metaclass=ModelMeta, kw_only=True, gc=False):
    """The base of every object that the API returns.

    Fields are optional; ``None`` means null or absent. Unknown fields are ignored. Models are equal
    if they have the same class and equal values.
    """

    # If a list of this model arrives as a map: the fields for its keys and for its bare values.
    map_fields: ClassVar[tuple[str, str]] = ("id", "name")
    # The fields that can identify a row of a list; the first with a value does.
    row_keys: ClassVar[tuple[str, ...]] = ("uuid", "id")
    # The fields whose alias is their own name in the published client.
    aliased_fields: ClassVar[tuple[str, ...]] = ()
    # Undocumented keys of some responses, and the fields they belong to.
    spellings: ClassVar[Mapping[str, str]] = {}

    model_fields: ClassVar[_ClassProperty[dict[str, ModelField]]] = _ClassProperty(read_fields)
    model_config: ClassVar[_ClassProperty[dict[str, Any]]] = _ClassProperty(_get_config)

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that are not ``None``, so without those sent as null."""
        return {name for name, _ in self._non_null_items()}

    @property
    def model_extra(self) -> None:
        """``None``, as in every model of pydantic that ignores unknown fields."""

    @classmethod
    def model_validate(
        cls,
        obj: Any,
        *,
        strict: bool | None = None,
        from_attributes: bool | None = None,
        context: Any = None,  # noqa: ARG003 - a context is for validators, and a Struct has none
    ) -> Self:
        """Validate a mapping of field or JSON names and return a model.

        Args:
            obj: the mapping, or a model.
            strict: do not convert a value, such as ``"1"`` to ``1``, and normalize no shape.
            from_attributes: accept any object that has fields of the model as attributes.
            context: accepted as in pydantic, for validators, which a Struct does not have.

        Raises:
            DecodeError: a value does not fit its field; it is a ValueError.
        """
        value = read_attributes(obj, cls) if from_attributes else obj
        return validate_strictly(value, cls) if strict else validate(value, cls)

    @classmethod
    def model_validate_json(
        cls,
        json_data: str | bytes | bytearray,
        *,
        strict: bool | None = None,
        context: Any = None,  # noqa: ARG003 - as in `model_validate`
    ) -> Self:
        """Decode JSON text to a model; the keywords are those of `model_validate`.

        Raises:
            DecodeError: it is not JSON, or a value does not fit its field; it is a ValueError.
        """
        text = json_data if isinstance(json_data, str) else bytes(json_data)
        return validate_json_strictly(text, cls) if strict else validate_json(text, cls)

    @classmethod
    def model_rebuild(cls, **_: Any) -> None:
        """Do nothing: the types of all fields are known when the class is made."""

    @classmethod
    def model_construct(cls, **values: Any) -> Self:
        """Create a model from field names without validating or converting the values."""
        return msgspec.StructMeta.__call__(cls, **values)  # type: ignore[no-any-return]

    def model_dump(
        self,
        *,
        mode: str = "python",  # noqa: ARG002 - every value is plain JSON in either mode
        include: IncEx | None = None,
        exclude: IncEx | None = None,
        by_alias: bool = False,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        round_trip: bool = False,  # noqa: ARG002 - each value is plain JSON, so that these
        warnings: bool | str = True,  # noqa: ARG002 - four options of pydantic change nothing
        serialize_as_any: bool = False,  # noqa: ARG002
        context: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Convert the model to a dict of plain Python values.

        Args:
            mode: accepted for pydantic's sake; ``"python"`` and ``"json"`` are the same here.
            include: the fields to return, as a set or a nested mapping, as in pydantic.
            exclude: the fields to omit, likewise.
            by_alias: use the names in JSON instead of the field names.
            exclude_unset: the same as `exclude_none`, because absent and null are both ``None``.
            exclude_defaults: the same as `exclude_none`.
            exclude_none: omit fields that are ``None``, nested ones included.
            round_trip: accepted as in pydantic, as are the options after it: each value is plain
                JSON, which validates to the same model, so that they change nothing.
            warnings: as `round_trip`.
            serialize_as_any: as `round_trip`.
            context: as `round_trip`.

        Raises:
            TypeError: `include` or `exclude` is neither a set nor a mapping.
        """
        exclude_none = exclude_none or exclude_unset or exclude_defaults
        selected = _dump.apply_include_exclude(self, include, exclude, by_alias, exclude_none)
        dumped: dict[str, Any] = msgspec.to_builtins(selected)
        return dumped

    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        include: IncEx | None = None,
        exclude: IncEx | None = None,
        by_alias: bool = False,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        round_trip: bool = False,  # noqa: ARG002 - each value is plain JSON, so that these
        warnings: bool | str = True,  # noqa: ARG002 - four options of pydantic change nothing
        serialize_as_any: bool = False,  # noqa: ARG002
        context: Any = None,  # noqa: ARG002
    ) -> str:
        """Convert the model to JSON text.

        `indent` is the number of spaces per level; the default is compact JSON. The other keywords
        are those of `model_dump`.
        """
        exclude_none = exclude_none or exclude_unset or exclude_defaults
        selected = _dump.apply_include_exclude(self, include, exclude, by_alias, exclude_none)
        text = encode(selected) if indent is None else encode_indented(selected, indent)
        return text.decode()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with unvalidated updates; a `deep` copy also copies the values."""
        copied = copy.deepcopy(self) if deep else copy.copy(self)
        for name, value in (update or {}).items():
            setattr(copied, name, value)
        return copied

    @classmethod
    def model_json_schema(cls, by_alias: bool = True, **_: Any) -> dict[str, Any]:  # noqa: FBT002
        """Return the JSON schema, with names as in JSON, or field names if not `by_alias`."""
        return json_schema(cls if by_alias else _dump.renamed_struct(cls, by_alias=False))

    def _non_null_items(self) -> Iterator[tuple[str, Any]]:
        return ((name, value) for name, value in self if value is not None)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(self, name)) for name in self.__struct_fields__)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in self._non_null_items())})"
        )

    @property
    def __dict__(self) -> Mapping[str, Any]:  # type: ignore[override]
        """The fields and their values, for ``vars(model)``; read-only."""
        return types.MappingProxyType(dict(self))

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return list(self._non_null_items())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self).model_construct(**{n: copy.deepcopy(v, memo) for n, v in self})

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), dict(self))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from myonlinestore._pydantic.models import build_core_schema  # noqa: PLC0415

        return build_core_schema(cls, handler)


def _restore(cls: type[Model], values: dict[str, Any]) -> Model:
    return cls.model_construct(**values)
