"""Full and incremental syncs of streams, also while the store changes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.sandbox import Sandbox
from tests.mirror.extract.dates import remove_dates
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store

STAMPED = ("articles", "categories", "newsletter_subscribers")


def get_requests(sandbox: Sandbox, operation: str) -> list[Any]:
    return sandbox.journal.requests(operation=operation)


def test_later_runs_ask_for_changes_only(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """The second run asks what changed since the first began, five minutes earlier at least."""
    job = Mirror(client, catalog, only=["articles"])
    job.run()
    sandbox.journal.clear()
    changed = client.articles.list(limit=1).items[0].id
    client.articles.update(article_id=changed, body={"stock": 77})
    client.articles.create(body={"name": "Nieuw", "price": {"default": "1.10"}})
    sandbox.journal.clear()

    report = job.run()["articles"]
    assert (report.full, report.new, report.changed) == (False, 1, 1)
    assert report.read == 3
    lists = [entry.query for entry in get_requests(sandbox, "getArticles")]
    assert len(lists) == 2
    assert "changed_start_date" in str(lists[0])
    assert "created_start_date" in str(lists[1])
    assert_equals_store(catalog, client, "articles")


def test_a_full_run_finds_what_was_deleted(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Only a run that reads everything marks rows; with delete="hard" they are removed."""
    Mirror(client, catalog, only=["articles"]).run()
    first, second = (article.id for article in client.articles.list(limit=2))
    client.articles.delete(article_id=first)
    assert Mirror(client, catalog, only=["articles"]).run()["articles"].deleted == 0
    assert Mirror(client, catalog, only=["articles"], full=True).run()["articles"].deleted == 1
    client.articles.delete(article_id=second)
    job = Mirror(client, catalog, only=["articles"], full=True, delete="hard")
    assert job.run()["articles"].deleted == 1

    copy = SqliteSnapshot(catalog)
    assert {first, second}.isdisjoint(row["id"] for row in copy.read_rows("articles"))
    for table in ("article_images", "article_categories"):
        assert {first, second}.isdisjoint(row["article_id"] for row in copy.read_rows(table))
    copy.close()
    assert_equals_store(catalog, client, "articles")


def test_an_overlap_must_be_a_time(client: ConnectClient, catalog: Path) -> None:
    """A negative overlap would leave changes out, and is refused."""
    with pytest.raises(ValueError, match="overlap"):
        Mirror(client, catalog, overlap=-1)


def test_a_copy_is_of_one_store(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """Another store is refused before a row is read, and the copy stays as it is."""
    Mirror(client, catalog, only=["articles"]).run()
    with Sandbox(articles=10, seed=99) as other, other.client() as other_client:
        with pytest.raises(
            MirrorError, match=r"is the copy of store .*: mirror into another database"
        ):
            Mirror(other_client, catalog, only=["articles"]).run()
        assert not get_requests(other, "getArticles")
    assert_equals_store(catalog, client, "articles")


def test_a_second_that_fills_a_page(catalog: Path) -> None:
    """More rows of one second than fit a page are read by offset."""
    with Sandbox(articles=30, seed=1) as sandbox, sandbox.client() as client:
        sandbox.clock.freeze("2025-05-05 12:00:00")
        for number in range(250):
            client.articles.create(body={"name": f"Import {number}", "price": {"default": "1.00"}})
        sandbox.clock.run()
        report = Mirror(client, catalog, only=["articles"]).run()["articles"]
        assert (report.rows, report.difference) == (280, 0)
        assert_equals_store(catalog, client, "articles")


def test_few_requests_more_than_pages(catalog: Path) -> None:
    """Windows that are split by the timestamps of rows need few requests."""
    with Sandbox(articles=3000, seed=1) as sandbox, sandbox.client() as client:
        report = Mirror(client, catalog, only=["articles"]).run()["articles"]
        assert report.rows == 3000
        assert report.requests < 2 * 30


def test_a_row_without_a_date_is_found_all_the_same(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A row outside all windows makes the counts differ, and is then found by offset."""
    remove_dates(sandbox, sandbox.store.articles.keys[7:8])
    bodies = [{"name": f"Meer {n}", "price": {"default": "1.00"}} for n in range(120)]
    for body in bodies:
        client.articles.create(body=body)
    report = Mirror(client, catalog, only=["articles"]).run()["articles"]
    assert (report.rows, report.difference) == (160, 0)
    assert_equals_store(catalog, client, "articles")


class ChangingStore:
    """A store that changes at random a number of times, between any two requests."""

    def __init__(self, sandbox: Sandbox, seed: int, times: int) -> None:
        self.sandbox, self.random, self.changes = sandbox, random.Random(seed), times
        self.rules = [
            f"{operation} {change} times=1"
            for operation in ("getArticles", "getNewsletterSubscribers", "getCategories")
            for change in ("insert=2", "change=1", "delete=3 where=first", "delete=2 where=any")
            if not (operation == "getCategories" and "delete" in change)
        ]

    def add_rules(self) -> None:
        """Add rules that apply to random requests of the next run."""
        for _ in range(self.changes):
            rule = self.random.choice(self.rules)
            # Later requests than these may not occur, as most lists are short.
            last = 9 if "Articles" in rule else 4
            self.sandbox.faults.add(f"{rule} nth={self.random.randint(1, last)}")


@pytest.mark.parametrize("seed", range(8))
def test_the_copy_is_equal_however_the_store_changes(tmp_path: Path, seed: int) -> None:
    """A run during additions, changes and deletions ends with an equal copy."""
    with Sandbox(articles=260, seed=seed) as sandbox, sandbox.client() as client:
        catalog = tmp_path / "catalog.sqlite"
        store = ChangingStore(sandbox, seed, 25)
        store.add_rules()
        report = Mirror(client, catalog, only=STAMPED).run()
        sandbox.faults.clear()
        assert not report.has_differences
        assert_equals_store(catalog, client, *STAMPED)
        # A day later: the next run reads changes that were made during an incremental one.
        store.rules = [rule for rule in store.rules if "delete" not in rule]
        store.add_rules()
        Mirror(client, catalog, only=STAMPED).run()
        sandbox.faults.clear()
        Mirror(client, catalog, only=STAMPED).run()
        assert_equals_store(catalog, client, *STAMPED)


ALL = (*STAMPED, "customers", "discount_codes", "orders")


class ChangingStoreOfAll(ChangingStore):
    """A store that changes under every resource; orders and categories cannot be deleted."""

    def __init__(self, sandbox: Sandbox, seed: int, times: int) -> None:
        super().__init__(sandbox, seed, times)
        self.rules += [f"getOrders {change} times=1" for change in ("insert=2", "change=2")]
        self.rules += [
            f"{operation} {change} times=1"
            for operation in ("getCustomers", "getDiscountcodes")
            for change in ("insert=1", "change=1", "delete=1 where=any")
        ]


def get_keys(sandbox: Sandbox) -> dict[str, set[object]]:
    """Return the keys in the store by resource."""
    store = sandbox.store
    return {
        "articles": set(store.articles),
        "newsletter_subscribers": set(store.subscribers),
        "customers": set(store.customers),
    }


@pytest.mark.parametrize("seed", range(20, 24))
def test_days_of_changes_and_deletions(tmp_path: Path, seed: int) -> None:
    """A full sync after runs during changes of every kind makes an equal copy, deletions marked."""
    with Sandbox(articles=230, seed=seed) as sandbox, sandbox.client() as client:
        catalog = tmp_path / "catalog.sqlite"
        day = ChangingStoreOfAll(sandbox, seed, 15)
        for _ in range(3):
            day.add_rules()
            Mirror(client, catalog, only=ALL).run()
            sandbox.faults.clear()
        client.articles.delete(article_id=sandbox.store.articles.keys[100])
        day.add_rules()
        Mirror(client, catalog, only=STAMPED, full=True).run()
        sandbox.faults.clear()
        assert_equals_store(catalog, client, *STAMPED)
        assert not Mirror(client, catalog, only=ALL, full=True).run().has_differences
        assert_equals_store(catalog, client, *ALL)
        assert_deleted_rows_marked(catalog, sandbox)
        Mirror(client, catalog, only=ALL, full=True, delete="hard").run()
        assert_equals_store(catalog, client, *ALL)
        copy = SqliteSnapshot(catalog)
        assert {row["id"] for row in copy.read_rows("articles")} == set(sandbox.store.articles)
        copy.close()


def assert_deleted_rows_marked(catalog: Path, sandbox: Sandbox) -> None:
    """Assert that the rows that were deleted from the store, and no others, are marked."""
    copy = SqliteSnapshot(catalog)
    for resource, keys in get_keys(sandbox).items():
        (key,) = copy.get_keys(resource)
        rows = copy.read_rows(resource)
        deleted = {row[key] for row in rows if row["_deleted_at"] is not None}
        assert deleted == {row[key] for row in rows} - keys
        if resource == "articles":
            assert deleted
    copy.close()
