"""An incremental sync reads all changes that the store counts, or reports it and keeps the cursor."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, timestamps
from myonlinestore.mirror.extract.window_reader import WindowReader
from myonlinestore.mirror.records import Batch, merge_batches
from myonlinestore.mirror.timestamps import MIN_TIMESTAMP
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.extract.test_window_reader import NOW, FakeList, get_ids, read
from tests.mirror.interceptor import Respond, make_json_response, run_intercepted_sandbox
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store


def rename_articles(sandbox: Sandbox, number: int) -> None:
    """Change the names of articles now."""
    with sandbox.client() as client:
        for key in sandbox.store.articles.keys[:number]:
            client.articles.update(article_id=key, body={"name": "Renamed"})


def count_renamed(catalog: Path) -> int:
    copy = SqliteSnapshot(catalog)
    names = [row["name"] for row in copy.read_rows("articles")]
    copy.close()
    return names.count("Renamed")


def respond_with_empty_pages(number: int | None = None) -> Respond:
    """Return an empty page for the request of articles with this number, or for all of them."""
    requests = itertools.count(1)

    def respond(path: str, query: dict[str, str]) -> Response | None:
        is_list = path == "/v1/articles"
        if not is_list or (number is not None and next(requests) != number):
            return None
        return make_json_response("[]")

    return respond


@pytest.mark.parametrize("articles", [30, 250])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_empty_page_is_read_again(catalog: Path, articles: int, number: int) -> None:
    """An empty page among the changes that were counted loses none of them."""
    with (
        run_intercepted_sandbox(articles=300) as (sandbox, interceptor),
        sandbox.client() as client,
    ):
        Mirror(client, catalog, only=["articles"]).run()
        rename_articles(sandbox, articles)
        interceptor.respond = respond_with_empty_pages(number)
        report = Mirror(client, catalog, only=["articles"]).run()["articles"]
        assert (report.full, report.changed, report.unread) == (False, articles, 0)
        assert_equals_store(catalog, client, "articles")


def test_changes_that_cannot_be_read(catalog: Path) -> None:
    """A list that stays empty ends with exit code 3, and the next run reads the same changes."""
    with (
        run_intercepted_sandbox(articles=300) as (sandbox, interceptor),
        sandbox.client() as client,
    ):
        arguments = (str(catalog), "--only", "articles", "--json")
        run(sandbox, *arguments)
        before = SqliteSnapshot(catalog).get_state("articles")["complete_from"]
        rename_articles(sandbox, 60)
        interceptor.respond = respond_with_empty_pages()
        for _ in range(2):
            result = run(sandbox, *arguments)
            (articles,) = json.loads(result.stdout)["resources"]
            assert (result.exit_code, articles["unread"], articles["changed"]) == (3, 60, 0)
            assert result.stderr.splitlines()[-1] == (
                "articles: the store counts 60 rows more that changed than it lists: the next run "
                "reads the changes again"
            )
            state = SqliteSnapshot(catalog).get_state("articles")
            assert (state["complete_from"], state["finished_at"], state["cursor"]) == (
                before,
                None,
                None,
            )
        interceptor.respond = lambda path, query: None
        assert run(sandbox, *arguments).exit_code == 0
        assert count_renamed(catalog) == 60
        assert_equals_store(catalog, client, "articles")


@pytest.mark.anyio
@pytest.mark.parametrize("missing", [1, 30, 60])
@pytest.mark.parametrize("short_pages", [1, 3])
async def test_a_short_page_is_read_again(missing: int, short_pages: int) -> None:
    """A page with fewer rows than expected is compared with the count, and read again."""
    store = FakeList([NOW - timedelta(seconds=n) for n in range(60)])
    pages = itertools.count()

    async def fetch(**query: Any) -> PaginatedResponse[Any]:
        page = await store.fetch(**query)
        missing_now = missing if next(pages) < short_pages else 0
        return PaginatedResponse(page.items[missing_now:], page.limit, page.offset)

    reader = WindowReader(
        fetch,
        store.count,
        "id",
        "created",
        MIN_TIMESTAMP,
        expected=60,
    )
    batches = await read(reader)
    assert sorted(get_ids(batches)) == list(range(60))
    assert all(batch.is_complete for batch in batches)


@pytest.mark.anyio
async def test_a_window_that_stays_short_is_incomplete() -> None:
    """A window whose count stays above its rows ends the complete batches."""
    store = FakeList([NOW - timedelta(seconds=n) for n in range(60)], counted=lambda rows: rows + 1)
    reader = WindowReader(store.fetch, store.count, "id", "created", MIN_TIMESTAMP, expected=61)
    batches = await read(reader)
    assert sorted(get_ids(batches)) == list(range(60))
    assert not batches[-1].is_complete


def test_a_merged_batch_is_complete_if_all_are() -> None:
    """A batch that is not complete makes the merged batch incomplete."""
    (merged,) = merge_batches([Batch([1], NOW), Batch([2], NOW, is_complete=False)])
    assert merged == Batch([1, 2], NOW, is_complete=False)


@pytest.mark.parametrize("number", [1, 3])
def test_an_incremental_sync_reports_deletions(
    sandbox: Sandbox, client: ConnectClient, catalog: Path, number: int
) -> None:
    """Rows that were deleted from the store make an incremental run exit with code 3."""
    arguments = (str(catalog), "--only", "articles")
    assert run(sandbox, *arguments).exit_code == 0
    for article in client.articles.list(limit=number):
        client.articles.delete(article_id=article.id)
    for _ in range(2):
        result = run(sandbox, *arguments)
        rows = "1 row was" if number == 1 else f"{number} rows were"
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (
            3,
            f"articles: {rows} deleted in the store: run --find-deleted or --full",
        )
    assert run(sandbox, *arguments, "--full").exit_code == 0
    assert run(sandbox, *arguments).exit_code == 0


def test_a_row_that_is_created_during_a_sync_is_read(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A row that is added after the changes were read makes the counts differ, and is read."""
    Mirror(client, catalog, only=["articles"]).run()
    calls = itertools.count(1)

    def create(resource: str, done: int, total: int | None) -> None:
        # The first call is before any row is read, the next two after each date's pages.
        if next(calls) == 3:
            with sandbox.client() as other:
                other.articles.create(body={"name": "New", "price": {"default": "1.10"}})

    report = Mirror(client, catalog, only=["articles"], on_progress=create).run()["articles"]
    assert (report.difference, report.new) == (0, 1)
    assert_equals_store(catalog, client, "articles")


def test_a_difference_that_stays_after_an_incremental_sync(catalog: Path) -> None:
    """A count above the rows that can be read is reported by each run."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        Mirror(client, catalog, only=["articles"]).run()
        interceptor.respond = lambda path, query: (
            make_json_response('{"count": 42}')
            if path == "/v1/articles/count" and not any("date" in name for name in query)
            else None
        )
        report = Mirror(client, catalog, only=["articles"]).run()["articles"]
        assert (report.difference, report.full) == (2, False)


@pytest.mark.parametrize("minutes", [10, 60 * 24 * 3])
def test_a_clock_ahead_of_the_store_loses_no_change(catalog: Path, minutes: int) -> None:
    """The start of a sync is taken from the store's Date header, not from this machine's clock."""
    with Sandbox(articles=40, seed=5) as sandbox, sandbox.client() as client:
        sandbox.clock.set(datetime.now(timezone.utc) - timedelta(minutes=minutes))
        job = Mirror(client, catalog, only=["articles"])
        for stock in range(3):
            job.run()
            client.articles.update(article_id=sandbox.store.articles.keys[0], body={"stock": stock})
        assert job.run()["articles"].full is False
        assert_equals_store(catalog, client, "articles")


def test_the_time_of_a_date_header() -> None:
    """An invalid or missing Date header has no time, and a zone is converted to UTC."""
    parse = timestamps.parse_http_date
    expected = datetime(2026, 11, 29, 10, 30)  # noqa: DTZ001 - the API's timestamps have no zone
    assert parse("Sun, 29 Nov 2026 10:30:00 GMT") == expected
    assert parse("Sun, 29 Nov 2026 11:30:00 +0100") == expected
    for text in (None, "", "yesterday", "Sun, 99 Nov 2026 10:30:00 GMT"):
        assert parse(text) is None


def test_the_earliest_time() -> None:
    """The earlier of both clocks counts; without a Date header, this machine's may be a day ahead."""
    now = timestamps.utc_now()
    hour, day = timedelta(hours=1), timedelta(days=1)
    assert timestamps.earliest_now(now - hour) == now - hour
    assert now <= timestamps.earliest_now(now + hour) < now + hour
    assert now - day <= timestamps.earliest_now(None) < now
