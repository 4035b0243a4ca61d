"""Dumps of models, beside what pydantic gives for the same fields and values."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from myonlinestore.models import Article, Category, InvoiceAddress, Model, OrderDetail

pydantic = pytest.importorskip("pydantic")
to_camel = pytest.importorskip("pydantic.alias_generators").to_camel


class Price(Model, rename="camel"):
    """A part of a model, with names of its own on the wire."""

    tax_rate: str | None = None
    amount: str | None = None


class Thing(Model, rename="camel"):
    """A model with each kind of field."""

    first_name: str | None = None
    main_price: Price | None = None
    all_prices: list[Price] | None = None
    free_form: dict[str, Any] | None = None
    codes: list[str] | None = None


class PydanticPrice(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    """`Price` in pydantic."""

    model_config = pydantic.ConfigDict(populate_by_name=True, alias_generator=to_camel)

    tax_rate: str | None = None
    amount: str | None = None


class PydanticThing(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    """`Thing` in pydantic."""

    model_config = pydantic.ConfigDict(populate_by_name=True, alias_generator=to_camel)

    first_name: str | None = None
    main_price: PydanticPrice | None = None
    all_prices: list[PydanticPrice] | None = None
    free_form: dict[str, Any] | None = None
    codes: list[str] | None = None


VALUES: dict[str, Any] = {
    "first_name": "Truus",
    "main_price": {"tax_rate": "21"},
    "all_prices": [{"tax_rate": "9", "amount": "1"}, {"amount": "2"}, {"tax_rate": "0"}],
    "free_form": {"a": None, "b": {"c": 1, "d": None}, "e": [1, None]},
    "codes": ["x", "y"],
}
SPECS: list[Any] = [
    None,
    set(),
    {},
    {"first_name"},
    {"firstName"},
    {"nope"},
    ["first_name"],
    {"first_name": True, "codes": ...},
    {"main_price": {"tax_rate"}},
    {"main_price": set()},
    {"all_prices": {0}},
    {"all_prices": {-1}},
    {"all_prices": {"__all__"}},
    {"all_prices": {"__all__": True}},
    {"all_prices": {"__all__": {"amount"}}},
    {"all_prices": {0: {"amount"}, 1: True}},
    {"all_prices": {0: {"amount"}, "__all__": {"tax_rate"}}},
    {"all_prices": {0: True, "__all__": {"tax_rate"}}},
    {"all_prices": {0: {"amount"}, "__all__": True}},
    {"all_prices": {0: {"amount": True}, "__all__": {"amount": ...}}},
    {"free_form": {"b": {"c"}}},
    {"free_form": {"e": {0}}},
    {"codes": {1}},
    {"codes": {0: {"a"}}},
    {"__all__": True},
]
NAMINGS = [
    {"by_alias": alias, "exclude_none": bare} for alias in (False, True) for bare in (False, True)
]


@pytest.mark.parametrize("naming", NAMINGS)
def test_dumps_are_what_pydantic_gives(naming: dict[str, bool]) -> None:
    """Every include and exclude, under either name, with nulls or without, is as in pydantic."""
    thing, twin = Thing.model_validate(VALUES), PydanticThing.model_validate(VALUES)
    for include, exclude in itertools.product(SPECS, SPECS):
        spec = {"include": include, "exclude": exclude, **naming}
        assert thing.model_dump(**spec) == twin.model_dump(**spec), spec
        assert json.loads(thing.model_dump_json(**spec)) == json.loads(twin.model_dump_json(**spec))


@pytest.mark.parametrize("naming", NAMINGS)
def test_json_text_is_what_pydantic_gives(naming: dict[str, bool]) -> None:
    """The JSON text is the same to the byte, indented or not."""
    thing, twin = Thing.model_validate(VALUES), PydanticThing.model_validate(VALUES)
    assert thing.model_dump_json(**naming) == twin.model_dump_json(**naming)
    assert thing.model_dump_json(indent=2, **naming) == twin.model_dump_json(indent=2, **naming)


@pytest.mark.parametrize(
    "spec", [{"main_price": False}, {"all_prices": {0: False}}, 5, "first_name"]
)
@pytest.mark.parametrize("keyword", ["include", "exclude"])
def test_what_is_no_spec_is_refused(spec: Any, keyword: str) -> None:
    """What says neither yes nor which is refused, as in pydantic, never half understood."""
    with pytest.raises(TypeError, match="set or a mapping"):
        Thing.model_validate(VALUES).model_dump(**{keyword: spec})


@pytest.mark.parametrize("keyword", ["exclude_unset", "exclude_defaults", "exclude_none"])
def test_what_is_absent_can_be_left_out(keyword: str) -> None:
    """Null and absent look alike, so that each of the three keywords leaves both out."""
    price = Price(tax_rate="9")
    assert price.model_dump(**{keyword: True}) == {"tax_rate": "9"}
    assert price.model_dump_json(**{keyword: True}) == '{"tax_rate":"9"}'
    assert price.model_dump() == {"tax_rate": "9", "amount": None}
    assert price.model_dump_json() == '{"tax_rate":"9","amount":null}'


def test_nulls_in_free_form_values_stay() -> None:
    """Leaving nulls out concerns fields; what the store keeps in its own values stays whole."""
    thing = Thing(free_form={"a": None})
    assert thing.model_dump(exclude_none=True) == {"free_form": {"a": None}}
    assert thing.model_dump(exclude_none=True, include={"free_form"}) == {"free_form": {"a": None}}


def test_mode_makes_no_difference() -> None:
    """Every value is plain JSON, in mode "python" as in mode "json"."""
    thing = Thing.model_validate(VALUES)
    assert thing.model_dump(mode="json") == thing.model_dump(mode="python")


def test_a_dump_is_a_copy() -> None:
    """Changing a dump changes nothing in the model."""
    thing = Thing.model_validate(VALUES)
    thing.model_dump()["free_form"]["a"] = 1
    thing.model_dump(by_alias=True)["codes"].append("z")
    thing.model_dump(include={"free_form"})["free_form"]["b"]["c"] = 2
    assert thing == Thing.model_validate(VALUES)


def test_one_alias_among_many_names() -> None:
    """A single field with another name on the wire is dumped under either."""
    address = InvoiceAddress(vat_number="NL1")
    assert address.model_dump(exclude_none=True) == {"vat_number": "NL1"}
    assert address.model_dump(exclude_none=True, by_alias=True) == {"taxnumber": "NL1"}


def test_models_that_hold_themselves() -> None:
    """A tree of categories dumps to any depth, with nulls or without."""
    tree = Category(id=1, leafs=[{"id": 2, "leafs": [{"id": 3}]}])
    held = {"id": 1, "leafs": [{"id": 2, "leafs": [{"id": 3}]}]}
    assert tree.model_dump(exclude_none=True) == held
    assert Category.model_validate(tree.model_dump()) == tree


def test_one_or_many() -> None:
    """What may be one Struct or a list of them dumps as the one that it is, without nulls too."""
    for price in ({"rate": "9"}, [{"rate": "9"}, {"amount": "1"}]):
        assert OrderDetail(price=price).model_dump(exclude_none=True) == {"price": price}


@pytest.mark.parametrize("naming", NAMINGS)
def test_what_was_put_in_unchecked_still_dumps(naming: dict[str, bool]) -> None:
    """A value of another type, put in unchecked, is dumped as it is, as in pydantic."""
    price = Price(tax_rate="9")
    thing = Thing.model_construct(codes=5, all_prices=(price,), first_name=b"a")
    named = {"taxRate" if naming["by_alias"] else "tax_rate": "9"}
    bare = {} if naming["exclude_none"] else {"amount": None}
    dumped = thing.model_dump(**naming)
    assert dumped["codes"] == json.loads(thing.model_dump_json(**naming))["codes"] == 5
    assert list(dumped["allPrices" if naming["by_alias"] else "all_prices"]) == [named | bare]


def test_dumps_without_changes_take_no_detour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where names and nulls are those of the class, the model is encoded as it is."""
    monkeypatch.delattr("myonlinestore.models._dump.renamed_struct")
    assert Thing(first_name="a").model_dump(by_alias=True)["firstName"] == "a"
    assert Article(id=1).model_dump()["id"] == 1


def test_json_schema() -> None:
    """The JSON schema names each field as on the wire, or by its own name."""
    by_alias = Thing.model_json_schema()["$defs"]["Thing"]
    by_name = Thing.model_json_schema(by_alias=False)["$defs"]["Thing"]
    assert list(by_alias["properties"]) == [to_camel(name) for name in VALUES]
    assert list(by_name["properties"]) == list(VALUES)
    assert by_name["title"] == "Thing"


def test_models_serve_as_types_in_pydantic() -> None:
    """A model is a type that pydantic validates, dumps and describes."""
    adapter = pydantic.TypeAdapter(Article)
    article = adapter.validate_python({"id": "7"})
    assert article == Article(id=7)
    assert adapter.dump_python(article, exclude_none=True) == {"id": 7}
    assert "stock" in json.dumps(adapter.json_schema())
