"""The documented filters, each against what the store holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from myonlinestore.sandbox import Sandbox

Query = dict[str, Any]


def list_all(client: httpx.Client, path: str, query: Query) -> list[dict[str, Any]]:
    """Return all rows of a list, from all its pages."""
    rows: list[dict[str, Any]] = []
    while page := client.get(path, params={**query, "limit": 100, "offset": len(rows)}).json():
        rows += page
    return rows


def get_created(row: dict[str, Any]) -> str:
    """Return the timestamp of creation."""
    return f"{row['created_date']} {row['created_time']}"


def get_updated(row: dict[str, Any]) -> str:
    """Return the timestamp of the last change."""
    return f"{row['updated_date']} {row['updated_time']}"


@pytest.mark.parametrize("path", ["/articles", "/newsletter/subscribers"])
@pytest.mark.parametrize(
    ("prefix", "get_timestamp"), [("created", get_created), ("changed", get_updated)]
)
def test_timestamps_include_their_bounds(
    readonly_api: httpx.Client, path: str, prefix: str, get_timestamp: Any
) -> None:
    """A row exactly at the start or end is included, its neighbours are not."""
    rows = sorted(list_all(readonly_api, path, {}), key=get_timestamp)
    start, end = get_timestamp(rows[5]), get_timestamp(rows[20])
    query = {f"{prefix}_start_date": start, f"{prefix}_end_date": end}
    filtered = list_all(readonly_api, path, query)
    assert sorted(map(get_timestamp, filtered)) == [
        get_timestamp(row) for row in rows if start <= get_timestamp(row) <= end
    ]
    assert len(filtered) >= 16
    assert readonly_api.get(f"{path}/count", params=query).json() == {"count": len(filtered)}


def test_a_date_alone_is_its_midnight(readonly_api: httpx.Client) -> None:
    """Articles take yyyy-mm-dd as yyyy-mm-dd 00:00:00 (changelog 2.2.3), as an end as well."""
    article = readonly_api.get("/articles/count", params={"created_end_date": "2021-01-01"}).json()
    full = readonly_api.get(
        "/articles/count", params={"created_end_date": "2021-01-01 00:00:00"}
    ).json()
    assert article == full
    assert 0 < article["count"] < 360


@pytest.mark.parametrize(
    "value", ["yesterday", "2021-13-01", "2021-01-01T00:00:00", "2021-1-1", ""]
)
def test_other_dates_are_refused(readonly_api: httpx.Client, value: str) -> None:
    """A timestamp in another format is a 422 that names the parameter."""
    response = readonly_api.get("/articles", params={"changed_start_date": value})
    assert response.status_code == 422
    assert response.json()["detail"].startswith("changed_start_date")


@pytest.mark.parametrize("name", ["ids", "ids[]"])
def test_articles_by_ids(readonly_api: httpx.Client, name: str) -> None:
    """`ids` may be repeated, with or without brackets; unknown ids find nothing."""
    ids = [row["id"] for row in readonly_api.get("/articles").json()]
    response = readonly_api.get("/articles", params={name: [ids[3], ids[1], 1]}).json()
    assert [row["id"] for row in response] == [ids[1], ids[3]]


def test_articles_by_uuids(readonly_api: httpx.Client) -> None:
    """`uuids` finds articles by their uuid."""
    article = readonly_api.get("/articles").json()[4]
    response = readonly_api.get(
        "/articles", params={"uuids": [article["uuid"], "no-such-uuid"]}
    ).json()
    assert response == [article]


def test_ids_must_be_numbers(readonly_api: httpx.Client) -> None:
    """An id that is not a number is a 422."""
    assert readonly_api.get("/articles", params={"ids": ["1", "x"]}).status_code == 422


def test_an_article_by_the_id_of_its_page(readonly_api: httpx.Client) -> None:
    """`use_url_id` reads the path's number as the id in the URL of an article's page."""
    article = readonly_api.get("/articles").json()[2]
    url_id = article["categories"][0]["article_url_id"]
    path = f"/articles/{url_id}"
    assert readonly_api.get(path, params={"use_url_id": True}).json() == article
    assert readonly_api.get(path, params={"use_url_id": False}).status_code == 404


@pytest.mark.parametrize("value", [True, False])
def test_booleans_filter(readonly_api: httpx.Client, value: bool) -> None:
    """archived, activated, active and deleted each keep the rows that have that value."""
    for path, name, field in [
        ("/orders", "archived", "archived"),
        ("/newsletter/subscribers", "activated", "activated"),
        ("/discountcodes", "active", "active"),
        ("/offlinelocations", "deleted", "deleted"),
    ]:
        rows = readonly_api.get(path, params={name: value, "limit": 100}).json()
        assert {row[field] for row in rows} == {value}, path


def test_a_boolean_must_be_one(readonly_api: httpx.Client) -> None:
    """A boolean that is neither true nor false is a 422."""
    assert readonly_api.get("/orders", params={"archived": "perhaps"}).status_code == 422


def test_orders_by_date(readonly_api: httpx.Client) -> None:
    """start_date and end_date are days, and the last day counts whole."""
    rows = list_all(readonly_api, "/orders", {})
    day = rows[30]["date"]
    query = {"start_date": day, "end_date": day}
    orders = list_all(readonly_api, "/orders", query)
    assert orders == [row for row in rows if row["date"] == day]
    assert readonly_api.get("/orders/count", params=query).json() == {"count": len(orders)}


def test_orders_by_status(readonly_api: httpx.Client) -> None:
    """status_id and status_changed_* filter on the status and on when it changed."""
    rows = list_all(readonly_api, "/orders", {})
    sent = [row for row in rows if row["status"] == 6]
    assert sent
    assert list_all(readonly_api, "/orders", {"status_id": 6}) == sent
    get_timestamp = f"{sent[0]['status_changed_date']} {sent[0]['status_changed_time']}"
    query = {"status_changed_start_date": get_timestamp, "status_changed_end_date": get_timestamp}
    assert list_all(readonly_api, "/orders", query) == [sent[0]]


def test_orders_by_either_debtor(readonly_api: httpx.Client) -> None:
    """debtor_email and debtor_id together find the orders of either."""
    rows = [row for row in list_all(readonly_api, "/orders", {}) if row["debtor"]["id"]]
    one = rows[0]["debtor"]
    other = next(row["debtor"] for row in rows if row["debtor"]["email"] != one["email"])
    query = {"debtor_email": one["email"], "debtor_id": other["id"]}
    orders = list_all(readonly_api, "/orders", query)
    assert {row["debtor"]["email"] for row in orders} == {one["email"], other["email"]}
    only = list_all(readonly_api, "/orders", {"debtor_email": one["email"].upper()})
    assert {row["debtor"]["email"] for row in only} == {one["email"]}


def test_orders_descending(readonly_api: httpx.Client) -> None:
    """`ordering=desc` begins with the newest order, and pages from there."""
    rows = list_all(readonly_api, "/orders", {})
    page = readonly_api.get("/orders", params={"ordering": "desc", "limit": 3, "offset": 1}).json()
    assert page == rows[::-1][1:4]
    assert readonly_api.get("/orders", params={"ordering": "up"}).status_code == 422


def test_test_orders_are_included_on_request(
    readonly_sandbox: Sandbox, readonly_api: httpx.Client
) -> None:
    """Test orders are listed and counted only with `test`."""
    hidden = readonly_sandbox.store.test_orders
    assert hidden
    listed = {row["number"] for row in list_all(readonly_api, "/orders", {})}
    assert listed.isdisjoint(hidden)
    with_tests = {row["number"] for row in list_all(readonly_api, "/orders", {"test": True})}
    assert with_tests == listed.union(hidden)
    assert readonly_api.get("/orders/count", params={"test": True}).json() == {
        "count": len(with_tests)
    }


def test_discount_codes_by_validity(readonly_api: httpx.Client) -> None:
    """A window keeps the codes that are valid within it, and those without limits."""
    query = {"valid_start_date": "2024-01-01", "valid_end_date": "2024-12-31"}
    codes = {row["code"] for row in readonly_api.get("/discountcodes", params=query).json()}
    assert "kerst-2024" in codes
    assert "welkom10" in codes
    assert "zomer-2023" not in codes


def test_customers_by_email(readonly_sandbox: Sandbox, readonly_api: httpx.Client) -> None:
    """`q` finds customers by a part of their email address, in any case."""
    email = readonly_sandbox.store.customers.bodies()[3]["email"]
    part = email.partition("@")[0].upper()
    customers = readonly_api.get("/customers", params={"q": part}).json()["customers"]
    assert [row["email"] for row in customers] == [email]


def test_customers_embed_their_addresses(readonly_api: httpx.Client) -> None:
    """Addresses are there with `embed=address`, and not without it."""
    plain = readonly_api.get("/customers").json()["customers"][0]
    full = readonly_api.get("/customers", params={"embed": "address"}).json()["customers"][0]
    assert "addresses" not in plain
    assert full["addresses"][0]["isDefaultForInvoice"] is True
    assert readonly_api.get("/customers", params={"embed": "orders"}).status_code == 422


def test_categories_by_timestamp(readonly_sandbox: Sandbox, readonly_api: httpx.Client) -> None:
    """Categories filter on timestamps that are not in their body."""
    table = readonly_sandbox.store.categories
    get_timestamp = table[table.keys[10]].created
    query = {"created_start_date": get_timestamp}
    expected = [key for key in table if table[key].created >= get_timestamp]
    assert [row["id"] for row in list_all(readonly_api, "/categories", query)] == expected
    assert readonly_api.get("/categories/count", params=query).json() == {"count": len(expected)}
