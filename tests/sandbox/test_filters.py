"""The documented filters, each against what the store holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from myonlinestore.sandbox import Sandbox

Query = dict[str, Any]


def everything(client: httpx.Client, path: str, query: Query) -> list[dict[str, Any]]:
    """All rows of a list, page after page."""
    rows: list[dict[str, Any]] = []
    while page := client.get(path, params={**query, "limit": 100, "offset": len(rows)}).json():
        rows += page
    return rows


def created(row: dict[str, Any]) -> str:
    """Return the timestamp of creation."""
    return f"{row['created_date']} {row['created_time']}"


def updated(row: dict[str, Any]) -> str:
    """Return the timestamp of the last change."""
    return f"{row['updated_date']} {row['updated_time']}"


@pytest.mark.parametrize("path", ["/articles", "/newsletter/subscribers"])
@pytest.mark.parametrize(("prefix", "moment"), [("created", created), ("changed", updated)])
def test_timestamps_include_their_bounds(
    read: httpx.Client, path: str, prefix: str, moment: Any
) -> None:
    """A row exactly at the start or end is included, its neighbours are not."""
    rows = sorted(everything(read, path, {}), key=moment)
    start, end = moment(rows[5]), moment(rows[20])
    query = {f"{prefix}_start_date": start, f"{prefix}_end_date": end}
    filtered = everything(read, path, query)
    assert sorted(map(moment, filtered)) == [
        moment(row) for row in rows if start <= moment(row) <= end
    ]
    assert len(filtered) >= 16
    assert read.get(f"{path}/count", params=query).json() == {"count": len(filtered)}


def test_a_date_alone_is_its_midnight(read: httpx.Client) -> None:
    """Articles take yyyy-mm-dd as yyyy-mm-dd 00:00:00 (changelog 2.2.3), as an end as well."""
    article = read.get("/articles/count", params={"created_end_date": "2021-01-01"}).json()
    full = read.get("/articles/count", params={"created_end_date": "2021-01-01 00:00:00"}).json()
    assert article == full
    assert 0 < article["count"] < 360


@pytest.mark.parametrize(
    "value", ["yesterday", "2021-13-01", "2021-01-01T00:00:00", "2021-1-1", ""]
)
def test_other_dates_are_refused(read: httpx.Client, value: str) -> None:
    """A timestamp in another format is a 422 that names the parameter."""
    response = read.get("/articles", params={"changed_start_date": value})
    assert response.status_code == 422
    assert response.json()["detail"].startswith("changed_start_date")


@pytest.mark.parametrize("name", ["ids", "ids[]"])
def test_articles_by_ids(read: httpx.Client, name: str) -> None:
    """`ids` may be repeated, with or without brackets; unknown ids find nothing."""
    ids = [row["id"] for row in read.get("/articles").json()]
    response = read.get("/articles", params={name: [ids[3], ids[1], 1]}).json()
    assert [row["id"] for row in response] == [ids[1], ids[3]]


def test_articles_by_uuids(read: httpx.Client) -> None:
    """`uuids` finds articles by their uuid."""
    article = read.get("/articles").json()[4]
    response = read.get("/articles", params={"uuids": [article["uuid"], "no-such-uuid"]}).json()
    assert response == [article]


def test_ids_must_be_numbers(read: httpx.Client) -> None:
    """An id that is not a number is a 422."""
    assert read.get("/articles", params={"ids": ["1", "x"]}).status_code == 422


def test_an_article_by_the_id_of_its_page(read: httpx.Client) -> None:
    """`use_url_id` reads the path's number as the id in the URL of an article's page."""
    article = read.get("/articles").json()[2]
    url_id = article["categories"][0]["article_url_id"]
    path = f"/articles/{url_id}"
    assert read.get(path, params={"use_url_id": True}).json() == article
    assert read.get(path, params={"use_url_id": False}).status_code == 404


@pytest.mark.parametrize("value", [True, False])
def test_booleans_filter(read: httpx.Client, value: bool) -> None:
    """archived, activated, active and deleted each keep the rows that have that value."""
    for path, name, field in [
        ("/orders", "archived", "archived"),
        ("/newsletter/subscribers", "activated", "activated"),
        ("/discountcodes", "active", "active"),
        ("/offlinelocations", "deleted", "deleted"),
    ]:
        rows = read.get(path, params={name: value, "limit": 100}).json()
        assert {row[field] for row in rows} == {value}, path


def test_a_boolean_must_be_one(read: httpx.Client) -> None:
    """A boolean that is neither true nor false is a 422."""
    assert read.get("/orders", params={"archived": "perhaps"}).status_code == 422


def test_orders_by_date(read: httpx.Client) -> None:
    """start_date and end_date are days, and the last day counts whole."""
    rows = everything(read, "/orders", {})
    day = rows[30]["date"]
    query = {"start_date": day, "end_date": day}
    orders = everything(read, "/orders", query)
    assert orders == [row for row in rows if row["date"] == day]
    assert read.get("/orders/count", params=query).json() == {"count": len(orders)}


def test_orders_by_status(read: httpx.Client) -> None:
    """status_id and status_changed_* filter on the status and on when it changed."""
    rows = everything(read, "/orders", {})
    sent = [row for row in rows if row["status"] == 6]
    assert sent
    assert everything(read, "/orders", {"status_id": 6}) == sent
    moment = f"{sent[0]['status_changed_date']} {sent[0]['status_changed_time']}"
    query = {"status_changed_start_date": moment, "status_changed_end_date": moment}
    assert everything(read, "/orders", query) == [sent[0]]


def test_orders_by_either_debtor(read: httpx.Client) -> None:
    """debtor_email and debtor_id together find the orders of either."""
    rows = [row for row in everything(read, "/orders", {}) if row["debtor"]["id"]]
    one = rows[0]["debtor"]
    other = next(row["debtor"] for row in rows if row["debtor"]["email"] != one["email"])
    query = {"debtor_email": one["email"], "debtor_id": other["id"]}
    orders = everything(read, "/orders", query)
    assert {row["debtor"]["email"] for row in orders} == {one["email"], other["email"]}
    only = everything(read, "/orders", {"debtor_email": one["email"].upper()})
    assert {row["debtor"]["email"] for row in only} == {one["email"]}


def test_orders_descending(read: httpx.Client) -> None:
    """`ordering=desc` begins with the newest order, and pages from there."""
    rows = everything(read, "/orders", {})
    page = read.get("/orders", params={"ordering": "desc", "limit": 3, "offset": 1}).json()
    assert page == rows[::-1][1:4]
    assert read.get("/orders", params={"ordering": "up"}).status_code == 422


def test_test_orders_are_included_on_request(readonly_sandbox: Sandbox, read: httpx.Client) -> None:
    """Test orders are listed and counted only with `test`."""
    hidden = readonly_sandbox.store.test_orders
    assert hidden
    listed = {row["number"] for row in everything(read, "/orders", {})}
    assert listed.isdisjoint(hidden)
    with_tests = {row["number"] for row in everything(read, "/orders", {"test": True})}
    assert with_tests == listed.union(hidden)
    assert read.get("/orders/count", params={"test": True}).json() == {"count": len(with_tests)}


def test_discount_codes_by_validity(read: httpx.Client) -> None:
    """A window keeps the codes that are valid within it, and those without limits."""
    query = {"valid_start_date": "2024-01-01", "valid_end_date": "2024-12-31"}
    codes = {row["code"] for row in read.get("/discountcodes", params=query).json()}
    assert "kerst-2024" in codes
    assert "welkom10" in codes
    assert "zomer-2023" not in codes


def test_customers_by_email(readonly_sandbox: Sandbox, read: httpx.Client) -> None:
    """`q` finds customers by a part of their email address, in any case."""
    email = readonly_sandbox.store.customers.bodies()[3]["email"]
    part = email.partition("@")[0].upper()
    customers = read.get("/customers", params={"q": part}).json()["customers"]
    assert [row["email"] for row in customers] == [email]


def test_customers_embed_their_addresses(read: httpx.Client) -> None:
    """Addresses are there with `embed=address`, and not without it."""
    plain = read.get("/customers").json()["customers"][0]
    full = read.get("/customers", params={"embed": "address"}).json()["customers"][0]
    assert "addresses" not in plain
    assert full["addresses"][0]["isDefaultForInvoice"] is True
    assert read.get("/customers", params={"embed": "orders"}).status_code == 422


def test_categories_by_timestamp(readonly_sandbox: Sandbox, read: httpx.Client) -> None:
    """Categories filter on timestamps that are not in their body."""
    table = readonly_sandbox.store.categories
    moment = table[table.keys[10]].created
    query = {"created_start_date": moment}
    expected = [key for key in table if table[key].created >= moment]
    assert [row["id"] for row in everything(read, "/categories", query)] == expected
    assert read.get("/categories/count", params=query).json() == {"count": len(expected)}
