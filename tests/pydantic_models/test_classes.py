"""The twins as classes: names, fields, repr, views, copies, subclasses."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
import threading
import time
from decimal import Decimal
from typing import Any

import msgspec
import pydantic
import pytest

from myonlinestore import models
from myonlinestore import pydantic as twins
from myonlinestore._pydantic import models as pydantic_models
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


class Forest(Model):
    trees: list[Tree] = msgspec.field(default_factory=list)
    name: str = "Hallerbos"


class OwnArticle(twins.Article):
    shelf: str | None = None
    sku: int | None = None  # type: ignore[assignment]


def test_every_model_has_a_twin() -> None:
    """Each Model that `myonlinestore.models` exports has a twin of its name, and nothing else has."""
    names = [struct.__name__ for struct in STRUCTS]
    assert twins.__all__ == ["PydanticModel", *names]
    assert set(twins.__all__) <= set(dir(twins))
    assert len(names) > 50


@by_struct
def test_twins_are_base_models(struct: type[Model]) -> None:
    """A twin is a true BaseModel that names its home module and its Struct."""
    twin = getattr(twins, struct.__name__)
    assert issubclass(twin, pydantic.BaseModel)
    assert issubclass(twin, twins.PydanticModel)
    assert (twin.__module__, twin.__qualname__) == ("myonlinestore.pydantic", struct.__name__)
    assert twin.struct_class is struct
    assert twin.__doc__ == struct.__doc__


@by_struct
def test_twins_have_their_structs_fields(struct: type[Model]) -> None:
    """Field names, wire names and what is required are the Struct's own."""
    fields = getattr(twins, struct.__name__).model_fields
    ours = {name: (f.alias, f.is_required()) for name, f in struct.model_fields.items()}
    assert {name: (f.alias, f.is_required()) for name, f in fields.items()} == ours


@by_struct
def test_twins_have_json_schemas(struct: type[Model]) -> None:
    """The JSON schema of a twin names its properties as they are on the wire."""
    schema = getattr(twins, struct.__name__).model_json_schema()
    # A model that holds itself refers to its own definition.
    schema = schema.get("$defs", {}).get(struct.__name__, schema)
    assert list(schema["properties"]) == list(struct.__struct_encode_fields__)


def test_published_configuration_is_kept() -> None:
    """Names and wire names are both accepted, and unknown fields ignored, as published."""
    config = twins.Customer.model_config
    assert (config["populate_by_name"], config["extra"]) == (True, "ignore")


def test_a_name_that_is_no_model_is_refused() -> None:
    """The module raises AttributeError for what it does not have."""
    with pytest.raises(AttributeError, match=r"'myonlinestore\.pydantic' has no attribute 'Nope'"):
        twins.Nope  # type: ignore[attr-defined]  # noqa: B018


def test_star_import_gives_the_twins() -> None:
    """`from myonlinestore.pydantic import *` brings each twin."""
    namespace: dict[str, Any] = {}
    exec("from myonlinestore.pydantic import *", namespace)
    assert namespace["Order"] is twins.Order


def test_nested_twins_are_the_same_classes() -> None:
    """What a twin holds is of the class that the module exports."""
    article = twins.Article(price={"default": "68.00"})
    assert type(article.price) is twins.ArticlePrice


def test_repr_shows_only_what_is_not_none() -> None:
    """The repr is compact, at each level."""
    article = twins.Article(id=3, price={"default": "68.00"})
    assert repr(article) == "Article(id=3, price=ArticlePrice(default='68.00'))"
    assert str(article) == "id=3 price=ArticlePrice(default='68.00')"


def test_views_stand_beside_the_fields() -> None:
    """Decimal views, datetime views and typed views serve twins as they serve Structs."""
    price = twins.ArticlePrice(default="68.10")
    assert price.default_decimal == Decimal("68.10")
    article = twins.Article(created_date="2024-05-01", created_time="10:20:30")
    assert article.created_datetime == dt.datetime(2024, 5, 1, 10, 20, 30)  # noqa: DTZ001
    linked = twins.Article(categories=[{"category_id": "7", "is_active": "1"}])
    assert linked.category_links == [twins.CategoryArticle(category_id=7, is_active=True)]


def test_views_are_no_fields() -> None:
    """A view is neither dumped nor a part of the schema."""
    assert "default_decimal" not in twins.ArticlePrice(default="1").model_dump()
    assert "default_decimal" not in twins.ArticlePrice.model_fields


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]
)
def test_twins_copy_and_pickle(again: Any) -> None:
    """A copied or pickled twin equals the first, at each level."""
    order = twins.Order(number=5, price={"tax": [{"rate": "21.00"}], "total": "10.00"})
    assert again(order) == order
    assert again(order) != order.model_copy(update={"number": 6})


def test_pydantic_tells_absent_from_null() -> None:
    """A twin knows which fields were given, so that exclude_unset keeps a null that was sent."""
    article = twins.Article.model_validate_json('{"id": 3, "stock": null}')
    assert article.model_dump(exclude_unset=True) == {"id": 3, "stock": None}
    assert twins.Article.from_struct(article.to_struct()).model_fields_set == {"id"}


def test_subclasses_keep_the_fields_they_add() -> None:
    """A subclass adds fields and changes types, and still takes odd shapes and wire names."""
    text = '{"id": "3", "shelf": "B2", "sku": "40", "price": {"default": 12.50}}'
    own = OwnArticle.model_validate_json(text)
    assert (own.shelf, own.sku) == ("B2", 40)
    assert own == OwnArticle(id=3, shelf="B2", sku=40, price={"default": "12.50"})
    assert own.to_struct().price == models.ArticlePrice(default="12.50")


def test_required_fields_are_required() -> None:
    """A count without a count is refused."""
    assert twins.CountResponse(count="12").count == 12  # type: ignore[arg-type]
    with pytest.raises(pydantic.ValidationError, match="Field required"):
        twins.CountResponse.model_validate({})


@pytest.mark.parametrize("value", [None, [], 5, "text", models.Store(), twins.Store()])
def test_what_is_no_such_model_is_refused(value: object) -> None:
    """Neither a scalar nor another model passes for an article."""
    with pytest.raises(pydantic.ValidationError, match="instance of Article"):
        twins.Article.model_validate(value)


def test_a_value_of_a_wrong_type_names_its_field() -> None:
    """The error tells where the value stands."""
    with pytest.raises(pydantic.ValidationError) as caught:
        twins.Article.model_validate({"lists": [{"id": 1}, {"options": [{"name": ["x"]}]}]})
    assert [error["loc"] for error in caught.value.errors()] == [("lists", 1, "options", 0, "name")]


def test_text_that_is_no_json_is_pydantics_error() -> None:
    """Broken JSON is refused in pydantic's own words."""
    with pytest.raises(pydantic.ValidationError, match="Invalid JSON"):
        twins.Article.model_validate_json(b'{"id": 3')


@pytest.mark.parametrize("convert", [bytes, bytearray, bytes.decode])
def test_json_comes_as_text_or_bytes(convert: Any) -> None:
    """str, bytes and bytearray are all taken."""
    assert twins.Article.model_validate_json(convert(b'{"id": 3}')).id == 3


def test_models_given_as_values_are_kept() -> None:
    """A twin given for a field is kept as it is; a Struct given there becomes its twin."""
    price = twins.OrderLinePrice(rate="21.00")
    assert twins.OrderDetail(price=price).price is price
    assert twins.OrderDetail(price=[price]).price == [price]
    assert twins.OrderDetail(price=models.OrderLinePrice(rate="21.00")).price == price


def test_wire_name_goes_before_field_name() -> None:
    """Where a field comes under both of its names, the one on the wire counts, as in pydantic."""
    for both in ({"first_name": "a", "firstName": "b"}, {"firstName": "b", "first_name": "a"}):
        assert twins.Customer.model_validate(both).first_name == "b"
        assert models.Customer.model_validate(both).first_name == "b"


def test_structs_that_hold_each_other_have_twins() -> None:
    """Twins of Structs that refer to each other, and have defaults of their own, are complete."""
    twin: Any = pydantic_model_for(Forest)
    forest = Forest(trees=[{"leaf": {"tree": {"leaves": [{"name": "oak"}]}}}, {}])
    assert twin.from_struct(forest).to_struct() == forest
    assert type(twin.from_struct(forest).trees[0].leaf.tree) is pydantic_model_for(Tree)
    assert twin() == twin(trees=[], name="Hallerbos")
    assert pydantic_model_for(Tree).model_validate(
        {"leaves": {"0": {"name": 5}}}
    ).to_struct() == Tree(leaves=[Leaf(name="5")])
    assert set(twin.model_json_schema()["$defs"]) == {"Tree", "Leaf"}


def test_threads_get_one_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that ask for a twin at once get the same class."""

    def slowly(*args: Any, **fields: Any) -> Any:
        time.sleep(0.01)
        return pydantic.create_model(*args, **fields)

    monkeypatch.setattr(pydantic_models, "create_model", slowly)

    class Shared(Model):
        name: str | None = None

    found: list[Any] = []
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        found.append(pydantic_model_for(Shared))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [pydantic_model_for(Shared)] * 4


def test_schema_of_a_twin_has_the_models_words() -> None:
    """The description in the JSON schema is the model's docstring."""
    assert "getArticles" in json.dumps(twins.Article.model_json_schema())
