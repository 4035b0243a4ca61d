"""Model: the base of every response Struct, with the documented part of pydantic's model API."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, get_args

import msgspec

from myonlinestore._codec.decode import validate, validate_json
from myonlinestore._codec.encode import encode, encode_indented, json_schema
from myonlinestore.models import _dump
from myonlinestore.models._dump import IncEx

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")


class ModelField(msgspec.Struct, frozen=True):
    """A field's description in `Model.model_fields`, as in pydantic's FieldInfo.

    Attributes:
        annotation: the field's type.
        alias: its name in JSON, or ``None`` if that is the field's own name.
        default: its value if omitted.
        required: whether it must be passed; most fields are optional.
    """

    annotation: Any
    alias: str | None
    default: Any
    required: bool

    def is_required(self) -> bool:
        """Return True if the field must be passed."""
        return self.required


class ModelMeta(msgspec.StructMeta):
    """Makes ``Model(...)`` validate its keywords, which are field or JSON names, as in pydantic."""

    if not TYPE_CHECKING:  # pragma: no branch

        def __new__(mcls, name, bases, namespace, **config):
            """Create a model class. Raises TypeError for what works in pydantic's models only."""
            _refuse_pydantic_features(name, bases, namespace)
            cls = super().__new__(mcls, name, bases, namespace, **config)
            if "pydantic" in sys.modules or "annotated_types" in sys.modules:
                _refuse_pydantic_annotations(cls)
            return cls

        def __call__(cls, *args, **values):  # noqa: N805
            """Validate keywords and return a model. Raises DecodeError (a ValueError)."""
            if args:
                raise TypeError(f"{cls.__name__} takes keyword arguments only")
            return validate(values, cls)


def _refuse_pydantic_features(
    name: str, bases: tuple[type, ...], namespace: Mapping[str, object]
) -> None:
    """Raise TypeError for validators, `Field` and the like, which a Struct would ignore."""
    for attribute, value in namespace.items():
        if _is_pydantic(value) or attribute == "model_config":
            raise _pydantic_error(name, attribute, bases[0])


def _refuse_pydantic_annotations(cls: type) -> None:
    """Raise TypeError for ``Annotated[float, Field(ge=0)]`` and the like, in any own annotation."""
    try:
        annotations = inspect.get_annotations(cls, locals={cls.__name__: cls}, eval_str=True)
    except NameError:  # A name that is defined later, or never: msgspec raises NameError for it.
        return
    for attribute, annotation in annotations.items():
        if any(map(_is_pydantic, _iter_metadata(annotation))):
            raise _pydantic_error(cls.__name__, attribute, cls.__bases__[0])


def _iter_metadata(annotation: object) -> Iterator[object]:
    """Yield the metadata of each Annotated in an annotation."""
    yield from getattr(annotation, "__metadata__", ())
    for argument in get_args(annotation):
        yield from _iter_metadata(argument)


def _is_pydantic(value: object) -> bool:
    """Return True if a value is made by pydantic, or by the library of its constraints."""
    package = type(value).__module__.partition(".")[0]
    return package in ("pydantic", "pydantic_core", "annotated_types")


def _pydantic_error(name: str, attribute: str, base: type) -> TypeError:
    return TypeError(
        f"{name}.{attribute} works in pydantic's models only, and {base.__name__} is a "
        f"msgspec.Struct: subclass myonlinestore.pydantic.{base.__name__} instead"
    )


class _ClassProperty(Generic[T]):
    """A property of the class itself, such as ``Article.model_fields``."""

    def __init__(self, read: Any) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __get__(self, instance: object, owner: type) -> T:
        return self._read(owner)  # type: ignore[no-any-return]


def _read_fields(cls: Any) -> dict[str, ModelField]:
    """Map each field's name to its annotation, alias and default."""
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
    """The base of every object that the API returns.

    Fields are optional; ``None`` means null or absent. Unknown fields are ignored. Models are equal
    if they have the same class and equal values.
    """

    # If a list of this model arrives as a map: the fields for its keys and for its bare values.
    map_fields: ClassVar[tuple[str, str]] = ("id", "name")
    # The fields that can identify a row of a list; the first with a value does.
    row_keys: ClassVar[tuple[str, ...]] = ("uuid", "id")
    # Undocumented keys of some responses, and the fields they belong to.
    spellings: ClassVar[Mapping[str, str]] = {}

    model_fields: ClassVar[_ClassProperty[dict[str, ModelField]]] = _ClassProperty(_read_fields)

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that are not ``None``, so without those sent as null."""
        return {name for name, _ in self._non_null_items()}

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """Validate a mapping of field or JSON names and return a model.

        Raises DecodeError (a ValueError) if a value does not fit its field.
        """
        return validate(obj, cls)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray) -> Self:
        """Decode JSON text to a model. Raises DecodeError (a ValueError)."""
        return validate_json(json_data if isinstance(json_data, str) else bytes(json_data), cls)

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
