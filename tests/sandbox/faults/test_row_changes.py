"""Rows that are inserted, changed and deleted while a client is paging."""

from __future__ import annotations

from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore.pagination import iterate_all
from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.api.orders.create import remove_order
from myonlinestore.sandbox.faults.row_changes import LISTINGS, listings_supporting
from tests.sandbox.fault_cases import get

PATHS = {
    "getArticles": "/v1/articles",
    "getCategories": "/v1/categories",
    "getCustomers": "/v1/customers",
    "getDiscountcodes": "/v1/discountcodes",
    "getNewsletterSubscribers": "/v1/newsletter/subscribers",
    "getOrders": "/v1/orders",
}


def get_rows_by_key(sandbox: Sandbox, listing: str) -> dict[Any, Any]:
    """Return the listed rows by key."""
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


@pytest.mark.parametrize("listing", listings_supporting("insert"))
def test_rows_are_inserted(clean_sandbox: Sandbox, listing: str) -> None:
    """The second request finds two rows more than the first, at the end."""
    before = get_rows_by_key(clean_sandbox, listing)
    clean_sandbox.faults.add(f"{listing} nth=2 insert=2")
    for _ in range(3):
        assert get(clean_sandbox, PATHS[listing]).status_code == 200
    after = get_rows_by_key(clean_sandbox, listing)
    assert len(after) == len(before) + 2
    assert list(after)[: len(before)] == list(before)


@pytest.mark.parametrize("listing", listings_supporting("change"))
def test_rows_are_changed(clean_sandbox: Sandbox, listing: str) -> None:
    """The first request finds the first two rows changed, and no others."""
    before = get_rows_by_key(clean_sandbox, listing)
    clean_sandbox.faults.add(f"{listing} nth=1 change=2 where=first")
    assert get(clean_sandbox, PATHS[listing]).status_code == 200
    after = get_rows_by_key(clean_sandbox, listing)
    assert [key for key in before if after[key] != before[key]] == list(before)[:2]


@pytest.mark.parametrize("listing", listings_supporting("delete"))
@pytest.mark.parametrize("where", ["first", "last"])
def test_rows_are_deleted(clean_sandbox: Sandbox, listing: str, where: str) -> None:
    """The rows at that end are gone; more than there are is all of them."""
    before = list(get_rows_by_key(clean_sandbox, listing))
    clean_sandbox.faults.add(f"{listing} nth=1 delete=2 where={where}")
    clean_sandbox.faults.add(f"{listing} nth=2 delete=999")
    get(clean_sandbox, PATHS[listing])
    assert list(get_rows_by_key(clean_sandbox, listing)) == (
        before[2:] if where == "first" else before[:-2]
    )
    assert get(clean_sandbox, PATHS[listing]).status_code == 200
    assert list(get_rows_by_key(clean_sandbox, listing)) == []


def test_any_rows_are_the_seeds(clean_sandbox: Sandbox) -> None:
    """The deleted rows and the names of new ones are the same for the same seed."""
    runs: list[list[Any]] = []
    for _ in range(2):
        clean_sandbox.reset()
        clean_sandbox.faults.add("getNewsletterSubscribers delete=1 insert=1")
        get(clean_sandbox, PATHS["getNewsletterSubscribers"])
        runs.append(list(get_rows_by_key(clean_sandbox, "getNewsletterSubscribers")))
    assert runs[0] == runs[1]


def test_an_operation_that_lists_nothing_is_left_alone(clean_sandbox: Sandbox) -> None:
    """A rule for all operations changes rows only where they are listed, and can be deleted."""
    clean_sandbox.faults.add("* delete=1")
    before = get_rows_by_key(clean_sandbox, "getCategories")
    assert get(clean_sandbox).status_code == 200
    assert get(clean_sandbox, "/v1/categories").status_code == 200
    assert get_rows_by_key(clean_sandbox, "getCategories") == before


def test_rows_that_the_store_rejects_do_not_fail_the_request(clean_sandbox: Sandbox) -> None:
    """If a row cannot be created, nothing changes and the response is a 500 with the reason."""
    clean_sandbox.store.minimum_order_total = "999.00"
    before = get_rows_by_key(clean_sandbox, "getOrders")
    clean_sandbox.faults.add("getOrders nth=1 change=1")
    clean_sandbox.faults.add("getOrders nth=1 insert=1")
    response = get(clean_sandbox, "/v1/orders")
    assert response.status_code == 500
    assert response.json()["detail"].startswith("fault: postOrder is refused: ")
    assert get_rows_by_key(clean_sandbox, "getOrders") == before
    assert get(clean_sandbox, "/v1/orders").status_code == 200


def test_a_walk_loses_no_row_while_others_go_and_come(
    clean_sandbox: Sandbox, client: ConnectClient
) -> None:
    """Rows that are there throughout a walk are all yielded, once, though the pages shift."""
    before = set(clean_sandbox.store.articles.keys)
    clean_sandbox.faults.add("getArticles nth=2 delete=2 where=first")
    clean_sandbox.faults.add("getArticles nth=3 insert=3")
    walked = [article.id for article in iterate_all(client.articles.list, page_size=3)]
    throughout = before & set(clean_sandbox.store.articles.keys)
    assert len(throughout) == len(before) - 2
    assert throughout <= set(walked)
    assert len(walked) == len(set(walked))


def test_naive_offsets_do_lose_a_row(clean_sandbox: Sandbox, client: ConnectClient) -> None:
    """The fault is a real one: counting offsets up skips rows that moved into the page before."""
    before = set(clean_sandbox.store.articles.keys)
    clean_sandbox.faults.add("getArticles nth=2 delete=2 where=first")
    walked: set[int | None] = set()
    for offset in range(0, len(before), 3):
        walked |= {article.id for article in client.articles.list(limit=3, offset=offset)}
    assert (before & set(clean_sandbox.store.articles.keys)) - walked


def test_an_order_is_deleted_with_its_payments(clean_sandbox: Sandbox) -> None:
    """The API cannot delete an order, but a store's owner can: its payments go with it."""
    store = clean_sandbox.store
    paid = [store.payments[key].owner for key in store.payments]
    assert paid[0] == store.orders.keys[0]
    clean_sandbox.faults.add("getOrders nth=1 delete=1 where=first")
    numbers = [order["number"] for order in get(clean_sandbox, "/v1/orders").json()]
    assert paid[0] not in numbers
    assert numbers
    assert [store.payments[key].owner for key in store.payments] == paid[1:]
    clean_sandbox.faults.add("getOrders nth=1 delete=99")
    assert get(clean_sandbox, "/v1/orders").json() == []
    assert (len(store.orders), len(store.payments), len(store.test_orders)) == (0, 0, 0)


def test_a_credit_order_is_deleted_from_its_original() -> None:
    """An order that was credited no longer names a credit order that is deleted."""
    with Sandbox(articles=360) as sandbox:
        orders = sandbox.store.orders
        credit = next(row for row in orders.bodies() if row["credited_order_number"])
        original = credit["credited_order_number"]
        assert credit["number"] in orders[original].body["credit_order_numbers"]
        remove_order(sandbox.store, credit["number"])
        assert credit["number"] not in orders[original].body["credit_order_numbers"]
        remove_order(sandbox.store, original)
        assert original not in orders
