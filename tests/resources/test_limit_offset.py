"""Limits and offsets: the values that are sent, accepted and rejected."""

from __future__ import annotations

import numbers
from typing import Any

import pytest

from myonlinestore import ConnectConfig, PaginatedResponse
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import RecordingTransport, call_method

pytestmark = pytest.mark.anyio

sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])
PAGINATED = [o for o in OPERATIONS if o.is_paginated]
# The API ignores limit and offset here; they are accepted for compatibility with 1.0.
UNPAGINATED = [o for o in OPERATIONS if o.call in ("customers.list", "discount_codes.list")]
with_limit = pytest.mark.parametrize("operation", PAGINATED + UNPAGINATED, ids=lambda o: o.call)
each_paginated = pytest.mark.parametrize("operation", PAGINATED, ids=lambda o: o.call)

INVALID_LIMITS: list[Any] = [0, 101, -1, True, False, "20", 20.0, 1.5, float("nan"), [20]]
INVALID_OFFSETS: list[Any] = [-1, True, "5", 1.5, float("nan"), [0]]


@each_paginated
@sync_and_async
async def test_the_default_limit_is_sent(operation: Operation, prefix: str) -> None:
    """Without a limit, the configuration's default is sent, and is the page's limit."""
    recorder = RecordingTransport([])
    config = ConnectConfig("t", default_limit=73)
    async with recorder.make_client(config=config) as client:
        page = await call_method(operation.get_method(client, prefix), **operation.required)
    assert recorder.query == [("limit", "73")]
    assert (page.limit, page.offset) == (73, 0)


@with_limit
@sync_and_async
async def test_limit_and_offset_are_sent(operation: Operation, prefix: str) -> None:
    """Limits of 1 to 100 and any offset are sent, and are those of the page."""
    recorder = RecordingTransport([])
    async with recorder.make_client() as client:
        for limit, offset in ((1, 0), (100, 1), (37, 10**9)):
            params = {"limit": limit, "offset": offset}
            page = await call_method(
                operation.get_method(client, prefix), **operation.required, **params
            )
            assert recorder.query == [("limit", str(limit)), ("offset", str(offset))]
            assert (page.limit, page.offset, page.total) == (limit, offset, None)


@with_limit
@sync_and_async
async def test_a_limit_out_of_range_raises(operation: Operation, prefix: str) -> None:
    """A limit outside 1 to 100 raises ValueError, and no request is sent."""
    recorder = RecordingTransport([])
    async with recorder.make_client() as client:
        for limit in INVALID_LIMITS:
            with pytest.raises(ValueError) as caught:
                await call_method(
                    operation.get_method(client, prefix), **operation.required, limit=limit
                )
            message = f"limit must be a whole number from 1 to 100, got {limit!r}"
            assert str(caught.value) == message
    assert recorder.requests == []


@with_limit
@sync_and_async
async def test_a_negative_offset_raises(operation: Operation, prefix: str) -> None:
    """An offset below 0, or of another type, raises ValueError, and no request is sent."""
    recorder = RecordingTransport([])
    async with recorder.make_client() as client:
        for offset in INVALID_OFFSETS:
            with pytest.raises(ValueError) as caught:
                await call_method(
                    operation.get_method(client, prefix), **operation.required, offset=offset
                )
            assert str(caught.value) == f"offset must be a whole number, 0 or more, got {offset!r}"
    assert recorder.requests == []


@pytest.mark.parametrize("operation", UNPAGINATED, ids=lambda o: o.call)
async def test_an_unpaginated_list_has_no_next_page(operation: Operation) -> None:
    """A full page of a list that ignores limit and offset is the only one."""
    recorder = RecordingTransport([operation.item] * 3)
    async with recorder.make_client() as client:
        page = await call_method(operation.get_method(client), limit=3)
    assert len(page.items) == page.limit == 3
    assert not page.has_next


@numbers.Integral.register
class ForeignInteger:
    """An integer of another library, such as numpy."""

    def __le__(self, other: int) -> bool:
        return other >= 20

    def __ge__(self, other: int) -> bool:
        return other <= 20

    def __str__(self) -> str:
        return "20"


def test_integers_of_other_libraries_are_limits() -> None:
    """An integer of another library is a valid limit."""
    recorder = RecordingTransport([])
    limit: Any = ForeignInteger()
    page = recorder.make_client().articles.list(limit=limit)
    assert recorder.query == [("limit", "20")]
    assert isinstance(page, PaginatedResponse)
