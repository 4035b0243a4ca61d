"""Histories of runs that are killed one after the other while the store changes.

MYONLINESTORE_KILL_HISTORIES is the number of histories of each kind of destination; `nox -s kills`
runs 30 of each, which are 180.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError, read_status, timestamps
from myonlinestore.sandbox import Sandbox
from tests.mirror.crash_runner import CrashRunner
from tests.mirror.databases import (
    DatabaseSnapshot,
    DuckdbDatabase,
    FileFolder,
    PostgresDatabase,
    SqliteDatabase,
)
from tests.mirror.destinations.test_files import FilesSnapshot
from tests.mirror.postgres_server import create_database
from tests.mirror.s3_server import run_s3
from tests.mirror.shop import Shop
from tests.mirror.snapshots import SqliteSnapshot, assert_same

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")

HISTORIES = int(os.environ.get("MYONLINESTORE_KILL_HISTORIES", "1"))
KINDS = ("sqlite", "duckdb", "postgres", "jsonl", "parquet", "parquet in S3")
ONLY = ("articles", "discount_codes", "newsletter_subscribers", "orders")
KILLS = 3
ARTICLES = 30
# A run of these resources has about this many checkpoints.
MAX_CHECKPOINT = {"sqlite": 14, "duckdb": 14, "postgres": 14}
MAX_CHECKPOINT_OF_FILES = 50


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Yield the URL of a bucket on an S3 server of this machine."""
    with run_s3("kills") as url:
        yield url


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """Serve the store of all histories."""
    with Sandbox(articles=ARTICLES, seed=5) as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setattr(timestamps, "utc_now", lambda: sandbox.clock().replace(tzinfo=None))
        yield sandbox


@pytest.fixture(scope="module")
def crash_runner(s3: str) -> Iterator[CrashRunner]:
    """Yield a process that starts runs and kills them; its environment names the S3 server."""
    del s3
    with CrashRunner() as crash_runner:
        yield crash_runner


@dataclass
class Copy:
    """The destination of one history."""

    kind: str
    folder: Path
    address: str

    def read(self) -> SqliteSnapshot:
        """Read the copy as another program."""
        if self.kind == "sqlite":
            return DatabaseSnapshot(SqliteDatabase(self.folder))
        if self.kind == "duckdb":
            return DatabaseSnapshot(DuckdbDatabase(self.folder))
        if self.kind == "postgres":
            return DatabaseSnapshot(PostgresDatabase(self.address))
        return FilesSnapshot(self._get_files())  # type: ignore[arg-type]

    def _get_files(self) -> FileFolder:
        """Return the files, which are downloaded first from an object store."""
        kind = self.kind.partition(" ")[0]
        if "in S3" not in self.kind:
            return FileFolder(kind, self.folder / "lake")
        files = FileFolder(kind, self.folder / "downloaded")
        system, root = fsspec.core.url_to_fs(self.address.partition(":")[2])
        system.invalidate_cache()
        system.get(f"{root}/", f"{files.folder}/", recursive=True)
        return files

    def check_readable(self) -> None:
        """Assert that after a kill the state and each table can be read."""
        try:
            status = read_status(self.address)
        except MirrorError as error:
            assert "nothing was mirrored" in str(error) or "holds no mirror" in str(error)
            return
        assert status.store
        self.read()


def create_copy(kind: str, folder: Path, postgres: str, s3: str) -> Copy:
    """Return an empty destination of a kind."""
    addresses = {
        "sqlite": SqliteDatabase(folder).address,
        "duckdb": DuckdbDatabase(folder).address,
        "postgres": postgres,
        "jsonl": f"jsonl:{folder / 'lake'}",
        "parquet": f"parquet:{folder / 'lake'}",
        "parquet in S3": f"parquet:{s3}/{folder.name}",
    }
    return Copy(kind, folder, addresses[kind])


@pytest.mark.parametrize("number", range(HISTORIES))
@pytest.mark.parametrize("kind", KINDS)
def test_a_history_of_kills(
    request: pytest.FixtureRequest,
    server: Sandbox,
    s3: str,
    crash_runner: CrashRunner,
    tmp_path: Path,
    kind: str,
    number: int,
) -> None:
    """After each kill the copy can be read, and the last run makes it equal to the store."""
    rng = random.Random(f"{kind} {number}")
    url = request.getfixturevalue("postgres") if kind == "postgres" else ""
    server.seed(ARTICLES, 5)
    server.clock.freeze("2026-03-28 12:00:00")
    with (
        create_database(url) if url else contextlib.nullcontext("") as postgres,
        server.client() as client,
    ):
        copy = create_copy(kind, tmp_path, postgres, s3)
        shop = Shop(server, client, rng)
        kills = 0
        while kills < KILLS:
            kills += run_and_kill(shop, copy, crash_runner, rng)
        finish(client, copy)


def run_and_kill(shop: Shop, copy: Copy, crash_runner: CrashRunner, rng: random.Random) -> bool:
    """Change the store, and run a mirror. Return True if it was killed at a checkpoint."""
    shop.sandbox.clock.advance(timedelta(seconds=rng.choice((1, 3_600, 86_400))))
    for name in rng.sample(sorted(shop.changes), 5):
        shop.change(name)
    options: dict[str, Any] = {"only": ONLY, "full": rng.random() < 0.4, "max_delete": 1_000}
    if rng.random() < 0.3:
        options["delete"] = "hard"
    is_killed = crash_runner.run(
        url=shop.sandbox.url,
        token=shop.sandbox.store_token,
        address=copy.address,
        at=rng.randint(1, MAX_CHECKPOINT.get(copy.kind, MAX_CHECKPOINT_OF_FILES)),
        now=timestamps.format_timestamp(timestamps.utc_now()),
        **options,
    )
    copy.check_readable()
    return is_killed


def finish(client: ConnectClient, copy: Copy) -> None:
    """Run a full refresh to its end, and compare the copy with the store."""
    report = Mirror(client, copy.address, only=ONLY, full=True, max_delete=1_000).run()
    assert not report.has_differences
    assert not report.rejected
    assert_same(copy.read(), client, *ONLY)
