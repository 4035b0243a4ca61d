"""One day of a store: a full sync, an incremental one each hour, and a full one at night."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore.cli.mirror import EXIT_DIFFERENCE
from myonlinestore.mirror import timestamps
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.snapshots import Row, SqliteSnapshot, assert_equals_store

ADDRESS = {
    "name": "Rian Voorbeeld",
    "street": "Molenstraat",
    "number": "62",
    "zipcode": "5341GE",
    "city": "Oss",
    "country_code": "NL",
}


class StoreScenario:
    """A store with a frozen clock, runs of the command, and the rows of the copy."""

    def __init__(self, sandbox: Sandbox, catalog: Path) -> None:
        self.sandbox, self.catalog = sandbox, catalog

    def advance(self, **step: float) -> None:
        """Advance the clock of the store and the mirror."""
        self.sandbox.clock.advance(timedelta(**step))

    def mirror(self, *arguments: str, exit_code: int = 0) -> dict[str, Row]:
        """Run the command and return its report by resource."""
        self.sandbox.journal.clear()
        result = run(self.sandbox, str(self.catalog), "--json", *arguments)
        assert result.exit_code == exit_code, result.output
        return {row["resource"]: row for row in json.loads(result.stdout)["resources"]}

    def get_queries(self, operation: str) -> list[dict[str, list[str]]]:
        """Return the queries of an operation in the last run."""
        return [entry.query for entry in self.sandbox.journal.requests(operation=operation)]

    def read_row(self, table: str, *keys: object) -> Row:
        """Return the row with a key."""
        (row,) = self.read_rows(table, *keys)
        return row

    def read_rows(self, table: str, *keys: object) -> list[Row]:
        """Return the rows whose key begins with these values."""
        copy = SqliteSnapshot(self.catalog)
        rows = copy.read_rows(table, *keys)
        copy.close()
        return rows


@pytest.fixture
def scenario(monkeypatch: pytest.MonkeyPatch, catalog: Path) -> Iterator[StoreScenario]:
    with Sandbox(articles=150, seed=8) as sandbox:
        sandbox.clock.freeze("2025-06-02 08:00:00")
        monkeypatch.setattr(timestamps, "utc_now", lambda: sandbox.clock().replace(tzinfo=None))
        yield StoreScenario(sandbox, catalog)


def assert_incremental_reads(scenario: StoreScenario, since: str) -> None:
    """Assert that articles and subscribers were read only from a timestamp on."""
    for operation in ("getArticles", "getNewsletterSubscribers"):
        for query in scenario.get_queries(operation):
            starts = [*query.get("changed_start_date", ()), *query.get("created_start_date", ())]
            assert starts == [since], operation


def test_a_day(scenario: StoreScenario) -> None:
    """After each run the copy has the changes; after a full refresh it equals the store."""
    with scenario.sandbox.client() as client:
        check_first_runs(scenario, client)
        create_orders(scenario, client)
        deleted_id = delete_article(scenario, client)
        change_other_rows(scenario, client)
        run_full_refresh(scenario, client, deleted_id)


def check_first_runs(scenario: StoreScenario, client: ConnectClient) -> None:
    report = scenario.mirror()
    assert all(row["full"] for row in report.values())
    assert report["articles"]["new"] == 150
    assert_equals_store(scenario.catalog, client)
    scenario.advance(hours=1)
    report = scenario.mirror()
    # Eight o'clock, less the five minutes of the overlap.
    assert_incremental_reads(scenario, "2025-06-02 07:55:00")
    assert sum(row["new"] + row["changed"] + row["deleted"] for row in report.values()) == 0
    assert report["articles"]["read"] == 0


def create_orders(scenario: StoreScenario, client: ConnectClient) -> None:
    """Create two orders and a payment, which reduce the stock."""
    scenario.advance(minutes=30)
    article = next(a for a in client.articles.list(limit=100) if not a.variants and not a.lists)
    client.articles.update(article_id=article.id or 0, body={"stock": 40})
    line = {"type": "article", "quantity": 3, "articles": [{"id": article.id}]}
    debtor = {"email": "rian@example.com", "address": {"invoice": ADDRESS}}
    before = scenario.read_rows("orders")
    for _ in range(2):
        created: Any = client.orders.create(body={"debtor": debtor, "orderlines": [line]})
    body = {"gateway": "mollie", "method": "ideal"}
    client.orders.create_payment_raw(order_number=created.number, body=body)
    scenario.advance(minutes=30)
    report = scenario.mirror()
    assert_incremental_reads(scenario, "2025-06-02 08:55:00")
    assert (report["orders"]["new"], report["articles"]["changed"]) == (2, 1)
    assert scenario.read_row("articles", article.id)["stock"] == 34
    assert len(scenario.read_rows("orders")) == len(before) + 2
    assert [p["gateway"] for p in scenario.read_rows("order_payments", created.uuid)] == ["mollie"]
    assert_equals_store(scenario.catalog, client)


def delete_article(scenario: StoreScenario, client: ConnectClient) -> int:
    """Delete an article: an incremental sync does not notice it, and copies a new one."""
    scenario.advance(minutes=20)
    deleted_id = client.articles.list(limit=1, offset=60).items[0].id or 0
    client.articles.delete(article_id=deleted_id)
    created = client.articles.create(body={"name": "Zomerlamp", "price": {"default": "60.50"}})
    scenario.advance(minutes=40)
    report = scenario.mirror(exit_code=EXIT_DIFFERENCE)
    assert_incremental_reads(scenario, "2025-06-02 09:55:00")
    assert (report["articles"]["new"], report["articles"]["deleted"]) == (1, 0)
    assert scenario.read_row("articles", created.id)["price_default"] == "60.50"
    assert scenario.read_row("articles", deleted_id)["_deleted_at"] is None
    return deleted_id


def change_other_rows(scenario: StoreScenario, client: ConnectClient) -> None:
    """Add and delete a subscriber, rename a category, and change a customer's address."""
    scenario.advance(minutes=5)
    deleted_email = str(client.newsletter.list(limit=1).items[0].email)
    client.newsletter.create(body={"email": "nieuw@example.com", "name": "Nieuw"})
    client.newsletter.delete(email=deleted_email)
    category = client.categories.list(limit=1).items[0].id or 0
    client.categories.update(category_id=category, body={"title": "Zomer"})
    customer = next(c for c in client.customers.list(embed="address") if c.addresses)
    assert customer.addresses
    body: Any = {
        **customer.addresses[0].model_dump(by_alias=True, exclude_none=True),
        "city": "Ede",
    }
    client.customers.update_address(
        customer_id=str(customer.id), address_id=str(customer.addresses[0].id), body=body
    )
    scenario.advance(minutes=55)
    report = scenario.mirror(exit_code=EXIT_DIFFERENCE)
    assert_incremental_reads(scenario, "2025-06-02 10:55:00")
    assert report["newsletter_subscribers"]["new"] == 1
    assert (report["categories"]["changed"], report["customers"]["changed"]) == (1, 1)
    assert scenario.read_row("newsletter_subscribers", "nieuw@example.com")["name"] == "Nieuw"
    assert scenario.read_row("newsletter_subscribers", deleted_email)["_deleted_at"] is None
    assert scenario.read_row("categories", category)["title"] == "Zomer"
    assert "Ede" in [
        address["city"] for address in scenario.read_rows("customer_addresses", customer.id)
    ]
    assert_equals_store(scenario.catalog, client, "categories", "customers", "orders")


def run_full_refresh(scenario: StoreScenario, client: ConnectClient, deleted_id: int) -> None:
    """Run a full refresh that deletes rows with their children."""
    scenario.advance(hours=15)
    report = scenario.mirror("--full", "--delete", "hard")
    assert all(row["full"] for row in report.values())
    assert any("created_start_date" not in query for query in scenario.get_queries("getArticles"))
    assert (report["articles"]["deleted"], report["newsletter_subscribers"]["deleted"]) == (1, 1)
    for table in ("articles", "article_images", "article_categories", "article_lists"):
        assert scenario.read_rows(table, deleted_id) == []
    assert_equals_store(scenario.catalog, client)
    scenario.advance(hours=8)
    scenario.mirror()
    assert_incremental_reads(scenario, "2025-06-03 02:55:00")
