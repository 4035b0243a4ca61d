"""Pages, and iteration over lists that do not change."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from unittest.mock import AsyncMock, Mock, create_autospec
from uuid import UUID

import anyio
import httpx
import pytest

from myonlinestore import ConnectError, PaginatedResponse, aiterate_all, iterate_all
from myonlinestore.models import Article, NewsletterSubscriber, Order, TaxPolicyRegion
from myonlinestore.sandbox import Sandbox
from tests.pagination.rows import collect, make_articles
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import RecordingTransport

Page = PaginatedResponse[Any]
UNPAGED = [o for o in OPERATIONS if o.is_list and not o.is_paginated]


class Rows:
    """A list call over rows that do not change; it records the limits and offsets."""

    def __init__(self, rows: list[Any], total: int | None = None) -> None:
        self.rows = rows
        self.total = total
        self.requested: list[tuple[int, int]] = []

    def list(self, *, limit: int, offset: int, **filters: Any) -> Page:
        """Return a page of the rows."""
        self.requested.append((limit, offset))
        return PaginatedResponse(self.rows[offset : offset + limit], limit, offset, self.total)

    async def alist(self, *, limit: int, offset: int, **filters: Any) -> Page:
        """Return what `list` returns."""
        return self.list(limit=limit, offset=offset, **filters)


@pytest.mark.parametrize(
    ("items", "total", "has_next"),
    [
        (2, None, True),
        (1, None, False),
        (0, None, False),
        (3, None, True),
        (2, 6, False),
        (2, 7, True),
        (0, 7, True),
        (2, 0, False),
    ],
)
def test_a_full_page_has_a_next_one(items: int, total: int | None, has_next: bool) -> None:
    """A page has a next one if it is full, or if its total says so."""
    page = PaginatedResponse(list(range(items)), limit=2, offset=4, total=total)
    assert page.has_next is has_next
    assert page.next_offset == 6
    assert replace(page, paged=False).has_next is False


def test_a_page_iterates_over_its_items() -> None:
    """A page can be iterated several times."""
    page = PaginatedResponse(["a", "b"], 2, 0)
    assert list(page) == list(page) == ["a", "b"]
    assert [*page] == page.items
    assert page.total is None
    assert page.paged


def test_a_page_shows_its_published_fields() -> None:
    """Repr and equality are those of the published page."""
    page = PaginatedResponse([1], limit=5, offset=2)
    assert repr(page) == "PaginatedResponse(items=[1], limit=5, offset=2, total=None)"
    assert page == PaginatedResponse([1], 5, 2, None)
    assert page == replace(page, paged=False)
    for other in ({"items": [2]}, {"limit": 6}, {"offset": 3}, {"total": 1}):
        assert page != replace(page, **other)
    assert pickle.loads(pickle.dumps(page)) == copy.deepcopy(page) == page


@pytest.mark.parametrize("count", [0, 1, 2, 3, 99, 100, 101, 199, 200, 201])
@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
def test_every_row_is_yielded_once(count: int, page_size: int) -> None:
    """Every row is yielded in order, for any page size, with and without keys."""
    for rows in (make_articles(count), list(range(count))):
        source = Rows(rows)
        assert list(iterate_all(source.list, page_size=page_size)) == rows
        assert {limit for limit, _ in source.requested} == {max(2, page_size)}


@pytest.mark.anyio
@pytest.mark.parametrize("count", [0, 1, 5, 6, 7])
async def test_async_iteration_yields_every_row_once(count: int) -> None:
    """The async version yields the rows of the sync version, by the same requests."""
    source = Rows(make_articles(count))
    assert await collect(aiterate_all(source.alist, page_size=3)) == source.rows
    requested, source.requested = source.requested, []
    list(iterate_all(source.list, page_size=3))
    assert source.requested == requested


def test_pages_are_requested_by_the_callers_thread() -> None:
    """Without concurrency, the function is called where the rows are read."""
    source, threads = Rows(make_articles(5)), set[int]()

    def fetch(*, limit: int, offset: int) -> Page:
        threads.add(threading.get_ident())
        return source.list(limit=limit, offset=offset)

    assert list(iterate_all(fetch, page_size=2)) == source.rows
    assert threads == {threading.get_ident()}


@pytest.mark.anyio
async def test_pages_are_requested_by_the_callers_task() -> None:
    """Without concurrency, the async function is called where the rows are read."""
    source, tasks = Rows(make_articles(5)), set[int]()

    async def fetch(*, limit: int, offset: int) -> Page:
        tasks.add(anyio.get_current_task().id)
        return await source.alist(limit=limit, offset=offset)

    assert await collect(aiterate_all(fetch, page_size=2)) == source.rows
    assert tasks == {anyio.get_current_task().id}


def test_pages_overlap_by_a_row() -> None:
    """Each page begins with the last row of the previous one, so that a shift is noticed."""
    source = Rows(make_articles(10))
    list(iterate_all(source.list, page_size=4))
    assert source.requested == [(4, 0), (4, 3), (4, 6), (4, 9), (4, 10)]
    plain = Rows(list(range(8)))
    list(iterate_all(plain.list, page_size=4))
    assert plain.requested == [(4, 0), (4, 4), (4, 8)]


def test_each_rewind_doubles_the_distance() -> None:
    """After all rows read were deleted, a few requests find a row seen before."""
    source = Rows(make_articles(40))

    def fetch_and_delete(*, limit: int, offset: int) -> Page:
        if offset == 21:
            del source.rows[:22]
        return source.list(limit=limit, offset=offset)

    assert [row.id for row in iterate_all(fetch_and_delete, page_size=4)] == list(range(1, 41))
    offsets = [offset for _, offset in source.requested]
    assert offsets == [0, 3, 6, 9, 12, 15, 18, 21, 18, 12, 0, 3, 6, 9, 12, 15, 17]


def test_pages_are_requested_when_their_rows_are_read() -> None:
    """A page is requested when its first row is read, and not before."""
    source = Rows(make_articles(10))
    rows = iterate_all(source.list, page_size=4)
    assert source.requested == []
    assert [next(rows).id for _ in range(4)] == [1, 2, 3, 4]
    assert source.requested == [(4, 0)]
    assert next(rows).id == 5
    assert source.requested == [(4, 0), (4, 3)]


def test_every_page_has_the_filters() -> None:
    """Keywords are passed to every call."""
    fetch = Mock(side_effect=lambda limit, offset, **_: Page(list(range(limit)), limit, offset, 5))
    list(iterate_all(fetch, page_size=2, archived=True, status_id=3))
    assert [call.kwargs for call in fetch.call_args_list] == [
        {"limit": 2, "offset": offset, "archived": True, "status_id": 3} for offset in (0, 2, 4)
    ]


@pytest.mark.parametrize("page_size", [0, 101, -1, True, "20", 2.0, None])
def test_a_page_size_out_of_range_is_refused(page_size: Any) -> None:
    """A page size outside 1 to 100 raises before the first request."""
    sentence = f"page_size must be a whole number from 1 to 100, got {page_size!r}"
    for iterate in (iterate_all, aiterate_all):
        fetch = Mock()
        with pytest.raises(ValueError) as caught:
            iterate(fetch, page_size=page_size)
        assert str(caught.value) == sentence
        fetch.assert_not_called()


@dataclass
class Keyed:
    """A row type of the caller."""

    uuid: str | None = None
    id: int | None = None


@pytest.mark.parametrize(
    "make",
    [
        lambda i: Article(id=i),
        lambda i: Article(uuid=str(i)),
        lambda i: Order(number=i),
        lambda i: Order(number=str(i), uuid=f"{i}"),
        lambda i: NewsletterSubscriber(email=f"{i}@example.nl"),
        lambda i: TaxPolicyRegion(region_code=str(i)),
        lambda i: {"id": i},
        lambda i: {"uuid": str(i), "id": None},
        lambda i: Keyed(uuid=str(i)),
        lambda i: Keyed(id=i, uuid=""),
        lambda i: Keyed(id=7, uuid=str(i)),
        lambda i: Article(id=0, uuid=str(i)),
        lambda i: {"uuid": UUID(int=i)},
        lambda i: {"id": Decimal(i)},
        lambda i: {"id": (i, "nl")},
    ],
)
def test_a_row_is_identified_by_its_key(make: Callable[[int], Any]) -> None:
    """Rows are identified by their key: in a model, a mapping, or another object."""
    source = Rows([make(i) for i in range(1, 8)])
    doubled = Rows([row for row in source.rows for _ in range(2)])
    assert list(iterate_all(source.list, page_size=3)) == source.rows
    assert source.requested == [(3, 0), (3, 2), (3, 4), (3, 6), (3, 7)]
    assert list(iterate_all(doubled.list, page_size=5)) == source.rows


@pytest.mark.parametrize(
    "make",
    [
        lambda i: i,
        lambda i: "row",
        lambda i: None,
        lambda i: (1, 2),
        lambda i: {"name": "same"},
        lambda i: {"id": None, "uuid": ""},
        lambda i: {"id": [1]},
        lambda i: {"id": ([1],)},
        lambda i: {"id": 0},
        lambda i: Article(name="same"),
        lambda i: Keyed(),
    ],
)
def test_rows_without_a_key_are_never_dropped(make: Callable[[int], Any]) -> None:
    """All rows without a key are yielded, even if they are equal."""
    source = Rows([make(i) for i in range(7)])
    assert list(iterate_all(source.list, page_size=3)) == source.rows
    assert source.requested == [(3, 0), (3, 3), (3, 6), (3, 7)]


@pytest.mark.parametrize("page_size", [1, 2, 3, 4, 5, 100])
@pytest.mark.parametrize("without", [{1}, {2}, {1, 2}, {3, 4, 5}, {0, 9}, set(range(0, 10, 2))])
def test_some_rows_may_lack_a_key(page_size: int, without: set[int]) -> None:
    """A list of rows with and without keys is complete, and repeats none."""
    rows = [{"id": None if i in without else i + 1, "position": i} for i in range(10)]
    source = Rows(rows)
    assert list(iterate_all(source.list, page_size=page_size)) == rows
    assert len(source.requested) < 25


def test_a_total_ends_a_list_of_rows_without_a_key() -> None:
    """The caller's total ends a list whose rows have no key."""
    source = Rows(list(range(4)), total=4)
    assert list(iterate_all(source.list, page_size=2)) == [0, 1, 2, 3]
    assert source.requested == [(2, 0), (2, 2)]


@pytest.mark.parametrize("total", [0, 3, 4, 5, 10, 50])
@pytest.mark.parametrize("page_size", [1, 2, 3, 5, 100])
def test_a_wrong_total_loses_nothing(total: int, page_size: int) -> None:
    """A caller's total that is too low or too high neither ends the list early nor extends it."""
    source = Rows(make_articles(10), total=total)
    assert list(iterate_all(source.list, page_size=page_size)) == source.rows
    assert len(source.requested) < 15


def test_wrapped_functions_are_called() -> None:
    """Partials, lambdas, bound methods, decorated functions and mocks take limit and offset."""
    source = Rows(make_articles(5))

    @functools.wraps(source.list)
    def fetch_decorated(*args: Any, **kwargs: Any) -> Page:
        return source.list(*args, **kwargs)

    def fetch_by_name(limit: int = 10, offset: int = 0) -> Page:
        return source.list(limit=limit, offset=offset)

    wrapped: list[Callable[..., Page]] = [
        functools.partial(source.list, archived=True),
        functools.partial(source.list, limit=1),
        lambda **kw: source.list(**kw),  # noqa: PLW0108  a lambda hides its callee
        lambda limit, offset: source.list(limit=limit, offset=offset),
        fetch_decorated,
        fetch_by_name,
        Mock(side_effect=source.list),
        Mock(wraps=source.list),
        create_autospec(source.list, side_effect=source.list),
    ]
    for fetch in wrapped:
        assert list(iterate_all(fetch, page_size=2)) == source.rows


@pytest.mark.anyio
async def test_wrapped_coroutine_functions_are_called() -> None:
    """The async version takes the same kinds of functions."""
    source = Rows(make_articles(5))
    wrapped: list[Callable[..., Any]] = [
        functools.partial(source.alist, archived=True),
        lambda **kw: source.alist(**kw),  # noqa: PLW0108
        AsyncMock(side_effect=source.alist),
    ]
    for fetch in wrapped:
        assert await collect(aiterate_all(fetch, page_size=2)) == source.rows


def test_a_function_without_a_signature_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function whose signature Python cannot read is called like a list method."""

    def raise_value_error(_: object) -> Any:
        raise ValueError("no signature found")

    monkeypatch.setattr(inspect, "signature", raise_value_error)
    source = Rows(make_articles(5))
    assert list(iterate_all(source.list, page_size=2)) == source.rows


def test_prepared_pages_are_read() -> None:
    """A mock with prepared pages is read page by page, as by the published client."""
    pages = [
        Page(make_articles(4)[:2], limit=2, offset=0),
        Page(make_articles(4)[2:], limit=2, offset=2),
        Page([], limit=2, offset=4),
    ]
    assert list(iterate_all(Mock(side_effect=pages), page_size=2)) == make_articles(4)
    pages = [Page([row], limit=1, offset=i) for i, row in enumerate(make_articles(3))]
    last = Page([], limit=1, offset=3)
    assert list(iterate_all(Mock(side_effect=[*pages, last]), page_size=1)) == make_articles(3)
    single = Page(make_articles(2), limit=2, offset=0, total=2)
    assert list(iterate_all(Mock(return_value=single), page_size=2)) == make_articles(2)


def test_prepared_pages_end_with_a_short_one_without_new_rows() -> None:
    """Pages from other offsets than requested are read while they are full or bring new rows."""
    rows = make_articles(5)
    contents = [rows[:2], rows[2:4], rows[1:4], rows[4:], rows[4:]]
    pages = [Page(part, limit=3, offset=3 * i, total=99) for i, part in enumerate(contents)]
    assert list(iterate_all(Mock(side_effect=pages), page_size=3)) == rows


@pytest.mark.parametrize("cap", [1, 2, 3, 50])
def test_a_function_may_cap_the_page_size(cap: int) -> None:
    """A list of a function that returns smaller pages than requested, and says so, is complete."""
    source = Rows(make_articles(9))

    def fetch_capped(*, limit: int, offset: int) -> Page:
        return source.list(limit=min(limit, cap), offset=offset)

    assert list(iterate_all(fetch_capped, page_size=7)) == source.rows


@pytest.mark.parametrize("rows", [make_articles(9), list(range(9))], ids=["keyed", "keyless"])
def test_a_short_page_is_not_the_end_while_the_total_says_more(rows: list[Any]) -> None:
    """A function that returns fewer rows than its limit is called until no new row comes."""
    source = Rows(rows, total=50)

    def return_fewer(*, limit: int, offset: int) -> Page:
        return replace(source.list(limit=min(limit, 3), offset=offset), limit=limit)

    assert list(iterate_all(return_fewer, page_size=7)) == rows


def test_a_list_that_cannot_be_paged_must_be_whole() -> None:
    """A function without limit and offset is called once, or raises if its page has a next one."""
    rows = make_articles(3)
    assert list(iterate_all(lambda: Page(rows, 50, 0))) == rows
    assert list(iterate_all(lambda: Page(rows, 3, 0, paged=False))) == rows
    assert list(iterate_all(lambda: Page(rows, 3, 0, total=3))) == rows
    for fetch in (lambda: Page(rows, 3, 0), lambda limit=3: Page(rows, limit, 0)):
        with pytest.raises(TypeError, match=r"must take limit and offset$"):
            list(iterate_all(fetch))


@pytest.mark.parametrize("operation", UNPAGED, ids=lambda o: o.call)
@pytest.mark.parametrize("wrap", [False, True], ids=["bare", "wrapped"])
@pytest.mark.anyio
async def test_an_unpaged_list_ends(operation: Operation, wrap: bool) -> None:
    """A list without limit and offset takes one request, and every row is yielded."""
    transport = RecordingTransport([operation.item] * 250)
    client = transport.make_client()
    sync_method, async_method = (operation.get_method(client, prefix) for prefix in ("", "a"))
    if wrap:
        sync_method, async_method = functools.partial(sync_method), functools.partial(async_method)
    assert len(list(iterate_all(sync_method, page_size=5, **operation.path))) == 250
    assert len(transport.requests) == 1
    assert len(await collect(aiterate_all(async_method, page_size=5, **operation.path))) == 250
    assert len(transport.requests) == 2
    await client.aclose()


@pytest.mark.parametrize(
    "operation", [o for o in OPERATIONS if o.is_paginated], ids=lambda o: o.call
)
@pytest.mark.anyio
async def test_a_paginated_list_ends(operation: Operation) -> None:
    """A page of one row, and one of none, are followed by the count or by an empty page."""
    rows = [operation.item]

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return httpx.Response(200, json={"count": len(rows)})
        offset = int(request.url.params["offset"])
        return httpx.Response(200, json=rows[offset : offset + int(request.url.params["limit"])])

    transport = RecordingTransport(respond)
    client = transport.make_client()
    assert len(list(iterate_all(operation.get_method(client), **operation.path))) == 1
    first, second = transport.requests
    assert (first.url.params["limit"], first.url.params["offset"]) == ("100", "0")
    assert second.url.path.endswith("/count") or second.url.params["offset"] == "1"
    rows.clear()
    transport.requests.clear()
    assert await collect(aiterate_all(operation.get_method(client, "a"), **operation.path)) == []
    assert len(transport.requests) <= 2
    await client.aclose()


def test_no_ids_take_no_request() -> None:
    """An empty filter yields nothing, without a request."""
    transport = RecordingTransport([{"id": 1}])
    assert list(iterate_all(transport.make_client().articles.list, ids=[])) == []
    assert transport.requests == []


def test_an_error_of_a_page_is_raised() -> None:
    """The error of a page is raised unchanged, after the rows before it."""

    def fetch_and_fail(*, limit: int, offset: int) -> Page:
        if offset:
            raise RuntimeError("gone")
        return Page(make_articles(2), limit, offset)

    rows: Iterator[Article] = iterate_all(fetch_and_fail, page_size=2)
    assert [next(rows).id, next(rows).id] == [1, 2]
    with pytest.raises(RuntimeError, match="gone"):
        next(rows)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_list_that_contradicts_itself_is_an_error(concurrency: int) -> None:
    """Full pages with nothing after them, as with capped offsets, raise instead of repeating."""

    def fetch(limit: int, offset: int) -> PaginatedResponse[dict[str, int]]:
        rows = [{"id": n + 1} for n in range(offset, offset + limit)] if offset < 198 else []
        return PaginatedResponse(rows, limit, offset)

    seen: list[int] = []
    with pytest.raises(ConnectError, match="full pages before offset 198 and nothing that follows"):
        seen.extend(row["id"] for row in iterate_all(fetch, concurrency=concurrency))
    assert seen == list(range(1, 200))


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.anyio
async def test_a_list_method_of_the_other_kind_raises(concurrency: int) -> None:
    """An async method in `iterate_all`, and a sync one in `aiterate_all`, name the other function."""
    with Sandbox(articles=3) as sandbox, sandbox.client() as client:
        with pytest.raises(TypeError, match=r"ArticlesResource\.alist is async: .* aiterate_all"):
            next(iterate_all(client.articles.alist, concurrency=concurrency))  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"ArticlesResource\.list is sync: .* iterate_all"):
            await anext(aiterate_all(client.articles.list, concurrency=concurrency))  # type: ignore[arg-type]
