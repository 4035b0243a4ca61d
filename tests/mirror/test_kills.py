"""kill -9 at every moment of later runs, full ones and those with payments: nothing is lost."""

from __future__ import annotations

import os
import sqlite3
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
from tests.mirror.postgres_server import fresh_database
from tests.mirror.snapshots import assert_equals_store, assert_same, dump_tables

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork or kill")

START = timestamps.parse_timestamp("2025-06-01 12:00:00")
HOUR = timedelta(hours=1)
KEPT = ("articles", "newsletter_subscribers", "orders", "discount_codes")


@pytest.fixture(scope="module")
def crash_runner() -> Iterator[CrashRunner]:
    with CrashRunner() as crash_runner:
        yield crash_runner


@dataclass
class World:
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

    def killed(
        self, crash_runner: CrashRunner, address: Path | str, at: int, **options: Any
    ) -> bool:
        """Run a mirror an hour after the copy was made, and kill it."""
        job = {"url": self.sandbox.url, "token": self.sandbox.store_token, "address": str(address)}
        now = timestamps.format_timestamp(START + HOUR)
        return crash_runner.run(**job, at=at, now=now, **options)


def an_hour_passes(sandbox: Sandbox, client: ConnectClient) -> None:
    """Change, add and delete rows, some each minute."""
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
    emails = [str(one.email) for one in client.newsletter.list(limit=100)]
    client.newsletter.update(email=emails[0], body={"name": "Anders"})
    client.newsletter.delete(email=emails[1])
    client.newsletter.create(body={"email": "nieuw@example.com", "name": "Nieuw"})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base = tmp_path_factory.mktemp("base") / "catalog.sqlite"
    with Sandbox(articles=190, seed=3) as sandbox, sandbox.client() as client, at(START):
        sandbox.clock.freeze(START)
        Mirror(client, base, only=KEPT).run()
        an_hour_passes(sandbox, client)
        yield World(sandbox, client, base)


@pytest.fixture(autouse=True)
def _an_hour_later(world: World) -> Iterator[None]:
    with at(START + HOUR):
        yield


class at:  # noqa: N801
    """The mirror's clock, while a block lasts."""

    def __init__(self, now: datetime) -> None:
        self._patch = pytest.MonkeyPatch()
        self._now = now

    def __enter__(self) -> None:
        self._patch.setattr(timestamps, "utc_now", lambda: self._now)

    def __exit__(self, *_: object) -> None:
        self._patch.undo()


SCENES: dict[str, dict[str, Any]] = {
    "changes": {"only": ["articles", "newsletter_subscribers"]},
    "everything again": {"only": ["articles", "newsletter_subscribers"], "full": True},
    "removing": {"only": ["articles"], "full": True, "delete": "hard"},
    "payments": {"only": ["orders", "discount_codes"]},
}


@pytest.mark.parametrize("scene", SCENES)
def test_a_later_run_that_is_killed_anywhere(
    world: World, crash_runner: CrashRunner, tmp_path: Path, scene: str
) -> None:
    """Whenever it was killed, between commits or within one, the next run makes the copy that an unkilled one makes."""
    options = SCENES[scene]
    never = world.copy(tmp_path / "never.sqlite")
    Mirror(world.client, never, **options).run()
    wanted, moment = dump_tables(never), 1
    while world.killed(
        crash_runner, path := world.copy(tmp_path / f"{moment}.sqlite"), moment, **options
    ):
        Mirror(world.client, path, **options).run()
        assert dump_tables(path) == wanted, moment
        moment += 3
    assert moment > 8
    if scene != "changes":
        assert_equals_store(never, world.client, *options["only"])


@pytest.mark.parametrize(("call", "number"), [("write", 2), ("_delete_unseen", 1)])
def test_a_killed_full_sync_resumes_as_one(
    world: World, crash_runner: CrashRunner, tmp_path: Path, call: str, number: int
) -> None:
    """The run after it reads all that is left, and marks what went, although none asks for it."""
    only = ["articles"]
    path = world.copy(tmp_path / "killed.sqlite")
    assert world.killed(crash_runner, path, number, on=call, full=True, only=only)
    report = Mirror(world.client, path, only=only).run()["articles"]
    assert (report.full, report.deleted) == (True, 5)
    assert_equals_store(path, world.client, *only)


def test_what_went_while_a_killed_run_read(crash_runner: CrashRunner, catalog: Path) -> None:
    """Killed as it takes back what it had met, a run leaves it to the next one to mark that."""
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
        with fresh_database(request.getfixturevalue("postgres")) as url:
            yield PostgresDatabase(url)


def test_later_runs_that_are_killed_elsewhere(
    other_database: Database, crash_runner: CrashRunner
) -> None:
    """Runs that are killed during an incremental or a full sync are completed by the next one."""
    address, only = other_database.address, ["articles", "orders"]
    with Sandbox(articles=190, seed=3) as sandbox, sandbox.client() as client:
        job = {"url": sandbox.url, "token": sandbox.store_token, "address": address, "only": only}
        with at(START):
            sandbox.clock.freeze(START)
            Mirror(client, address, only=only).run()
            an_hour_passes(sandbox, client)
        with at(START + HOUR):
            job["now"] = timestamps.format_timestamp(START + HOUR)
            for moment in (2, 4):
                assert crash_runner.run(**job, at=moment, on="_replace")
            report = Mirror(client, address, only=only).run()
            assert (report["articles"].full, report["articles"].rows) == (False, 310)
            assert crash_runner.run(**job, at=2, on="write", full=True)
            assert crash_runner.run(**job, at=1, on="_delete_unseen", full=True)
            assert Mirror(client, address, only=only).run()["articles"].deleted == 5
            copy = DatabaseSnapshot(other_database)
            assert_same(copy, client, *only)
    marked = [row for row in copy.rows("articles") if row["_deleted_at"] is not None]
    assert len(marked) == 5
