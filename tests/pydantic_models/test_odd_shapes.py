"""Twins mend the odd shapes of live answers as the Structs do."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import msgspec
import pytest

from myonlinestore import pydantic as twins
from myonlinestore.exceptions import DecodeError
from tests.pydantic_models.strategies import STRUCTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myonlinestore.models.base import Model


def _kinds(tp: Any) -> set[Any]:
    if get_origin(tp) in (Union, types.UnionType):
        return {kind for argument in get_args(tp) for kind in _kinds(argument)}
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


def _odd_texts(struct: type[Model]) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        for kind in _kinds(field.type) & ODD.keys():
            yield from (f'{{"{field.encode_name}": {value}}}' for value in ODD[kind])


def _read(cls: Any, text: str) -> Any:
    try:
        return cls.model_validate_json(text)
    except DecodeError:
        return None


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_odd_shapes_are_mended_alike(struct: type[Model]) -> None:
    """What a Struct makes of an odd value in any of its fields, its twin makes of it too."""
    twin = getattr(twins, struct.__name__)
    read = {text: _read(struct, text) for text in _odd_texts(struct)}
    mended = {text: model for text, model in read.items() if model is not None}
    assert mended
    assert {text: twin.model_validate_json(text).to_struct() for text in mended} == mended


@pytest.mark.parametrize(
    ("twin", "text", "expected"),
    [
        (twins.Article, '{"id": "15", "taxable": "1"}', {"id": 15, "taxable": True}),
        (twins.OrderPrice, '{"tax": {"rate": "9"}}', {"tax": [{"rate": "9"}]}),
        (twins.OrderShipping, '{"country": []}', {}),
        (
            twins.ArticleVariant,
            '{"options": {"193177": "Jim Carrey"}}',
            {"options": [{"list_id": 193177, "name": "Jim Carrey"}]},
        ),
        (
            twins.OrderDetail,
            '{"price": {"0": {"amount": 12.50}, "1": {"rate": "9"}}}',
            {"price": [{"amount": "12.50"}, {"rate": "9"}]},
        ),
        (twins.ArticleExtraFieldSet, '{"visible": []}', {"visible": {}}),
        (twins.ShippingMethod, '{"display name": "Pick-up"}', {"display_name": "Pick-up"}),
    ],
)
def test_the_vendors_odd_shapes(twin: Any, text: str, expected: dict[str, Any]) -> None:
    """The shapes that the vendor's document and live answers show arrive as documented."""
    assert twin.model_validate_json(text).model_dump(exclude_none=True) == expected
    assert twin.struct_class.model_validate_json(text).model_dump(exclude_none=True) == expected
