"""The whole job: a store over real HTTP into an SQLite file, and again when it has changed."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import anyio.lowlevel
import pytest

from myonlinestore import AuthenticationError, ConnectClient, iterate_all
from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.mirror.extract.streams import CHILD_NAMES, RESOURCE_NAMES, list_tables
from myonlinestore.models import ArticlePriceCreate, ArticleUpdate
from myonlinestore.sandbox import Sandbox
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store


def test_the_copy_equals_the_store(big_sandbox: Sandbox, catalog: Path) -> None:
    """Each row of each resource is in the copy, field by field and child by child."""
    with big_sandbox.client() as client:
        report = Mirror(client, catalog).run()
        assert_equals_store(catalog, client)
    assert report["articles"].rows == report["articles"].new == 660
    assert [one.resource for one in report] == [table.resource for table in list_tables()]


def test_the_copy_has_the_children_that_it_should(big_sandbox: Sandbox, catalog: Path) -> None:
    """Child tables are filled from the store's data, not merely there."""
    with big_sandbox.client() as client:
        Mirror(client, catalog, only=["articles", "orders", "customers"]).run()
        articles = list(iterate_all(client.articles.list))
    copy = SqliteSnapshot(catalog)
    images = copy.query("SELECT count(*) AS n FROM article_images")[0]["n"]
    assert images == sum(len(article.images) for article in articles) > 0
    for table in ("article_categories", "article_list_options", "article_variant_options"):
        assert copy.read_rows(table), table
    for table in ("order_lines", "order_line_articles", "order_price_tax", "customer_addresses"):
        assert copy.read_rows(table), table
    copy.close()


@pytest.mark.anyio
async def test_arun_copies_on_either_loop(sandbox: Sandbox, catalog: Path) -> None:
    """The coroutine does the same on asyncio and trio, and leaves the client open."""
    async with sandbox.client() as client:
        report = await Mirror(client, str(catalog)).arun()
        assert await client.articles.acount() == 40
    assert report["articles"].new == 40
    with sandbox.client() as client:
        assert_equals_store(catalog, client)


@pytest.mark.anyio
async def test_arun_does_not_block_the_loop(sandbox: Sandbox, catalog: Path) -> None:
    """Other tasks run while pages are fetched and written."""
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await anyio.lowlevel.checkpoint()
            turns += 1

    async with sandbox.client() as client, anyio.create_task_group() as group:
        group.start_soon(count_turns)
        report = await Mirror(client, catalog).arun()
        group.cancel_scope.cancel()
    assert turns > report.requests


def test_run_inside_a_running_loop(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """The sync call works where a loop runs already, as in a notebook."""

    async def run_in_loop() -> int:
        return Mirror(client, catalog, only=["articles"]).run()["articles"].rows

    assert asyncio.run(run_in_loop()) == 40
    assert_equals_store(catalog, client, "articles")


def test_run_in_a_thread(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """The sync call works in a thread that is not the main one."""
    reports: list[Any] = []
    job = Mirror(client, catalog, only=["articles"])
    thread = threading.Thread(target=lambda: reports.append(job.run()))
    thread.start()
    thread.join()
    assert reports[0].rows == 40


def test_a_second_run_finds_nothing_new(client: ConnectClient, catalog: Path) -> None:
    """A run on an unchanged store changes no row."""
    first, second = (Mirror(client, catalog).run() for _ in range(2))
    assert first.rows == second.rows == sum(one.new for one in first)
    assert all((one.new, one.changed, one.deleted) == (0, 0, 0) for one in second)


def test_changes_are_brought_over(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """Rows that were changed, added and deleted are changed, there and marked after the next run."""
    Mirror(client, catalog).run()
    changed, gone = (article.id for article in client.articles.list(limit=2))
    body = ArticleUpdate(stock=None, price=ArticlePriceCreate(default="12.50"))
    client.articles.update(article_id=changed, body=body)
    client.articles.delete(article_id=gone)
    added = client.articles.create(body={"name": "Nieuw", "price": {"default": "1.10"}})

    report = Mirror(client, catalog, full=True).run()["articles"]
    assert (report.rows, report.new, report.changed, report.deleted) == (40, 1, 1, 1)
    assert_equals_store(catalog, client)
    copy = SqliteSnapshot(catalog)
    rows = {row["id"]: row for row in copy.read_rows("articles")}
    assert (rows[changed]["stock"], rows[changed]["price_default"]) == (None, "12.50")
    assert rows[added.id]["price_default"] == "1.10"
    assert rows[gone]["_deleted_at"] is not None
    copy.close()


def test_a_change_below_a_row_is_a_change(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Children are replaced with their row: fewer, more and other ones."""
    Mirror(client, catalog, only=["customers"]).run()
    first, second, *_ = (str(customer.id) for customer in client.customers.list())
    for address in client.customers.list_addresses(customer_id=first):
        client.customers.delete_address(customer_id=first, address_id=str(address.id))
    new = {"firstName": "A", "lastName": "B", "street": "Dam", "streetNumber": "1"}
    database = {"zipCode": "1012JS", "city": "Amsterdam", "countryCode": "NL"}
    client.customers.create_address(customer_id=second, body={**new, **database})

    report = Mirror(client, catalog, only=["customers"]).run()["customers"]
    assert (report.new, report.changed, report.deleted) == (0, 2, 0)
    assert_equals_store(catalog, client, "customers")


def test_a_row_that_comes_back_is_no_longer_deleted(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A tombstone goes when the store has the row again."""
    job = Mirror(client, catalog, only=["newsletter_subscribers"], full=True)
    job.run()
    email = str(client.newsletter.list(limit=1).items[0].email)
    client.newsletter.delete(email=email)
    assert [job.run().resources[0].deleted for _ in range(2)] == [1, 0]
    client.newsletter.create(body={"email": email, "name": "Terug"})
    assert job.run().resources[0].new == 1
    assert_equals_store(catalog, client, "newsletter_subscribers")


def test_only_and_skip(client: ConnectClient, catalog: Path) -> None:
    """Only the chosen resources are asked for and get tables."""
    report = Mirror(client, catalog, only=["orders", "store"], skip=["store"]).run()
    assert [one.resource for one in report] == ["orders", "order_payments"]
    copy = SqliteSnapshot(catalog)
    assert {name for name in copy.tables if name.partition("_")[0] not in ("order", "")} == {
        "orders"
    }
    copy.close()
    report = Mirror(client, catalog, skip=["orders"]).run()
    rest = {*RESOURCE_NAMES, *CHILD_NAMES} - {"orders", "order_payments"}
    assert {one.resource for one in report} == rest


@pytest.mark.parametrize(
    "choice", [{"only": ["article"]}, {"skip": ["x"]}, {"only": ["store"], "skip": ["store"]}]
)
def test_an_unknown_or_empty_choice_is_refused(
    client: ConnectClient, catalog: Path, choice: dict[str, list[str]]
) -> None:
    """A misspelt resource never means silently nothing."""
    with pytest.raises(ValueError, match="resource"):
        Mirror(client, catalog, **choice)


def test_progress_is_reported(client: ConnectClient, catalog: Path) -> None:
    """The callback is called at the start, each write, and the end of each resource."""
    calls: list[tuple[str, int, int | None]] = []
    Mirror(client, catalog, on_progress=lambda *progress: calls.append(progress)).run()
    articles = [(done, total) for resource, done, total in calls if resource == "articles"]
    assert articles[0] == (0, 40)
    assert articles[-1] == (40, 40)
    assert {resource for resource, *_ in calls} == {*RESOURCE_NAMES, *CHILD_NAMES}
    statuses = [total for resource, _, total in calls if resource == "order_statuses"]
    assert statuses[0] is None
    assert statuses[-1] == 11


def test_requests_are_counted(big_sandbox: Sandbox, catalog: Path) -> None:
    """The report counts the requests: two counts, overlapping pages, an empty one, and payments."""
    with big_sandbox.client() as client:
        before = len(big_sandbox.journal.requests())
        report = Mirror(client, catalog, only=["articles", "orders", "tax_regions"]).run()
        made = len(big_sandbox.journal.requests()) - before
    orders = report["orders"].rows
    counts, pages, empty_page = 2, -(-orders // 99), 1
    assert report["orders"].requests == counts + pages + empty_page
    assert report["order_payments"].requests == orders
    assert report["tax_regions"].requests == 1
    assert report["articles"].bytes > 40 * report["articles"].rows
    assert report.bytes == sum(one.bytes for one in report)
    assert report.requests == made - 1, "all but the question whose store it is"
    with pytest.raises(KeyError):
        report["store"]


def test_a_failed_call_ends_the_run_with_its_own_error(sandbox: Sandbox, catalog: Path) -> None:
    """An error of the client comes out as it is; what was committed before stays."""
    with sandbox.client() as client:
        Mirror(client, catalog, only=["store"]).run()
    wrong = ConnectClient("a-wrong-token-entirely", base_url=sandbox.url)
    with wrong, pytest.raises(AuthenticationError) as caught:
        Mirror(wrong, catalog, only=["articles"]).run()
    assert "a-wrong-token-entirely" not in str(caught.value)
    with sandbox.client() as client:
        assert_equals_store(catalog, client, "store")


@pytest.mark.anyio
async def test_cancelling_keeps_what_was_committed(big_sandbox: Sandbox, catalog: Path) -> None:
    """A run that is cancelled between two writes closes its database, and the next completes it."""
    async with big_sandbox.client() as client:
        with anyio.CancelScope() as scope:

            def stop(resource: str, done: int, total: int | None) -> None:
                if done >= 200:
                    scope.cancel()

            job = Mirror(client, catalog, only=["articles"], concurrency=1, on_progress=stop)
            await job.arun()
        assert scope.cancelled_caught
        assert not catalog.with_name("catalog.sqlite-wal").exists()
        copy = SqliteSnapshot(catalog)
        held = len(copy.read_rows("articles"))
        assert 200 <= held == copy.get_state("articles")["rows"] < 660
        copy.close()
        report = await Mirror(client, catalog, only=["articles"]).arun()
    assert (report["articles"].rows, report["articles"].new) == (660, 660 - held)
    with big_sandbox.client() as client:
        assert_equals_store(catalog, client, "articles")


def test_a_cancelled_loop_is_an_interrupt(client: ConnectClient, catalog: Path) -> None:
    """A run whose event loop is cancelled raises KeyboardInterrupt, as Ctrl-C on Python 3.10."""

    def cancel(resource: str, done: int, total: int | None) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    with pytest.raises(KeyboardInterrupt):
        Mirror(client, catalog, only=["articles"], on_progress=cancel).run()


def test_a_plan_without_a_count(client: ConnectClient, catalog: Path) -> None:
    """The plan for a list that the API does not count has no number of rows to read."""
    articles, customers = Mirror(client, catalog, only=["articles", "customers"]).plan()
    assert (articles.resource, articles.store_rows) == ("articles", 40)
    assert (customers.resource, customers.store_rows) == ("customers", None)


@pytest.mark.parametrize(
    ("destination", "reason"),
    [
        ("mysql://user:hunter2@db/shop", "mysql"),
        ("mysql//user:hunter2@db/shop", "mysql"),
        ("duckdb://", "duckdb"),
        ("catalog.parquet", "catalog.parquet"),
        ("catalog", "catalog"),
        (":memory:", ":memory:"),
        ("sqlite://", "sqlite://"),
        ("sqlite:///", "sqlite:///"),
    ],
)
def test_other_destinations_are_refused(
    client: ConnectClient, destination: str, reason: str
) -> None:
    """A destination that is not supported is refused when the mirror is made, password unshown."""
    with pytest.raises(MirrorError, match="name a file such as") as caught:
        Mirror(client, destination)
    assert reason in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_url_is_a_destination(client: ConnectClient, catalog: Path) -> None:
    """An sqlite URL with an absolute path names the same file as the path."""
    Mirror(client, f"sqlite:///{catalog}", only=["store"]).run()
    assert_equals_store(catalog, client, "store")
