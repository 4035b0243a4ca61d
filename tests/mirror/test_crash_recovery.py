"""A run that is killed leaves a whole database, and the next run completes it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from myonlinestore.mirror import Mirror
from myonlinestore.sandbox import Sandbox
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store

# Kills itself when a number of rows is committed, or in the middle of the nth write,
# with rows in the database that are not committed yet.
KILLED = """
import os, signal, sys
from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror
from myonlinestore.mirror.destinations.sql.state import SyncStateStore

url, catalog, token, when, number = sys.argv[1:]
save_digests, writes = SyncStateStore.save_digests, 0

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def on_progress(resource, done, total):
    if when == resource and done >= int(number):
        die()

def counted(*arguments):
    global writes
    writes += 1
    if when == "write" and writes == int(number):
        die()
    save_digests(*arguments)

SyncStateStore.save_digests = counted
client = ConnectClient(token, base_url=url)
Mirror(client, catalog, concurrency=2, on_progress=on_progress).run()
"""

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")


def run_until_killed(sandbox: Sandbox, catalog: Path, when: str, number: int) -> None:
    arguments = [sandbox.url, str(catalog), sandbox.store_token, when, str(number)]
    ended = subprocess.run([sys.executable, "-c", KILLED, *arguments], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("when", "number"), [("articles", 200), ("orders", 100), ("write", 2), ("write", 4)]
)
def test_kill_and_run_again(big_sandbox: Sandbox, catalog: Path, when: str, number: int) -> None:
    """Killed between two commits or within one: only whole windows are there, then everything is."""
    run_until_killed(big_sandbox, catalog, when, number)

    copy = SqliteSnapshot(catalog)
    assert copy.query("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    state = copy.state("articles")
    rows = copy.rows("articles")
    assert len(rows) == state["rows"]
    assert state["finished_at"] is not None or bool(rows) == (state["cursor"] is not None)
    children = copy.query("SELECT DISTINCT article_id AS id FROM article_categories")
    assert {row["id"] for row in children} <= {row["id"] for row in rows}
    held = len(rows)
    copy.close()

    with big_sandbox.client() as client:
        report = Mirror(client, catalog).run()
        assert report["articles"].new == 660 - held
        assert_equals_store(catalog, client)


def test_a_row_that_was_deleted_between_runs(catalog: Path) -> None:
    """Rows that a killed run copied, and that were then deleted from the store, are marked."""
    with Sandbox(articles=250, seed=2) as sandbox, sandbox.client() as client:
        run_until_killed(sandbox, catalog, "articles", 200)
        client.articles.delete(article_id=client.articles.list(limit=1).items[0].id)
        assert Mirror(client, catalog, only=["articles"]).run()["articles"].deleted == 1
        assert_equals_store(catalog, client, "articles")
