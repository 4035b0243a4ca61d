"""The return value of each resource method, for every form of the API's response."""

from __future__ import annotations

from types import NoneType
from typing import Any

import httpx
import pytest

from myonlinestore import DecodeError, PaginatedResponse
from myonlinestore.models import Article, Model
from tests.support.operations import (
    EVERY_METHOD,
    OPERATIONS,
    RAW_PAYMENT,
    Operation,
    get_return_type,
)
from tests.support.recording_transport import RecordingTransport, call_method

pytestmark = pytest.mark.anyio

sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])


def parametrize(*operations: Operation) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda o: o.call)


LISTS = [o for o in OPERATIONS if o.is_list]
ENVELOPED = [o for o in OPERATIONS if o.envelope]
COUNTS = [o for o in OPERATIONS if o.returns is int]
DELETES = [o for o in OPERATIONS if o.returns is NoneType]
MODELS = [o for o in OPERATIONS if isinstance(o.returns, type) and issubclass(o.returns, Model)]


async def call_with(operation: Operation, prefix: str, response: Any) -> Any:
    async with RecordingTransport(response).make_client() as client:
        return await call_method(operation.get_method(client, prefix), **operation.required)


@parametrize(*EVERY_METHOD)
def test_methods_are_annotated(operation: Operation) -> None:
    """Each method, sync and async, is annotated with its return type."""
    assert get_return_type(operation) is operation.returns
    assert get_return_type(operation, "a") is operation.returns


@parametrize(*MODELS)
@sync_and_async
async def test_a_response_is_decoded_to_its_model(operation: Operation, prefix: str) -> None:
    """The method returns the documented model with the values of the response."""
    result = await call_with(operation, prefix, operation.response)
    (row,) = result.items if operation.is_list else [result]
    assert type(row) is operation.returns
    assert row == operation.returns.model_validate(operation.item)
    assert row.model_dump(by_alias=True, exclude_none=True) == {
        name: value for name, value in operation.item.items() if value is not None
    }


@parametrize(*LISTS)
@sync_and_async
async def test_a_list_is_a_page(operation: Operation, prefix: str) -> None:
    """A list method returns a page with its limit and offset, and if the endpoint paginates."""
    page = await call_with(operation, prefix, operation.response)
    assert isinstance(page, PaginatedResponse)
    assert (page.limit, page.offset, page.total, page.paged) == (
        50,
        0,
        None,
        operation.is_paginated,
    )


@parametrize(*ENVELOPED)
@sync_and_async
async def test_an_envelope_may_be_missing(operation: Operation, prefix: str) -> None:
    """A response is decoded alike with and without the documented envelope."""
    wrapped = await call_with(operation, prefix, operation.response)
    assert wrapped == await call_with(operation, prefix, operation.content)


@parametrize(*LISTS)
@sync_and_async
async def test_a_list_may_arrive_as_a_map(operation: Operation, prefix: str) -> None:
    """A list sent as an object keyed by position has the same rows, in order."""
    rows = [operation.item, {**operation.item, "unknown": 1}]
    as_map = {str(position): row for position, row in enumerate(rows)}
    expected = await call_with(operation, prefix, rows)
    assert len(expected.items) == 2
    assert await call_with(operation, prefix, as_map) == expected
    if operation.envelope:
        assert await call_with(operation, prefix, {operation.envelope: as_map}) == expected


@parametrize(*LISTS)
@sync_and_async
async def test_an_empty_list_is_an_empty_page(operation: Operation, prefix: str) -> None:
    """A list without rows is a page without items."""
    for response in ([], *([{operation.envelope: []}] if operation.envelope else [])):
        page = await call_with(operation, prefix, response)
        assert page.items == []
        assert not page.has_next


@parametrize(*LISTS)
@sync_and_async
async def test_an_error_with_status_200_raises(operation: Operation, prefix: str) -> None:
    """An error sent with status 200, or an empty object, raises DecodeError."""
    for response in ({"error": "no"}, {"title": "No", "detail": "no"}, {}, None, "no", 7):
        with pytest.raises(DecodeError):
            await call_with(operation, prefix, response)


@parametrize(*COUNTS)
@pytest.mark.parametrize("response", [{"count": 5}, {"count": "5"}, 5, "5", {"count": 5, "x": 1}])
@sync_and_async
async def test_a_count_is_an_int(operation: Operation, response: Any, prefix: str) -> None:
    """A count is an int, with or without its object, from a number or text."""
    count = await call_with(operation, prefix, response)
    assert count == 5
    assert type(count) is int


@parametrize(*COUNTS)
@pytest.mark.parametrize(
    "response", [{"error": "no"}, {"count": None}, {"count": "many"}, [], None]
)
async def test_an_invalid_count_raises(operation: Operation, response: Any) -> None:
    """A missing or malformed count raises, instead of returning 0."""
    with pytest.raises(DecodeError):
        await call_with(operation, "", response)


@parametrize(*DELETES)
@sync_and_async
async def test_a_deletion_returns_none(operation: Operation, prefix: str) -> None:
    """The response to a deletion may be text, an object, empty, or a 204."""
    responses: list[Any] = ["Deleted", {"id": 12}, None, [], True]
    responses += [httpx.Response(200), httpx.Response(204), httpx.Response(200, text=" ")]
    for response in responses:
        assert await call_with(operation, prefix, response) is None


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ("https://cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ({"url": "https://cdn.example/a.jpg"}, "https://cdn.example/a.jpg"),
        ({"src": "https://cdn.example/a.jpg"}, "https://cdn.example/a.jpg"),
        ({"url": "u", "src": "s"}, "u"),
        (httpx.Response(200), ""),
        (httpx.Response(204), ""),
        (12, "12"),
        ({"id": 12}, '{"id":12}'),
    ],
)
@sync_and_async
async def test_an_upload_returns_text(response: Any, text: str, prefix: str) -> None:
    """An upload returns a URL or an identifier, from any form of the response."""
    (operation,) = (o for o in OPERATIONS if o.id == "postUploadImage")
    assert await call_with(operation, prefix, response) == text


@sync_and_async
async def test_a_raw_payment_is_the_whole_response(prefix: str) -> None:
    """create_payment_raw returns the URL where the customer pays, and every other key."""
    response = {"payment": {"id": "p1", "extra": [1, {"a": None}]}, "url": "https://pay.example/1"}
    assert await call_with(RAW_PAYMENT, prefix, response) == response


@parametrize(*DELETES)
async def test_a_failed_deletion_raises(operation: Operation) -> None:
    """An error with status 200, or an HTML page, in response to a deletion raises."""
    for response in ({"error": "no"}, httpx.Response(200, html="<p>no</p>")):
        with pytest.raises(DecodeError):
            await call_with(operation, "", response)


def test_a_model_as_a_body_raises() -> None:
    """A model cannot be sent, because it does not distinguish absent from null."""
    client = RecordingTransport("x").make_client()
    with pytest.raises(TypeError, match="does not distinguish absent and null"):
        client.articles.update(article_id=1, body=Article(id=1))
    client.close()
