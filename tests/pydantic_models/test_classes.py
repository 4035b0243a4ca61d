"""The generated pydantic classes: names, fields, repr, views, copies, subclasses."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
import sys
import threading
import time
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pydantic
import pytest

from myonlinestore import DecodeError, models
from myonlinestore import pydantic as pydantic_models
from myonlinestore._pydantic import models as model_builder
from myonlinestore._pydantic.models import pydantic_model_for
from myonlinestore.models.base import Model
from tests.pydantic_models.strategies import STRUCTS

by_struct = pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)


class Leaf(Model):
    name: str | None = None
    tree: Tree | None = None


class Tree(Model):
    leaf: Leaf | None = None
    leaves: list[Leaf] | None = None


class Garden(Model):
    trees: list[Tree] = msgspec.field(default_factory=list)
    name: str = "Hallerbos"


class OwnArticle(pydantic_models.Article):
    bin_code: str | None = None
    sku: int | None = None  # type: ignore[assignment]


def test_every_struct_has_a_pydantic_model() -> None:
    """The module exports one pydantic model for each Struct of `myonlinestore.models`."""
    names = [struct.__name__ for struct in STRUCTS]
    assert pydantic_models.__all__ == ["PydanticModel", *names]
    assert set(pydantic_models.__all__) <= set(dir(pydantic_models))
    assert len(names) > 50


@by_struct
def test_models_are_base_models(struct: type[Model]) -> None:
    """A pydantic model is a BaseModel with the name and docstring of its Struct."""
    pydantic_model = getattr(pydantic_models, struct.__name__)
    assert issubclass(pydantic_model, pydantic.BaseModel)
    assert issubclass(pydantic_model, pydantic_models.PydanticModel)
    assert (pydantic_model.__module__, pydantic_model.__qualname__) == (
        "myonlinestore.pydantic",
        struct.__name__,
    )
    assert pydantic_model.struct_class is struct
    assert pydantic_model.__doc__ == struct.__doc__


@by_struct
def test_models_have_the_fields_of_their_structs(struct: type[Model]) -> None:
    """Field names, JSON names and required fields are those of the Struct."""
    fields = getattr(pydantic_models, struct.__name__).model_fields
    ours = {name: (f.alias, f.is_required()) for name, f in struct.model_fields.items()}
    assert {name: (f.alias, f.is_required()) for name, f in fields.items()} == ours


@by_struct
def test_models_have_json_schemas(struct: type[Model]) -> None:
    """The properties of a JSON schema have the names in JSON."""
    schema = getattr(pydantic_models, struct.__name__).model_json_schema()
    # The schema of a recursive model is a reference to its definition.
    schema = schema.get("$defs", {}).get(struct.__name__, schema)
    assert list(schema["properties"]) == list(struct.__struct_encode_fields__)


def test_the_published_configuration_is_kept() -> None:
    """Field and JSON names are accepted, and unknown fields ignored, as in version 1.0."""
    config = pydantic_models.Customer.model_config
    assert (config["populate_by_name"], config["extra"]) == (True, "ignore")


def test_an_unknown_name_raises() -> None:
    """An unknown name raises AttributeError."""
    with pytest.raises(AttributeError, match=r"'myonlinestore\.pydantic' has no attribute 'Nope'"):
        pydantic_models.Nope  # type: ignore[attr-defined]  # noqa: B018


def test_star_import_provides_the_models() -> None:
    """`from myonlinestore.pydantic import *` imports each model."""
    namespace: dict[str, Any] = {}
    exec("from myonlinestore.pydantic import *", namespace)
    assert namespace["Order"] is pydantic_models.Order


def test_nested_models_have_the_exported_classes() -> None:
    """A nested model has the class that the module exports."""
    article = pydantic_models.Article(price={"default": "68.00"})
    assert type(article.price) is pydantic_models.ArticlePrice


def test_the_repr_omits_null_fields() -> None:
    """The repr and str omit fields with the value None, at each level."""
    article = pydantic_models.Article(id=3, price={"default": "68.00"})
    assert repr(article) == "Article(id=3, price=ArticlePrice(default='68.00'))"
    assert str(article) == "id=3 price=ArticlePrice(default='68.00')"


def test_models_have_the_views_of_their_structs() -> None:
    """Decimal views, datetime views and typed views work as in the Structs."""
    price = pydantic_models.ArticlePrice(default="68.10")
    assert price.default_decimal == Decimal("68.10")
    article = pydantic_models.Article(created_date="2024-05-01", created_time="10:20:30")
    assert article.created_datetime == dt.datetime(2024, 5, 1, 10, 20, 30)  # noqa: DTZ001
    linked = pydantic_models.Article(categories=[{"category_id": "7", "is_active": "1"}])
    assert linked.category_links == [pydantic_models.CategoryArticle(category_id=7, is_active=True)]


def test_views_are_not_fields() -> None:
    """A view is neither dumped nor part of the schema."""
    assert "default_decimal" not in pydantic_models.ArticlePrice(default="1").model_dump()
    assert "default_decimal" not in pydantic_models.ArticlePrice.model_fields


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]
)
def test_models_copy_and_pickle(duplicate: Any) -> None:
    """A copy or pickle equals its model, at each level."""
    order = pydantic_models.Order(number=5, price={"tax": [{"rate": "21.00"}], "total": "10.00"})
    assert duplicate(order) == order
    assert duplicate(order) != order.model_copy(update={"number": 6})


def test_absent_and_null_differ() -> None:
    """exclude_unset keeps a null that was set, and omits absent fields."""
    article = pydantic_models.Article.model_validate_json('{"id": 3, "stock": null}')
    assert article.model_dump(exclude_unset=True) == {"id": 3, "stock": None}
    assert pydantic_models.Article.from_struct(article.to_struct()).model_fields_set == {"id"}


def test_subclasses_keep_the_fields_they_add() -> None:
    """A subclass adds fields and changes types; normalization and JSON names still work."""
    text = '{"id": "3", "bin_code": "B2", "sku": "40", "price": {"default": 12.50}}'
    own = OwnArticle.model_validate_json(text)
    assert (own.bin_code, own.sku) == ("B2", 40)
    assert own == OwnArticle(id=3, bin_code="B2", sku=40, price={"default": "12.50"})
    assert own.to_struct().price == models.ArticlePrice(default="12.50")


def test_required_fields_are_required() -> None:
    """A response without the count raises ValidationError."""
    assert pydantic_models.CountResponse(count="12").count == 12  # type: ignore[arg-type]
    with pytest.raises(pydantic.ValidationError, match="Field required"):
        pydantic_models.CountResponse.model_validate({})


@pytest.mark.parametrize("value", [None, [], 5, "text", models.Store(), pydantic_models.Store()])
def test_other_values_are_rejected(value: object) -> None:
    """Neither a scalar nor another model validates as an article."""
    with pytest.raises(pydantic.ValidationError, match="instance of Article"):
        pydantic_models.Article.model_validate(value)


def test_a_value_of_a_wrong_type_names_its_field() -> None:
    """The error contains the location of the invalid value."""
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic_models.Article.model_validate(
            {"lists": [{"id": 1}, {"options": [{"name": ["x"]}]}]}
        )
    assert [error["loc"] for error in caught.value.errors()] == [("lists", 1, "options", 0, "name")]


def test_malformed_json_raises_pydantics_error() -> None:
    """Malformed JSON raises pydantic's own ValidationError."""
    with pytest.raises(pydantic.ValidationError, match="Invalid JSON"):
        pydantic_models.Article.model_validate_json(b'{"id": 3')


@pytest.mark.parametrize("convert", [bytes, bytearray, bytes.decode])
def test_json_as_text_and_bytes(convert: Any) -> None:
    """JSON is accepted as str, bytes and bytearray."""
    assert pydantic_models.Article.model_validate_json(convert(b'{"id": 3}')).id == 3


def test_models_as_values_are_kept() -> None:
    """A pydantic model as a value is kept unchanged; a Struct is converted."""
    price = pydantic_models.OrderLinePrice(rate="21.00")
    assert pydantic_models.OrderDetail(price=price).price is price
    assert pydantic_models.OrderDetail(price=[price]).price == [price]
    assert pydantic_models.OrderDetail(price=models.OrderLinePrice(rate="21.00")).price == price


def test_the_json_name_takes_precedence() -> None:
    """If both names of a field are present, the JSON name is used, as in pydantic."""
    for values in ({"first_name": "a", "firstName": "b"}, {"firstName": "b", "first_name": "a"}):
        assert pydantic_models.Customer.model_validate(values).first_name == "b"
        assert models.Customer.model_validate(values).first_name == "b"


def test_recursive_structs_have_models() -> None:
    """Structs that refer to each other, with defaults other than None, have complete models."""
    pydantic_model: Any = pydantic_model_for(Garden)
    garden = Garden(trees=[{"leaf": {"tree": {"leaves": [{"name": "oak"}]}}}, {}])
    assert pydantic_model.from_struct(garden).to_struct() == garden
    assert type(pydantic_model.from_struct(garden).trees[0].leaf.tree) is pydantic_model_for(Tree)
    assert pydantic_model() == pydantic_model(trees=[], name="Hallerbos")
    assert pydantic_model_for(Tree).model_validate(
        {"leaves": {"0": {"name": 5}}}
    ).to_struct() == Tree(leaves=[Leaf(name="5")])
    assert set(pydantic_model.model_json_schema()["$defs"]) == {"Tree", "Leaf"}


def test_threads_get_the_same_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that request a model concurrently get the same class."""

    def create_slowly(*args: Any, **fields: Any) -> Any:
        time.sleep(0.01)
        return pydantic.create_model(*args, **fields)

    monkeypatch.setattr(model_builder, "create_model", create_slowly)

    class Shared(Model):
        name: str | None = None

    classes: list[Any] = []
    start = threading.Barrier(4)

    def request_model() -> None:
        start.wait()
        classes.append(pydantic_model_for(Shared))

    threads = [threading.Thread(target=request_model) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert classes == [pydantic_model_for(Shared)] * 4


def test_the_schema_has_the_docstring_of_the_struct() -> None:
    """The description in the JSON schema is the docstring of the Struct."""
    assert "getArticles" in json.dumps(pydantic_models.Article.model_json_schema())


def _validate(cls: type, value: Any) -> Any:
    return value


FEATURES: dict[str, Any] = {
    "field_validator": pydantic.field_validator("name")(_validate),
    "model_validator": pydantic.model_validator(mode="before")(_validate),
    "computed_field": pydantic.computed_field(property(lambda self: 5)),
    "field_serializer": pydantic.field_serializer("name")(_validate),
    "field": pydantic.Field(0.0, ge=0),
    "private": pydantic.PrivateAttr(5),
    "model_config": {"extra": "forbid"},
}


@pytest.mark.parametrize("feature", FEATURES.values(), ids=FEATURES.keys())
def test_a_struct_refuses_features_of_pydantic(feature: Any) -> None:
    """A subclass of a Struct with a validator or the like raises when the class is made."""
    name = "model_config" if isinstance(feature, dict) else "price_check"
    namespace = {"__module__": __name__, "__annotations__": {name: Any}, name: feature}
    with pytest.raises(TypeError) as raised:
        type(models.Article)("Checked", (models.Article,), namespace)
    assert str(raised.value) == (
        f"Checked.{name} works in pydantic's models only, and Article is a msgspec.Struct: "
        "subclass myonlinestore.pydantic.Article instead"
    )


ANNOTATIONS: dict[str, Any] = {
    "field": Annotated[float, pydantic.Field(ge=0)],
    "optional": Annotated[float, pydantic.Field(ge=0)] | None,
    "nested": dict[str, list[Annotated[int, pydantic.Field(ge=0)]]],
    "constraint": pydantic.PositiveInt,
    "validator": Annotated[str, pydantic.AfterValidator(str.strip)],
    "postponed": "Annotated[float, pydantic.Field(ge=0)]",
    "itself": "Annotated[list[Checked], pydantic.Field(max_length=3)]",
}


@pytest.mark.parametrize("annotation", ANNOTATIONS.values(), ids=ANNOTATIONS.keys())
def test_a_struct_refuses_pydantic_in_annotations(annotation: Any) -> None:
    """A subclass of a Struct whose annotations have constraints raises when the class is made."""
    namespace = {"__module__": __name__, "__annotations__": {"price_check": annotation}}
    with pytest.raises(TypeError) as raised:
        type(models.Article)("Checked", (models.Article,), {**namespace, "price_check": None})
    assert str(raised.value) == (
        "Checked.price_check works in pydantic's models only, and Article is a msgspec.Struct: "
        "subclass myonlinestore.pydantic.Article instead"
    )


def test_other_annotations_of_a_struct_are_allowed() -> None:
    """Constraints of msgspec apply, and a name may be defined after the class."""
    names = {"shelf": Annotated[str, msgspec.Meta(max_length=2), "x"], "rest": "list[Later]"}
    namespace = {"__module__": __name__, "__annotations__": names, "shelf": "", "rest": None}
    checked = type(models.Article)("Checked", (models.Article,), namespace)
    globals()["Later"] = int
    try:
        assert checked(shelf="A3", rest=[1]).rest == [1]
        with pytest.raises(DecodeError):
            checked(shelf="A34")
    finally:
        del globals()["Later"]


def test_annotations_are_not_evaluated_without_pydantic(monkeypatch: pytest.MonkeyPatch) -> None:
    """If pydantic is not loaded, making a class does not take the time to evaluate annotations."""
    monkeypatch.delitem(sys.modules, "pydantic")
    monkeypatch.delitem(sys.modules, "annotated_types")
    names = {"shelf": ANNOTATIONS["field"]}
    checked = type(models.Article)(
        "Checked",
        (models.Article,),
        {"__module__": __name__, "__annotations__": names, "shelf": 0.0},
    )
    assert "shelf" in checked.model_fields
