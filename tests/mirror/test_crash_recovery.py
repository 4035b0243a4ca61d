"""Runs that are killed at any moment: the copy stays whole, and the next run completes it."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, timestamps
from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.api.articles import service
from tests.mirror.crash_runner import CrashRunner
from tests.mirror.databases import Database, DatabaseSnapshot, DuckdbDatabase, PostgresDatabase
from tests.mirror.postgres_server import create_database
from tests.mirror.snapshots import (
    SqliteSnapshot,
    assert_equals_store,
    assert_same,
    dump_tables,
)

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")

START = timestamps.parse_timestamp("2025-06-01 12:00:00")
HOUR = timedelta(hours=1)
RESOURCES = ("articles", "newsletter_subscribers", "orders", "discount_codes")

# Kills itself when a number of rows is committed, or in the middle of the nth write,
# with rows in the database that are not committed yet.
KILLED = """
import os, signal, sys
from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror
from myonlinestore.mirror.destinations.sql.state import SyncStateStore

url, catalog, token, when, number = sys.argv[1:]
save_digests, writes = SyncStateStore.save_digests, 0

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def on_progress(resource, done, total):
    if when == resource and done >= int(number):
        kill()

def count_and_save(*arguments):
    global writes
    writes += 1
    if when == "write" and writes == int(number):
        kill()
    save_digests(*arguments)

SyncStateStore.save_digests = count_and_save
client = ConnectClient(token, base_url=url)
Mirror(client, catalog, concurrency=2, on_progress=on_progress).run()
"""


def run_until_killed(sandbox: Sandbox, catalog: Path, when: str, number: int) -> None:
    """Run a mirror in a process that kills itself."""
    arguments = [sandbox.url, str(catalog), sandbox.store_token, when, str(number)]
    process = subprocess.run([sys.executable, "-c", KILLED, *arguments], timeout=60, check=False)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("when", "number"), [("articles", 200), ("orders", 100), ("write", 2), ("write", 4)]
)
def test_a_killed_first_run(big_sandbox: Sandbox, catalog: Path, when: str, number: int) -> None:
    """A run that is killed between commits, or within one, leaves only complete windows of rows."""
    run_until_killed(big_sandbox, catalog, when, number)

    snapshot = SqliteSnapshot(catalog)
    assert snapshot.query("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    state = snapshot.get_state("articles")
    rows = snapshot.read_rows("articles")
    assert len(rows) == state["rows"]
    assert state["finished_at"] is not None or bool(rows) == (state["cursor"] is not None)
    children = snapshot.query("SELECT DISTINCT article_id AS id FROM article_categories")
    assert {row["id"] for row in children} <= {row["id"] for row in rows}
    row_count = len(rows)
    snapshot.close()

    with big_sandbox.client() as client:
        report = Mirror(client, catalog).run()
        assert report["articles"].new == 660 - row_count
        assert_equals_store(catalog, client)


def test_a_row_that_was_deleted_between_runs(catalog: Path) -> None:
    """Rows that a killed run copied, and that were then deleted from the store, are marked."""
    with Sandbox(articles=250, seed=2) as sandbox, sandbox.client() as client:
        run_until_killed(sandbox, catalog, "articles", 200)
        client.articles.delete(article_id=client.articles.list(limit=1).items[0].id)
        assert Mirror(client, catalog, only=["articles"]).run()["articles"].deleted == 1
        assert_equals_store(catalog, client, "articles")


@pytest.fixture(scope="module")
def crash_runner() -> Iterator[CrashRunner]:
    """Yield a process that starts runs and kills them."""
    with CrashRunner() as crash_runner:
        yield crash_runner


@contextlib.contextmanager
def set_clock(now: datetime) -> Iterator[None]:
    """Set the mirror's clock during a block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timestamps, "utc_now", lambda: now)
        yield


@dataclass
class ChangedStore:
    """A store an hour after its copy was made: more than a page has changed, and more is new."""

    sandbox: Sandbox
    client: ConnectClient
    base: Path

    def copy(self, path: Path) -> Path:
        """Copy the file as it was before that hour."""
        with sqlite3.connect(self.base) as source, sqlite3.connect(path) as target:
            source.backup(target)
        source.close()
        target.close()
        return path

    def run_and_kill(
        self, crash_runner: CrashRunner, address: Path | str, at: int, **options: Any
    ) -> bool:
        """Run a mirror an hour after the copy was made. Return True if it was killed."""
        job = {"url": self.sandbox.url, "token": self.sandbox.store_token, "address": str(address)}
        now = timestamps.format_timestamp(START + HOUR)
        return crash_runner.run(**job, at=at, now=now, **options)


def change_rows(sandbox: Sandbox, client: ConnectClient) -> None:
    """Change, add and delete rows, some in each minute of an hour."""
    keys = [*sandbox.store.articles.keys]
    for minute in range(60):
        sandbox.clock.freeze(START + timedelta(minutes=minute))
        for key in keys[minute * 3 : minute * 3 + 3]:
            service.patch(sandbox.store, key, {"stock": minute})
        for number in range(2):
            body = {"name": f"Nieuw {minute} {number}", "price": {"default": "1.10"}}
            service.create(sandbox.store, body)
    for key in keys[-5:]:
        service.remove(sandbox.store, key)
    sandbox.store.commit()
    emails = [str(subscriber.email) for subscriber in client.newsletter.list(limit=100)]
    client.newsletter.update(email=emails[0], body={"name": "Anders"})
    client.newsletter.delete(email=emails[1])
    client.newsletter.create(body={"email": "nieuw@example.com", "name": "Nieuw"})


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChangedStore]:
    """Yield the store for all tests, none of which changes it."""
    base = tmp_path_factory.mktemp("base") / "catalog.sqlite"
    with Sandbox(articles=190, seed=3) as sandbox, sandbox.client() as client, set_clock(START):
        sandbox.clock.freeze(START)
        Mirror(client, base, only=RESOURCES).run()
        change_rows(sandbox, client)
        yield ChangedStore(sandbox, client, base)


@pytest.fixture
def changed_store(shared_store: ChangedStore) -> Iterator[ChangedStore]:
    """Yield the store, with the mirror's clock an hour after the copy was made."""
    with set_clock(START + HOUR):
        yield shared_store


CASES: dict[str, dict[str, Any]] = {
    "changes": {"only": ["articles", "newsletter_subscribers"]},
    "everything again": {"only": ["articles", "newsletter_subscribers"], "full": True},
    "removing": {"only": ["articles"], "full": True, "delete": "hard"},
    "payments": {"only": ["orders", "discount_codes"]},
}


@pytest.mark.parametrize("case", CASES)
def test_a_later_run_that_is_killed_anywhere(
    changed_store: ChangedStore, crash_runner: CrashRunner, tmp_path: Path, case: str
) -> None:
    """The run after it gives the same copy as a run that is not killed."""
    options = CASES[case]
    reference = changed_store.copy(tmp_path / "reference.sqlite")
    Mirror(changed_store.client, reference, **options).run()
    expected, position = dump_tables(reference), 1
    while changed_store.run_and_kill(
        crash_runner,
        path := changed_store.copy(tmp_path / f"{position}.sqlite"),
        position,
        **options,
    ):
        Mirror(changed_store.client, path, **options).run()
        assert dump_tables(path) == expected, position
        position += 3
    assert position > 8
    if case != "changes":
        assert_equals_store(reference, changed_store.client, *options["only"])


@pytest.mark.parametrize(("call", "number"), [("write", 2), ("_delete_unseen", 1)])
def test_a_killed_full_sync_resumes_as_one(
    changed_store: ChangedStore, crash_runner: CrashRunner, tmp_path: Path, call: str, number: int
) -> None:
    """The run after it reads the rest of the store, and marks deleted rows."""
    only = ["articles"]
    path = changed_store.copy(tmp_path / "killed.sqlite")
    assert changed_store.run_and_kill(crash_runner, path, number, on=call, full=True, only=only)
    report = Mirror(changed_store.client, path, only=only).run()["articles"]
    assert (report.full, report.deleted) == (True, 5)
    assert_equals_store(path, changed_store.client, *only)


def test_rows_deleted_during_a_killed_run(crash_runner: CrashRunner, catalog: Path) -> None:
    """A run that is killed while it marks rows as unseen leaves the deletion to the next run."""
    with Sandbox(articles=250, seed=2) as sandbox, sandbox.client() as client:
        Mirror(client, catalog, only=["articles"]).run()
        sandbox.faults.add("getArticles nth=5 delete=3 where=first")
        job = {"url": sandbox.url, "token": sandbox.store_token, "address": str(catalog)}
        assert crash_runner.run(**job, at=1, on="unmark_seen", only=["articles"], full=True)
        assert Mirror(client, catalog, only=["articles"]).run()["articles"].deleted == 3
        assert_equals_store(catalog, client, "articles")


@pytest.fixture(params=["duckdb", "postgres"])
def other_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield an empty database of another kind than SQLite."""
    if request.param == "duckdb":
        yield DuckdbDatabase(tmp_path)
    else:
        with create_database(request.getfixturevalue("postgres")) as url:
            yield PostgresDatabase(url)


def test_later_runs_of_other_databases(other_database: Database, crash_runner: CrashRunner) -> None:
    """Runs that are killed during an incremental or a full sync are completed by the next one."""
    address, only = other_database.address, ["articles", "orders"]
    with Sandbox(articles=190, seed=3) as sandbox, sandbox.client() as client:
        job = {"url": sandbox.url, "token": sandbox.store_token, "address": address, "only": only}
        with set_clock(START):
            sandbox.clock.freeze(START)
            Mirror(client, address, only=only).run()
            change_rows(sandbox, client)
        with set_clock(START + HOUR):
            job["now"] = timestamps.format_timestamp(START + HOUR)
            for position in (2, 4):
                assert crash_runner.run(**job, at=position, on="_replace")
            report = Mirror(client, address, only=only).run()
            assert (report["articles"].full, report["articles"].rows) == (False, 310)
            assert crash_runner.run(**job, at=2, on="write", full=True)
            assert crash_runner.run(**job, at=1, on="_delete_unseen", full=True)
            assert Mirror(client, address, only=only).run()["articles"].deleted == 5
            snapshot = DatabaseSnapshot(other_database)
            assert_same(snapshot, client, *only)
    deleted = [row for row in snapshot.read_rows("articles") if row["_deleted_at"] is not None]
    assert len(deleted) == 5
