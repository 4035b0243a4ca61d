"""Child streams, which take one call for each row: payments and articles of categories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import ConnectClient, iterate_all
from myonlinestore.mirror import Mirror
from myonlinestore.models import Order
from myonlinestore.sandbox import Sandbox
from tests.mirror.snapshots import SqliteSnapshot

pytestmark = pytest.mark.anyio

ADDRESS = {"name": "Rian Voorbeeld", "street": "Molenstraat", "number": "62"}


def place_order(client: ConnectClient) -> Order:
    """Place an order now."""
    articles = iterate_all(client.articles.list)
    article = next(one for one in articles if not one.variants and not one.lists)
    invoice = {**ADDRESS, "zipcode": "5341GE", "city": "Oss", "country_code": "NL"}
    body: Any = {
        "debtor": {"email": "rian@example.com", "address": {"invoice": invoice}},
        "orderlines": [{"type": "article", "quantity": 1, "articles": [{"id": article.id}]}],
    }
    return client.orders.create(body=body, override_stock=True)


async def test_payments_of_orders(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """Each payment of each order is there with its mutations and properties, in its order."""
    report = await Mirror(client, catalog, only=["orders"]).arun()
    assert report["orders"].difference == 0
    copy = SqliteSnapshot(catalog)
    payments = 0
    for order in iterate_all(client.orders.list):
        held = copy.read_rows("order_payments", order.uuid)
        sent = client.orders.list_payments(
            order_number=order.number or "", embed="properties,mutations"
        ).items
        payments += len(sent)
        assert [row["id"] for row in held] == [payment.id for payment in sent]
        for row, payment in zip(held, sent, strict=True):
            assert (row["gateway"], row["price"]) == (payment.gateway, payment.price)
            assert json.loads(row["properties"] or "null") == payment.properties
            mutations = copy.read_rows("order_payment_mutations", order.uuid, row["_position"])
            assert [m["id"] for m in mutations] == [m.id for m in payment.mutations or ()]
    assert payments == len(copy.read_rows("order_payments")) > 0
    copy.close()


async def test_articles_of_categories(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Each category has its articles, in the order in which the store lists them."""
    await Mirror(client, catalog, only=["categories"]).arun()
    copy = SqliteSnapshot(catalog)
    listed = 0
    for category in iterate_all(client.categories.list):
        sent = list(iterate_all(client.categories.list_articles, category_id=category.id))
        held = copy.read_rows("category_articles", category.id)
        assert [(r["id"], r["uuid"]) for r in held] == [(a.id, a.uuid) for a in sent]
        listed += len(held)
    assert listed > 40
    copy.close()


async def test_parts_can_be_left_out(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Skipping them asks for none, and the rows themselves are there."""
    skip = ["order_payments", "category_articles"]
    report = await Mirror(client, catalog, only=["orders", "categories"], skip=skip).arun()
    assert report["orders"].rows > 0
    for operation in ("getOrderPayments", "getCategoryArticles"):
        assert not sandbox.journal.requests(operation=operation)
    copy = SqliteSnapshot(catalog)
    assert {"order_payments", "category_articles"}.isdisjoint(copy.tables)
    copy.close()
    # Asked for later, they are there.
    await Mirror(client, catalog, only=["orders", "categories"]).arun()
    copy = SqliteSnapshot(catalog)
    assert copy.read_rows("order_payments")
    assert copy.read_rows("category_articles")
    copy.close()


async def test_a_new_payment_changes_its_order(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A payment made since the last run is there after the next, and only its order is asked."""
    job = Mirror(client, catalog, only=["orders"])
    order = place_order(client)
    await job.arun()
    body = {"gateway": "mollie", "method": "ideal"}
    payment = client.orders.create_payment(order_number=order.number or "", body=body)
    sandbox.journal.clear()
    report = await job.arun()
    assert (report["orders"].changed, report["order_payments"].changed) == (1, 1)
    assert len(sandbox.journal.requests(operation="getOrderPayments")) == 1
    copy = SqliteSnapshot(catalog)
    assert payment.id in [row["id"] for row in copy.read_rows("order_payments", order.uuid)]
    copy.close()


async def test_an_odd_payment_stops_nothing(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """It is kept under its order's key; the order and its other payments are there."""
    key = next(iter(sandbox.store.payments.keys))
    body = sandbox.store.payments[key].body
    sandbox.store.payments.change(
        key, {**body, "mutations": {"no": "list"}, "isTest": {"x": 1}}, ""
    )
    report = await Mirror(client, catalog, only=["orders"]).arun()
    assert (report.rejected, report.has_differences) == (1, False)
    copy = SqliteSnapshot(catalog)
    (reject,) = copy.query("SELECT * FROM _mirror_rejects")
    assert json.loads(reject["body"])["id"] == key
    assert reject["request"].startswith("GET /orders/")
    assert reject["key"] in {row["uuid"] for row in copy.read_rows("orders")}
    assert key not in {row["id"] for row in copy.read_rows("order_payments")}
    copy.close()
    # A payment is not a list, so retrying does not decode it as one; each run reads its list again.
    report = await Mirror(client, catalog, only=["orders"], retry_rejects=True).arun()
    assert (report.rejected, report["order_payments"].requests) == (1, 2)
    sandbox.store.payments.change(key, body, "")
    report = await Mirror(client, catalog, only=["orders"]).arun()
    assert report.rejected == 0


async def test_an_order_that_was_deleted_during_the_sync(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """An order whose payments are not found is copied without them."""
    sandbox.faults.add("getOrderPayments nth=1 status=404")
    report = await Mirror(client, catalog, only=["orders"]).arun()
    assert (report["orders"].difference, report.rejected) == (0, 0)


@pytest.mark.parametrize("skip", ["order_payments", "category_articles"])
async def test_a_list_that_is_skipped_in_one_run(
    sandbox: Sandbox, client: ConnectClient, catalog: Path, skip: str
) -> None:
    """Skipping lists, and reading them again, changes no row of the copy."""
    only = ["articles", "categories", "orders"]
    job = Mirror(client, catalog, only=only)
    await job.arun()
    for full in (False, True):
        for skipped in ([skip], []):
            job = Mirror(client, catalog, only=only, skip=skipped, full=full)
            changes = [(one.new, one.changed, one.deleted) for one in await job.arun()]
            assert changes == [(0, 0, 0)] * (5 - len(skipped))


async def test_lists_that_are_skipped_first(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Lists that are read for the first time in a later run change no row of their resource."""
    await Mirror(client, catalog, only=["orders"], skip=["order_payments"]).arun()
    report = await Mirror(client, catalog, only=["orders"]).arun()
    assert (report["orders"].new, report["orders"].changed) == (0, 0)
    assert report["order_payments"].new == report["orders"].rows > 0


async def test_payments_of_deleted_orders_that_were_skipped(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Payments that a run with --delete hard skips are deleted by the next full run."""
    await Mirror(client, catalog, only=["orders"]).arun()
    number = next(one for one in sandbox.store.orders if one not in sandbox.store.test_orders)
    uuid = sandbox.store.orders[number].body["uuid"]
    sandbox.store.orders.remove(number)
    skip = ["order_payments"]
    options: Any = {"full": True, "delete": "hard"}
    await Mirror(client, catalog, only=["orders"], skip=skip, **options).arun()
    await Mirror(client, catalog, only=["orders"], **options).arun()
    copy = SqliteSnapshot(catalog)
    assert not copy.read_rows("order_payments", uuid)
    assert not copy.read_rows("order_payment_mutations", uuid)
    assert copy.read_rows("order_payments")
    copy.close()
