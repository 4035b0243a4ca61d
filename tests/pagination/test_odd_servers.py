"""Servers that cap, ignore or miscount what a list request asks for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from myonlinestore import ConnectClient, ConnectError, aiterate_all, iterate_all
from tests.support.recording_transport import RecordingTransport

ROWS = [{"id": number} for number in range(1, 1001)]
Page = Callable[[int, int], list[dict[str, int]]]

COMPLETE: dict[str, Page] = {
    "caps the limit at 50": lambda offset, limit: ROWS[offset : offset + min(limit, 50)],
    "caps the limit at 1": lambda offset, _: ROWS[offset : offset + 1],
    "ignores the limit": lambda offset, _: ROWS[offset : offset + 10],
    "has one page that is not full": lambda offset, limit: ROWS[offset : offset + limit][
        : 60 if 250 <= offset < 350 else 100
    ],
    "has one page of one row": lambda offset, limit: ROWS[offset : offset + limit][
        : 1 if offset == 297 else 100
    ],
    "lowers the limit to 40 at the row 300": lambda offset, limit: ROWS[offset : offset + limit][
        : 100 if offset < 250 else 40
    ],
    "lowers the limit to 2 at the row 900": lambda offset, limit: ROWS[offset : offset + limit][
        : 100 if offset < 850 else 2
    ],
    "lowers the limit to 1 at the row 900": lambda offset, limit: ROWS[offset : offset + limit][
        : 100 if offset < 850 else 1
    ],
    "caps the limit at 7, then at 2, then at 3": lambda offset, limit: ROWS[
        offset : offset + limit
    ][: 7 if offset < 600 else 2 if offset < 650 else 3],
}


def connect(page: Page, count: int | None = 1000) -> tuple[ConnectClient, RecordingTransport]:
    """Return a client of a server with these pages; without `count`, counting is forbidden."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return httpx.Response(403 if count is None else 200, json={"count": count})
        query = request.url.params
        return httpx.Response(200, json=page(int(query["offset"]), int(query["limit"])))

    recorder = RecordingTransport(respond)
    return recorder.make_client(), recorder


@pytest.mark.parametrize("page", COMPLETE.values(), ids=COMPLETE.keys())
@pytest.mark.parametrize("count", [1000, None], ids=["counted", "uncounted"])
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.anyio
async def test_a_page_that_is_not_full_does_not_end_the_list(
    page: Page, count: int | None, concurrency: int
) -> None:
    """Every row is yielded once, whatever size the server's pages have."""
    client, _ = connect(page, count)
    rows = iterate_all(client.articles.list, concurrency=concurrency)
    assert [row.id for row in rows] == [row["id"] for row in ROWS]
    async_rows = aiterate_all(client.articles.alist, concurrency=concurrency)
    assert [row.id async for row in async_rows] == [row["id"] for row in ROWS]
    await client.aclose()


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.anyio
async def test_a_row_that_no_page_has_raises(concurrency: int) -> None:
    """A list that ends before its count is read once more, and then raises after its last row."""

    def get_rows_without_150(offset: int, limit: int) -> list[dict[str, int]]:
        return [row for row in ROWS[offset : offset + limit] if row["id"] != 150]

    client, recorder = connect(get_rows_without_150)
    found: list[int | None] = []
    sentence = "the list ended after 999 rows, but its count is 1000"
    with pytest.raises(ConnectError, match=sentence):
        found.extend(row.id for row in iterate_all(client.articles.list, concurrency=concurrency))
    assert found == [row["id"] for row in ROWS if row["id"] != 150]
    assert len(recorder.requests) < 70
    with pytest.raises(ConnectError, match=sentence):
        async for _ in aiterate_all(client.articles.alist, concurrency=concurrency):
            pass
    await client.aclose()


def test_rows_that_moved_behind_the_position_are_read_at_the_end() -> None:
    """A row that was moved to the front of the list is yielded by the second reading."""
    rows = list(ROWS)

    def get_rows_and_move(offset: int, limit: int) -> list[dict[str, int]]:
        page = rows[offset : offset + limit]
        if offset == 99:
            rows.insert(0, rows.pop())
        return page

    client, _ = connect(get_rows_and_move)
    found = [row.id for row in iterate_all(client.articles.list)]
    assert sorted(map(int, filter(None, found))) == [row["id"] for row in ROWS]
    assert found[-1] == 1000


ENDLESS: dict[str, Page] = {
    "ignores the offset": lambda _, limit: ROWS[:limit],
    "ignores offset and limit": lambda _offset, _limit: ROWS[:10],
    "caps the offset at 500": lambda offset, limit: ROWS[min(offset, 500) :][:limit],
}


@pytest.mark.parametrize("page", ENDLESS.values(), ids=ENDLESS.keys())
@pytest.mark.parametrize("count", [1000, None], ids=["counted", "uncounted"])
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.anyio
async def test_a_list_that_repeats_its_rows_raises(
    page: Page, count: int | None, concurrency: int
) -> None:
    """A server that ignores or caps the offset ends the list with an error, in few requests."""
    client, recorder = connect(page, count)
    with pytest.raises(ConnectError, match="repeats its rows"):
        list(iterate_all(client.articles.list, concurrency=concurrency))
    assert len(recorder.requests) < 90
    with pytest.raises(ConnectError, match="repeats its rows"):
        [row async for row in aiterate_all(client.articles.alist, concurrency=concurrency)]
    await client.aclose()


def test_an_empty_list_with_a_count_raises() -> None:
    """An empty first page of a list whose count is not 0 raises."""
    client, _ = connect(lambda _offset, _limit: [], 3)
    with pytest.raises(ConnectError, match="ended after 0 rows, but its count is 3"):
        list(iterate_all(client.articles.list))


def test_a_list_whose_rows_were_deleted_is_complete() -> None:
    """Rows that were deleted before they were read are not missing: the list is counted again."""
    rows, counts = list(ROWS), [1000, 995]

    def get_rows_and_delete(offset: int, limit: int) -> list[dict[str, int]]:
        page = rows[offset : offset + limit]
        if offset == 99:
            del rows[-5:]
        return page

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return httpx.Response(200, json={"count": counts.pop(0)})
        query = request.url.params
        return httpx.Response(
            200, json=get_rows_and_delete(int(query["offset"]), int(query["limit"]))
        )

    found = list(iterate_all(RecordingTransport(respond).make_client().articles.list))
    assert len(found) == 995
    assert counts == []


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_count_that_is_too_low_ends_no_list(concurrency: int) -> None:
    """A count below the number of rows read does not end a list, though all its pages are short."""
    client, _ = connect(COMPLETE["caps the limit at 50"], 5)
    rows = iterate_all(client.articles.list, concurrency=concurrency)
    assert [row.id for row in rows] == [row["id"] for row in ROWS]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_rows_added_after_the_count_displace_none(concurrency: int) -> None:
    """Rows that are added further on are read too, and do not make up the count without the last.

    The server caps the limit, so that each page is short.
    """
    rows, lock = list(ROWS), threading.Lock()

    def get_rows_and_insert(offset: int, limit: int) -> list[dict[str, int]]:
        with lock:
            page = rows[offset : offset + 50]
            if len(rows) < 1060:
                rows[-10:-10] = [{"id": len(rows) + number} for number in range(1, 31)]
        return page

    client, _ = connect(get_rows_and_insert)
    found = [row.id for row in iterate_all(client.articles.list, concurrency=concurrency)]
    assert set(found) >= {row["id"] for row in ROWS}
    assert len(found) == len(set(found))


def test_rows_are_missing_although_the_second_count_fails() -> None:
    """A list that ended before its count raises, too, if it cannot be counted again."""
    counts = [httpx.Response(200, json={"count": 1000})]

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return counts.pop() if counts else httpx.Response(403)
        query = request.url.params
        first, last = int(query["offset"]), int(query["offset"]) + int(query["limit"])
        return httpx.Response(200, json=ROWS[:999][first:last])

    with pytest.raises(ConnectError, match="ended after 999 rows, but its count is 1000"):
        list(iterate_all(RecordingTransport(respond).make_client().articles.list))


class NameOnly(msgspec.Struct):
    """A row type without a key."""

    name: str = ""


def test_rows_without_a_key_are_not_read_twice() -> None:
    """Without keys, a list that ends before its count raises at once and repeats no row."""
    client, recorder = connect(lambda offset, limit: ROWS[offset : offset + limit], 1001)
    found: list[Any] = []
    with pytest.raises(ConnectError, match="ended after 1000 rows, but its count is 1001"):
        found.extend(iterate_all(client.articles.list, model=NameOnly))
    assert len(found) == 1000
    assert len(recorder.requests) == 13


@pytest.mark.parametrize("counted", [True, False])
def test_a_list_that_grows_as_fast_as_it_is_read_ends(counted: bool) -> None:
    """A list to which each request adds a row ends, after every row that was there at the start."""
    rows = ROWS[:250]

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return httpx.Response(200 if counted else 403, json={"count": len(rows)})
        query = request.url.params
        offset, limit = int(query["offset"]), int(query["limit"])
        page = rows[offset : offset + limit]
        rows.append({"id": len(rows) + 1})
        return httpx.Response(200, json=page)

    recorder = RecordingTransport(respond)
    found = [row.id for row in iterate_all(recorder.make_client().articles.list)]
    assert found[:250] == [row["id"] for row in ROWS[:250]]
    assert len(recorder.requests) < 20


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_list_that_grows_at_its_front_as_fast_as_it_is_read_raises(concurrency: int) -> None:
    """Without a count, an endless list of rows that were seen ends with an error, in few requests."""
    rows, lock = ROWS[:250], threading.Lock()

    def get_rows_and_insert(offset: int, limit: int) -> list[dict[str, int]]:
        with lock:
            page = rows[offset : offset + limit]
            rows.insert(0, {"id": len(rows) + 1})
        return page

    client, recorder = connect(get_rows_and_insert, None)
    found: list[int | None] = []
    with pytest.raises(ConnectError, match="rows are added as fast as they are read"):
        found.extend(r.id for r in iterate_all(client.articles.list, concurrency=concurrency))
    assert found == [row["id"] for row in ROWS[:250]]
    assert len(recorder.requests) < 600
