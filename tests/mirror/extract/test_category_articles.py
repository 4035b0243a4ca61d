"""The articles of categories, which the links of the articles in the copy give."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.responses import Response

from myonlinestore import ConnectClient, iterate_all
from myonlinestore.mirror import Mirror
from myonlinestore.sandbox import Sandbox
from tests.mirror.databases import Database
from tests.mirror.interceptor import make_json_response, respond_normally, run_intercepted_sandbox
from tests.mirror.snapshots import SqliteSnapshot

BOTH = ["articles", "categories"]
Lists = dict[int, list[tuple[object, ...]]]


def lists_in(catalog: Path) -> Lists:
    """Return the articles of each category in a copy."""
    copy = SqliteSnapshot(catalog)
    found: Lists = {row["id"]: [] for row in copy.read_rows("categories")}
    for row in copy.read_rows("category_articles"):
        article = (row["id"], row["uuid"], row["name"], bool(row["is_main"]))
        found[row["category_id"]].append(article)
    copy.close()
    return found


def lists_of(client: ConnectClient) -> Lists:
    """Return the articles of each category in the store."""
    return {
        int(category.id or 0): [
            (one.id, one.uuid, one.name, one.is_main)
            for one in iterate_all(
                client.categories.list_articles, category_id=int(category.id or 0)
            )
        ]
        for category in iterate_all(client.categories.list)
    }


def count_list_requests(sandbox: Sandbox) -> int:
    count = len(sandbox.journal.requests(operation="getCategoryArticles"))
    sandbox.journal.clear()
    return count


def test_later_runs_derive_the_lists(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Changed links are there after an incremental run, without a request for a list."""
    Mirror(client, catalog, only=BOTH).run()
    assert count_list_requests(sandbox) >= len(sandbox.store.categories)
    first, second, third = sandbox.store.articles.keys[:3]
    used, other = (sandbox.store.articles[key].body["categories"] for key in (first, second))
    category = next(
        key for key in sandbox.store.categories if key not in {one["category_id"] for one in used}
    )
    links = [*used, {"category_id": category, "is_main": False}]
    client.articles.update(article_id=first, body={"categories": links, "name": "Other"})
    client.articles.update(article_id=second, body={"categories": other[:1]})
    client.articles.delete(article_id=third)
    client.articles.create(
        body={"name": "New", "price": {"default": "1"}, "categories": [{"category_id": category}]}
    )
    expected = lists_of(client)
    sandbox.journal.clear()
    report = Mirror(client, catalog, only=BOTH).run()["category_articles"]
    assert count_list_requests(sandbox) == 0
    assert report.changed > 0
    held = lists_in(catalog)
    for lists in held.values():
        # An incremental run does not find deleted articles.
        lists[:] = [one for one in lists if one[0] != third]
    assert held == expected
    Mirror(client, catalog, only=BOTH, full=True).run()
    assert lists_in(catalog) == expected


def test_a_new_category_is_asked_for(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """Only the lists of new and changed categories are read."""
    job = Mirror(client, catalog, only=BOTH)
    job.run()
    sandbox.journal.clear()
    made = client.categories.create(body={"title": "New"})
    article = sandbox.store.articles.keys[0]
    client.articles.update(
        article_id=article, body={"categories": [{"category_id": made.id, "is_main": True}]}
    )
    expected = lists_of(client)
    sandbox.journal.clear()
    job.run()
    requests = sandbox.journal.requests(operation="getCategoryArticles")
    # The new one, and the one that was the last of its siblings.
    assert 1 <= len({entry.path for entry in requests}) <= 2
    sandbox.journal.clear()
    assert lists_in(catalog) == expected
    job.run()
    assert count_list_requests(sandbox) == 0


@pytest.mark.parametrize("skip", [[], ["articles"]])
def test_lists_without_links_are_asked_for(
    sandbox: Sandbox, client: ConnectClient, catalog: Path, skip: list[str]
) -> None:
    """A run that does not read the articles reads every list."""
    Mirror(client, catalog, only=BOTH).run()
    sandbox.journal.clear()
    only = BOTH if skip else ["categories"]
    Mirror(client, catalog, only=only, skip=skip).run()
    assert count_list_requests(sandbox) >= len(sandbox.store.categories)
    assert lists_in(catalog) == lists_of(client)
    Mirror(client, catalog, only=BOTH).run()
    assert count_list_requests(sandbox) >= len(sandbox.store.categories)
    Mirror(client, catalog, only=BOTH).run()
    assert count_list_requests(sandbox) == 0


def test_a_list_that_the_links_do_not_give(catalog: Path) -> None:
    """A list in another order, or without some articles, is read in each run."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        category = next(key for key, lists in lists_of(client).items() if len(lists) > 1)

        def respond(path: str, query: dict[str, str]) -> Response | None:
            is_list = path == f"/v1/categories/{category}/articles"
            rows = '[{"id": 1, "name": "Other"}]' if query.get("offset") == "0" else "[]"
            return make_json_response(rows) if is_list else None

        interceptor.respond = respond
        for requests in (len(sandbox.store.categories), 1, 1):
            sandbox.journal.clear()
            Mirror(client, catalog, only=BOTH).run()
            assert lists_in(catalog)[category] == [(1, None, "Other", False)]
            # The interceptor responds to one of them.
            assert count_list_requests(sandbox) >= requests - 1
        interceptor.respond = respond_normally
        Mirror(client, catalog, only=BOTH).run()
        assert lists_in(catalog) == lists_of(client)


def test_a_list_that_contradicts_itself_is_a_reject(catalog: Path) -> None:
    """A list whose pages repeat for ever is a reject, and the other lists are read."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        expected = lists_of(client)
        category = next(key for key, lists in expected.items() if len(lists) > 1)
        interceptor.respond = lambda path, query: (
            make_json_response('[{"id": 1, "name": "Other"}]')
            if path == f"/v1/categories/{category}/articles"
            else None
        )
        assert Mirror(client, catalog, only=BOTH).run().rejected == 1
        assert lists_in(catalog) == {**expected, category: []}
        interceptor.respond = respond_normally
        assert Mirror(client, catalog, only=BOTH).run().rejected == 0
        assert lists_in(catalog) == expected


def test_other_databases_derive_the_lists(database: Database) -> None:
    """Links are read from any database."""
    with Sandbox(articles=40, seed=5) as sandbox, sandbox.client() as client:
        job = Mirror(client, database.address, only=BOTH)
        job.run()
        rows = database.read_rows("category_articles")
        key = sandbox.store.articles.keys[0]
        client.articles.update(article_id=key, body={"categories": []})
        sandbox.journal.clear()
        report = job.run()["category_articles"]
        assert (count_list_requests(sandbox), report.changed > 0) == (0, True)
        assert len(database.read_rows("category_articles")) < len(rows)
