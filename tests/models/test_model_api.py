"""The API of every model: creation, copies, pickles, equality, repr and fields."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import get_args, get_origin

import msgspec
import pytest

from myonlinestore import models
from myonlinestore._codec.decode import validate
from myonlinestore.exceptions import DecodeError
from myonlinestore.models import Article, ArticlePrice, CountResponse, Customer, Model, Order
from tests.models.cases import MODELS, make_row
from tests.support.annotations import get_union_members, is_struct


def make_full_model(model: type[Model]) -> Model:
    """Return a model with a value in every field."""
    return model.model_validate(make_row(model))


@pytest.mark.parametrize("model", MODELS)
def test_models_copy_pickle_and_compare(model: type[Model]) -> None:
    """A copy, a deep copy and a pickle equal their model; a copy with another value does not."""
    instance = make_full_model(model)
    copies = [
        copy.copy(instance),
        copy.deepcopy(instance),
        instance.model_copy(),
        instance.model_copy(deep=True),
    ]
    copies += [pickle.loads(pickle.dumps(instance, protocol)) for protocol in range(2, 6)]
    assert all(same == instance and same is not instance and type(same) is model for same in copies)
    name = model.__struct_fields__[0]
    assert instance.model_copy(update={name: None}) != instance
    assert getattr(instance, name) is not None


@pytest.mark.parametrize("model", MODELS)
def test_models_round_trip(model: type[Model]) -> None:
    """A dump and its JSON, under either name, validate to the model that was dumped."""
    instance = make_full_model(model)
    for by_alias in (False, True):
        for exclude_none in (False, True):
            naming = {"by_alias": by_alias, "exclude_none": exclude_none}
            assert model.model_validate(instance.model_dump(**naming)) == instance
            assert model.model_validate_json(instance.model_dump_json(**naming)) == instance
    assert instance.model_dump(by_alias=True, exclude_none=True) == make_row(model)


@pytest.mark.parametrize("model", MODELS)
def test_models_take_keywords_by_either_name(model: type[Model]) -> None:
    """Field names and JSON names as keywords create the same model."""
    instance = make_full_model(model)
    assert model(**make_row(model)) == instance
    assert model(**instance.model_dump()) == instance
    assert model(**dict(instance)) == instance


@pytest.mark.parametrize("model", MODELS)
def test_every_field_is_described(model: type[Model]) -> None:
    """The class docstrings of a model and its bases describe each of its fields."""
    described = "\n".join(inspect.cleandoc(base.__doc__ or "") for base in model.__mro__)
    missing = [name for name in model.__struct_fields__ if f"\n    {name}: " not in described]
    assert not missing


ROWS = [
    models.Article,
    models.ArticleLimited,
    models.Category,
    models.Customer,
    models.CustomerAddress,
    models.DiscountCode,
    models.NewsletterSubscriber,
    models.OfflineLocation,
    models.Order,
    models.OrderStatus,
    models.Payment,
    models.PaymentGateway,
    models.ShippingMethod,
    models.TaxPolicyRegion,
]


def get_item_models(model: type[Model]) -> set[type[Model]]:
    """Return the models that are items of lists in this one."""
    types_ = [type_ for f in msgspec.structs.fields(model) for type_ in get_union_members(f.type)]
    items = {get_args(type_)[0] for type_ in types_ if get_origin(type_) is list}
    return {item for item in items if is_struct(item)}


def test_list_items_have_fields_for_the_key_and_value_of_a_map() -> None:
    """Every item of a list has the fields for the key and bare value of a map."""
    items = set(ROWS).union(*map(get_item_models, MODELS)) - {models.OrderShipping}
    assert len(items) > len(ROWS)
    assert [m for m in items if not set(m.map_fields) <= set(m.__struct_fields__)] == []


@pytest.mark.parametrize("model", ROWS)
def test_row_keys_are_fields(model: type[Model]) -> None:
    """Every row has a field that identifies it, the uuid first where the model has one."""
    keys = [key for key in model.row_keys if key in model.__struct_fields__]
    assert keys
    assert "uuid" not in model.__struct_fields__ or keys[0] == "uuid"


def test_a_map_of_orders_has_their_numbers_as_keys() -> None:
    """A list of orders that arrives as a map is keyed by number, not by uuid."""
    order = Order(number="1001", status=1)
    assert validate({"1001": {"status": 1}}, list[Order]) == [order]


def test_positional_values_raise() -> None:
    """Positional values raise TypeError, because the order of fields has no meaning."""
    with pytest.raises(TypeError, match="Article takes keyword arguments only"):
        Article(1)


def test_unknown_values_are_ignored_and_invalid_ones_raise() -> None:
    """An unknown keyword is ignored, because the vendor adds fields; an invalid value raises."""
    assert Article(id=1, nonsense=2) == Article(id=1)
    with pytest.raises(DecodeError) as caught:
        Article(price={"default": ["x"]})
    assert caught.value.json_path == "$.price.default"
    assert isinstance(caught.value, ValueError)


def test_a_required_field() -> None:
    """A count without a number raises, and its field is marked as required."""
    with pytest.raises(DecodeError, match="missing required field count"):
        CountResponse()
    field = CountResponse.model_fields["count"]
    assert (field.required, field.is_required(), field.default) == (True, True, None)


def test_fields_are_described_by_the_class() -> None:
    """`model_fields` has each field's annotation, alias and default."""
    fields = Customer.model_fields
    assert list(fields) == list(Customer.__struct_fields__)
    assert fields["first_name"].alias == "firstName"
    assert fields["email"].alias is None
    assert fields["email"].annotation == str | None
    assert fields["email"].default is None
    assert not fields["email"].is_required()
    assert Customer(email="a").model_fields == fields


def test_the_set_of_fields_with_a_value() -> None:
    """`model_fields_set` has the names of the fields that are not None."""
    assert Customer(email="a", first_name=None).model_fields_set == {"email"}


def test_the_repr_omits_null_fields() -> None:
    """A model's repr, in plain text and in rich, omits every field with the value None."""
    article = Article(id=1, price={"default": "68.00"}, taxable=False)
    assert repr(article) == "Article(id=1, taxable=False, price=ArticlePrice(default='68.00'))"
    assert article.__rich_repr__() == [
        ("id", 1),
        ("taxable", False),
        ("price", ArticlePrice(default="68.00")),
    ]
    assert repr(Article()) == "Article()"


def test_a_model_iterates_over_its_fields() -> None:
    """Iteration yields each field's name and value, as in pydantic."""
    assert list(ArticlePrice(default="1")) == [
        ("default", "1"),
        ("action", None),
        ("purchase", None),
    ]


def test_models_of_another_class_differ() -> None:
    """Models with the same values but of another class are not equal."""
    assert models.TaxPrice(rate="9") != models.OrderArticlePrice(rate="9")


def test_shallow_and_deep_copies() -> None:
    """A copy shares its values with the model; a deep copy does not."""
    article = Article(price={"default": "1"}, categories=[{"category_id": 1}])
    assert article.model_copy().price is article.price
    deep = article.model_copy(deep=True, update={"id": 5})
    assert deep.price is not article.price
    assert deep.categories == article.categories
    assert deep.categories is not article.categories
    assert (deep.id, article.id) == (5, None)


def test_construction_without_validation() -> None:
    """`model_construct` does not change the values."""
    order = Order.model_construct(number="7", price="anything")
    assert order.price == "anything"  # type: ignore[comparison-overlap]
    assert order.uuid is None


def test_a_model_validates_to_itself() -> None:
    """Validating an instance of the class returns it unchanged."""
    article = Article(id=1)
    assert Article.model_validate(article) is article


@pytest.mark.parametrize("text", ['{"id": "7"}', b'{"id": "7"}', bytearray(b'{"id": "7"}')])
def test_json_as_text_and_bytes(text: str | bytes | bytearray) -> None:
    """JSON is accepted as str, bytes and bytearray."""
    assert Article.model_validate_json(text) == Article(id=7)


@pytest.mark.parametrize("text", ["{", b"\xff", "[1]", "5"])
def test_invalid_json_raises(text: str | bytes) -> None:
    """Malformed JSON, and JSON that is not an object, raises DecodeError."""
    with pytest.raises(DecodeError):
        Article.model_validate_json(text)


def test_money_in_json_stays_exact() -> None:
    """A JSON number for an amount keeps its exact digits."""
    assert ArticlePrice.model_validate_json('{"default": 12.50}').default == "12.50"


def test_models_are_not_tracked_by_the_garbage_collector() -> None:
    """Models are not tracked, so that a page of them does not slow garbage collection."""
    assert not any(model.__struct_config__.gc for model in MODELS)
