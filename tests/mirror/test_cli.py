"""``myonlinestore mirror`` as it is used: its exit codes, and what each option does to a copy."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store, dump_tables

FEW = ("--only", "articles", "--only", "newsletter_subscribers")


def test_a_difference_that_stays(sandbox: Sandbox, catalog: Path) -> None:
    """A store that counts a row which its list cannot tell apart ends with code 3, each time."""
    first = sandbox.store.subscribers.keys[0]
    record = sandbox.store.subscribers[first]
    sandbox.store.subscribers.add("twice", record.body, created=record.created)
    result = run(sandbox, str(catalog), *FEW, "--json")
    output = json.loads(result.stdout)
    assert (result.exit_code, output["has_differences"], output["rejected"]) == (3, True, 0)
    differences = {one["resource"]: one["difference"] for one in output["resources"]}
    assert differences == {"articles": 0, "newsletter_subscribers": 1}
    assert result.stderr.splitlines()[-1] == (
        "newsletter_subscribers: the store has 1 row more than the copy: run again with --full"
    )
    assert run(sandbox, str(catalog), *FEW, "--full").exit_code == 3
    sandbox.store.subscribers.remove("twice")
    assert run(sandbox, str(catalog), *FEW, "--full").exit_code == 0


def test_rows_that_cannot_be_decoded(sandbox: Sandbox, catalog: Path) -> None:
    """They end with code 4, at later runs too, until the store sends them in order."""
    key = sandbox.store.articles.keys[3]
    other_article = sandbox.store.articles[key].body
    sandbox.store.articles.change(key, {**other_article, "stock": {"x": 1}}, "")
    for _ in range(2):
        result = run(sandbox, str(catalog), *FEW, "--json")
        output = json.loads(result.stdout)
        assert (result.exit_code, output["has_differences"], output["rejected"]) == (4, False, 1)
        assert result.stderr.splitlines()[-1] == (
            "1 row could not be decoded or written: see the reason in _mirror_rejects, and after an "
            "upgrade or a change of the database, run with --retry-rejects"
        )
    assert run(sandbox, str(catalog), *FEW, "--retry-rejects").exit_code == 4
    sandbox.store.articles.change(key, other_article, sandbox.store.now())
    assert run(sandbox, str(catalog), *FEW).exit_code == 0


def test_rejects_after_an_upgrade(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """A reject that this version can decode is copied with --retry-rejects."""
    assert run(sandbox, str(catalog), *FEW).exit_code == 0
    before = dump_tables(catalog)
    key = sandbox.store.articles.keys[3]
    convert_to_older_version(catalog, key, sandbox.store.articles[key].encoded)
    result = run(sandbox, str(catalog), *FEW)
    assert result.exit_code == 4
    assert dump_tables(catalog)["articles"] != before["articles"]
    status = json.loads(run(sandbox, "status", str(catalog), "--json").stdout)
    assert [one["rejects"] for one in status["resources"]] == [1, 0]

    result = run(sandbox, str(catalog), *FEW, "--retry-rejects", "--json")
    output = json.loads(result.stdout)
    assert (result.exit_code, output["rejected"], output["resources"][0]["new"]) == (0, 0, 1)
    assert dump_tables(catalog) == before
    assert_equals_store(catalog, client, "articles")


def convert_to_older_version(catalog: Path, key: int, body: bytes) -> None:
    """Change a copy to that of an older version, in which a row is a reject."""
    database = sqlite3.connect(catalog)
    names = ("article_images", "article_categories", "article_lists", "article_list_options")
    for table in (*names, "article_variants", "article_variant_options"):
        database.execute(f"DELETE FROM {table} WHERE article_id = ?", (key,))
    database.execute("DELETE FROM articles WHERE id = ?", (key,))
    (number,) = database.execute(
        "DELETE FROM _mirror_rows WHERE resource = 'articles' AND key = ? RETURNING sync_id", (key,)
    ).fetchone()
    at = "2025-01-01 00:00:00"
    reject = ("articles", b"digest", key, body, "it was odd", "GET /articles", at, number)
    database.execute("INSERT INTO _mirror_rejects VALUES (?, ?, ?, ?, ?, ?, ?, ?)", reject)
    database.commit()
    database.close()


def test_raw(sandbox: Sandbox, catalog: Path) -> None:
    """--raw on a copy without it reads everything once; each row then has the store's own bytes."""
    assert run(sandbox, str(catalog), *FEW).exit_code == 0
    output = json.loads(run(sandbox, str(catalog), *FEW, "--raw", "--json").stdout)
    assert [one["full"] for one in output["resources"]] == [True, True]
    copy = SqliteSnapshot(catalog)
    raws = {row["id"]: row["raw"].encode() for row in copy.read_rows("articles")}
    copy.close()
    assert raws == {key: sandbox.store.articles[key].encoded for key in sandbox.store.articles}
    output = json.loads(run(sandbox, str(catalog), *FEW, "--json").stdout)
    assert [one["full"] for one in output["resources"]] == [False, False]


def test_skipping_the_parts(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """--skip order_payments asks for no payments, and makes no table of them."""
    only = ("--only", "orders", "--only", "categories")
    skip = ("--skip", "order_payments", "--skip", "category_articles")
    assert run(sandbox, str(catalog), *only, *skip).exit_code == 0
    assert not sandbox.journal.requests(operation="getOrderPayments")
    assert not sandbox.journal.requests(operation="getCategoryArticles")
    copy = SqliteSnapshot(catalog)
    assert {"orders", "order_lines", "categories"} < set(copy.tables)
    assert {"order_payments", "category_articles"}.isdisjoint(copy.tables)
    copy.close()
    assert_equals_store(catalog, client, "orders", "categories")


class RequestCounter:
    """An ASGI application that counts the requests in flight."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.now = self.most = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Respond to a request."""
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self._app(scope, receive, send)
        finally:
            self.now -= 1


@pytest.mark.parametrize("concurrency", [1, 3])
def test_concurrency(catalog: Path, concurrency: int) -> None:
    """The maximum number of requests in flight is --concurrency."""
    sandbox = Sandbox(articles=400, seed=5, faults=["* delay=0.02"])
    counter = RequestCounter(sandbox.app)
    sandbox.app = counter  # type: ignore[assignment]
    with sandbox:
        arguments = ("--only", "articles", "--concurrency", str(concurrency))
        assert run(sandbox, str(catalog), *arguments).exit_code == 0
    assert counter.most == concurrency


def test_a_dry_run_on_a_copy(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """A dry run prints the rows that it would read and since when, and does not change the file."""
    assert run(sandbox, str(catalog), *FEW).exit_code == 0
    client.articles.update(article_id=sandbox.store.articles.keys[0], body={"stock": 1})
    before = catalog.read_bytes()
    sandbox.journal.clear()
    result = run(sandbox, str(catalog), *FEW, "--dry-run", "--json")
    articles, subscribers = json.loads(result.stdout)["resources"]
    assert (articles["full"], articles["row_count"], articles["store_rows"]) == (False, 40, 1)
    assert (
        articles["since"]
        < json.loads(run(sandbox, "status", str(catalog), "--json").stdout)["resources"][0][
            "complete_from"
        ]
    )
    assert subscribers["store_rows"] == 0
    assert {entry.operation for entry in sandbox.journal} == {
        "getStore",
        "getArticleCount",
        "countNewsletterSubscribers",
    }
    full = json.loads(run(sandbox, str(catalog), *FEW, "--dry-run", "--full", "--json").stdout)
    assert [one["since"] for one in full["resources"]] == [None, None]
    assert "Nothing was written." in run(sandbox, str(catalog), *FEW, "--dry-run").stdout
    assert catalog.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_between_windows(catalog: Path) -> None:
    """An interrupt ends with exit code 130 and a message; the next run resumes."""
    with Sandbox(articles=1200, seed=5, faults=["getArticles delay=0.1"]) as sandbox:
        arguments = [str(catalog), "--only", "articles", "--concurrency", "1"]
        process = subprocess.Popen(
            [sys.executable, "-m", "myonlinestore.cli", "mirror", *arguments],
            env={
                **os.environ,
                "MYONLINESTORE_TOKEN": sandbox.store_token,
                "MYONLINESTORE_BASE_URL": sandbox.url,
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 30
        while len(sandbox.journal.requests(operation="getArticles")) < 10:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, "Traceback" in errors) == (130, False)
        assert errors.splitlines()[-1].startswith("Interrupted.")
        sandbox.faults.clear()
        output = json.loads(run(sandbox, str(catalog), "--only", "articles", "--json").stdout)
        assert 0 < output["resources"][0]["new"] < 1200
        with sandbox.client() as client:
            assert_equals_store(catalog, client, "articles")
