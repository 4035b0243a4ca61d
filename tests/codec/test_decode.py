"""Decoding: the fast path, normalized pages, envelopes, and invalid responses."""

from __future__ import annotations

import re
from collections import OrderedDict
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar, cast

import msgspec
import pytest

from myonlinestore._codec import decode as decode_module
from myonlinestore._codec.decode import (
    decode,
    decode_any,
    decode_empty,
    decode_exact,
)
from myonlinestore._codec.encode import encode_body, encode_indented, to_dict
from myonlinestore.exceptions import ConnectError, DecodeError
from myonlinestore.models import (
    Article,
    ArticleLimited,
    ArticleUpdate,
    CountResponse,
    Customer,
    Order,
    PaymentGateway,
    TaxPolicyRegion,
)


def decode_error(body: bytes, tp: Any, envelope: str | None = None) -> DecodeError:
    """Return the error that a body raises."""
    with pytest.raises(DecodeError) as caught:
        decode(body, tp, envelope)
    return caught.value


@pytest.mark.parametrize(
    ("body", "envelope"),
    [
        (b'[{"regionCode": "NL"}]', None),
        (b'[{"regionCode": "NL"}]', "regions"),
        (b' {"regions": [{"regionCode": "NL"}]}', "regions"),
        (b'{"regions": [{"regionCode": "NL", "taxEnabled": []}]}', "regions"),
        (b'{"regions": {"0": {"regionCode": "NL"}}}', "regions"),
        (b'{"regions": {"NL": {"taxRate": null, "regionCode": null}}}', "regions"),
        (b'{"NL": {"taxRate": null}}', "regions"),
        (b'{"regions": {"regionCode": "NL", "taxRate": null}}', "regions"),
    ],
)
def test_lists_are_flat_wrapped_or_maps(body: bytes, envelope: str | None) -> None:
    """A list decodes flat or under its envelope, as a list, a map, or its only item."""
    assert decode(body, list[TaxPolicyRegion], envelope) == [TaxPolicyRegion(region_code="NL")]


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "a", "firstName": "Truus"}',
        b'{"customer": {"id": "a", "firstName": "Truus"}}',
        b'{"customer": {"id": "a", "firstName": "Truus", "addresses": ""}}',
        b'{"id": "a", "firstName": "Truus", "addresses": {}}',
        b'{"customer": [{"id": "a", "firstName": "Truus"}]}',
    ],
)
def test_items_are_flat_or_wrapped(body: bytes) -> None:
    """A single item decodes flat or under its envelope, valid or normalized."""
    customer = decode(body, Customer, "customer")
    assert (customer.id, customer.first_name) == ("a", "Truus")


def test_one_object_for_a_list_of_one() -> None:
    """The response of getCategoryArticles is documented as one object: the only row of a list."""
    assert decode(b'{"id": 1, "name": "a"}', list[ArticleLimited]) == [
        ArticleLimited(id=1, name="a")
    ]


def test_a_valid_page_is_not_normalized(monkeypatch: pytest.MonkeyPatch) -> None:
    """A valid page becomes Structs in one pass, without normalization."""
    monkeypatch.delattr(decode_module, "_decode_normalized")
    for body in (b'[{"id": 7}]', b'{"articles": [{"id": 7}]}'):
        assert [a.id for a in decode(body, list[Article], "articles")] == [7]
    assert decode(b'[{"id": 1}, {"id": 2}]', list[Article]) == [
        Article.model_construct(id=i) for i in (1, 2)
    ]


def test_only_the_invalid_rows_of_a_page_are_normalized(monkeypatch: pytest.MonkeyPatch) -> None:
    """Valid rows on an odd page are decoded from their own bytes."""
    normalized: list[Any] = []
    build_normalizer = decode_module.normalizer

    def count_and_normalize(tp: Any) -> Any:
        return lambda value: (normalized.append(value), build_normalizer(tp)(value))[1]

    monkeypatch.setattr(decode_module, "normalizer", count_and_normalize)
    page = decode(b'[{"id": 1}, {"id": 2, "price": []}, {"id": 3}]', list[Article])
    assert [article.id for article in page] == [1, 2, 3]
    assert normalized == [{"id": 2, "price": []}]


def test_numbers_and_flags_as_text_need_no_normalization(monkeypatch: pytest.MonkeyPatch) -> None:
    """A position is documented as text, which takes the fast path like any other page."""
    monkeypatch.setattr(decode_module, "normalizer", None)
    page = decode(b'[{"id": "1", "taxable": "1", "images": [{"position": "2"}]}]', list[Article])
    assert page == [Article.model_construct(id=1, taxable=True, images=page[0].images)]
    assert page[0].images is not None
    assert page[0].images[0].position == 2


def test_the_cause_is_chained() -> None:
    """The error is a ConnectError with msgspec's own error as its cause."""
    error = decode_error(b'[{"id": "x"}]', list[Article])
    assert isinstance(error, ConnectError)
    assert isinstance(error.__cause__, msgspec.ValidationError)


def test_an_invalid_row_names_its_index_and_path() -> None:
    """One invalid row in a page names its index and the JSON path from the page down."""
    error = decode_error(b'[{"id": 1}, {"id": "2"}, {"price": {"default": [1]}}]', list[Article])
    assert error.index == 2
    assert error.json_path == "$[2].price.default"
    assert error.reason == "row 2 is not a valid Article: Expected str | null, got array"
    assert str(error) == f"{error.reason} at $[2].price.default"
    assert error.malformed is False


def test_a_row_of_a_union_is_named_by_it() -> None:
    """The error names the type of the rows also if it has no name of its own."""
    error = decode_error(b'[{"id": "x"}]', cast("Any", list[Article | None]))
    assert error.reason.startswith(f"row 0 is not a valid {Article | None}: Expected int")


def test_a_malformed_row_is_located() -> None:
    """Text that is not UTF-8 is malformed JSON, in the row that holds it."""
    error = decode_error(b'[{"id": 1, "price": [], "name": "\xff"}]', list[Article])
    assert (error.malformed, error.index, error.json_path) == (True, 0, "$[0]")


def test_an_invalid_row_of_a_map_names_its_index() -> None:
    """An invalid row of a list that came as a map is named by its position."""
    error = decode_error(b'{"7": {"id": 1}, "9": {"id": "x"}}', list[Article])
    assert (error.index, error.json_path) == (1, "$[1].id")


@pytest.mark.parametrize("row", [b"null", b"[]"])
def test_an_empty_row_is_rejected(row: bytes) -> None:
    """A null or an empty object in a page is rejected with its index, not skipped."""
    error = decode_error(b'[{"id": 1}, ' + row + b"]", list[Article])
    assert (error.index, error.json_path) == (1, "$[1]")
    assert error.reason == "row 1 is not a valid Article: expected an item, got null"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"articles": [{"id": 1}]}',
        b'{"meta": {"total": 1}}',
    ],
)
def test_an_object_is_not_an_empty_page(body: bytes) -> None:
    """An object that is not a list never becomes a page."""
    error = decode_error(body, list[ArticleLimited], "items")
    assert error.reason == "expected a list of items, got an object"
    assert (error.index, error.json_path) == (None, "$")


@pytest.mark.parametrize("body", [b"5", b'"text"', b"null", b"true"])
def test_a_scalar_is_rejected(body: bytes) -> None:
    """A number, a text or null is rejected where a list or an object is expected."""
    for tp in (list[Article], Article):
        error = decode_error(body, tp)
        assert (error.malformed, error.json_path) == (False, "$")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'[{"id": 1}, {"id"',
        b'[{"id": "1"}, {"id"',
        b'[{"id": 1, "name": "\xff"}]',
        b'[{"id": "1", "name": "\xff"}]',
        b'[{"id": 1}] trailing',
        b'{"regions": [{"taxRate": 0.21}',
    ],
)
def test_invalid_json_is_rejected(body: bytes) -> None:
    """Truncated, garbled and other bytes are rejected as malformed, and may be retried."""
    error = decode_error(body, list[Article], "regions")
    assert error.malformed
    assert re.fullmatch(r"the body is not valid JSON \(.+\)", error.reason)
    assert error.__cause__ is not None


@pytest.mark.parametrize("decode_value", [decode_any, decode_exact])
@pytest.mark.parametrize("body", [b"<html>", b'{"a": "\xff"}', b"[1"])
def test_plain_json_is_rejected_likewise(decode_value: Any, body: bytes) -> None:
    """Invalid plain JSON raises the same exception."""
    with pytest.raises(DecodeError) as caught:
        decode_value(body)
    assert caught.value.malformed


def test_plain_json_and_exact_json() -> None:
    """Plain JSON has floats; exact JSON keeps the text of a number with a fraction."""
    assert decode_any(b'{"a": 12.50}') == {"a": 12.5}
    assert decode_exact(b'{"a": 12.50, "b": 1}') == {"a": "12.50", "b": 1}


@pytest.mark.parametrize("tp", [Article, list[Article], Any])
def test_excessive_nesting_is_rejected(tp: Any) -> None:
    """Deeply nested JSON raises the typed error, not a RecursionError."""
    error = decode_error(b"[" * 100_000, tp)
    assert (error.reason, error.json_path) == ("the JSON is nested too deeply", "$")


def test_excessive_numbers_are_rejected() -> None:
    """Numbers and texts of thousands of digits raise the typed error, not Python's own."""
    assert decode_error(b'[{"id": ' + b"1" * 5000 + b"}]", list[Article]).index == 0
    assert decode_error(b'[{"id": "' + b"1" * 5000 + b'"}]', list[Article]).json_path == "$[0].id"


def test_counts() -> None:
    """A count decodes as a number in any form; a response without one is rejected."""
    assert decode(b'{"count": 7}', CountResponse).count == 7
    assert decode(b'{"count": "7"}', CountResponse).count == 7
    assert decode_error(b'{"count": ""}', CountResponse).json_path == "$.count"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'"done"', "done"),
        (b'{"url": "https://a.example/1.jpg"}', "https://a.example/1.jpg"),
        (b'{"src": "https://a.example/1.jpg"}', "https://a.example/1.jpg"),
        (b'{"url": 5}', '{"url":5}'),
        (b"[1, 2.50]", "[1,2.5]"),
    ],
)
def test_a_response_documented_as_text(body: bytes, text: str) -> None:
    """Instead of the documented text, another response gives the text in it, or its JSON."""
    assert decode(body, str) == text


def test_an_empty_body() -> None:
    """An empty body decodes as None or an empty text, or else raises as a truncated response."""
    assert decode_empty(type(None)) is None
    assert decode_empty(Any) is None
    assert decode_empty(str) == ""
    with pytest.raises(DecodeError) as caught:
        decode_empty(list[Article])
    assert caught.value.malformed


def test_gateways_keyed_by_name() -> None:
    """Gateways as a map keep their names, also if a value is a scalar."""
    body = b'{"gateways": {"mollie": {"methods": {"ideal": "iDEAL"}}}}'
    (gateway,) = decode(body, list[PaymentGateway], "gateways")
    assert gateway.name == "mollie"
    assert gateway.methods is not None
    assert (gateway.methods[0].name, gateway.methods[0].display_name) == ("ideal", "iDEAL")


def test_an_invalid_value_in_text_is_located() -> None:
    """The path of a rejected value leads through lists and objects down to it."""
    error = decode_error(b'[{"number": 1, "orderlines": [{"quantity": "two"}]}]', list[Order])
    assert error.json_path == "$[0].orderlines[0].quantity"


def test_request_bodies_are_plain_json() -> None:
    """Mappings of any kind, Decimals and typed bodies are sent as plain JSON."""
    body = {"a": MappingProxyType({"b": Decimal("1.50")}), "c": OrderedDict(d=None), "e": "é"}
    assert encode_body(body) == '{"a":{"b":"1.50"},"c":{"d":null},"e":"é"}'.encode()
    assert encode_body(ArticleUpdate(stock=None)) == b'{"stock":null}'
    assert encode_body([1, 2]) == b"[1,2]"


def test_a_model_is_not_a_request_body() -> None:
    """A model is rejected as a request body, because it does not distinguish absent and null."""
    with pytest.raises(TypeError) as raised:
        encode_body(Article(id=1))
    assert str(raised.value) == (
        "a Article cannot be sent, because it does not distinguish absent and null: pass a mapping "
        "with the fields to send, or a typed body such as ArticleUpdate"
    )


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1E+2", "100"), ("12.50", "12.50"), ("0E-6", "0.000000"), ("-0.5", "-0.5")],
)
def test_amounts_are_sent_in_decimal_notation(amount: str, text: str) -> None:
    """A Decimal is sent as plain digits, however Python would write it."""
    assert encode_body({"a": [Decimal(amount)]}) == f'{{"a":["{text}"]}}'.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-inf")])
def test_non_finite_numbers_are_rejected(number: float | Decimal) -> None:
    """NaN and infinity would be sent as null, which has another meaning: they are rejected."""
    with pytest.raises(ValueError, match="JSON"):
        encode_body({"stock": number})


def test_the_error_for_an_amount_names_it() -> None:
    """An amount that is not finite is named in the error."""
    with pytest.raises(
        ValueError, match=r"^a request body cannot hold the amount NaN: JSON has no"
    ):
        encode_body([Decimal("NaN")])
    with pytest.raises(ValueError, match=r"the amount -Infinity: JSON has no such number$"):
        encode_body([Decimal("-inf")])


def test_values_without_a_json_form_are_rejected() -> None:
    """A value that JSON cannot represent is rejected by the name of its type."""
    with pytest.raises(
        TypeError, match=r"^a request body cannot hold a object: pass plain JSON values$"
    ):
        encode_body({"a": object()})


def test_indented_json() -> None:
    """JSON for people to read has the requested indentation."""
    assert encode_indented({"a": 1}, 4) == b'{\n    "a": 1\n}'


def test_an_empty_body_is_not_json() -> None:
    """An empty body where a value is required is malformed, so that a read is repeated."""
    with pytest.raises(DecodeError, match=r"^expected JSON, got an empty body$") as raised:
        decode_empty(list[Article])
    assert raised.value.malformed


class Priced(msgspec.Struct):
    price: Decimal | None = None
    is_paid: bool | str | None = msgspec.field(default=None, name="paid")


def test_a_row_as_plain_values() -> None:
    """A Struct of the caller's gives its names in JSON, and keeps what JSON does not have."""
    assert to_dict(Priced(Decimal("1.50"), is_paid=True)) == {
        "price": Decimal("1.50"),
        "paid": True,
    }
    assert to_dict(Article(id=1)) == Article(id=1).model_dump()


def test_a_number_is_text_where_text_or_a_boolean_is_allowed() -> None:
    """The number 1 does not become true where a text is allowed as well."""
    assert decode(b'[{"paid": 1}, {"paid": true}]', list[Priced]) == [
        Priced(is_paid="1"),
        Priced(is_paid=True),
    ]


class Respelled(msgspec.Struct):
    spellings: ClassVar[dict[str, str]] = {"a b": "first", "c d": "second"}

    first: int | None = None
    second: int | None = None


def test_one_of_several_other_spellings_is_read() -> None:
    """A body with one of the alternative keys is read by it."""
    assert decode(b'{"c d": 2}', Respelled) == Respelled(second=2)
    assert decode(b'[{"a b": 1}, {"first": 3}]', list[Respelled]) == [Respelled(1), Respelled(3)]


class Note(msgspec.Struct):
    message: str | None = None


def test_a_map_by_names_may_have_the_name_of_an_error() -> None:
    """A map is not refused as an error payload if its rows have such fields themselves."""
    assert decode(b'{"error": {"message": "a"}}', list[Note]) == [Note(message="a")]


def test_a_map_of_scalars_is_a_list_of_plain_objects() -> None:
    """A scalar in a map by positions is the name of a row, for rows that are plain objects."""
    assert decode(b'{"0": 5}', list[dict]) == [{"name": 5}]  # type: ignore[type-arg]
