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


class Shopkeeper:
    """A runner of the command with a frozen clock, which reads the copy."""

    def __init__(self, sandbox: Sandbox, catalog: Path) -> None:
        self.sandbox, self.catalog = sandbox, catalog

    def later(self, **step: float) -> None:
        """Let time pass in the shop and for the mirror."""
        self.sandbox.clock.advance(timedelta(**step))

    def mirror(self, *arguments: str, exit_code: int = 0) -> dict[str, Row]:
        """Run the command and return its report by resource."""
        self.sandbox.journal.clear()
        result = run(self.sandbox, str(self.catalog), "--json", *arguments)
        assert result.exit_code == exit_code, result.output
        return {one["resource"]: one for one in json.loads(result.stdout)["resources"]}

    def queries(self, operation: str) -> list[dict[str, list[str]]]:
        """Return the queries of an operation in the last run."""
        return [entry.query for entry in self.sandbox.journal.requests(operation=operation)]

    def row(self, table: str, *keys: object) -> Row:
        """Return the row with a key."""
        (row,) = self.rows(table, *keys)
        return row

    def rows(self, table: str, *keys: object) -> list[Row]:
        """Return the rows whose key begins with these values."""
        copy = SqliteSnapshot(self.catalog)
        rows = copy.rows(table, *keys)
        copy.close()
        return rows


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch, catalog: Path) -> Iterator[Shopkeeper]:
    with Sandbox(articles=150, seed=8) as sandbox:
        sandbox.clock.freeze("2025-06-02 08:00:00")
        monkeypatch.setattr(timestamps, "utc_now", lambda: sandbox.clock().replace(tzinfo=None))
        yield Shopkeeper(sandbox, catalog)


def asked_for_changes_alone(keeper: Shopkeeper, since: str) -> None:
    """Articles and subscribers were read from that moment on, and not all of them."""
    for operation in ("getArticles", "getNewsletterSubscribers"):
        for query in keeper.queries(operation):
            starts = [*query.get("changed_start_date", ()), *query.get("created_start_date", ())]
            assert starts == [since], operation


def test_a_day(keeper: Shopkeeper) -> None:
    """After each run the copy has what happened, and in the night it is the store again."""
    with keeper.sandbox.client() as client:
        morning(keeper, client)
        orders_come(keeper, client)
        gone = an_article_goes(keeper, client)
        people(keeper, client)
        night(keeper, client, gone)


def morning(keeper: Shopkeeper, client: ConnectClient) -> None:
    done = keeper.mirror()
    assert all(one["full"] for one in done.values())
    assert done["articles"]["new"] == 150
    assert_equals_store(keeper.catalog, client)
    keeper.later(hours=1)
    done = keeper.mirror()
    # Eight o'clock, less the five minutes of the overlap.
    asked_for_changes_alone(keeper, "2025-06-02 07:55:00")
    assert sum(one["new"] + one["changed"] + one["deleted"] for one in done.values()) == 0
    assert done["articles"]["read"] == 0


def orders_come(keeper: Shopkeeper, client: ConnectClient) -> None:
    """Two orders and a payment; what they take goes from the stock."""
    keeper.later(minutes=30)
    article = next(a for a in client.articles.list(limit=100) if not a.variants and not a.lists)
    client.articles.update(article_id=article.id or 0, body={"stock": 40})
    line = {"type": "article", "quantity": 3, "articles": [{"id": article.id}]}
    debtor = {"email": "rian@example.com", "address": {"invoice": ADDRESS}}
    before = keeper.rows("orders")
    for _ in range(2):
        made: Any = client.orders.create(body={"debtor": debtor, "orderlines": [line]})
    body = {"gateway": "mollie", "method": "ideal"}
    client.orders.create_payment_raw(order_number=made.number, body=body)
    keeper.later(minutes=30)
    done = keeper.mirror()
    asked_for_changes_alone(keeper, "2025-06-02 08:55:00")
    assert (done["orders"]["new"], done["articles"]["changed"]) == (2, 1)
    assert keeper.row("articles", article.id)["stock"] == 34
    assert len(keeper.rows("orders")) == len(before) + 2
    assert [p["gateway"] for p in keeper.rows("order_payments", made.uuid)] == ["mollie"]
    assert_equals_store(keeper.catalog, client)


def an_article_goes(keeper: Shopkeeper, client: ConnectClient) -> int:
    """Delete an article: an incremental sync does not notice it, and copies a new one."""
    keeper.later(minutes=20)
    gone = client.articles.list(limit=1, offset=60).items[0].id or 0
    client.articles.delete(article_id=gone)
    made = client.articles.create(body={"name": "Zomerlamp", "price": {"default": "60.50"}})
    keeper.later(minutes=40)
    done = keeper.mirror(exit_code=EXIT_DIFFERENCE)
    asked_for_changes_alone(keeper, "2025-06-02 09:55:00")
    assert (done["articles"]["new"], done["articles"]["deleted"]) == (1, 0)
    assert keeper.row("articles", made.id)["price_default"] == "60.50"
    assert keeper.row("articles", gone)["_deleted_at"] is None
    return gone


def people(keeper: Shopkeeper, client: ConnectClient) -> None:
    """Add and delete a subscriber, rename a category, and change a customer's address."""
    keeper.later(minutes=5)
    leaves = str(client.newsletter.list(limit=1).items[0].email)
    client.newsletter.create(body={"email": "nieuw@example.com", "name": "Nieuw"})
    client.newsletter.delete(email=leaves)
    category = client.categories.list(limit=1).items[0].id or 0
    client.categories.update(category_id=category, body={"title": "Zomer"})
    moves = next(c for c in client.customers.list(embed="address") if c.addresses)
    assert moves.addresses
    body: Any = {**moves.addresses[0].model_dump(by_alias=True, exclude_none=True), "city": "Ede"}
    client.customers.update_address(
        customer_id=str(moves.id), address_id=str(moves.addresses[0].id), body=body
    )
    keeper.later(minutes=55)
    done = keeper.mirror(exit_code=EXIT_DIFFERENCE)
    asked_for_changes_alone(keeper, "2025-06-02 10:55:00")
    assert done["newsletter_subscribers"]["new"] == 1
    assert (done["categories"]["changed"], done["customers"]["changed"]) == (1, 1)
    assert keeper.row("newsletter_subscribers", "nieuw@example.com")["name"] == "Nieuw"
    assert keeper.row("newsletter_subscribers", leaves)["_deleted_at"] is None
    assert keeper.row("categories", category)["title"] == "Zomer"
    assert "Ede" in [address["city"] for address in keeper.rows("customer_addresses", moves.id)]
    assert_equals_store(keeper.catalog, client, "categories", "customers", "orders")


def night(keeper: Shopkeeper, client: ConnectClient, gone: int) -> None:
    """All is read, and what went goes from the copy, with all below it."""
    keeper.later(hours=15)
    done = keeper.mirror("--full", "--delete", "hard")
    assert all(one["full"] for one in done.values())
    assert any("created_start_date" not in query for query in keeper.queries("getArticles"))
    assert (done["articles"]["deleted"], done["newsletter_subscribers"]["deleted"]) == (1, 1)
    for table in ("articles", "article_images", "article_categories", "article_lists"):
        assert keeper.rows(table, gone) == []
    assert_equals_store(keeper.catalog, client)
    keeper.later(hours=8)
    keeper.mirror()
    asked_for_changes_alone(keeper, "2025-06-03 02:55:00")
