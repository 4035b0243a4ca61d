"""Counts that fail or are wrong: no row is lost, and the right error is raised."""

from __future__ import annotations

import contextlib
import logging
from typing import Any, cast

import anyio
import anyio.lowlevel
import httpx
import pytest

from myonlinestore import ConnectError, aiterate_all, iterate_all
from myonlinestore.models import Article
from tests.pagination.counted_list import (
    COUNT,
    BlockedCalls,
    CountedList,
    FailedCallError,
    respond_to_first_page_last,
)
from tests.pagination.rows import collect_ids
from tests.support.recording_transport import RecordingTransport


@pytest.mark.anyio
async def test_a_count_that_fails_changes_nothing() -> None:
    """A failing count limits nothing: pages are prefetched from the second one on."""

    def on_call(requested: int) -> None:
        if requested == COUNT:
            raise FailedCallError

    sequential, source, async_source = (
        CountedList(40),
        CountedList(40, respond_to_first_page_last({COUNT}, on_call)),
        CountedList(40, on_call),
    )
    ids = [row.id for row in iterate_all(sequential.list, page_size=11)]
    assert [row.id for row in iterate_all(source.list, page_size=11, concurrency=4)] == ids
    assert await collect_ids(aiterate_all(async_source.alist, page_size=11, concurrency=4)) == ids
    for requested in (source.requested, async_source.requested):
        assert {COUNT, *sequential.requested} <= set(requested) <= {COUNT, 39, *range(0, 80, 10)}


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.anyio
async def test_a_count_that_fails_is_logged(
    concurrency: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A failed count is logged once, with its error and without the token."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return httpx.Response(403, json={"message": f"no right: {request.url}"})
        first = request.url.params["offset"] == "0"
        return httpx.Response(200, json=[{"id": 1}] if first else [])

    async with RecordingTransport(respond).make_client() as client:
        assert len(list(iterate_all(client.articles.list, concurrency=concurrency))) == 1
        rows = aiterate_all(client.articles.alist, concurrency=concurrency)
        assert len([row async for row in rows]) == 1
    records = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [record.name for record in records] == ["myonlinestore"] * 2
    for record in records:
        assert record.getMessage().startswith("the list is read without its count")
        assert "no right" in record.getMessage()
        assert "secret-store-token" not in record.getMessage()


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.anyio
async def test_a_programming_error_in_a_count_is_raised(concurrency: int) -> None:
    """An error that is not a ConnectError is raised, not treated as a missing count."""

    def on_call(requested: int) -> None:
        if requested == COUNT:
            raise TypeError("no such filter")

    source = CountedList(40, on_call)
    with pytest.raises(TypeError, match="no such filter"):
        list(iterate_all(source.list, page_size=11, concurrency=concurrency))
    with pytest.raises(TypeError, match="no such filter"):
        await collect_ids(aiterate_all(source.alist, page_size=11, concurrency=concurrency))


@pytest.mark.anyio
async def test_the_error_is_that_of_the_page() -> None:
    """If page and count both fail, the error of the page is raised, once."""

    def on_call(requested: int) -> None:
        raise FailedCallError(requested)

    source, async_source = CountedList(40, on_call), CountedList(40, on_call)
    with pytest.raises(FailedCallError, match=r"^0$") as caught:
        list(iterate_all(source.list, concurrency=4))
    assert caught.value.__context__ is None
    with pytest.raises(FailedCallError, match=r"^0$") as caught:
        await collect_ids(aiterate_all(async_source.alist, concurrency=4))
    assert caught.value.__context__ is None


@pytest.mark.anyio
async def test_keyboard_interrupt_of_a_count_is_raised() -> None:
    """Ctrl-C during a count ends the iteration; it is not treated as a missing count."""
    blocked = BlockedCalls(0, event=anyio.Event)

    def on_call(requested: int) -> Any:
        if requested == COUNT:
            raise KeyboardInterrupt
        return blocked(requested)

    source = CountedList(40, on_call)
    with pytest.raises(KeyboardInterrupt):
        await collect_ids(aiterate_all(source.alist, concurrency=4))
    assert source.in_flight == 0


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "keyless"])
@pytest.mark.parametrize("count", [0, 5, 20, 21, 22, 60])
@pytest.mark.parametrize("reported", [0, 1, 5, 20, 21, 500, 10**12])
@pytest.mark.anyio
async def test_a_wrong_count_loses_nothing(keyed: bool, count: int, reported: int) -> None:
    """With any wrong count, every row is yielded in order; a count that is too high raises."""
    source, async_source = (
        CountedList(count),
        CountedList(count, lambda _: anyio.lowlevel.checkpoint()),
    )
    for each in (source, async_source):
        if not keyed:
            each.rows = [Article(name=str(number)) for number in range(count)]

    async def acount() -> int:
        return reported

    cast("Any", source).acount = cast("Any", async_source).acount = acount
    error = (
        pytest.raises(ConnectError, match=f"its count is {reported}") if reported > count else None
    )
    found: list[Article] = []
    with error or contextlib.nullcontext():
        found.extend(iterate_all(source.list, page_size=5, concurrency=3))
    assert found == source.rows
    found.clear()
    with error or contextlib.nullcontext():
        async for row in aiterate_all(async_source.alist, page_size=5, concurrency=3):
            found.append(row)  # noqa: PERF401  rows before the error are kept
    assert found == async_source.rows
    assert max(len(source.requested), len(async_source.requested)) < 4 * count / 4 + 16
