"""Pagination of the lists."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from myonlinestore.sandbox import Sandbox

PAGED = ("/articles", "/orders", "/categories", "/newsletter/subscribers")
UNPAGED = (
    "/discountcodes",
    "/orderstatuses",
    "/shipping/methods",
    "/offlinelocations",
    "/tax-policy/regions",
)


@pytest.mark.parametrize("path", PAGED)
def test_a_page_has_ten_rows_unless_asked(readonly_api: httpx.Client, path: str) -> None:
    """The vendor's default limit is 10."""
    assert len(readonly_api.get(path).json()) == 10


def test_a_limit_above_a_hundred_is_a_hundred(readonly_api: httpx.Client) -> None:
    """The vendor's maximum is 100, and more is capped."""
    assert len(readonly_api.get("/articles", params={"limit": 500}).json()) == 100


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize("value", ["-1", "ten", "1.5", "", "²"])
def test_nonsense_is_refused(readonly_api: httpx.Client, name: str, value: str) -> None:
    """A limit or offset that is not an integer of zero or more is a 422 that names it."""
    response = readonly_api.get("/articles", params={name: value})
    assert response.status_code == 422
    assert response.json()["detail"].startswith(name)


@pytest.mark.parametrize("path", PAGED)
def test_pages_join_into_the_whole_list(readonly_api: httpx.Client, path: str) -> None:
    """Walking by offset yields every row once, and ends with an empty page."""
    rows, offset = [], 0
    while page := readonly_api.get(path, params={"limit": 7, "offset": offset}).json():
        rows += page
        offset += 7
    expected = readonly_api.get(f"{path}/count").json()["count"]
    assert len({repr(row) for row in rows}) == len(rows) == expected


@pytest.mark.parametrize(
    ("path", "key"), [("/articles", "id"), ("/categories", "id"), ("/orders", "number")]
)
def test_lists_are_in_order(readonly_api: httpx.Client, path: str, key: str) -> None:
    """Articles and categories come by id, orders by number."""
    keys = [row[key] for row in readonly_api.get(path, params={"limit": 100}).json()]
    assert all(one < other for one, other in pairwise(keys))


@pytest.mark.parametrize("path", UNPAGED)
def test_other_lists_ignore_limit_and_offset(readonly_api: httpx.Client, path: str) -> None:
    """Lists without pagination return all their rows for any limit and offset."""
    all_rows = readonly_api.get(path).json()
    assert len(all_rows) > 1
    assert readonly_api.get(path, params={"limit": 1, "offset": 1}).json() == all_rows


def test_customers_ignore_limit_and_offset(
    readonly_sandbox: Sandbox, readonly_api: httpx.Client
) -> None:
    """Customers come all at once."""
    response = readonly_api.get("/customers", params={"limit": 1, "offset": 5}).json()
    assert len(response["customers"]) == len(readonly_sandbox.store.customers) > 10


def test_a_limit_of_zero_is_an_empty_page(readonly_api: httpx.Client) -> None:
    """Nothing was asked for, so nothing comes."""
    assert readonly_api.get("/articles", params={"limit": 0}).json() == []
