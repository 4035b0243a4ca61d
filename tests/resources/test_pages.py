"""Pages: their rows as a sequence, the pages after them, and lists by many keys."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from myonlinestore import ConnectClient, PaginatedResponse
from myonlinestore.models import Article, Customer
from myonlinestore.sandbox import Sandbox

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Yield a store with 250 articles."""
    with Sandbox(articles=250, seed=4) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[ConnectClient]:
    """Yield a client of the store, whose journal is empty."""
    sandbox.journal.clear()
    with sandbox.client() as client:
        yield client


def get_queries(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return the queries of the requests for articles."""
    return [entry.query for entry in sandbox.journal.requests(operation="getArticles")]


def test_a_page_is_a_sequence_of_its_rows(client: ConnectClient) -> None:
    """A page has a length, its rows by index and slice, and is false if it is empty."""
    page = client.articles.list(limit=3)
    assert len(page) == 3
    assert page[0] is page.items[0]
    assert page[-1] is page.items[2]
    assert page[1:] == page.items[1:]
    assert page.items[1] in page
    assert list(reversed(page)) == page.items[::-1]
    assert page
    assert not client.articles.list(offset=1000)


def test_next_returns_the_following_page(client: ConnectClient) -> None:
    """`next` returns the following pages with the same filters, and None after the last one."""
    page: PaginatedResponse[Article] | None = client.articles.list(
        limit=100, created_start_date="2019-01-01"
    )
    ids, offsets = list[int | None](), list[int]()
    while page:
        ids += [article.id for article in page]
        offsets.append(page.offset)
        page = page.next()
    assert page is None
    assert offsets == [0, 100, 200]
    assert len(set(ids)) == len(ids) == client.articles.count(created_start_date="2019-01-01")


def test_the_page_after_a_full_last_page_is_empty(client: ConnectClient) -> None:
    """A full page does not show that it is the last one; the page after it is false."""
    page = client.articles.list(limit=50, offset=200)
    assert page.has_next
    last = page.next()
    assert last is not None
    assert (len(last), bool(last), last.next()) == (0, False, None)


async def test_anext_returns_the_following_page(client: ConnectClient) -> None:
    """`anext` does the same on an event loop, for a page of a sync or an async call."""
    for page in (client.articles.list(limit=100), await client.articles.alist(limit=100)):
        second = await page.anext()
        assert second is not None
        third = await second.anext()
        assert third is not None
        assert (second.offset, len(third), await third.anext()) == (100, 50, None)


async def test_next_of_a_page_of_an_async_call(client: ConnectClient) -> None:
    """`next` blocks the thread, also for the page of an async call."""
    second = (await client.articles.alist(limit=100)).next()
    assert second is not None
    assert second.offset == 100


class Name(msgspec.Struct):
    """A row type with one field."""

    name: str


def test_next_keeps_the_row_type(client: ConnectClient) -> None:
    """The rows of the following page have the type of the first page's rows."""
    second = client.articles.list(limit=10, model=Name).next()
    assert second is not None
    assert {type(row) for row in second} == {Name}


def test_lists_without_pages_have_no_next(client: ConnectClient) -> None:
    """A list that the API returns whole has no following page."""
    page = client.order_statuses.list()
    assert (page.has_next, page.next()) == (False, None)


async def test_a_page_without_its_call_has_no_next(client: ConnectClient) -> None:
    """A page that was made by hand, copied or pickled does not hold the client."""
    page = client.articles.list(limit=10)
    pages = [
        PaginatedResponse([1, 2], limit=2, offset=0),
        copy.copy(page),
        copy.deepcopy(page),
        pickle.loads(pickle.dumps(page)),
    ]
    assert pages[1:] == [page] * 3
    for copied in pages:
        with pytest.raises(TypeError, match="not returned by a list method of a client"):
            copied.next()
        with pytest.raises(TypeError, match="not returned by a list method of a client"):
            await copied.anext()


@dataclass
class Line:
    """A row type with values that JSON does not have."""

    price: Decimal
    day: dt.date


def test_rows_as_dicts() -> None:
    """Models are dumped with their field names; other types keep their Decimals and dates."""
    customers = PaginatedResponse([Customer(first_name="An", id=1)], limit=10, offset=0)
    assert customers.to_dicts() == [Customer(first_name="An", id=1).model_dump()]
    line = {"price": Decimal("12.50"), "day": dt.date(2026, 1, 2)}
    assert PaginatedResponse([Line(**line)], limit=10, offset=0).to_dicts() == [line]  # type: ignore[arg-type]
    assert PaginatedResponse([{"id": 1}], limit=10, offset=0).to_dicts() == [{"id": 1}]


def test_rows_as_json(client: ConnectClient) -> None:
    """The JSON of a page has the names of the API, and decodes to the same rows."""
    page = client.customers.list()
    rows = json.loads(page.to_json())
    assert rows == [customer.model_dump(by_alias=True) for customer in page]
    assert [Customer.model_validate(row) for row in rows] == page.items


@pytest.mark.parametrize("name", ["ids", "uuids"])
@pytest.mark.parametrize("count", [1, 80, 100, 101, 230])
def test_all_rows_with_the_keys_are_returned(
    client: ConnectClient, sandbox: Sandbox, name: str, count: int
) -> None:
    """Without a limit, a list by keys has every row, 100 keys per request, in their order."""
    articles = [*client.articles.list(limit=100), *client.articles.list(limit=100, offset=100)]
    articles += client.articles.list(limit=100, offset=200)
    keys = [getattr(article, name[:-1]) for article in articles[:count]]
    sandbox.journal.clear()
    filters: dict[str, Any] = {name: keys}
    page = client.articles.list(**filters)
    assert [getattr(article, name[:-1]) for article in page] == keys
    assert (page.limit, page.offset, page.total, page.has_next) == (count, 0, count, False)
    queries = get_queries(sandbox)
    assert [key for query in queries for key in query[name]] == [str(key) for key in keys]
    assert [query["limit"] for query in queries] == [[str(len(query[name]))] for query in queries]
    assert all("offset" not in query for query in queries)


def test_keys_without_a_row(client: ConnectClient) -> None:
    """Keys that the store does not have are left out, and an empty list asks nothing."""
    first = client.articles.list(limit=1)[0].id
    assert first is not None
    page = client.articles.list(ids=[first, 999_999_999])
    assert ([article.id for article in page], page.total, page.next()) == ([first], 1, None)
    assert not client.articles.list(ids=[])


@pytest.mark.parametrize("paging", [{"limit": 2}, {"offset": 1}])
def test_keys_with_a_limit_are_paged(
    client: ConnectClient, sandbox: Sandbox, paging: dict[str, int]
) -> None:
    """With a limit or an offset, a list by keys has the page that they name."""
    ids = [article.id or 0 for article in client.articles.list(limit=5)]
    sandbox.journal.clear()
    page = client.articles.list(ids=ids, **paging)
    offset, limit = paging.get("offset", 0), paging.get("limit", 10)
    assert [article.id for article in page] == ids[offset : offset + limit]
    assert len(get_queries(sandbox)) == 1


def test_two_lists_of_keys(client: ConnectClient, sandbox: Sandbox) -> None:
    """With two lists of keys, the longer one is divided."""
    articles = client.articles.list(limit=100)
    ids = [article.id or 0 for article in articles]
    sandbox.journal.clear()
    many = [*ids, *range(900_000, 900_060)]
    page = client.articles.list(ids=many, uuids=[str(articles[0].uuid)])
    assert [article.id for article in page] == ids[:1]
    assert [len(query["ids"]) for query in get_queries(sandbox)] == [100, 60]
    assert all(query["uuids"] == [articles[0].uuid] for query in get_queries(sandbox))
