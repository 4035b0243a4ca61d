"""Structs as fields of BaseModels and in TypeAdapters."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pydantic
import pytest
from pydantic import BaseModel, TypeAdapter

from myonlinestore import models
from myonlinestore import pydantic as pydantic_models
from myonlinestore.models.base import Model
from tests.pydantic_models.strategies import STRUCTS


class Parcel(BaseModel):
    customer: models.Customer
    articles: list[models.Article] = []
    status: models.OrderStatus | int | None = None


CUSTOMER = models.Customer(first_name="Ada", last_name="Lovelace")


class Regular(models.Customer):
    """A user's subclass of an exported model."""

    visits: int | None = None


class Crate(Model):
    """A recursive Model that a user defines."""

    label: str | None = msgspec.field(name="crateLabel", default=None)
    inner: Crate | None = None


def test_an_instance_passes_through() -> None:
    """An instance of the Struct or of a subclass is kept, not copied."""
    regular = Regular(first_name="Ada", visits=3)
    assert Parcel(customer=CUSTOMER).customer is CUSTOMER
    assert Parcel(customer=regular).customer is regular


@pytest.mark.parametrize("name", ["first_name", "firstName"])
def test_a_mapping_becomes_a_struct(name: str) -> None:
    """A mapping may have field names or JSON names."""
    parcel = Parcel.model_validate({"customer": {name: "Ada", "last_name": "Lovelace"}})
    assert parcel.customer == CUSTOMER


def test_json_is_normalized() -> None:
    """Malformed values in JSON are normalized as in a response."""
    text = '{"customer": {}, "articles": [{"id": "3", "price": [], "taxable": "1"}], "status": 4}'
    parcel = Parcel.model_validate_json(text)
    assert parcel.articles == [models.Article(id=3, taxable=True)]
    assert parcel.status == 4


def test_an_amount_in_a_larger_document_is_text() -> None:
    """In a larger document pydantic parses the numbers, so the text is that of a float."""
    text = '{"customer": {}, "articles": [{"price": {"default": 12.50}}]}'
    parcel = Parcel.model_validate_json(text)
    assert parcel.articles[0].price == models.ArticlePrice(default="12.5")


@pytest.mark.parametrize("value", [{"id": "x"}, 5, None, [], models.Store()])
def test_an_invalid_value_raises_pydantics_error(value: object) -> None:
    """An invalid value raises pydantic's ValidationError with the location of the field."""
    with pytest.raises(pydantic.ValidationError) as caught:
        Parcel.model_validate({"customer": {}, "articles": [{}, value]})
    (error,) = caught.value.errors(include_url=False)
    assert (error["type"], error["loc"]) == ("value_error", ("articles", 1))


def test_the_error_has_the_path_within_the_struct() -> None:
    """The message contains the JSON path inside the Struct."""
    with pytest.raises(pydantic.ValidationError, match=r"got str at \$\.lists\[0\]\.id"):
        TypeAdapter(models.Article).validate_python({"lists": [{"id": "x"}]})


@pytest.mark.parametrize("mode", ["python", "json"])
def test_a_struct_is_dumped_within_a_document(mode: str) -> None:
    """A document's dump contains the Struct's, under either name, with or without nulls."""
    parcel = Parcel(customer=CUSTOMER, articles=[models.Article(id=3)], status=4)
    dumped = parcel.model_dump(mode=mode, by_alias=True, exclude_none=True)
    named = {"firstName": "Ada", "lastName": "Lovelace"}
    assert dumped == {"customer": named, "articles": [{"id": 3}], "status": 4}
    assert parcel.model_dump(mode=mode)["customer"] == CUSTOMER.model_dump()


def test_json_of_a_document_contains_the_structs() -> None:
    """A document's JSON contains the Struct's JSON."""
    parcel = Parcel(customer=CUSTOMER)
    assert json.loads(parcel.model_dump_json())["customer"] == CUSTOMER.model_dump()
    assert '"firstName":"Ada"' in parcel.model_dump_json(by_alias=True)


@pytest.mark.parametrize("option", ["exclude_unset", "exclude_defaults", "exclude_none"])
def test_nulls_can_be_excluded(option: Any) -> None:
    """Each of pydantic's exclude options applies to the Struct."""
    parcel = Parcel(customer=CUSTOMER)
    assert parcel.model_dump(**{option: True})["customer"] == {
        "first_name": "Ada",
        "last_name": "Lovelace",
    }


def test_include_and_exclude_apply_within_the_struct() -> None:
    """Nested include and exclude select fields of the Struct."""
    article = models.Article(id=3, lists=[models.ArticleList(id=1, name="Size")])
    parcel = Parcel(customer=CUSTOMER, articles=[article])
    included = parcel.model_dump(include={"articles": {0: {"lists": {0: {"name"}}}}})
    assert included == {"articles": [{"lists": [{"name": "Size"}]}]}
    excluded = parcel.model_dump(
        exclude={"customer": True, "articles": {"__all__": {"lists"}}}, exclude_none=True
    )
    assert excluded == {"articles": [{"id": 3}]}


def test_an_unvalidated_value_is_dumped_with_a_warning() -> None:
    """A value that is not the Struct is dumped unchanged, with pydantic's usual warning."""
    parcel = Parcel.model_construct(customer=5)  # type: ignore[arg-type]
    with pytest.warns(UserWarning, match="Expected Customer"):
        assert parcel.model_dump()["customer"] == 5


def test_unions_serialize_the_matching_member() -> None:
    """In a union, a value that is not the Struct is serialized by the next member."""
    assert Parcel(customer=CUSTOMER, status=4).model_dump()["status"] == 4
    adapter: TypeAdapter[Any] = TypeAdapter(models.OrderStatus | models.Store)
    assert adapter.dump_python(models.Store(name="S"), exclude_none=True) == {"name": "S"}


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_model_works_in_a_type_adapter(struct: type[Model]) -> None:
    """Each Model validates, dumps, and has the JSON schema of its pydantic model."""
    adapter: TypeAdapter[Any] = TypeAdapter(struct)
    sample: dict[str, Any] = {"count": 3} if struct is models.CountResponse else {}
    if struct is models.OrderLinePrice:
        sample = {"rate": "21.00"}
    model = adapter.validate_json(json.dumps(sample))
    assert model == struct.model_validate(sample)
    assert json.loads(adapter.dump_json(model, exclude_none=True)) == sample
    assert adapter.json_schema() == getattr(pydantic_models, struct.__name__).model_json_schema()


def test_the_schema_of_a_document_has_the_definitions() -> None:
    """Each reference in the document's schema resolves to a definition."""
    schema = Parcel.model_json_schema()
    assert schema["properties"]["customer"] == {"$ref": "#/$defs/Customer"}
    assert schema["$defs"]["Customer"]["properties"]["firstName"]["title"]
    references = {part.split('"')[0] for part in json.dumps(schema).split("#/$defs/")[1:]}
    assert references <= schema["$defs"].keys()
    assert {"Article", "ArticlePrice", "Customer", "OrderStatus"} <= references


def test_the_schema_has_field_names_if_requested() -> None:
    """The Struct's schema has field names if the document's has."""
    schema = Parcel.model_json_schema(by_alias=False)
    assert "first_name" in schema["$defs"]["Customer"]["properties"]


def test_a_users_own_model_works() -> None:
    """A recursive Model that a user defines is a valid type with a schema."""
    adapter: TypeAdapter[Any] = TypeAdapter(list[Crate])
    crates = adapter.validate_python([{"label": 1, "inner": {"crateLabel": "b"}}])
    assert crates == [Crate(label="1", inner=Crate(label="b"))]
    assert "crateLabel" in adapter.json_schema()["$defs"]["Crate"]["properties"]


class Event(BaseModel):
    subject: models.Article | models.Order | models.Customer


SUBJECTS: list[tuple[dict[str, Any], type[Model]]] = [
    ({"number": 5, "currency": "EUR"}, models.Order),
    ({"number": 5, "uuid": "a", "price": {"default": "1.00"}}, models.Order),
    ({"id": 5, "name": "Lamp", "uuid": "a", "price": None}, models.Article),
    ({"firstName": "Ada", "lastName": "Lovelace"}, models.Customer),
    ({"first_name": "Ada", "id": "5"}, models.Customer),
    ({"uuid": "a"}, models.Article),
]


# Before, a union does not read the number of fields from a validator that is a function.
COUNTS_FIELDS = tuple(int(part) for part in pydantic.VERSION.split(".")[:2]) >= (2, 12)


@pytest.mark.skipif(not COUNTS_FIELDS, reason="pydantic 2.12 counts the fields")
@pytest.mark.parametrize(("value", "chosen"), SUBJECTS)
def test_a_union_chooses_by_the_fields(value: dict[str, Any], chosen: type[Model]) -> None:
    """The member of a union with the most of the fields is chosen, as with pydantic's models."""
    for subject in (
        Event.model_validate({"subject": value}).subject,
        Event.model_validate_json(json.dumps({"subject": value})).subject,
        TypeAdapter[Any](models.Order | models.Customer | models.Article).validate_python(value)
        if len(value) > 1
        else chosen.model_validate(value),
    ):
        assert type(subject) is chosen
        assert subject == chosen.model_validate(value)


def test_a_union_skips_models_without_any_of_the_fields() -> None:
    """With any version of pydantic, a model that has none of the fields is not chosen."""
    value = {"firstName": "Ada", "lastName": "Lovelace"}
    assert Event.model_validate({"subject": value}).subject == CUSTOMER


@pytest.mark.parametrize("value", [{"unknown": 1}, {"error": "No"}])
@pytest.mark.parametrize("tp", [models.Article, models.Article | models.Order])
def test_unknown_fields_alone_are_refused(tp: Any, value: dict[str, Any]) -> None:
    """An object with unknown fields only is refused; an empty object is an empty model."""
    adapter: TypeAdapter[Any] = TypeAdapter(tp)
    with pytest.raises(pydantic.ValidationError, match="without any field of Article"):
        adapter.validate_python(value)
    assert adapter.validate_python({}) == models.Article()


def test_an_instance_in_a_union_is_kept() -> None:
    """An instance of any member is kept."""
    order, article = models.Order(number=5), models.Article()
    assert Event(subject=order).subject is order
    assert Event(subject=article).subject is article
