"""Model: the base of every response Struct, with the documented part of pydantic's model API."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from myonlinestore._codec.decode import validate, validate_json
from myonlinestore._codec.encode import encode, encode_indented, json_schema
from myonlinestore.models import _dump
from myonlinestore.models._dump import IncEx

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")


class ModelField(msgspec.Struct, frozen=True):
    """What `Model.model_fields` tells of a field; every field is optional unless `required`."""

    annotation: Any
    alias: str | None
    default: Any
    required: bool

    def is_required(self) -> bool:
        """Whether a value must be given."""
        return self.required


class ModelMeta(msgspec.StructMeta):
    """Lets ``Model(...)`` validate its keywords, under field or wire names, as pydantic does."""

    if not TYPE_CHECKING:  # pragma: no branch

        def __call__(cls, *args, **values):  # noqa: N805
            """A model of the given values. Raises DecodeError (a ValueError)."""
            if args:
                raise TypeError(f"{cls.__name__} takes keyword arguments only")
            return validate(values, cls)


class _ClassProperty(Generic[T]):
    """A property read from the class: ``Article.model_fields``."""

    def __init__(self, read: Any) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __get__(self, instance: object, owner: type) -> T:
        return self._read(owner)  # type: ignore[no-any-return]


def _read_fields(cls: Any) -> dict[str, ModelField]:
    """Each field's annotation, alias, default, and whether it must be given."""
    return {
        field.name: ModelField(
            annotation=field.type,
            alias=field.encode_name if field.encode_name != field.name else None,
            default=None if field.required else field.default,
            required=field.required,
        )
        for field in msgspec.structs.fields(cls)
    }


class Model(msgspec.Struct, metaclass=ModelMeta, kw_only=True, gc=False):
    """A part of the store as the vendor sends it.

    Every field is optional; ``None`` stands for null and for absent alike. Unknown fields are
    ignored. Two models are equal when their class and all their values are.
    """

    # Where a list of this model arrives as a map: the fields that take its key and a bare value.
    map_fields: ClassVar[tuple[str, str]] = ("id", "name")
    # The fields that tell one row from another, the first that has a value.
    row_keys: ClassVar[tuple[str, ...]] = ("id", "uuid")
    # Keys that some answers use instead of the documented ones, and the field that they mean.
    spellings: ClassVar[Mapping[str, str]] = {}

    model_fields: ClassVar[_ClassProperty[dict[str, ModelField]]] = _ClassProperty(_read_fields)

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that hold a value; null and absent look alike here."""
        return {name for name, _ in self._held()}

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """A mapping, under field or wire names, as this model.

        Raises DecodeError (a ValueError) where the values cannot be what the fields hold.
        """
        return validate(obj, cls)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray) -> Self:
        """JSON text as this model. Raises DecodeError (a ValueError)."""
        return validate_json(json_data if isinstance(json_data, str) else bytes(json_data), cls)

    @classmethod
    def model_construct(cls, **values: Any) -> Self:
        """A model of trusted values: nothing is checked or converted."""
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
    ) -> dict[str, Any]:
        """The model as plain Python; `by_alias` takes the names on the wire.

        A field that was never sent cannot be told from one sent as null, so that
        `exclude_unset` and `exclude_defaults` leave out what `exclude_none` does.
        """
        without_none = exclude_none or exclude_unset or exclude_defaults
        chosen = _dump.apply_include_exclude(self, include, exclude, by_alias, without_none)
        dumped: dict[str, Any] = msgspec.to_builtins(chosen)
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
    ) -> str:
        """The model as JSON text; the keywords are those of `model_dump`."""
        without_none = exclude_none or exclude_unset or exclude_defaults
        chosen = _dump.apply_include_exclude(self, include, exclude, by_alias, without_none)
        text = encode(chosen) if indent is None else encode_indented(chosen, indent)
        return text.decode()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with `update` put in unchecked; `deep` copies what it holds as well."""
        copied = copy.deepcopy(self) if deep else copy.copy(self)
        for name, value in (update or {}).items():
            setattr(copied, name, value)
        return copied

    @classmethod
    def model_json_schema(cls, by_alias: bool = True, **_: Any) -> dict[str, Any]:  # noqa: FBT002
        """The JSON schema of this model, by wire names unless `by_alias` is false."""
        return json_schema(cls if by_alias else _dump.renamed_struct(cls, by_alias=False))

    def _held(self) -> Iterator[tuple[str, Any]]:
        return ((name, value) for name, value in self if value is not None)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(self, name)) for name in self.__struct_fields__)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in self._held())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return list(self._held())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self).model_construct(**{n: copy.deepcopy(v, memo) for n, v in self})

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), dict(self))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from myonlinestore._pydantic.core_schema import build_core_schema  # noqa: PLC0415

        return build_core_schema(cls, handler)


def _restored(cls: type[Model], values: dict[str, Any]) -> Model:
    return cls.model_construct(**values)
