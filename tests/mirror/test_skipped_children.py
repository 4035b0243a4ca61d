"""Runs with and without the child streams: no orphans, no missed lists, no reported changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorReport
from myonlinestore.sandbox import Sandbox
from tests.mirror.databases import Database, FileFolder
from tests.mirror.snapshots import assert_equals_store

SKIP = ("order_payments", "category_articles")


@pytest.fixture
def sandbox() -> Any:
    """Serve a store with more orders."""
    with Sandbox(articles=60, seed=5) as sandbox:
        yield sandbox


def run(client: ConnectClient, address: str, **options: Any) -> MirrorReport:
    return Mirror(client, address, only=["orders", "categories"], **options).run()


def delete_paid_order(client: ConnectClient, sandbox: Sandbox) -> str:
    """Delete an order that has a payment, and return its UUID."""
    for key in sandbox.store.orders.keys:
        if client.orders.list_payments(order_number=key).items:
            uuid = str(sandbox.store.orders[key].body["uuid"])
            sandbox.store.orders.remove(key)
            sandbox.store.commit()
            return uuid
    raise AssertionError("no order has a payment")


def count_changes(report: MirrorReport) -> int:
    return sum(one.new + one.changed + one.deleted for one in report)


def test_a_skipped_list_of_a_deleted_row_is_deleted(database: Database, sandbox: Sandbox) -> None:
    """With hard deletion, no payments of a deleted order stay, although payments are skipped."""
    with sandbox.client() as client:
        run(client, database.address)
        uuid = delete_paid_order(client, sandbox)
        payments = "SELECT count(*) FROM order_payments WHERE order_uuid"
        assert database.query(f"{payments} = '{uuid}'") != [(0,)]
        report = run(client, database.address, skip=SKIP, full=True, delete="hard")
        assert report["orders"].deleted == 1
        assert database.query(f"{payments} = '{uuid}'") == [(0,)]
        assert database.query(f"{payments} NOT IN (SELECT uuid FROM orders)") == [(0,)]
        state = "SELECT count(*) FROM _mirror_rows WHERE resource = 'order_payments'"
        assert database.query(state) == database.query("SELECT count(*) FROM orders")
        assert count_changes(run(client, database.address)) == 0


def test_orphans_of_an_earlier_run_are_deleted(database: Database, sandbox: Sandbox) -> None:
    """A run with hard deletion deletes payments without an order that were there before."""
    with sandbox.client() as client:
        run(client, database.address)
        database.query(
            "DELETE FROM orders WHERE uuid = (SELECT min(order_uuid) FROM order_payments)"
        )
        orphans = (
            "SELECT count(*) FROM order_payments WHERE order_uuid NOT IN (SELECT uuid FROM orders)"
        )
        assert database.query(orphans) != [(0,)]
        only = Mirror(
            client, database.address, only=["orders"], skip=SKIP, full=True, delete="hard"
        )
        only.run()
        assert database.query(orphans) == [(0,)]


def test_the_files_of_a_skipped_list(sandbox: Sandbox, tmp_path: Path) -> None:
    """The file of a skipped list has no rows of a deleted order either."""
    folder = FileFolder("jsonl", tmp_path / "copy")
    with sandbox.client() as client:
        run(client, folder.address)
        uuid = delete_paid_order(client, sandbox)
        run(client, folder.address, skip=SKIP, full=True, delete="hard")
    for table in ("order_payments", "order_lines"):
        assert uuid not in {row["order_uuid"] for row in folder.read_rows(table)}


def test_files_without_a_skipped_list(sandbox: Sandbox, tmp_path: Path) -> None:
    """A list that was never read gets no file from a run with hard deletion."""
    folder = FileFolder("jsonl", tmp_path / "copy")
    with sandbox.client() as client:
        for _ in range(2):
            run(client, folder.address, skip=SKIP, full=True, delete="hard")
    assert "orders" in folder.get_tables()
    assert not {"order_payments", "_mirror_order_payments"} & set(folder.get_tables())


def test_skipping_is_not_a_change(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """Runs that alternate between resources and lists report no changes, because there are none."""
    address = str(catalog)
    assert count_changes(run(client, address)) > 0
    choices: list[dict[str, Any]] = [{"skip": SKIP}, {}, {"skip": SKIP[:1]}, {"full": True}]
    choices += [{"skip": ["orders"]}, {"skip": SKIP, "full": True}, {}]
    for options in choices:
        assert count_changes(run(client, address, **options)) == 0, options
    for only in (["orders"], ["categories"]):
        assert count_changes(Mirror(client, catalog, only=only).run()) == 0
    assert_equals_store(catalog, client, "orders", "categories")


def test_a_row_that_changes_while_its_list_is_skipped(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """The next run with the list reads it again for a row that changed in a run without it."""
    address = str(catalog)
    run(client, address, reread_days=0)
    order = next(
        one
        for one in client.orders.list(limit=100)
        if client.orders.list_payments(order_number=one.number or 0).items
    )
    body = {"gateway": "mollie", "method": "ideal"}
    client.orders.create_payment_raw(order_number=order.number or 0, body=body)
    key = int(order.number or 0)
    record = sandbox.store.orders[key]
    sandbox.store.orders.change(key, {**record.body, "archived": not record.body["archived"]}, "")
    sandbox.store.commit()
    assert run(client, address, skip=SKIP, full=True)["orders"].changed == 1
    report = run(client, address, reread_days=0)
    assert report["order_payments"].changed == 1
    assert_equals_store(catalog, client, "orders")
