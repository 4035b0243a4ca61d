"""Rows that are inserted, changed and deleted while a client is paging."""

from __future__ import annotations

from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore.pagination import iterate_all
from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.faults.row_changes import LISTINGS, able
from tests.sandbox.fault_cases import get

PATHS = {
    "getArticles": "/v1/articles",
    "getCategories": "/v1/categories",
    "getCustomers": "/v1/customers",
    "getDiscountcodes": "/v1/discountcodes",
    "getNewsletterSubscribers": "/v1/newsletter/subscribers",
    "getOrders": "/v1/orders",
}


def rows(sandbox: Sandbox, listing: str) -> dict[Any, Any]:
    """What is listed, by key."""
    tables = {
        "getArticles": sandbox.store.articles,
        "getCategories": sandbox.store.categories,
        "getCustomers": sandbox.store.customers,
        "getDiscountcodes": sandbox.store.discount_codes,
        "getNewsletterSubscribers": sandbox.store.subscribers,
        "getOrders": sandbox.store.orders,
    }
    table: Any = tables[listing]
    return {key: table[key].body for key in table.keys}


def test_every_listing_has_a_path_here() -> None:
    """These tests know every operation that lists rows which can change."""
    assert set(PATHS) == set(LISTINGS)


@pytest.mark.parametrize("listing", able("insert"))
def test_rows_are_inserted(faulty: Sandbox, listing: str) -> None:
    """The second request finds two rows more than the first, at the end."""
    before = rows(faulty, listing)
    faulty.faults.add(f"{listing} nth=2 insert=2")
    for _ in range(3):
        assert get(faulty, PATHS[listing]).status_code == 200
    after = rows(faulty, listing)
    assert len(after) == len(before) + 2
    assert list(after)[: len(before)] == list(before)


@pytest.mark.parametrize("listing", able("change"))
def test_rows_are_changed(faulty: Sandbox, listing: str) -> None:
    """The first request finds the first two rows changed, and no others."""
    before = rows(faulty, listing)
    faulty.faults.add(f"{listing} nth=1 change=2 where=first")
    assert get(faulty, PATHS[listing]).status_code == 200
    after = rows(faulty, listing)
    assert [key for key in before if after[key] != before[key]] == list(before)[:2]


@pytest.mark.parametrize("listing", able("delete"))
@pytest.mark.parametrize("where", ["first", "last"])
def test_rows_are_deleted(faulty: Sandbox, listing: str, where: str) -> None:
    """The rows at that end are gone; more than there are is all of them."""
    before = list(rows(faulty, listing))
    faulty.faults.add(f"{listing} nth=1 delete=2 where={where}")
    faulty.faults.add(f"{listing} nth=2 delete=999")
    get(faulty, PATHS[listing])
    assert list(rows(faulty, listing)) == (before[2:] if where == "first" else before[:-2])
    assert get(faulty, PATHS[listing]).status_code == 200
    assert list(rows(faulty, listing)) == []


def test_any_rows_are_the_seeds(faulty: Sandbox) -> None:
    """Which rows go, and what new ones are called, is the same for the same seed."""
    runs: list[list[Any]] = []
    for _ in range(2):
        faulty.reset()
        faulty.faults.add("getNewsletterSubscribers delete=1 insert=1")
        get(faulty, PATHS["getNewsletterSubscribers"])
        runs.append(list(rows(faulty, "getNewsletterSubscribers")))
    assert runs[0] == runs[1]


def test_an_operation_that_lists_nothing_is_left_alone(faulty: Sandbox) -> None:
    """A rule for all operations changes rows only where they are listed, and can be deleted."""
    faulty.faults.add("* delete=1")
    before = rows(faulty, "getOrders")
    assert get(faulty).status_code == 200
    assert get(faulty, "/v1/orders").status_code == 200
    assert rows(faulty, "getOrders") == before


def test_rows_that_the_store_refuses_are_no_fault_of_the_client(faulty: Sandbox) -> None:
    """Where a row cannot be made, nothing changes and the answer is a 500 that says why."""
    faulty.store.minimum_order_total = "999.00"
    before = rows(faulty, "getOrders")
    faulty.faults.add("getOrders nth=1 change=1")
    faulty.faults.add("getOrders nth=1 insert=1")
    answer = get(faulty, "/v1/orders")
    assert answer.status_code == 500
    assert answer.json()["detail"].startswith("fault: postOrder is refused: ")
    assert rows(faulty, "getOrders") == before
    assert get(faulty, "/v1/orders").status_code == 200


def test_a_walk_loses_no_row_while_others_go_and_come(
    faulty: Sandbox, client: ConnectClient
) -> None:
    """Rows that are there throughout a walk are all yielded, once, though the pages shift."""
    before = set(faulty.store.articles.keys)
    faulty.faults.add("getArticles nth=2 delete=2 where=first")
    faulty.faults.add("getArticles nth=3 insert=3")
    walked = [article.id for article in iterate_all(client.articles.list, page_size=3)]
    throughout = before & set(faulty.store.articles.keys)
    assert len(throughout) == len(before) - 2
    assert throughout <= set(walked)
    assert len(walked) == len(set(walked))


def test_naive_offsets_do_lose_a_row(faulty: Sandbox, client: ConnectClient) -> None:
    """The fault is a real one: counting offsets up skips rows that moved into the page before."""
    before = set(faulty.store.articles.keys)
    faulty.faults.add("getArticles nth=2 delete=2 where=first")
    walked: set[int | None] = set()
    for offset in range(0, len(before), 3):
        walked |= {article.id for article in client.articles.list(limit=3, offset=offset)}
    assert (before & set(faulty.store.articles.keys)) - walked
