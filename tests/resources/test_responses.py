"""What each resource method returns, for every shape that the vendor's answer may have."""

from __future__ import annotations

from types import NoneType
from typing import Any

import httpx
import pytest

from myonlinestore import DecodeError, PaginatedResponse
from myonlinestore.models import Article, Model
from tests.support.operations import EVERY_METHOD, OPERATIONS, RAW_PAYMENT, Operation, annotated
from tests.support.recording_transport import Recorder, called

pytestmark = pytest.mark.anyio

sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])


def those(*operations: Operation) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda o: o.call)


LISTS = [o for o in OPERATIONS if o.many]
ENVELOPED = [o for o in OPERATIONS if o.envelope]
COUNTS = [o for o in OPERATIONS if o.returns is int]
DELETES = [o for o in OPERATIONS if o.returns is NoneType]
MODELS = [o for o in OPERATIONS if isinstance(o.returns, type) and issubclass(o.returns, Model)]


async def result_of(operation: Operation, prefix: str, answer: Any) -> Any:
    async with Recorder(answer).client() as client:
        return await called(operation.method(client, prefix), **operation.needed)


@those(*EVERY_METHOD)
def test_an_annotation_tells_the_type(operation: Operation) -> None:
    """Each method, sync and async, is annotated with what it returns."""
    assert annotated(operation) is operation.returns
    assert annotated(operation, "a") is operation.returns


@those(*MODELS)
@sync_and_async
async def test_an_answer_becomes_its_model(operation: Operation, prefix: str) -> None:
    """The vendor's answer comes back as the documented model, with its values."""
    result = await result_of(operation, prefix, operation.answer)
    (row,) = result.items if operation.many else [result]
    assert type(row) is operation.returns
    assert row == operation.returns.model_validate(operation.item)
    assert row.model_dump(by_alias=True, exclude_none=True) == {
        name: value for name, value in operation.item.items() if value is not None
    }


@those(*LISTS)
@sync_and_async
async def test_a_list_becomes_a_page(operation: Operation, prefix: str) -> None:
    """A list call returns a page that knows its window, and whether the endpoint pages."""
    page = await result_of(operation, prefix, operation.answer)
    assert isinstance(page, PaginatedResponse)
    assert (page.limit, page.offset, page.total, page.paged) == (50, 0, None, operation.window)


@those(*ENVELOPED)
@sync_and_async
async def test_an_envelope_may_be_missing(operation: Operation, prefix: str) -> None:
    """An answer means the same in the vendor's envelope and without it."""
    wrapped = await result_of(operation, prefix, operation.answer)
    assert wrapped == await result_of(operation, prefix, operation.flat)


@those(*LISTS)
@sync_and_async
async def test_a_list_may_arrive_as_a_map(operation: Operation, prefix: str) -> None:
    """A list sent as an object keyed by position holds the same rows, in order."""
    rows = [operation.item, {**operation.item, "unknown": 1}]
    as_map = {str(position): row for position, row in enumerate(rows)}
    expected = await result_of(operation, prefix, rows)
    assert len(expected.items) == 2
    assert await result_of(operation, prefix, as_map) == expected
    if operation.envelope:
        assert await result_of(operation, prefix, {operation.envelope: as_map}) == expected


@those(*LISTS)
@sync_and_async
async def test_an_empty_list_is_an_empty_page(operation: Operation, prefix: str) -> None:
    """No rows are a page without items."""
    for answer in ([], *([{operation.envelope: []}] if operation.envelope else [])):
        page = await result_of(operation, prefix, answer)
        assert page.items == []
        assert not page.has_next


@those(*LISTS)
@sync_and_async
async def test_an_error_payload_is_no_empty_page(operation: Operation, prefix: str) -> None:
    """An error sent with status 200 raises, and so does nothing at all."""
    for answer in ({"error": "no"}, {"title": "No", "detail": "no"}, {}, None, "no", 7):
        with pytest.raises(DecodeError):
            await result_of(operation, prefix, answer)


@those(*COUNTS)
@pytest.mark.parametrize("answer", [{"count": 5}, {"count": "5"}, 5, "5", {"count": 5, "x": 1}])
@sync_and_async
async def test_a_count_is_an_int(operation: Operation, answer: Any, prefix: str) -> None:
    """A count is a whole number, in its object or without it, as number or text."""
    count = await result_of(operation, prefix, answer)
    assert count == 5
    assert type(count) is int


@those(*COUNTS)
@pytest.mark.parametrize("answer", [{"error": "no"}, {"count": None}, {"count": "many"}, [], None])
async def test_what_is_no_count_raises(operation: Operation, answer: Any) -> None:
    """A count that is none never becomes 0."""
    with pytest.raises(DecodeError):
        await result_of(operation, "", answer)


@those(*DELETES)
@sync_and_async
async def test_a_removal_returns_nothing(operation: Operation, prefix: str) -> None:
    """A delete may be answered with a text, an object, nothing, or 204."""
    answers: list[Any] = ["Deleted", {"id": 12}, None, [], True]
    answers += [httpx.Response(200), httpx.Response(204), httpx.Response(200, text=" ")]
    for answer in answers:
        assert await result_of(operation, prefix, answer) is None


@pytest.mark.parametrize(
    ("answer", "text"),
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
async def test_an_upload_returns_a_text(answer: Any, text: str, prefix: str) -> None:
    """An upload's answer is a URL or an identifier, wherever the vendor puts it."""
    (operation,) = (o for o in OPERATIONS if o.id == "postUploadImage")
    assert await result_of(operation, prefix, answer) == text


@sync_and_async
async def test_a_raw_payment_is_the_whole_answer(prefix: str) -> None:
    """create_payment_raw keeps the URL where the customer pays, and every other key."""
    answer = {"payment": {"id": "p1", "extra": [1, {"a": None}]}, "url": "https://pay.example/1"}
    assert await result_of(RAW_PAYMENT, prefix, answer) == answer


@those(*DELETES)
async def test_a_removal_that_failed_raises(operation: Operation) -> None:
    """An error that is sent with status 200 is no removal, and a page of HTML is none."""
    for answer in ({"error": "no"}, httpx.Response(200, html="<p>no</p>")):
        with pytest.raises(DecodeError):
            await result_of(operation, "", answer)


def test_a_model_is_refused_as_a_body() -> None:
    """A model cannot be sent: it does not distinguish absent from null, and the error says so."""
    client = Recorder("x").client()
    with pytest.raises(TypeError, match="does not distinguish absent and null"):
        client.articles.update(article_id=1, body=Article(id=1))
    client.close()
