"""What every model can do: be made, copied, pickled, compared, shown, and speak of its fields."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import get_args, get_origin

import msgspec
import pytest

from myonlinestore import models
from myonlinestore.exceptions import DecodeError
from myonlinestore.models import Article, ArticlePrice, CountResponse, Customer, Model, Order
from tests.models.cases import MODELS, alternatives, is_struct, sample_row


def full(model: type[Model]) -> Model:
    """A model with a value in every field."""
    return model.model_validate(sample_row(model))


@pytest.mark.parametrize("model", MODELS)
def test_models_copy_pickle_and_compare(model: type[Model]) -> None:
    """A copy, a deep copy and a pickle equal their model; another value does not."""
    one = full(model)
    copies = [copy.copy(one), copy.deepcopy(one), one.model_copy(), one.model_copy(deep=True)]
    copies += [pickle.loads(pickle.dumps(one, protocol)) for protocol in range(2, 6)]
    assert all(each == one and each is not one and type(each) is model for each in copies)
    name = model.__struct_fields__[0]
    assert one.model_copy(update={name: None}) != one
    assert getattr(one, name) is not None


@pytest.mark.parametrize("model", MODELS)
def test_models_round_trip(model: type[Model]) -> None:
    """A dump and its JSON, under either name, validate to the model that was dumped."""
    one = full(model)
    for by_alias in (False, True):
        for bare in (False, True):
            naming = {"by_alias": by_alias, "exclude_none": bare}
            assert model.model_validate(one.model_dump(**naming)) == one
            assert model.model_validate_json(one.model_dump_json(**naming)) == one
    assert one.model_dump(by_alias=True, exclude_none=True) == sample_row(model)


@pytest.mark.parametrize("model", MODELS)
def test_models_take_keywords_by_either_name(model: type[Model]) -> None:
    """Keywords under field names and under wire names make the same model."""
    one = full(model)
    assert model(**sample_row(model)) == one
    assert model(**one.model_dump()) == one
    assert model(**dict(one)) == one


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


def items_of(model: type[Model]) -> set[type[Model]]:
    """The models that stand in lists of this one."""
    kinds = [kind for f in msgspec.structs.fields(model) for kind in alternatives(f.type)]
    items = {get_args(kind)[0] for kind in kinds if get_origin(kind) is list}
    return {item for item in items if is_struct(item)}


def test_items_of_a_list_have_fields_for_a_maps_key_and_value() -> None:
    """Whatever can stand in a list has the fields that a map's key and bare value go to."""
    items = set(ROWS).union(*map(items_of, MODELS)) - {models.OrderShipping}
    assert len(items) > len(ROWS)
    assert [m for m in items if not set(m.map_fields) <= set(m.__struct_fields__)] == []


@pytest.mark.parametrize("model", ROWS)
def test_rows_are_told_apart_by_fields_that_they_have(model: type[Model]) -> None:
    """What tells one row of a list from another is among its fields."""
    assert model.row_keys[0] in model.__struct_fields__


def test_only_keywords_make_a_model() -> None:
    """Positional values are refused: the order of fields means nothing."""
    with pytest.raises(TypeError, match="Article takes keyword arguments only"):
        Article(1)


def test_unknown_values_are_ignored_and_wrong_ones_refused() -> None:
    """A keyword that is no field is ignored, as the vendor adds fields; a wrong value raises."""
    assert Article(id=1, nonsense=2) == Article(id=1)
    with pytest.raises(DecodeError) as caught:
        Article(price={"default": ["x"]})
    assert caught.value.json_path == "$.price.default"
    assert isinstance(caught.value, ValueError)


def test_a_required_field() -> None:
    """A count without a number is refused, and its field says that it is required."""
    with pytest.raises(DecodeError, match="missing required field count"):
        CountResponse()
    field = CountResponse.model_fields["count"]
    assert (field.required, field.is_required(), field.default) == (True, True, None)


def test_fields_are_described_by_the_class() -> None:
    """`model_fields` tells each field's annotation, alias, default and that it is optional."""
    fields = Customer.model_fields
    assert list(fields) == list(Customer.__struct_fields__)
    assert fields["first_name"].alias == "firstName"
    assert fields["email"].alias is None
    assert fields["email"].annotation == str | None
    assert fields["email"].default is None
    assert not fields["email"].is_required()
    assert Customer(email="a").model_fields == fields


def test_fields_that_hold_a_value() -> None:
    """`model_fields_set` names what holds a value."""
    assert Customer(email="a", first_name=None).model_fields_set == {"email"}


def test_a_model_shows_only_what_it_holds() -> None:
    """A model's repr, in plain text and in rich, leaves out what is None."""
    article = Article(id=1, price={"default": "68.00"}, taxable=False)
    assert repr(article) == "Article(id=1, taxable=False, price=ArticlePrice(default='68.00'))"
    assert article.__rich_repr__() == [
        ("id", 1),
        ("taxable", False),
        ("price", ArticlePrice(default="68.00")),
    ]
    assert repr(Article()) == "Article()"


def test_a_model_iterates_over_its_fields() -> None:
    """Iteration gives each field's name and value, as in pydantic."""
    assert list(ArticlePrice(default="1")) == [
        ("default", "1"),
        ("action", None),
        ("purchase", None),
    ]


def test_models_of_another_class_differ() -> None:
    """Models with the same values but of another class are not equal."""
    assert models.TaxPrice(rate="9") != models.OrderArticlePrice(rate="9")


def test_copies_are_as_deep_as_asked() -> None:
    """A copy shares what it holds with its model, a deep copy does not."""
    article = Article(price={"default": "1"}, categories=[{"category_id": 1}])
    assert article.model_copy().price is article.price
    deep = article.model_copy(deep=True, update={"id": 5})
    assert deep.price is not article.price
    assert deep.categories == article.categories
    assert deep.categories is not article.categories
    assert (deep.id, article.id) == (5, None)


def test_construction_without_checks() -> None:
    """`model_construct` takes trusted values as they are."""
    order = Order.model_construct(number="7", price="anything")
    assert order.price == "anything"  # type: ignore[comparison-overlap]
    assert order.uuid is None


def test_a_model_validates_to_itself() -> None:
    """A model given to its own class comes back as it is."""
    article = Article(id=1)
    assert Article.model_validate(article) is article


@pytest.mark.parametrize("text", ['{"id": "7"}', b'{"id": "7"}', bytearray(b'{"id": "7"}')])
def test_json_of_any_kind_of_text(text: str | bytes | bytearray) -> None:
    """JSON validates from text, bytes and bytearray."""
    assert Article.model_validate_json(text) == Article(id=7)


@pytest.mark.parametrize("text", ["{", b"\xff", "[1]", "5"])
def test_json_that_is_no_model(text: str | bytes) -> None:
    """JSON that is broken, or no object, raises the typed error."""
    with pytest.raises(DecodeError):
        Article.model_validate_json(text)


def test_money_in_json_stays_exact() -> None:
    """A JSON number for an amount keeps its text to the last digit."""
    assert ArticlePrice.model_validate_json('{"default": 12.50}').default == "12.50"


def test_models_hold_no_cycle_collector_data() -> None:
    """Models stay out of the cycle collector's way: a page of them costs it nothing."""
    assert not any(model.__struct_config__.gc for model in MODELS)
