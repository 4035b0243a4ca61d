"""Error payloads and unknown objects with a success status: they raise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
import pytest

from myonlinestore._codec import decode as decode_module
from myonlinestore._codec.decode import decode, validate_json
from myonlinestore._codec.encode import encode
from myonlinestore._codec.error_payload import get_error_reason, is_error_payload
from myonlinestore.exceptions import DecodeError
from myonlinestore.models import (
    ApiError,
    Article,
    CountResponse,
    DiscountCode,
    NewsletterSubscriber,
    Order,
    OrderStatus,
    PaymentGateway,
    Store,
    TaxPolicyRegion,
)

PAYLOADS: dict[bytes, str] = {
    b'{"error": "No such article"}': ": No such article",
    b'{"errors": ["No"]}': ": No",
    b'{"errors": {"name": "No"}}': ": name: No",
    b'{"error": {"code": 1}}': "",
    b'{"code": 3, "message": "No", "description": "Not yours"}': ": No: Not yours",
    b'{"type": "about:blank", "title": "No", "detail": "never", "status": 403}': ": No: never",
}
ERROR = "got an error payload with a success status"
each_payload = pytest.mark.parametrize(("payload", "words"), PAYLOADS.items())


def _get_reason(body: bytes, tp: Any, envelope: str | None = None) -> str:
    with pytest.raises(DecodeError) as caught:
        decode(body, tp, envelope)
    return caught.value.reason


@each_payload
@pytest.mark.parametrize("tp", [Article, Store, dict[str, Any], Any, list[Article]])
def test_an_error_payload_is_not_an_item(payload: bytes, words: str, tp: Any) -> None:
    """An error payload with a success status raises with the vendor's words."""
    assert _get_reason(payload, tp) == ERROR + words


def test_an_error_payload_is_not_a_count() -> None:
    """An error payload has no count."""
    assert "count" in _get_reason(b'{"error": "No"}', CountResponse)


class OwnRow(msgspec.Struct):
    stock: int | None = None
    tags: list[str] = []


class StrictRow(msgspec.Struct):
    id: int


class TypedRow(TypedDict, total=False):
    stock: int


@dataclass
class PlainRow:
    stock: int | None = None


ROW_TYPES = [
    Article,
    DiscountCode,
    NewsletterSubscriber,
    Order,
    OrderStatus,
    PaymentGateway,
    TaxPolicyRegion,
    OwnRow,
    TypedRow,
    PlainRow,
    dict[str, Any],
]


@each_payload
@pytest.mark.parametrize("row_type", ROW_TYPES)
def test_an_error_payload_is_not_a_row(payload: bytes, words: str, row_type: Any) -> None:
    """An error payload in a list raises, with its position, for every type of row."""
    tp = list[row_type]
    for body in (b"[%s]", b'{"rows": [%s]}', b" [%s]"):
        with pytest.raises(DecodeError) as caught:
            decode(body % payload, tp, "rows")
        assert (caught.value.index, caught.value.json_path) == (0, "$[0]")
        assert caught.value.reason.endswith(ERROR + words)


@pytest.mark.parametrize("row", [b'{"id": 1}', b'{"id": "2"}', b'{"id": 3, "price": []}'])
def test_the_position_of_an_error_payload_is_that_in_the_page(row: bytes) -> None:
    """Rows before the error payload count, whether they are of the documented shape or not."""
    with pytest.raises(DecodeError) as caught:
        decode(b'[%s, {"error": "x"}, {"error": "y"}]' % row, list[Article])
    assert caught.value.index == 1
    assert caught.value.reason == f"row 1 is not a valid Article: {ERROR}: x"


def test_an_error_payload_instead_of_an_empty_response_raises() -> None:
    """A list of error payloads is refused for any type, also for a response without a type."""
    assert _get_reason(b'[{"error": "x"}]', Any).endswith(f"{ERROR}: x")
    rows = decode(b'[{"id": 5, "error": "x"}, 1, "error"]', list[Any])
    assert rows[1:] == [1, "error"]


UNKNOWN = {
    '[{"unknown": 1}]': "got an object without any field of Article",
    '{"0": {"unknown": 1}}': "got an object without any field of Article",
    '{"7": {"unknown": 1}}': "got an object without any field of Article",
    '{"0": null}': "Expected object, got null",
    '{"7": null}': "Expected object, got null",
    '{"0": "text"}': "Expected object, got str",
    '{"0": 1.5}': "Expected object, got str",
    '{"0": {"error": "x"}}': f"{ERROR}: x",
    '{"7": {"error": "x"}}': f"{ERROR}: x",
}


@pytest.mark.parametrize(("body", "reason"), UNKNOWN.items())
def test_an_unknown_object_is_not_an_empty_row(body: str, reason: str) -> None:
    """A row with no field of the model raises with its position, in a list and in a map."""
    for sent in (body, f'{{"rows": {body}}}'):
        with pytest.raises(DecodeError) as caught:
            decode(sent.encode(), list[Article], "rows")
        assert caught.value.reason == f"row 0 is not a valid Article: {reason}"
        assert caught.value.json_path == "$[0]"


@pytest.mark.parametrize(
    "body", [b'[{"id": null}]', b'[{"name": "a"}]', b'[{"uuid": "a"}]', b"[{}]", b'{"0": []}']
)
def test_a_row_may_lack_its_key(body: bytes) -> None:
    """A row with any documented field is a row, also if the field is null; so is an empty one."""
    assert decode(body, list[Article]) == validate_json(body, list[Article])


def test_a_map_by_ids_may_hold_names_or_nothing() -> None:
    """The key of an entry is a field of its row, whose others may be missing."""
    statuses = decode(b'{"1": "Paid", "2": {}, "3": []}', list[OrderStatus])
    assert [status.status for status in statuses] == [1, 2, 3]


def test_a_row_of_the_callers_type_may_lack_its_fields() -> None:
    """A row type of the caller's may name fields that a row does not have."""
    assert decode(b'[{"id": 5}, {}]', list[OwnRow]) == [OwnRow(), OwnRow()]
    assert decode(b'[{"id": 5, "message": "error"}]', list[OwnRow]) == [OwnRow()]
    assert decode(b'[{"id": 5, "message": "error"}]', list[StrictRow]) == [StrictRow(5)]
    assert decode(b'[{"message": "a"}]', list[ApiError]) == [ApiError(message="a")]
    assert decode(b'{"message": "a"}', ApiError) == ApiError(message="a")


def test_rows_with_a_key_are_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page whose rows have keys is not searched for error payloads, whatever its texts say."""
    monkeypatch.setattr(decode_module, "_exact", None)
    body = b'[{"id": 1, "name": "error"}, {"uuid": "a", "description": "\\"message\\""}]'
    assert len(decode(body, list[Article])) == 2
    assert decode(b"[]", list[Article]) == []


@pytest.mark.parametrize("body", [b"{}", b'{"unknown": 1}', b'{"id": null}'])
def test_an_object_without_any_field_is_rejected(body: bytes) -> None:
    """An object with none of the item's fields raises."""
    assert _get_reason(body, Article) == "got an object without any field of Article"


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": 1, "description": "the word \\"message\\" and \\"error"}',
        b'{"uuid": "a", "error": "is also a name"}',
        b'{"id": 1, "name": "a", "detail": "b"}',
    ],
)
def test_an_item_may_have_fields_of_an_error(body: bytes) -> None:
    """An item with an identity is an item, whatever other fields it has."""
    assert decode(body, Article) == validate_json(body, Article)
    assert decode(b"[%s]" % body, list[Article]) == [validate_json(body, Article)]


@pytest.mark.parametrize("key", ["id", "uuid", "number", "email"])
def test_an_object_with_an_identity_is_not_an_error(key: str) -> None:
    """Any of the four identities distinguishes an item from an error payload."""
    body = encode({key: "5", "message": "m"})
    assert decode(body, dict[str, Any]) == {key: "5", "message": "m"}


def test_a_title_or_a_detail_alone_is_not_an_error() -> None:
    """Only title and detail together make an RFC 7807 problem."""
    assert decode(b'{"title": "t"}', dict[str, Any]) == {"title": "t"}
    assert decode(b'{"detail": "d"}', dict[str, Any]) == {"detail": "d"}
    assert not is_error_payload({"title": "t"})
    assert is_error_payload({"title": "t", "detail": "d"})


def test_the_reason_of_an_error_is_its_texts() -> None:
    """The first summary and all details count; what is not an object has no reason."""
    assert get_error_reason({"title": "", "message": 5, "error": "E", "errors": ["a"]}) == "E: a"
    assert get_error_reason({"errors": [5, "a", "b"]}) == "a; b"
    assert get_error_reason(["x"]) == ""
