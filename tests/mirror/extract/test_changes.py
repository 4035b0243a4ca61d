"""An incremental sync reads all changes that the store counts, or reports it and keeps the cursor."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from myonlinestore.mirror import Mirror
from myonlinestore.mirror.extract.window_reader import WindowReader
from myonlinestore.mirror.records import Batch, merge_batches
from myonlinestore.mirror.timestamps import MIN_TIMESTAMP
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.extract.test_window_reader import NOW, Shop, ids, read
from tests.mirror.interceptor import Respond, intercepted_sandbox, json_response
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store


def rename_articles(sandbox: Sandbox, number: int) -> None:
    """Change the names of articles now."""
    with sandbox.client() as client:
        for key in sandbox.store.articles.keys[:number]:
            client.articles.update(article_id=key, body={"name": "Renamed"})


def renamed(catalog: Path) -> int:
    copy = SqliteSnapshot(catalog)
    names = [row["name"] for row in copy.rows("articles")]
    copy.close()
    return names.count("Renamed")


def empty_pages(number: int | None = None) -> Respond:
    """Return an empty page for the request of articles with this number, or for all of them."""
    requests = itertools.count(1)

    def respond(path: str, query: dict[str, str]) -> Response | None:
        is_list = path == "/v1/articles"
        if not is_list or (number is not None and next(requests) != number):
            return None
        return json_response("[]")

    return respond


@pytest.mark.parametrize("articles", [30, 250])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_empty_page_is_read_again(catalog: Path, articles: int, number: int) -> None:
    """An empty page among the changes that were counted loses none of them."""
    with intercepted_sandbox(articles=300) as (sandbox, interceptor), sandbox.client() as client:
        Mirror(client, catalog, only=["articles"]).run()
        rename_articles(sandbox, articles)
        interceptor.respond = empty_pages(number)
        report = Mirror(client, catalog, only=["articles"]).run()["articles"]
        assert (report.full, report.changed, report.unread) == (False, articles, 0)
        assert_equals_store(catalog, client, "articles")


def test_changes_that_cannot_be_read(catalog: Path) -> None:
    """A list that stays empty ends with exit code 3, and the next run reads the same changes."""
    with intercepted_sandbox(articles=300) as (sandbox, interceptor), sandbox.client() as client:
        arguments = (str(catalog), "--only", "articles", "--json")
        run(sandbox, *arguments)
        before = SqliteSnapshot(catalog).state("articles")["complete_from"]
        rename_articles(sandbox, 60)
        interceptor.respond = empty_pages()
        for _ in range(2):
            result = run(sandbox, *arguments)
            (articles,) = json.loads(result.stdout)["resources"]
            assert (result.exit_code, articles["unread"], articles["changed"]) == (3, 60, 0)
            assert result.stderr.splitlines()[-1] == (
                "articles: the store counts 60 rows more that changed than it lists: the next run "
                "reads the changes again"
            )
            state = SqliteSnapshot(catalog).state("articles")
            assert (state["complete_from"], state["finished_at"], state["cursor"]) == (
                before,
                None,
                None,
            )
        interceptor.respond = lambda path, query: None
        assert run(sandbox, *arguments).exit_code == 0
        assert renamed(catalog) == 60
        assert_equals_store(catalog, client, "articles")


@pytest.mark.anyio
@pytest.mark.parametrize("lacking", [1, 30, 60])
async def test_a_short_page_is_read_again(lacking: int) -> None:
    """A page with fewer rows than expected is compared with the count, and read again."""
    store = Shop([NOW - timedelta(seconds=n) for n in range(60)])
    pages = itertools.count()

    async def fetch(**query: Any) -> PaginatedResponse[Any]:
        page = await store.fetch(**query)
        lost = lacking if next(pages) == 0 else 0
        return PaginatedResponse(page.items[lost:], page.limit, page.offset)

    reader = WindowReader(
        fetch,
        store.count,
        "id",
        "created",
        MIN_TIMESTAMP,
        expected=60,
    )
    batches = await read(reader)
    assert sorted(ids(batches)) == list(range(60))
    assert all(batch.is_complete for batch in batches)


@pytest.mark.anyio
async def test_a_window_that_stays_short_is_incomplete() -> None:
    """A window whose count stays above its rows ends the complete batches."""
    store = Shop([NOW - timedelta(seconds=n) for n in range(60)], counted=lambda rows: rows + 1)
    reader = WindowReader(store.fetch, store.count, "id", "created", MIN_TIMESTAMP, expected=61)
    batches = await read(reader)
    assert sorted(ids(batches)) == list(range(60))
    assert not batches[-1].is_complete


def test_a_merged_batch_is_complete_if_all_are() -> None:
    """A batch that is not complete makes the merged batch incomplete."""
    (merged,) = merge_batches([Batch([1], NOW), Batch([2], NOW, is_complete=False)])
    assert merged == Batch([1, 2], NOW, is_complete=False)
