"""Rows that a list lacks are deleted only if the store confirms it."""

from __future__ import annotations

import itertools
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from myonlinestore import ConnectClient, ServerError
from myonlinestore.mirror import Mirror
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.databases import Database
from tests.mirror.extract.dates import remove_dates
from tests.mirror.interceptor import Respond, make_json_response, run_intercepted_sandbox
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store


def respond_with_empty_pages(path: str, *numbers: int) -> Respond:
    """Return empty pages for the requests of a list with these numbers, or for all of them."""
    requests = itertools.count(1)

    def respond(requested: str, query: dict[str, str]) -> Response | None:
        if requested != path or (numbers and next(requests) not in numbers):
            return None
        return make_json_response("[]")

    return respond


def count_live_rows(catalog: Path, resource: str) -> int:
    copy = SqliteSnapshot(catalog)
    try:
        return len(copy.read_undeleted_rows(resource))
    finally:
        copy.close()


def test_an_empty_page_of_orders_deletes_nothing(catalog: Path) -> None:
    """A list that is empty once is read again before any row is marked."""
    with (
        run_intercepted_sandbox(articles=300) as (sandbox, interceptor),
        sandbox.client() as client,
    ):
        first = Mirror(client, catalog, only=["orders"]).run()["orders"]
        assert first.rows > 20
        interceptor.respond = respond_with_empty_pages("/v1/orders", 1)
        report = Mirror(client, catalog, only=["orders"], full=True).run()["orders"]
        assert (report.deleted, report.difference, report.rows) == (0, 0, first.rows)
        assert_equals_store(catalog, client, "orders")


def test_a_run_that_fails_after_an_empty_page_deletes_nothing(catalog: Path) -> None:
    """Rows are marked in the last transaction of a sync, after the store's count is compared."""
    with run_intercepted_sandbox(articles=300) as (sandbox, interceptor):
        with sandbox.client(max_retries=0) as client:
            rows = Mirror(client, catalog, only=["orders"]).run()["orders"].rows
            pages = itertools.count()

            def respond(path: str, query: dict[str, str]) -> Response | None:
                if path != "/v1/orders":
                    return None
                return (
                    make_json_response("[]") if next(pages) == 0 else make_json_response("{}", 500)
                )

            interceptor.respond = respond
            with pytest.raises(ServerError):
                Mirror(client, catalog, only=["orders"], full=True, max_wait=0).run()
        assert count_live_rows(catalog, "orders") == rows


@pytest.mark.parametrize("resource", ["customers", "discount_codes"])
def test_a_list_without_a_count_that_is_empty_once(database: Database, resource: str) -> None:
    """One empty response of a list without a count deletes nothing, in any database."""
    with (
        run_intercepted_sandbox(articles=300) as (sandbox, interceptor),
        sandbox.client() as client,
    ):
        job = Mirror(client, database.address, only=[resource])
        rows = job.run()[resource].rows
        interceptor.respond = respond_with_empty_pages(f"/v1/{resource.replace('_', '')}", 1)
        report = job.run()[resource]
        assert (report.deleted, report.refused, report.rows) == (0, 0, rows)
    live = [row for row in database.read_rows(resource) if row["_deleted_at"] is None]
    assert len(live) == rows > 0


def test_a_list_that_stays_empty_is_refused(catalog: Path) -> None:
    """More deletions than --max-delete end with exit code 5, until the option allows them."""
    with run_intercepted_sandbox(articles=300) as (sandbox, interceptor):
        arguments = (str(catalog), "--only", "customers", "--json")
        rows = json.loads(run(sandbox, *arguments).stdout)["rows"]
        assert rows > 20
        interceptor.respond = respond_with_empty_pages("/v1/customers")
        for _ in range(2):
            result = run(sandbox, *arguments)
            (customers,) = json.loads(result.stdout)["resources"]
            assert (result.exit_code, customers["refused"], customers["deleted"]) == (5, rows, 0)
            assert result.stderr.splitlines()[-1] == (
                f"customers: {rows} rows of the copy are missing from the store's list, more than "
                "--max-delete allows, and none was deleted: run again, and if the rows are really "
                f"gone, with --max-delete {rows}"
            )
            assert count_live_rows(catalog, "customers") == rows
        status = json.loads(run(sandbox, "status", str(catalog), "--json").stdout)
        assert status["complete"] is False
        result = run(sandbox, *arguments, "--max-delete", str(rows))
        assert (result.exit_code, count_live_rows(catalog, "customers")) == (0, 0)


def test_few_rows_may_all_be_deleted(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Up to ten deletions are never refused, even if nothing is left."""
    codes = [str(code.code) for code in client.discount_codes.list()]
    job = Mirror(client, catalog, only=["discount_codes"])
    job.run()
    assert 0 < len(codes) <= 10
    for code in codes:
        client.discount_codes.delete(code=code)
    report = job.run()["discount_codes"]
    assert (report.deleted, report.refused, report.rows) == (len(codes), 0, 0)


@pytest.mark.parametrize(("max_delete", "deleted"), [(2, 0), (3, 3)])
def test_the_maximum_number_of_deletions(
    sandbox: Sandbox, client: ConnectClient, catalog: Path, max_delete: int, deleted: int
) -> None:
    """A maximum holds for lists with a count as well, to the row."""
    Mirror(client, catalog, only=["articles"]).run()
    for article in client.articles.list(limit=3):
        client.articles.delete(article_id=article.id)
    job = Mirror(client, catalog, only=["articles"], full=True, max_delete=max_delete)
    report = job.run()["articles"]
    assert (report.deleted, report.refused) == (deleted, 3 - deleted)


@pytest.mark.parametrize("max_delete", [-1, 1.5, True])
def test_a_maximum_must_be_a_whole_number(
    client: ConnectClient, catalog: Path, max_delete: Any
) -> None:
    """An invalid maximum is refused when the mirror is created."""
    with pytest.raises(ValueError, match="max_delete"):
        Mirror(client, catalog, max_delete=max_delete)


def test_rows_without_a_date_are_not_deleted_and_added_again(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A full refresh keeps rows that no date filter finds, with the user's own columns."""
    remove_dates(sandbox, sandbox.store.articles.keys[::3])
    Mirror(client, catalog, only=["articles"], full=True).run()
    database = sqlite3.connect(catalog)
    database.execute("ALTER TABLE articles ADD COLUMN my_note TEXT")
    database.execute("UPDATE articles SET my_note = 'mine'")
    database.commit()
    database.close()
    job = Mirror(client, catalog, only=["articles"], full=True, delete="hard")
    report = job.run()["articles"]
    assert (report.new, report.deleted, report.difference) == (0, 0, 0)
    copy = SqliteSnapshot(catalog)
    assert {row["my_note"] for row in copy.read_rows("articles")} == {"mine"}
    copy.close()


def test_a_count_above_the_list_deletes_nothing(catalog: Path) -> None:
    """Rows that a list lacks but the count includes are not marked, and the difference is reported."""
    with (
        run_intercepted_sandbox(articles=300) as (sandbox, interceptor),
        sandbox.client() as client,
    ):
        rows = Mirror(client, catalog, only=["orders"]).run()["orders"].rows

        interceptor.respond = respond_with_empty_pages("/v1/orders")
        job = Mirror(client, catalog, only=["orders"], full=True, max_delete=rows)
        report = job.run()["orders"]
        assert (report.deleted, report.difference) == (0, rows)
        assert count_live_rows(catalog, "orders") == rows


def test_a_list_that_changes_at_each_reading_ends(catalog: Path) -> None:
    """A list without a count is read a limited number of times while other rows are missing."""
    with (
        run_intercepted_sandbox(articles=300) as (sandbox, interceptor),
        sandbox.client() as client,
    ):
        job = Mirror(client, catalog, only=["customers"])
        job.run()
        customers = [{"id": row["id"]} for row in SqliteSnapshot(catalog).read_rows("customers")]
        readings = itertools.count(1)

        def respond(path: str, query: dict[str, str]) -> Response | None:
            if path != "/v1/customers":
                return None
            return make_json_response(json.dumps(customers[next(readings) :]))

        interceptor.respond = respond
        report = job.run()["customers"]
        assert (next(readings), report.deleted) == (4, 3)


def test_an_empty_list_of_a_first_run_is_read_again(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A list without a count that is empty is read twice, also if the copy has none of its rows."""
    sandbox.faults.add("getCustomers nth=1 body=empty")
    report = Mirror(client, catalog, only=["customers"]).run()
    assert report["customers"].rows == len(sandbox.store.customers) > 0
