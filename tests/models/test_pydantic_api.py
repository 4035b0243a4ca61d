"""The parts of pydantic's API that scripts use: options, configuration, and v1's method names."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from myonlinestore import pydantic as pydantic_models
from myonlinestore.exceptions import DecodeError
from myonlinestore.models import Article, ArticlePrice, CategorySorting, Customer, Model, Order
from tests.models.cases import MODELS

ROW: dict[str, Any] = {"id": 7, "name": "Fiets", "price": {"default": "68.00", "action": "60.00"}}


def get_pydantic_class(model: type[Model]) -> Any:
    """Return the class of pydantic for a model."""
    return getattr(pydantic_models, model.__name__)


@pytest.mark.parametrize("model", MODELS)
def test_fields_are_those_of_pydantic(model: type[Model]) -> None:
    """Each field has the alias, default and description of pydantic's field."""
    fields = get_pydantic_class(model).model_fields
    assert list(model.model_fields) == list(fields)
    for name, field in model.model_fields.items():
        expected = fields[name]
        assert field.alias == expected.alias
        assert field.validation_alias == expected.validation_alias
        assert field.serialization_alias == expected.serialization_alias
        assert field.description == expected.description
        if not field.required:
            assert field.get_default() == expected.get_default(call_default_factory=True)


def test_the_description_of_a_field_is_that_of_the_docstring() -> None:
    """A text that continues on the next line is one line in the description."""
    description = Article.model_fields["id"].description
    assert description == "identifies the article within the store (deprecated: use `uuid`)."
    assert all(field.description for field in Order.model_fields.values())
    assert not any("\n" in str(field.description) for field in Order.model_fields.values())


def test_an_alias_that_is_the_name_of_its_field() -> None:
    """The published client has one such alias, for the category after a category."""
    assert CategorySorting.model_fields["next"].alias == "next"
    assert CategorySorting.model_fields["first"].alias is None


def test_the_configuration_and_extra_fields() -> None:
    """They have the values of the published models, which ignore unknown fields."""
    model, pydantic_model = Article(id=1), pydantic_models.Article(id=1)
    assert Article.model_config == {"populate_by_name": True, "extra": "ignore"}
    assert pydantic_models.Article.model_config.items() >= Article.model_config.items()
    assert model.model_extra is pydantic_model.model_extra is None
    assert Article.model_rebuild(force=True) is None  # type: ignore[func-returns-value]


def test_vars_has_the_fields() -> None:
    """`vars` returns all fields with their values, as a mapping that cannot be changed."""
    model = Article.model_validate(ROW)
    assert vars(model) == dict(model)
    assert dict(vars(pydantic_models.Article.from_struct(model))).keys() == vars(model).keys()
    with pytest.raises(TypeError):
        vars(model)["name"] = "other"


@pytest.mark.parametrize(
    "options", [{"round_trip": True}, {"warnings": False}, {"serialize_as_any": True}]
)
def test_dump_options_without_effect(options: dict[str, Any]) -> None:
    """Options that change no dump of these models are accepted, and unknown ones are not."""
    model = Article.model_validate(ROW)
    assert model.model_dump(**options) == model.model_dump()
    assert model.model_dump_json(**options) == model.model_dump_json()
    with pytest.raises(TypeError, match="unknown"):
        model.model_dump(unknown={"id"})  # type: ignore[call-arg]


class TestStrict:
    """`model_validate(strict=True)` and its form for JSON."""

    @pytest.mark.parametrize(
        ("row", "path"),
        [
            ({"id": "7"}, "$.id"),
            ({"price": {"default": 68}}, "$.price.default"),
            ({"price": [{"default": "68"}]}, "$.price"),
            ({"images": [{"position": "1"}]}, "$.images[0].position"),
        ],
    )
    def test_a_value_of_another_type_raises(self, row: dict[str, Any], path: str) -> None:
        """No value is converted, at any depth, which it is otherwise."""
        for validate, value in (
            (Article.model_validate, row),
            (Article.model_validate_json, json.dumps(row)),
            (Article.model_validate_json, bytearray(json.dumps(row).encode())),
        ):
            check: Callable[..., Article] = validate
            with pytest.raises(DecodeError) as caught:
                check(value, strict=True)
            assert caught.value.json_path == path
            check(value)

    def test_exact_values_under_either_name(self) -> None:
        """Field names and JSON names are accepted, and unknown fields ignored."""
        for name in ("first_name", "firstName"):
            row = {name: "An", "unknown": 1}
            assert Customer.model_validate(row, strict=True) == Customer(first_name="An")
            text = json.dumps(row)
            assert Customer.model_validate_json(text, strict=True) == Customer(first_name="An")
        assert Article.model_validate(ROW, strict=True) == Article(**ROW)

    def test_invalid_json(self) -> None:
        """Text that is not JSON, or not even UTF-8, raises the typed error."""
        for text in ("{", '{"name": "\ud800"}'):
            with pytest.raises(DecodeError):
                Article.model_validate_json(text, strict=True)


@dataclass
class Price:
    """An object with attributes of a price."""

    default: Any


@dataclass
class Item:
    """An object with attributes of an article, such as a row of an ORM."""

    id: Any
    price: Any = None
    categories: Any = None
    shelf: str = "A3"


class TestFromAttributes:
    """`model_validate(from_attributes=True)`."""

    def test_attributes_become_fields(self) -> None:
        """Attributes are validated as the values of a mapping, nested objects and lists too."""
        item = Item("7", Price(3.5), [{"category_id": 1}])
        article = Article.model_validate(item, from_attributes=True)
        assert article == Article(
            id=7, price=ArticlePrice(default="3.5"), categories=[{"category_id": 1}]
        )

    def test_mappings_and_models_are_accepted(self) -> None:
        """A mapping or a model is validated as without the option."""
        article = Article(**ROW)
        assert Article.model_validate(ROW, from_attributes=True) == article
        assert Article.model_validate(article, from_attributes=True) == article

    @pytest.mark.parametrize("value", [object(), Price("1"), 7, None])
    def test_an_object_without_any_field_raises(self, value: object) -> None:
        """An object that has none of the fields is not taken for an empty model."""
        with pytest.raises(DecodeError):
            Article.model_validate(value, from_attributes=True)

    def test_without_the_option_an_object_raises(self) -> None:
        """An object is refused unless its attributes are asked for."""
        with pytest.raises(DecodeError):
            Article.model_validate(Item(7))


ARTICLE = Article.model_validate(ROW)
DEPRECATED: dict[str, tuple[Callable[[], Any], Callable[[], Any], str]] = {
    "parse_obj": (lambda: Article.parse_obj(ROW), lambda: ARTICLE, "model_validate"),
    "validate": (lambda: Article.validate(ROW), lambda: ARTICLE, "model_validate"),
    "from_orm": (lambda: Article.from_orm(Item(7)), lambda: Article(id=7), "model_validate"),
    "parse_raw": (
        lambda: Article.parse_raw(json.dumps(ROW)),
        lambda: ARTICLE,
        "model_validate_json",
    ),
    "construct": (
        lambda: Article.construct(id="x"),
        lambda: Article.model_construct(id="x"),
        "model_construct",
    ),
    "schema": (Customer.schema, Customer.model_json_schema, "model_json_schema"),
    "schema without aliases": (
        lambda: Customer.schema(by_alias=False),
        lambda: Customer.model_json_schema(by_alias=False),
        "model_json_schema",
    ),
    "update_forward_refs": (Article.update_forward_refs, lambda: None, "model_rebuild"),
    "dict": (
        lambda: ARTICLE.dict(exclude_none=True),
        lambda: ARTICLE.model_dump(exclude_none=True),
        "model_dump",
    ),
    "json": (
        lambda: ARTICLE.json(exclude={"id"}),
        lambda: ARTICLE.model_dump_json(exclude={"id"}),
        "model_dump_json",
    ),
    "copy": (
        lambda: ARTICLE.copy(update={"id": 8}),
        lambda: ARTICLE.model_copy(update={"id": 8}),
        "model_copy",
    ),
    "copy with include": (
        lambda: ARTICLE.copy(include={"id"}, update={"name": "B"}),
        lambda: Article(id=7, name="B"),
        "model_copy",
    ),
    "copy with exclude": (
        lambda: ARTICLE.copy(exclude={"price": {"action"}}),
        lambda: Article(id=7, name="Fiets", price=ArticlePrice(default="68.00")),
        "model_copy",
    ),
}


@pytest.mark.parametrize("name", DEPRECATED)
def test_methods_of_pydantic_v1(name: str) -> None:
    """Each returns what its replacement does, and names that in a warning at the caller's line."""
    deprecated, expected, replacement = DEPRECATED[name]
    with pytest.warns(DeprecationWarning, match=f"use {replacement}") as caught:
        result = deprecated()
    assert result == expected()
    assert caught[0].filename == __file__


def test_a_deep_copy_by_its_name_in_v1() -> None:
    """`copy(deep=True)` copies the values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert ARTICLE.copy().price is ARTICLE.price
        assert ARTICLE.copy(deep=True).price is not ARTICLE.price
