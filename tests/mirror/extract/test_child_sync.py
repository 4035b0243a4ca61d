"""Lists that take a request for each row: faults of one or all of them, and interrupted syncs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.responses import Response

from myonlinestore import AuthenticationError, ConnectClient, ServerError, iterate_all
from myonlinestore.mirror import Mirror
from myonlinestore.mirror.extract import outage
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.databases import Database
from tests.mirror.interceptor import (
    Respond,
    make_json_response,
    respond_normally,
    run_intercepted_sandbox,
)
from tests.mirror.snapshots import SqliteSnapshot

Fault = Callable[[], Response]

DEEP = '{"payments": [{"id": "a", "unknown": ' + "[" * 2000 + "]" * 2000 + '}, {"id": "sound"}]}'
FAULTS: dict[str, Fault] = {
    "500": lambda: make_json_response('{"title": "broken"}', 500),
    "403": lambda: make_json_response("{}", 403),
    "404": lambda: make_json_response("{}", 404),
    "400": lambda: make_json_response("", 400),
    "null": lambda: make_json_response("null"),
    "text": lambda: make_json_response('"payments"'),
    "html": lambda: Response("<html>", media_type="text/html"),
}


def fail_lists(fault: Fault, *numbers: int) -> Respond:
    """Return a fault for the payments of the orders with these numbers, or of all orders."""

    def respond(path: str, query: dict[str, str]) -> Response | None:
        *_, number, name = path.split("/")
        is_failing = name == "payments" and (not numbers or int(number) in numbers)
        return fault() if is_failing else None

    return respond


def read_payments(catalog: Path) -> dict[str, set[str]]:
    """Return the payments in a copy by order."""
    copy = SqliteSnapshot(catalog)
    found: dict[str, set[str]] = {row["uuid"]: set() for row in copy.read_rows("orders")}
    for row in copy.read_rows("order_payments"):
        found[row["order_uuid"]].add(row["id"])
    copy.close()
    return found


def fetch_payments(client: ConnectClient) -> dict[str, set[str]]:
    """Return the payments in the store by order."""
    return {
        str(order.uuid): {
            str(one.id) for one in client.orders.list_payments(order_number=order.number or "")
        }
        for order in iterate_all(client.orders.list)
    }


def count_payment_requests(sandbox: Sandbox) -> int:
    return len(sandbox.journal.requests(operation="getOrderPayments"))


@pytest.mark.parametrize("fault", FAULTS)
def test_one_list_that_fails_is_a_reject(catalog: Path, fault: str) -> None:
    """The rest is copied, and each later run tries the list again until it succeeds."""
    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        expected = fetch_payments(client)
        order = client.orders.list(limit=1, offset=6).items[0]
        interceptor.respond = fail_lists(FAULTS[fault], int(order.number or 0))
        job = Mirror(client, catalog, only=["orders", "discount_codes"], max_wait=0)
        for requests in (len(expected) + 2, 2):
            report = job.run()
            assert (report.rejected, report.unreadable) == (1, [])
            assert report["order_payments"].requests == requests
            assert read_payments(catalog) == {**expected, str(order.uuid): set()}
            (kept,) = SqliteSnapshot(catalog).query("SELECT * FROM _mirror_rejects")
            assert (kept["resource"], kept["key"]) == ("order_payments", order.uuid)
            assert f"/orders/{order.number}/payments?embed=" in kept["request"]
            assert f"/orders/{order.number}/payments" in kept["reason"]
        interceptor.respond = respond_normally
        report = job.run()
        assert (report.rejected, report["order_payments"].requests) == (0, 2)
        assert read_payments(catalog) == expected


def test_a_payment_that_is_nested_too_deeply_is_a_reject(catalog: Path) -> None:
    """It is kept under the key of its order, whose other payments are copied."""
    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        expected = fetch_payments(client)
        order = client.orders.list(limit=1, offset=6).items[0]
        interceptor.respond = fail_lists(lambda: make_json_response(DEEP), int(order.number or 0))
        job = Mirror(client, catalog, only=["orders"], max_wait=0)
        for _ in range(2):
            report = job.run()
            assert (report.rejected, report.unreadable) == (1, [])
            assert read_payments(catalog) == {**expected, str(order.uuid): {"sound"}}
            (kept,) = SqliteSnapshot(catalog).query("SELECT * FROM _mirror_rejects")
            assert (kept["resource"], kept["key"]) == ("order_payments", order.uuid)
            assert "nested too deeply" in kept["reason"]
        interceptor.respond = respond_normally
        assert job.run().rejected == 0
        assert read_payments(catalog) == expected


def test_an_earlier_version_of_a_list_that_fails_stays(database: Database) -> None:
    """A list that can no longer be read keeps its rows, in any database."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        job = Mirror(client, database.address, only=["orders"], full=True)
        job.run()
        rows = database.read_rows("order_payments")
        number = int(client.orders.list(limit=1).items[0].number or 0)
        interceptor.respond = fail_lists(FAULTS["404"], number, number + 1)
        assert job.run().rejected == 2
        assert database.read_rows("order_payments") == rows
        interceptor.respond = respond_normally
        report = Mirror(client, database.address, only=["orders"]).run()
        assert (report.rejected, report["order_payments"].read) == (0, 2)
        assert database.read_rows("order_payments") == rows


def test_the_command_reports_a_list_that_fails(catalog: Path) -> None:
    """The command exits with 4 and names the table of the rejects."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        number = int(client.orders.list(limit=1).items[0].number or 0)
        interceptor.respond = fail_lists(FAULTS["404"], number)
        result = run(sandbox, str(catalog), "--only", "orders")
        assert result.exit_code == 4
        assert "1 row could not be decoded or written: see the reason in _mirror_rejects" in (
            result.stderr
        )
        status = json.loads(run(sandbox, "status", str(catalog), "--json").stdout)
        rejects = {one["resource"]: one["rejects"] for one in status["resources"]}
        assert rejects == {"orders": 0, "order_payments": 1}


@pytest.mark.parametrize("fault", ["500", "403", "404", "null"])
@pytest.mark.parametrize("articles", [40, 9])
def test_lists_that_all_fail(catalog: Path, fault: str, articles: int) -> None:
    """A resource of which no list can be read is reported, everything else is copied."""
    with (
        run_intercepted_sandbox(articles) as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        interceptor.respond = fail_lists(FAULTS[fault])
        job = Mirror(client, catalog, only=["orders", "discount_codes"], max_wait=0)
        for _ in range(2):
            report = job.run()
            assert (report.unreadable, report.rejected) == (["order_payments"], 0)
            assert report["discount_codes"].error is None
        interceptor.respond = respond_normally
        assert job.run().unreadable == []
        assert read_payments(catalog) == fetch_payments(client)


def fail_payments(status: int, *, after: int) -> Respond:
    """Return a function that responds to lists of payments with an error, after some of them."""
    requests = itertools.count()
    return lambda path, query: (
        make_json_response("{}", status)
        if path.endswith("payments") and next(requests) >= after
        else None
    )


def test_lists_that_fail_from_some_time_on(catalog: Path) -> None:
    """The lists that were read before stay, and the next run reads the others only."""
    with run_intercepted_sandbox(900) as (sandbox, interceptor), sandbox.client() as client:
        expected = fetch_payments(client)
        interceptor.respond = fail_payments(403, after=250)
        job = Mirror(client, catalog, only=["orders"])
        assert job.run().unreadable == ["order_payments"]
        interceptor.respond = respond_normally
        sandbox.journal.clear()
        assert job.run().unreadable == []
        assert count_payment_requests(sandbox) <= len(expected) - 200
        assert read_payments(catalog) == expected


def test_a_sync_of_lists_is_resumed(catalog: Path) -> None:
    """After a 401 near the end, the next run reads few lists again."""
    with run_intercepted_sandbox(1200) as (sandbox, interceptor), sandbox.client() as client:
        expected = fetch_payments(client)
        interceptor.respond = fail_payments(401, after=380)
        job = Mirror(client, catalog, only=["orders"])
        for _ in range(2):
            with pytest.raises(AuthenticationError):
                job.run()
        interceptor.respond = respond_normally
        sandbox.journal.clear()
        report = job.run()
        assert count_payment_requests(sandbox) <= len(expected) - 300
        assert report["orders"].full is False
        assert read_payments(catalog) == expected


@pytest.mark.parametrize("articles", [9, 60])
def test_an_outage_during_lists(
    catalog: Path, monkeypatch: pytest.MonkeyPatch, articles: int
) -> None:
    """All lists are read when the store responds again, and none is a reject."""
    monkeypatch.setattr(outage, "INITIAL_DELAY_SECONDS", 0.001)
    with (
        run_intercepted_sandbox(articles) as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        failures = itertools.count()
        started: list[str] = []

        def respond(path: str, query: dict[str, str]) -> Response | None:
            started.append(path)
            is_out = any(one.endswith("payments") for one in started) and next(failures) < 12
            return make_json_response("{}", 503) if is_out else None

        interceptor.respond = respond
        report = Mirror(client, catalog, only=["orders"]).run()
        assert (report.rejected, report.unreadable) == (0, [])
        assert read_payments(catalog) == fetch_payments(client)


def test_an_outage_that_lasts_too_long(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends with the failure if the store responds to nothing, and can be resumed."""
    monkeypatch.setattr(outage, "INITIAL_DELAY_SECONDS", 0.001)
    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        requests: list[str] = []

        def respond(path: str, query: dict[str, str]) -> Response | None:
            requests.append(path)
            is_out = any(one.endswith("payments") for one in requests)
            return make_json_response("{}", 503) if is_out else None

        interceptor.respond = respond
        job = Mirror(client, catalog, only=["orders"], max_wait=0)
        with pytest.raises(ServerError):
            job.run()
        assert [one.resource for one in job.last_report] == ["orders"]
        interceptor.respond = respond_normally
        job.run()
        assert read_payments(catalog) == fetch_payments(client)


def test_many_orders_whose_lists_fail_for_ever(catalog: Path) -> None:
    """Rejects of an earlier run are tried last, and fail neither the run nor the resource."""
    with (
        run_intercepted_sandbox(120) as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        job = Mirror(client, catalog, only=["orders"], max_wait=0)
        job.run()
        orders = list(iterate_all(client.orders.list))
        faulty = [int(order.number or 0) for order in orders[::2]]
        assert len(faulty) > 12
        interceptor.respond = fail_lists(FAULTS["404"], *faulty)
        full = Mirror(client, catalog, only=["orders"], max_wait=0, full=True)
        assert full.run().rejected == len(faulty)
        interceptor.respond = fail_lists(FAULTS["500"], *faulty)
        for mirror in (job, full):
            report = mirror.run()
            assert (report.rejected, report.unreadable) == (len(faulty), [])
        interceptor.respond = respond_normally
        assert job.run().rejected == 0
