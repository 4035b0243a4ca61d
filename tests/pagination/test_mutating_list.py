"""Iteration over lists that change while they are read."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore import ConnectClient, PaginatedResponse, aiterate_all, iterate_all
from myonlinestore.models import Article
from myonlinestore.sandbox import Sandbox
from tests.support.mutating_list import CHANGES, Change, ChangingStore, check


@given(st.integers(0, 60), CHANGES, st.sampled_from([1, 2, 3, 10, 100]))
@settings(max_examples=250, deadline=None)
def test_iteration_survives_changes(size: int, changes: list[list[Change]], page_size: int) -> None:
    """Rows are added and deleted between pages: none is repeated, none that stays is skipped."""
    store = ChangingStore(size, changes)
    check(store, [row.id for row in iterate_all(store.list, page_size=page_size)])


@given(
    st.integers(0, 60),
    CHANGES,
    st.sampled_from([1, 2, 3, 10]),
    st.one_of(st.none(), st.integers(0, 100)),
    st.sampled_from(["asyncio", "trio"]),
)
@settings(max_examples=60, deadline=None)
def test_async_iteration_survives_changes(
    size: int, changes: list[list[Change]], page_size: int, total: int | None, backend: str
) -> None:
    """The async version repeats and skips none either, with any total of the caller."""
    store = ChangingStore(size, changes, total)

    async def read() -> list[int | None]:
        return [row.id async for row in aiterate_all(store.alist, page_size=page_size)]

    check(store, anyio.run(read, backend=backend))


@pytest.mark.parametrize("page_size", [1, 2, 7])
@pytest.mark.parametrize("position", [0.0, 0.5, 1.0])
def test_a_store_may_shrink_to_nothing(page_size: int, position: float) -> None:
    """More rows than a page has are deleted after each page, at one position."""
    store = ChangingStore(60, [[(position, False)] * 10] * 25)
    check(store, [row.id for row in iterate_all(store.list, page_size=page_size)])


@pytest.mark.parametrize("page_size", [2, 7])
def test_iteration_ends_when_a_store_stops_growing(page_size: int) -> None:
    """A list that grows at its front faster than it is read ends once it stops growing."""
    store = ChangingStore(20, [[(0.0, True)] * 12] * 25)
    found = [row.id for row in iterate_all(store.list, page_size=page_size)]
    check(store, found)
    assert len(store.rows) == 20 + 12 * 25


ChangeStore = Callable[[ConnectClient, int], None]


def delete_rows(client: ConnectClient, request: int) -> None:
    """Delete an article before the position, and one after it."""
    page = client.articles.list(limit=100)
    for row in (page.items[request], page.items[-1 - request]):
        assert row.id is not None
        client.articles.delete(article_id=row.id)


def insert_rows(client: ConnectClient, request: int) -> None:
    """Add two articles."""
    for number in range(2):
        name = f"New {request}.{number}"
        body = {"name": name, "description": name, "price": {"default": "5.00"}, "categories": []}
        client.articles.create(body=body)


@pytest.mark.parametrize("change", [delete_rows, insert_rows])
@pytest.mark.parametrize("page_size", [1, 5, 20])
def test_iteration_survives_changes_of_a_real_store(change: ChangeStore, page_size: int) -> None:
    """Over real HTTP, no row is skipped when articles are deleted or created between pages."""
    with Sandbox(articles=40) as sandbox, sandbox.client() as client, sandbox.client() as other:
        before = {row.id for row in iterate_all(client.articles.list)}
        requests = itertools.count()

        def fetch(**window: Any) -> PaginatedResponse[Article]:
            page = client.articles.list(**window)
            if (request := next(requests)) < 8:
                change(other, request)
            return page

        found = [row.id for row in iterate_all(fetch, page_size=page_size)]
        after = {row.id for row in iterate_all(client.articles.list)}
    assert len(before) == 40
    assert len(found) == len(set(found))
    assert before & after <= set(found)
    assert before != after


@pytest.mark.parametrize("page_size", [1, 7, 100])
def test_every_list_of_a_real_store_is_complete(page_size: int) -> None:
    """Each paginated list yields as many different rows as its count."""
    with Sandbox(articles=30) as sandbox, sandbox.client() as client:
        for resource in (client.articles, client.categories, client.orders, client.newsletter):
            rows: list[Any] = list(iterate_all(resource.list, page_size=page_size))
            assert len({repr(row) for row in rows}) == len(rows) == resource.count() > 0
