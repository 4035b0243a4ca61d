"""Dumps of models, compared with pydantic's for the same fields and values."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from myonlinestore.models import Article, Category, InvoiceAddress, Model, OrderDetail

pydantic = pytest.importorskip("pydantic")
to_camel = pytest.importorskip("pydantic.alias_generators").to_camel


class Price(Model, rename="camel"):
    """A nested model whose JSON names differ from its field names."""

    tax_rate: str | None = None
    amount: str | None = None


class Thing(Model, rename="camel"):
    """A model with each type of field."""

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
SELECTIONS: list[Any] = [
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
def test_dumps_equal_pydantics(naming: dict[str, bool]) -> None:
    """Every include and exclude works as in pydantic, under either name, with or without nulls."""
    thing, expected = Thing.model_validate(VALUES), PydanticThing.model_validate(VALUES)
    for include, exclude in itertools.product(SELECTIONS, SELECTIONS):
        options = {"include": include, "exclude": exclude, **naming}
        assert thing.model_dump(**options) == expected.model_dump(**options), options
        assert json.loads(thing.model_dump_json(**options)) == json.loads(
            expected.model_dump_json(**options)
        )


@pytest.mark.parametrize("naming", NAMINGS)
def test_json_text_equals_pydantics(naming: dict[str, bool]) -> None:
    """The JSON text has the same bytes, indented or not."""
    thing, expected = Thing.model_validate(VALUES), PydanticThing.model_validate(VALUES)
    assert thing.model_dump_json(**naming) == expected.model_dump_json(**naming)
    assert thing.model_dump_json(indent=2, **naming) == expected.model_dump_json(indent=2, **naming)


@pytest.mark.parametrize(
    "selection", [{"main_price": False}, {"all_prices": {0: False}}, 5, "first_name"]
)
@pytest.mark.parametrize("keyword", ["include", "exclude"])
def test_an_invalid_selection_raises(selection: Any, keyword: str) -> None:
    """A selection that is neither a set nor a mapping raises TypeError, at any depth."""
    with pytest.raises(TypeError, match="set or a mapping"):
        Thing.model_validate(VALUES).model_dump(**{keyword: selection})


@pytest.mark.parametrize("keyword", ["exclude_unset", "exclude_defaults", "exclude_none"])
def test_absent_fields_can_be_excluded(keyword: str) -> None:
    """Each of the three keywords excludes both null and absent fields."""
    price = Price(tax_rate="9")
    assert price.model_dump(**{keyword: True}) == {"tax_rate": "9"}
    assert price.model_dump_json(**{keyword: True}) == '{"tax_rate":"9"}'
    assert price.model_dump() == {"tax_rate": "9", "amount": None}
    assert price.model_dump_json() == '{"tax_rate":"9","amount":null}'


def test_nulls_in_free_form_values_stay() -> None:
    """Only fields that are null are excluded, not nulls within a free-form value."""
    thing = Thing(free_form={"a": None})
    assert thing.model_dump(exclude_none=True) == {"free_form": {"a": None}}
    assert thing.model_dump(exclude_none=True, include={"free_form"}) == {"free_form": {"a": None}}


def test_mode_makes_no_difference() -> None:
    """Every value is plain JSON in both modes."""
    thing = Thing.model_validate(VALUES)
    assert thing.model_dump(mode="json") == thing.model_dump(mode="python")


def test_a_dump_is_a_copy() -> None:
    """Changing a dump does not change the model."""
    thing = Thing.model_validate(VALUES)
    thing.model_dump()["free_form"]["a"] = 1
    thing.model_dump(by_alias=True)["codes"].append("z")
    thing.model_dump(include={"free_form"})["free_form"]["b"]["c"] = 2
    assert thing == Thing.model_validate(VALUES)


def test_a_single_alias() -> None:
    """A single field with another name in JSON is dumped under either name."""
    address = InvoiceAddress(vat_number="NL1")
    assert address.model_dump(exclude_none=True) == {"vat_number": "NL1"}
    assert address.model_dump(exclude_none=True, by_alias=True) == {"taxnumber": "NL1"}


def test_recursive_models() -> None:
    """A tree of categories is dumped to any depth, with or without nulls."""
    tree = Category(id=1, leafs=[{"id": 2, "leafs": [{"id": 3}]}])
    expected = {"id": 1, "leafs": [{"id": 2, "leafs": [{"id": 3}]}]}
    assert tree.model_dump(exclude_none=True) == expected
    assert Category.model_validate(tree.model_dump()) == tree


def test_a_union_of_a_struct_and_a_list() -> None:
    """A field that may hold one Struct or a list is dumped as the one it holds."""
    for price in ({"rate": "9"}, [{"rate": "9"}, {"amount": "1"}]):
        assert OrderDetail(price=price).model_dump(exclude_none=True) == {"price": price}


@pytest.mark.parametrize("naming", NAMINGS)
def test_unvalidated_values_are_dumped(naming: dict[str, bool]) -> None:
    """An unvalidated value of another type is dumped unchanged, as in pydantic."""
    price = Price(tax_rate="9")
    thing = Thing.model_construct(codes=5, all_prices=(price,), first_name=b"a")
    named = {"taxRate" if naming["by_alias"] else "tax_rate": "9"}
    bare = {} if naming["exclude_none"] else {"amount": None}
    dumped = thing.model_dump(**naming)
    assert dumped["codes"] == json.loads(thing.model_dump_json(**naming))["codes"] == 5
    assert list(dumped["allPrices" if naming["by_alias"] else "all_prices"]) == [named | bare]


def test_default_names_need_no_renamed_struct(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model is encoded directly if the dump has the names and nulls of its class."""
    monkeypatch.delattr("myonlinestore.models._dump.renamed_struct")
    assert Thing(first_name="a").model_dump(by_alias=True)["firstName"] == "a"
    assert Article(id=1).model_dump()["id"] == 1


def test_json_schema() -> None:
    """The JSON schema has the JSON names, or the field names."""
    by_alias = Thing.model_json_schema()["$defs"]["Thing"]
    by_name = Thing.model_json_schema(by_alias=False)["$defs"]["Thing"]
    assert list(by_alias["properties"]) == [to_camel(name) for name in VALUES]
    assert list(by_name["properties"]) == list(VALUES)
    assert by_name["title"] == "Thing"


def test_models_serve_as_types_in_pydantic() -> None:
    """A model is a type that pydantic validates, dumps and describes in a schema."""
    adapter = pydantic.TypeAdapter(Article)
    article = adapter.validate_python({"id": "7"})
    assert article == Article(id=7)
    assert adapter.dump_python(article, exclude_none=True) == {"id": 7}
    assert "stock" in json.dumps(adapter.json_schema())
