"""Strict validation, and objects whose attributes are the fields of a Struct."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from myonlinestore._codec.validate import (
    read_attributes,
    validate_json_strictly,
    validate_strictly,
)
from myonlinestore.exceptions import DecodeError


class Part(msgspec.Struct, rename="camel"):
    unit_price: int | None = None


class Whole(msgspec.Struct, rename="camel"):
    main_part: Part | None = None
    all_parts: list[Part] = []
    other_parts: list[Part] | None = None


SENT = {"main_part": {"unit_price": 1}, "allParts": [{"unit_price": 2}, {"unitPrice": 3}], "x": 4}
WHOLE = Whole(Part(1), [Part(2), Part(3)])


def test_nested_fields_have_either_name() -> None:
    """Objects and the items of lists may have the names of fields or those in JSON."""
    assert validate_strictly(SENT, Whole) == WHOLE
    assert validate_strictly([SENT, {}], list[Whole]) == [WHOLE, Whole()]
    assert validate_json_strictly(msgspec.json.encode(SENT), Whole) == WHOLE


def test_a_list_may_be_null() -> None:
    """Null is accepted where the type has it, and refused for another list."""
    assert validate_strictly({"other_parts": None}, Whole) == Whole()
    with pytest.raises(DecodeError) as raised:
        validate_strictly({"all_parts": None}, Whole)
    assert raised.value.json_path == "$.allParts"


def test_no_value_is_converted() -> None:
    """A number as text is refused, with the path to it."""
    with pytest.raises(DecodeError) as raised:
        validate_strictly({"allParts": [{"unitPrice": "3"}]}, Whole)
    assert raised.value.json_path == "$.allParts[0].unitPrice"


def test_attributes_are_read_at_every_level() -> None:
    """Objects within an object, and within its lists and tuples, become dicts as well."""
    part = SimpleNamespace(unit_price=1, other=2)
    found = read_attributes(SimpleNamespace(main_part=part, all_parts=(part, {"a": 1})), Whole)
    assert found == {"main_part": {"unit_price": 1}, "all_parts": [{"unit_price": 1}, {"a": 1}]}
    assert read_attributes([SimpleNamespace(main_part=None)], list[Whole]) == [{"main_part": None}]


@pytest.mark.parametrize("value", [Part(1), WHOLE, {"unit_price": 1}, "text", 5, None])
def test_values_that_need_no_reading_are_returned(value: object) -> None:
    """A Struct, a mapping and a scalar stay as they are, alone and as an attribute."""
    assert read_attributes(value, Part) is value
    found = read_attributes(SimpleNamespace(main_part=value), Whole)
    assert found["main_part"] is value


def test_an_object_without_any_attribute_is_refused() -> None:
    """The error names the Struct and the type of the object."""
    with pytest.raises(DecodeError) as raised:
        read_attributes(object(), Part)
    assert raised.value.reason == "Part: a object has none of its fields as an attribute"
