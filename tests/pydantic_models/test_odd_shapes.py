"""Pydantic models normalize malformed values of live responses as the Structs do."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import msgspec
import pytest

from myonlinestore import pydantic as pydantic_models
from myonlinestore.exceptions import DecodeError
from tests.pydantic_models.strategies import STRUCTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myonlinestore.models.base import Model


def _get_types(tp: Any) -> set[Any]:
    if get_origin(tp) in (Union, types.UnionType):
        return {type_ for argument in get_args(tp) for type_ in _get_types(argument)}
    if isinstance(tp, type) and issubclass(tp, msgspec.Struct):
        return {msgspec.Struct}
    return {get_origin(tp) or tp}


ODD: dict[Any, list[str]] = {
    int: ['"15"', '""', "15.0", '"-3"', "true"],
    bool: ['"1"', '"0"', '""', "1", "0", '"true"'],
    str: ["12.50", "7", "true", '""', "0.10"],
    list: ["{}", '""', '{"0": {"id": "4"}, "1": {}}', '{"193177": "Jim Carrey"}', '{"id": 4}'],
    dict: ["[]", '["a"]', '{"weight": 12.50}'],
    msgspec.Struct: ["[]", "{}", '[{"id": "4", "rate": 21.0}]', '""'],
}


def _iterate_odd_texts(struct: type[Model]) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        for type_ in _get_types(field.type) & ODD.keys():
            yield from (f'{{"{field.encode_name}": {value}}}' for value in ODD[type_])


def _read(cls: Any, text: str) -> Any:
    try:
        return cls.model_validate_json(text)
    except DecodeError:
        return None


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_both_normalize_alike(struct: type[Model]) -> None:
    """A pydantic model and its Struct normalize a malformed value to the same result."""
    pydantic_model = getattr(pydantic_models, struct.__name__)
    results = {text: _read(struct, text) for text in _iterate_odd_texts(struct)}
    normalized = {text: model for text, model in results.items() if model is not None}
    assert normalized
    assert {
        text: pydantic_model.model_validate_json(text).to_struct() for text in normalized
    } == normalized


@pytest.mark.parametrize(
    ("pydantic_model", "text", "expected"),
    [
        (pydantic_models.Article, '{"id": "15", "taxable": "1"}', {"id": 15, "taxable": True}),
        (pydantic_models.OrderPrice, '{"tax": {"rate": "9"}}', {"tax": [{"rate": "9"}]}),
        (pydantic_models.OrderShipping, '{"country": []}', {}),
        (
            pydantic_models.ArticleVariant,
            '{"options": {"193177": "Jim Carrey"}}',
            {"options": [{"list_id": 193177, "name": "Jim Carrey"}]},
        ),
        (
            pydantic_models.OrderDetail,
            '{"price": {"0": {"amount": 12.50}, "1": {"rate": "9"}}}',
            {"price": [{"amount": "12.50"}, {"rate": "9"}]},
        ),
        (pydantic_models.ArticleExtraFieldSet, '{"visible": []}', {"visible": {}}),
        (
            pydantic_models.ShippingMethod,
            '{"display name": "Pick-up"}',
            {"display_name": "Pick-up"},
        ),
    ],
)
def test_the_vendors_odd_shapes(pydantic_model: Any, text: str, expected: dict[str, Any]) -> None:
    """Malformed values of the vendor's documentation and live responses are normalized."""
    assert pydantic_model.model_validate_json(text).model_dump(exclude_none=True) == expected
    assert (
        pydantic_model.struct_class.model_validate_json(text).model_dump(exclude_none=True)
        == expected
    )
