"""Orders are read incrementally: new and recent ones, and those with a new status."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import AuthenticationError, ConnectClient
from myonlinestore.mirror import Mirror
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.extract.test_child_sync import (
    count_payment_requests,
    fetch_payments,
    read_payments,
)
from tests.mirror.interceptor import make_json_response, respond_normally, run_intercepted_sandbox
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store


def add_orders(sandbox: Sandbox, count: int, days: int = 1_800) -> None:
    """Add orders with a payment each, evenly spread over the last days."""
    store = sandbox.store
    payment = store.payments[store.payments.keys[0]].body
    order = next(one for one in store.orders.bodies() if one["price"]["total"] != "0.00")
    number = max(store.orders)
    start = datetime.fromisoformat(store.now()) - timedelta(days=days)
    for place in range(count):
        placed = str(start + timedelta(days=days) * place / count)[:19]
        dates = {"date": placed[:10], "time": placed[11:]}
        changed = {"status_changed_date": placed[:10], "status_changed_time": placed[11:]}
        number += 1
        names = {"number": number, "uuid": f"00000000-0000-4000-8000-{number:012}"}
        store.orders.add(number, {**order, **names, **dates, **changed}, created=placed)
        row = {**payment, "id": f"payment-{number}"}
        store.payments.add(row["id"], row, created=placed, owner=number)
    store.commit()


def change_order(sandbox: Sandbox, number: int, **fields: Any) -> None:
    """Change the fields of an order, without a request."""
    orders = sandbox.store.orders
    orders.change(number, {**orders[number].body, **fields}, sandbox.store.now())
    sandbox.store.commit()


def get_age(sandbox: Sandbox, number: int) -> timedelta:
    """Return the time since an order was placed."""
    placed = sandbox.store.orders[number].body["date"]
    return datetime.fromisoformat(sandbox.store.now()) - datetime.fromisoformat(placed)


def read_comments(catalog: Path) -> dict[int, str | None]:
    copy = SqliteSnapshot(catalog)
    try:
        return {row["number"]: row["comments_internal"] for row in copy.read_rows("orders")}
    finally:
        copy.close()


def test_few_requests_for_orders_that_have_not_changed(catalog: Path) -> None:
    """A second run over 5,000 orders of five years takes 35 requests or fewer, and no payments."""
    with Sandbox(articles=30, seed=5) as sandbox, sandbox.client() as client:
        add_orders(sandbox, 5_000)
        job = Mirror(client, catalog, only=["orders"])
        first = job.run()
        assert first["orders"].rows == first["order_payments"].rows > 5_000
        assert first["orders"].requests < 60
        sandbox.journal.clear()
        second = job.run()
        assert (second["orders"].full, second["orders"].changed) == (False, 0)
        assert (second["order_payments"].read, second.has_differences) == (0, False)
        assert len(sandbox.journal.requests()) < 35
        lists = [entry.query for entry in sandbox.journal.requests(operation="getOrders")]
        assert all("start_date" in query or "status_changed_start_date" in query for query in lists)


def test_all_orders_come_before_the_first_payment(catalog: Path) -> None:
    """A first run copies the orders, and then reads the payments."""
    with Sandbox(articles=600, seed=5) as sandbox, sandbox.client() as client:
        progress: list[tuple[str, int, int | None]] = []

        def record(resource: str, done: int, total: int | None) -> None:
            progress.append((resource, done, total))

        job = Mirror(client, catalog, only=["orders"], on_progress=record)
        job.run()
        names = [entry.operation for entry in sandbox.journal.requests()]
        first = names.index("getOrderPayments")
        assert "getOrders" in names[:first]
        assert "getOrders" not in names[first:]
        orders = len(sandbox.store.orders) - len(sandbox.store.test_orders)
        assert ("orders", 0, orders) in progress
        assert ("order_payments", 0, orders) in progress
        assert progress[-1] == ("order_payments", orders, orders)


@pytest.mark.parametrize("days", [60, 365])
def test_what_a_later_run_reads(catalog: Path, days: int) -> None:
    """New orders, those with a new status and recent ones; others are read with --full."""
    with Sandbox(articles=30, seed=5) as sandbox, sandbox.client() as client:
        add_orders(sandbox, 400, days=730)
        Mirror(client, catalog, only=["orders"]).run()
        numbers = sandbox.store.orders.keys[-400:]
        recent = next(one for one in numbers if get_age(sandbox, one) < timedelta(days=days))
        before_it = numbers[numbers.index(recent) - 2]
        now = sandbox.store.now()
        status = {"status_changed_date": now[:10], "status_changed_time": now[11:]}
        changed = {"comments": {"customer": "", "internal": "changed"}}
        change_order(sandbox, numbers[0], **changed, status=9, **status)
        change_order(sandbox, recent, **changed)
        change_order(sandbox, before_it, **changed)
        add_orders(sandbox, 3, days=1)
        sandbox.journal.clear()
        report = Mirror(client, catalog, only=["orders"], reread_days=days).run()
        assert (report["orders"].new, report["orders"].changed) == (3, 2)
        held = read_comments(catalog)
        assert [held[one] for one in (numbers[0], recent, before_it)] == ["changed"] * 2 + [""]
        assert count_payment_requests(sandbox) == 5
        full = Mirror(client, catalog, only=["orders"], full=True).run()["orders"]
        assert (full.new, full.changed) == (0, 1)
        assert_equals_store(catalog, client, "orders")


def test_payments_that_are_not_final(catalog: Path) -> None:
    """The payments of a recent order are read again until one is made, those of an old one not."""
    with Sandbox(articles=30, seed=5) as sandbox, sandbox.client() as client:
        add_orders(sandbox, 100, days=200)
        store = sandbox.store
        open_payments = {"mutations": []}
        for number in store.orders.keys[-100:]:
            (payment,) = store.payments.owned_by(number)
            if number % 2:
                store.payments.change(payment["id"], {**payment, **open_payments}, store.now())
        store.commit()
        job = Mirror(client, catalog, only=["orders"])
        job.run()
        recent = [
            number
            for number in store.orders.keys[-100:]
            if number % 2 and get_age(sandbox, number) < timedelta(days=60)
        ]
        sandbox.journal.clear()
        job.run()
        paths = {entry.path for entry in sandbox.journal.requests(operation="getOrderPayments")}
        assert paths == {f"/v1/orders/{number}/payments" for number in recent}
        for number in recent:
            (payment,) = store.payments.owned_by(number)
            made = {"mutations": [{"id": number, "type": "capture", "price": 1}]}
            store.payments.change(payment["id"], {**payment, **made}, store.now())
        store.commit()
        report = job.run()["order_payments"]
        assert (report.read, report.changed) == (len(recent), len(recent))
        assert job.run()["order_payments"].read == 0
        assert read_payments(catalog) == fetch_payments(client)


@pytest.mark.parametrize(("total", "is_payable"), [("n/a", True), ("12.50", True), ("0.00", False)])
def test_payments_of_an_order_without_any(catalog: Path, total: str, is_payable: bool) -> None:
    """An order without payments is asked about again, unless it is free."""
    with Sandbox(articles=30, seed=5) as sandbox, sandbox.client() as client:
        add_orders(sandbox, 1, days=1)
        number = sandbox.store.orders.keys[-1]
        for payment in sandbox.store.payments.owned_by(number):
            sandbox.store.payments.remove(payment["id"])
        price = sandbox.store.orders[number].body["price"]
        change_order(sandbox, number, price={**price, "total": total})
        job = Mirror(client, catalog, only=["orders"])
        job.run()
        sandbox.journal.clear()
        job.run()
        paths = [entry.path for entry in sandbox.journal.requests(operation="getOrderPayments")]
        assert (f"/v1/orders/{number}/payments" in paths) is is_payable


def test_a_refresh_of_orders_is_resumed(catalog: Path) -> None:
    """After a 401 near the end, the next run reads the rest, and what changed in the part before."""
    with run_intercepted_sandbox(30) as (sandbox, interceptor), sandbox.client() as client:
        add_orders(sandbox, 2_500)
        pages = itertools.count()
        interceptor.respond = lambda path, query: (
            make_json_response("{}", 401) if path == "/v1/orders" and next(pages) >= 22 else None
        )
        job = Mirror(client, catalog, only=["orders"], skip=["order_payments"], concurrency=1)
        with pytest.raises(AuthenticationError):
            job.run()
        number = sandbox.store.orders.keys[20]
        now = sandbox.store.now()
        status = {"status_changed_date": now[:10], "status_changed_time": now[11:]}
        change_order(sandbox, number, status=9, **status)
        interceptor.respond = respond_normally
        sandbox.journal.clear()
        report = job.run()["orders"]
        assert (report.full, report.difference, report.changed) == (True, 0, 1)
        offsets = [
            int(entry.query["offset"][0])
            for entry in sandbox.journal.requests(operation="getOrders")
            if not any("date" in name for name in entry.query)
        ]
        assert min(offsets) > 1_900
        assert_equals_store(catalog, client, "orders")


def test_an_order_that_is_gone_is_counted(catalog: Path) -> None:
    """An incremental run reports orders that the store no longer has, and a full one marks them."""
    with Sandbox(articles=90, seed=5) as sandbox, sandbox.client() as client:
        only = ("--only", "orders")
        assert run(sandbox, str(catalog), *only).exit_code == 0
        number = next(one for one in sandbox.store.orders if one not in sandbox.store.test_orders)
        uuid = sandbox.store.orders[number].body["uuid"]
        sandbox.store.orders.remove(number)
        sandbox.store.commit()
        result = run(sandbox, str(catalog), *only)
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (
            3,
            "orders: 1 row was deleted in the store: run --full",
        )
        rows = len(read_payments(catalog)[uuid])
        assert run(sandbox, str(catalog), *only, "--full").exit_code == 0
        assert len(read_payments(catalog)[uuid]) == rows == 1
        assert run(sandbox, str(catalog), *only, "--full", "--delete", "hard").exit_code == 0
        assert uuid not in read_payments(catalog)
        assert_equals_store(catalog, client, "orders")


def test_orders_that_are_counted_and_not_listed(catalog: Path) -> None:
    """A run that cannot read all changed orders says so, and the next reads them again."""
    with run_intercepted_sandbox(30) as (sandbox, interceptor), sandbox.client() as client:
        add_orders(sandbox, 40, days=40)
        job = Mirror(client, catalog, only=["orders"])
        job.run()
        change_order(sandbox, sandbox.store.orders.keys[-1], locale="de_DE")
        interceptor.respond = lambda path, query: (
            make_json_response("[]") if path == "/v1/orders" else None
        )
        for _ in range(2):
            report = job.run()["orders"]
            assert (report.unread, report.full) == (40, False)
        interceptor.respond = respond_normally
        report = job.run()["orders"]
        assert (report.unread, report.changed) == (0, 1)
        assert_equals_store(catalog, client, "orders")


def test_an_order_that_is_placed_during_a_run(catalog: Path) -> None:
    """An order that is placed after the changes were read makes the counts differ, and is read."""
    with Sandbox(articles=30, seed=5) as sandbox, sandbox.client() as client:
        add_orders(sandbox, 10, days=10)
        Mirror(client, catalog, only=["orders"]).run()

        calls = itertools.count()

        def place(resource: str, done: int, total: int | None) -> None:
            if resource == "orders" and done >= 10 and next(calls) == 0:
                add_orders(sandbox, 1, days=0)
                # No filter by its status finds it.
                number = sandbox.store.orders.keys[-1]
                change_order(sandbox, number, status_changed_date="2020-01-01")

        report = Mirror(client, catalog, only=["orders"], on_progress=place).run()
        assert (report["orders"].new, report["orders"].difference) == (1, 0)
        assert_equals_store(catalog, client, "orders")
        assert read_payments(catalog) == fetch_payments(client)


def test_a_difference_of_orders_that_stays(catalog: Path) -> None:
    """A count above the rows that can be read is reported by each run."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        rows = Mirror(client, catalog, only=["orders"]).run()["orders"].rows
        interceptor.respond = lambda path, query: (
            make_json_response(json.dumps({"count": rows + 2}))
            if path == "/v1/orders/count" and not any("date" in name for name in query)
            else None
        )
        report = Mirror(client, catalog, only=["orders"]).run()["orders"]
        assert (report.difference, report.full) == (2, False)


def test_the_plan_of_orders(catalog: Path) -> None:
    """A dry run counts the orders of recent days, and those with a new status."""
    with Sandbox(articles=30, seed=5) as sandbox, sandbox.client() as client:
        add_orders(sandbox, 100, days=100)
        job = Mirror(client, catalog, only=["orders"], reread_days=10)
        job.run()
        (plan,) = job.plan()
        assert (plan.full, plan.store_rows) == (False, 10)
        assert plan.since is not None
        days = Mirror(client, catalog, only=["orders"], reread_days=10**9)
        assert (days.plan()[0].store_rows or 0) >= 100


def test_days_must_be_a_whole_number(client: ConnectClient, catalog: Path) -> None:
    """Invalid days are refused when the mirror is created."""
    for days in (-1, 1.5, True):
        with pytest.raises(ValueError, match="reread_days"):
            Mirror(client, catalog, reread_days=days)  # type: ignore[arg-type]
