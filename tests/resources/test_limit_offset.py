"""Page sizes and offsets: what is sent, what is accepted, what is refused."""

from __future__ import annotations

import numbers
from typing import Any

import pytest

from myonlinestore import ConnectConfig, PaginatedResponse
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import Recorder, called

pytestmark = pytest.mark.anyio

sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])
PAGING = [o for o in OPERATIONS if o.window]
# The vendor ignores a window here; these take one for older callers.
IGNORING = [o for o in OPERATIONS if o.call in ("customers.list", "discount_codes.list")]
each_window = pytest.mark.parametrize("operation", PAGING + IGNORING, ids=lambda o: o.call)
each_paging = pytest.mark.parametrize("operation", PAGING, ids=lambda o: o.call)

WRONG_LIMITS: list[Any] = [0, 101, -1, True, False, "20", 20.0, 1.5, float("nan"), [20]]
WRONG_OFFSETS: list[Any] = [-1, True, "5", 1.5, float("nan"), [0]]


@each_paging
@sync_and_async
async def test_the_default_limit_is_sent(operation: Operation, prefix: str) -> None:
    """Without a limit, the configuration's is sent and told by the page."""
    recorder = Recorder([])
    config = ConnectConfig("t", default_limit=73)
    async with recorder.client(config=config) as client:
        page = await called(operation.method(client, prefix), **operation.needed)
    assert recorder.query == [("limit", "73")]
    assert (page.limit, page.offset) == (73, 0)


@each_window
@sync_and_async
async def test_a_window_is_sent_as_given(operation: Operation, prefix: str) -> None:
    """Limits of 1 to 100 and any offset are sent, and the page tells them."""
    recorder = Recorder([])
    async with recorder.client() as client:
        for limit, offset in ((1, 0), (100, 1), (37, 10**9)):
            window = {"limit": limit, "offset": offset}
            page = await called(operation.method(client, prefix), **operation.needed, **window)
            assert recorder.query == [("limit", str(limit)), ("offset", str(offset))]
            assert (page.limit, page.offset, page.total) == (limit, offset, None)


@each_window
@sync_and_async
async def test_a_limit_out_of_range_is_refused(operation: Operation, prefix: str) -> None:
    """A limit outside 1…100 raises in one sentence, and nothing is sent."""
    recorder = Recorder([])
    async with recorder.client() as client:
        for limit in WRONG_LIMITS:
            with pytest.raises(ValueError) as caught:
                await called(operation.method(client, prefix), **operation.needed, limit=limit)
            sentence = f"limit must be a whole number from 1 to 100, got {limit!r}"
            assert str(caught.value) == sentence
    assert recorder.requests == []


@each_window
@sync_and_async
async def test_a_wrong_offset_is_refused(operation: Operation, prefix: str) -> None:
    """An offset below 0 raises in one sentence, and nothing is sent."""
    recorder = Recorder([])
    async with recorder.client() as client:
        for offset in WRONG_OFFSETS:
            with pytest.raises(ValueError) as caught:
                await called(operation.method(client, prefix), **operation.needed, offset=offset)
            assert str(caught.value) == f"offset must be a whole number, 0 or more, got {offset!r}"
    assert recorder.requests == []


@pytest.mark.parametrize("operation", IGNORING, ids=lambda o: o.call)
async def test_a_list_that_ignores_a_window_has_no_next_page(operation: Operation) -> None:
    """However full such a page is, it is all there is."""
    recorder = Recorder([operation.item] * 3)
    async with recorder.client() as client:
        page = await called(operation.method(client), limit=3)
    assert len(page.items) == page.limit == 3
    assert not page.has_next


@numbers.Integral.register
class Whole:
    """A whole number of another library, as numpy's are."""

    def __le__(self, other: int) -> bool:
        return other >= 20

    def __ge__(self, other: int) -> bool:
        return other <= 20

    def __str__(self) -> str:
        return "20"


def test_whole_numbers_of_other_libraries_are_limits() -> None:
    """A numpy integer is a limit."""
    recorder = Recorder([])
    limit: Any = Whole()
    page = recorder.client().articles.list(limit=limit)
    assert recorder.query == [("limit", "20")]
    assert isinstance(page, PaginatedResponse)
