"""Deleted rows that a run finds by counting windows, without reading all rows."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from myonlinestore import ConnectClient
from myonlinestore._codec.encode import encode
from myonlinestore.mirror import Mirror, ResourceReport
from myonlinestore.mirror.extract.deletions import CopiedRows, DeletionFinder
from myonlinestore.mirror.records import Reject
from myonlinestore.mirror.timestamps import MIN_TIMESTAMP
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.databases import Database, FileFolder
from tests.mirror.extract.dates import remove_dates
from tests.mirror.interceptor import Respond, make_json_response, run_intercepted_sandbox
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store

ARTICLES = ("articles",)


def delete_articles(client: ConnectClient, keys: Iterable[int]) -> None:
    for key in keys:
        client.articles.delete(article_id=key)


def get_deletion_times(catalog: Path, resource: str = "articles") -> dict[Any, str | None]:
    """Return the time of deletion of each row of a copy, by key."""
    copy = SqliteSnapshot(catalog)
    try:
        (key,) = copy.get_keys(resource)
        return {row[key]: row["_deleted_at"] for row in copy.read_rows(resource)}
    finally:
        copy.close()


def run_twice(client: ConnectClient, catalog: Path) -> tuple[ResourceReport, ResourceReport]:
    """Return the reports of an incremental run, and of one that finds deleted rows."""
    job = Mirror(client, catalog, only=ARTICLES)
    settle = Mirror(client, catalog, only=ARTICLES, find_deleted=True)
    return job.run()["articles"], settle.run()["articles"]


@pytest.mark.parametrize("number", [1, 3, 50])
def test_the_deleted_rows_are_found_by_few_requests(catalog: Path, number: int) -> None:
    """One of N deleted rows takes about log2(N / 100) counts, and many take two full refreshes."""
    with Sandbox(articles=3000, seed=1) as sandbox, sandbox.client() as client:
        Mirror(client, catalog, only=ARTICLES).run()
        gone = random.Random(number).sample(list(sandbox.store.articles.keys), number)
        delete_articles(client, gone)
        before, after = run_twice(client, catalog)
        assert (before.deleted, before.difference) == (0, -number)
        assert (after.deleted, after.difference, after.full) == (number, 0, False)
        assert {
            key for key, deleted_at in get_deletion_times(catalog).items() if deleted_at
        } == set(gone)
        assert_equals_store(catalog, client, "articles")
        pages = 3000 / 100
        bound = min(number * (math.ceil(math.log2(pages)) + 1) + 2, 2 * pages)
        assert after.requests - before.requests <= bound
        assert Mirror(client, catalog, only=ARTICLES).run()["articles"].difference == 0


def test_the_command_finds_deleted_rows(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A run that exits with code 3 names the option, and a run with it exits with code 0."""
    arguments = (str(catalog), "--only", "articles")
    assert run(sandbox, *arguments, "--find-deleted").exit_code == 0
    delete_articles(client, list(sandbox.store.articles.keys)[:2])
    result = run(sandbox, *arguments)
    assert result.exit_code == 3
    assert result.stderr.endswith(
        "2 rows were deleted in the store: run --find-deleted or --full\n"
    )
    result = run(sandbox, *arguments, "--find-deleted", "--json")
    assert result.exit_code == 0
    (articles,) = json.loads(result.stdout)["resources"]
    assert (articles["deleted"], articles["rows"], articles["difference"]) == (2, 38, 0)
    assert run(sandbox, *arguments).exit_code == 0


def test_rows_are_deleted_as_by_a_full_refresh(database: Database, sandbox: Sandbox) -> None:
    """With hard deletion, the rows, their child rows and those marked before are deleted."""
    marked, gone, *_ = sandbox.store.articles.keys
    with sandbox.client() as client:
        Mirror(client, database.address, only=ARTICLES).run()
        delete_articles(client, [marked])
        settle = Mirror(client, database.address, only=ARTICLES, find_deleted=True)
        assert settle.run()["articles"].deleted == 1
        delete_articles(client, [gone])
        hard = Mirror(
            client, database.address, only=ARTICLES, find_deleted=True, delete="hard"
        ).run()["articles"]
    assert (hard.deleted, hard.rows) == (1, 38)
    assert {row["id"] for row in database.read_rows("articles")}.isdisjoint({marked, gone})
    for table in ("article_images", "article_categories"):
        parents = {row["article_id"] for row in database.read_rows(table)}
        assert parents
        assert parents.isdisjoint({marked, gone})


def test_files_have_the_rows_that_were_found(sandbox: Sandbox, tmp_path: Path) -> None:
    """A run that only marks rows replaces the file of their table."""
    folder = FileFolder("jsonl", tmp_path / "copy")
    gone = sandbox.store.articles.keys[0]
    with sandbox.client() as client:
        job = Mirror(client, folder.address, only=ARTICLES, find_deleted=True)
        job.run()
        delete_articles(client, [gone])
        assert job.run()["articles"].deleted == 1
    assert [row["id"] for row in folder.read_rows("articles") if row["_deleted_at"]] == [gone]


def test_a_row_that_returns_is_not_deleted(sandbox: Sandbox, catalog: Path) -> None:
    """The mark of a row that was found deleted goes when the store lists the row again."""
    with sandbox.client() as client:
        job = Mirror(client, catalog, only=["newsletter_subscribers"], find_deleted=True)
        job.run()
        email = str(client.newsletter.list(limit=1).items[0].email)
        client.newsletter.delete(email=email)
        assert job.run().resources[0].deleted == 1
        assert get_deletion_times(catalog, "newsletter_subscribers")[email] is not None
        client.newsletter.create(body={"email": email, "name": "Back"})
        report = job.run().resources[0]
        assert (report.new, report.difference) == (1, 0)
        assert_equals_store(catalog, client, "newsletter_subscribers")


def test_the_maximum_number_of_deletions(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """More deleted rows than --max-delete are not marked, and the command exits with code 5."""
    Mirror(client, catalog, only=ARTICLES).run()
    delete_articles(client, list(sandbox.store.articles.keys)[:3])
    arguments = (str(catalog), "--only", "articles", "--find-deleted", "--max-delete")
    result = run(sandbox, *arguments, "2")
    assert (result.exit_code, any(get_deletion_times(catalog).values())) == (5, False)
    assert "with --max-delete 3" in result.stderr
    assert run(sandbox, *arguments, "3").exit_code == 0
    assert sum(map(bool, get_deletion_times(catalog).values())) == 3


def test_a_deletion_and_an_addition_in_one_window(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Added rows are read before the windows are compared, so they do not hide a deleted row."""
    job = Mirror(client, catalog, only=ARTICLES, find_deleted=True)
    job.run()
    newest = client.articles.create(body={"name": "New", "price": {"default": "1.10"}}).id
    assert newest is not None
    job.run()
    delete_articles(client, [newest])
    client.articles.create(body={"name": "Newer", "price": {"default": "1.10"}})
    report = job.run()["articles"]
    assert (report.new, report.deleted, report.difference) == (1, 1, 0)
    assert_equals_store(catalog, client, "articles")


def test_a_row_that_is_added_with_an_old_date(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A row that no filter by change finds is added when its window is read."""
    Mirror(client, catalog, only=ARTICLES).run()
    first, second, *_ = sandbox.store.articles.keys
    record = sandbox.store.articles[first]
    body = {**record.body, "id": 999_001, "uuid": "added"}
    sandbox.store.articles.add(999_001, body, created=record.created)
    delete_articles(client, [first, second])
    report = Mirror(client, catalog, only=ARTICLES, find_deleted=True).run()["articles"]
    assert (report.new, report.deleted, report.difference) == (1, 2, 0)
    assert_equals_store(catalog, client, "articles")


def test_rows_without_a_date_are_requested_by_their_ids(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Deleted rows without a created date are found, and those that the store has stay."""
    keys = sandbox.store.articles.keys
    remove_dates(sandbox, keys[:20], in_json=True)
    Mirror(client, catalog, only=ARTICLES).run()
    gone = {keys[3], keys[7], keys[30]}
    delete_articles(client, gone)
    sandbox.journal.clear()
    report = Mirror(client, catalog, only=ARTICLES, find_deleted=True).run()["articles"]
    assert (report.deleted, report.difference) == (3, 0)
    assert {key for key, deleted_at in get_deletion_times(catalog).items() if deleted_at} == gone
    assert sum("ids" in e.query for e in sandbox.journal.requests(operation="getArticles")) == 1


def test_a_date_in_a_row_that_no_filter_finds(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A row that its window lacks, but that the store lists by its id, stays."""
    keys = sandbox.store.articles.keys
    remove_dates(sandbox, keys[::3])
    Mirror(client, catalog, only=ARTICLES).run()
    gone = keys[1]
    delete_articles(client, [gone])
    report = Mirror(client, catalog, only=ARTICLES, find_deleted=True).run()["articles"]
    assert (report.deleted, report.difference) == (1, 0)
    assert get_deletion_times(catalog)[gone] is not None


def respond_with_empty_lists(path: str, query: dict[str, str]) -> Response | None:
    """Respond to each list of subscribers with an empty one."""
    return make_json_response("[]") if path == "/v1/newsletter/subscribers" else None


def respond_with_empty_windows(path: str, query: dict[str, str]) -> Response | None:
    """Respond to each list and count of a window as if it had no rows."""
    if not path.startswith("/v1/newsletter/subscribers") or not any("date" in n for n in query):
        return None
    return make_json_response('{"count": 0}' if path.endswith("count") else "[]")


@pytest.mark.parametrize("respond", [respond_with_empty_lists, respond_with_empty_windows])
def test_a_list_that_lacks_rows_deletes_nothing(catalog: Path, respond: Respond) -> None:
    """If more rows are missing from the list than from the count, the run reports a difference."""
    only = ["newsletter_subscribers"]
    with (
        run_intercepted_sandbox(articles=800) as (sandbox, interceptor),
        sandbox.client() as client,
    ):
        Mirror(client, catalog, only=only).run()
        rows = get_deletion_times(catalog, *only)
        assert len(rows) > 100
        client.newsletter.delete(email=next(iter(rows)))
        interceptor.respond = respond
        arguments = (str(catalog), "--only", *only, "--find-deleted", "--max-delete", "1000")
        result = run(sandbox, *arguments)
        assert result.exit_code == 3
        assert result.stderr.splitlines()[-1] == (
            "newsletter_subscribers: 1 row was deleted in the store: run --full"
        )
        assert not any(get_deletion_times(catalog, *only).values())


def test_a_reject_does_not_hide_a_deleted_row(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A row that cannot be decoded counts in the window of its created date."""
    odd, gone, *_ = sandbox.store.articles.keys
    other_article = sandbox.store.articles[odd]
    sandbox.store.articles.change(odd, {**other_article.body, "stock": {"x": 1}}, "")
    Mirror(client, catalog, only=ARTICLES).run()
    delete_articles(client, [gone])
    sandbox.journal.clear()
    report = Mirror(client, catalog, only=ARTICLES, find_deleted=True).run()["articles"]
    assert (report.deleted, report.rejected, report.difference) == (1, 1, 0)


def test_resources_that_are_read_completely(client: ConnectClient, catalog: Path) -> None:
    """A run finds the deleted rows of a resource without windows with and without the option."""
    job = Mirror(client, catalog, only=["customers"], find_deleted=True)
    job.run()
    client.customers.delete(customer_id=str(client.customers.list().items[0].id))
    report = job.run()["customers"]
    assert (report.full, report.deleted, report.difference) == (True, 1, 0)


START = datetime(2024, 5, 1)  # noqa: DTZ001 - the API's timestamps have no zone


class Item:
    """A row of a list."""

    def __init__(self, number: int, created: datetime) -> None:
        self.id = number
        self.created_date, self.created_time = str(created).split(" ")


class FakeList:
    """A list operation, and its count, over rows with created dates."""

    def __init__(self, rows: dict[int, datetime]) -> None:
        self.rows = rows
        self.requests = 0

    def _select(self, created_start_date: str = "", created_end_date: str = "9999") -> list[Item]:
        self.requests += 1
        rows = [Item(number, created) for number, created in self.rows.items()]
        dates = ((row, f"{row.created_date} {row.created_time}") for row in rows)
        return [row for row, date in dates if created_start_date <= date <= created_end_date]

    async def fetch(self, limit: int, offset: int = 0, **filters: str) -> PaginatedResponse[Item]:
        """Return a page."""
        rows = sorted(self._select(**filters), key=lambda row: row.created_date + row.created_time)
        return PaginatedResponse(rows[offset : offset + limit], limit, offset)

    async def count(self, **filters: str) -> int:
        """Return the number of rows."""
        return len(self._select(**filters))


async def find(store: FakeList, copy: dict[int, datetime]) -> set[object]:
    rows = CopiedRows.load([(n, *str(at).split(" ")) for n, at in copy.items()], [])
    finder = DeletionFinder(rows, store.fetch, store.count, "id", None)
    return (await finder.find(len(store.rows))).deleted_keys


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(20))
async def test_any_deletions_among_any_dates(seed: int) -> None:
    """The deleted rows are found, however the dates are distributed, with a bounded number of requests."""
    chance = random.Random(seed)
    size, seconds = (
        chance.choice([1, 99, 100, 101, 700, 2500]),
        chance.choice([1, 40, 10**4, 10**8]),
    )
    copy = {n: START + timedelta(seconds=chance.randrange(seconds)) for n in range(size)}
    gone = chance.sample(sorted(copy), chance.randint(1, min(size, 60)))
    store = FakeList({n: at for n, at in copy.items() if n not in gone})
    assert await find(store, copy) == set(gone)
    assert store.requests <= 2.5 * size / 100 + 12


@pytest.mark.anyio
async def test_dates_before_any_store_are_in_the_first_window() -> None:
    """Rows of 1970 are before the start of the first window, which has no start in the filters."""
    copy = {n: START - timedelta(days=20_000 if n < 150 else n) for n in range(300)}
    store = FakeList({n: at for n, at in copy.items() if n not in (3, 170)})
    assert await find(store, copy) == {3, 170}


def test_the_rows_of_a_copy() -> None:
    """Rows are in the order of their dates, and rejects count unless the copy has their row."""
    rows = [(2, "2024-05-02", "10:00:00"), (1, "2024-05-01", "10:00:00"), (3, None, None)]
    rows += [(4, "0000-00-00", "00:00:00"), (5, "1970-01-01", "00:00:00")]
    dated = encode({"created_date": "2024-05-03", "created_time": "10:00:00", "stock": {}})
    rejects = [
        Reject(dated, "", "", None),
        Reject(dated, "", "", "2"),
        Reject(b"not JSON", "", "", 9),
        Reject(b"{}", "", "", 10),
    ]
    copy = CopiedRows.load(rows, rejects)
    assert copy.keys == [5, 1, 2, None]
    assert copy.undated == [3, 4]
    assert copy.dates[0] == MIN_TIMESTAMP
    assert copy.dates[1:] == [START.replace(day=day, hour=10) for day in (1, 2, 3)]
