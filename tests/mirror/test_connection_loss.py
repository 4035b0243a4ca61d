"""A server, of the store or the database, that stops during a run and returns."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from myonlinestore import _retry
from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.databases import DatabaseSnapshot, PostgresDatabase
from tests.mirror.postgres_server import create_database
from tests.mirror.snapshots import assert_equals_store, assert_same


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the shortest delay before each retry."""
    monkeypatch.setattr(_retry.random, "uniform", lambda low, high: low)


def get_free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def stop_after(sandbox: Sandbox, operation: str, number: int) -> threading.Thread:
    """Stop the server after a number of requests for an operation."""

    def wait() -> None:
        deadline = time.monotonic() + 30
        while len(sandbox.journal.requests(operation=operation)) < number:
            if time.monotonic() > deadline:
                return
            time.sleep(0.002)
        sandbox.stop()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("operation", "number"), [("getArticles", 4), ("getOrderPayments", 3), ("getCategories", 1)]
)
def test_the_store_goes_away(catalog: Path, operation: str, number: int) -> None:
    """The command ends with exit code 1 and a message; the next run completes the copy."""
    only = [word for name in ("articles", "categories", "orders") for word in ("--only", name)]
    sandbox = Sandbox(
        articles=400, seed=5, port=get_free_port(), faults=[f"{operation} delay=0.05"]
    )
    sandbox.start()
    try:
        url = sandbox.url
        thread = stop_after(sandbox, operation, number)
        result = run(sandbox, str(catalog), *only, "--max-wait", "0")
        thread.join()
        assert result.exit_code == 1
        assert result.stdout == ""
        last = result.stderr.splitlines()[-1]
        assert last.startswith("Error: ")
        assert sandbox.store_token not in result.stderr
        sandbox.faults.clear()
        sandbox.start()
        assert sandbox.url == url
        assert run(sandbox, str(catalog), *only).exit_code == 0
        with sandbox.client() as client:
            assert_equals_store(catalog, client, "articles", "categories", "orders")
    finally:
        sandbox.stop()


@pytest.mark.parametrize(
    ("operation", "number"), [("getArticles", 4), ("getOrderPayments", 3), ("getCategories", 1)]
)
def test_the_store_returns(catalog: Path, operation: str, number: int) -> None:
    """A run continues when a store that went away returns within --max-wait."""
    only = [word for name in ("articles", "categories", "orders") for word in ("--only", name)]
    sandbox = Sandbox(
        articles=400, seed=5, port=get_free_port(), faults=[f"{operation} delay=0.05"]
    )
    sandbox.start()
    url = sandbox.url

    def restart() -> None:
        stop_after(sandbox, operation, number).join()
        time.sleep(1)
        sandbox.faults.clear()
        sandbox.start()

    thread = threading.Thread(target=restart)
    thread.start()
    try:
        result = run(sandbox, str(catalog), *only, "--base-url", url)
        thread.join()
        assert result.exit_code == 0, result.stderr
        with sandbox.client() as client:
            assert_equals_store(catalog, client, "articles", "categories", "orders")
    finally:
        sandbox.stop()


@pytest.fixture
def database(postgres: str) -> Iterator[PostgresDatabase]:
    """Yield an empty PostgreSQL database."""
    with create_database(postgres) as url:
        yield PostgresDatabase(url)


@pytest.mark.parametrize(("resource", "number"), [("articles", 150), ("orders", 50)])
def test_the_database_goes_away(
    database: PostgresDatabase, big_sandbox: Sandbox, resource: str, number: int
) -> None:
    """A lost database connection is an error, and the next run completes the copy."""
    only = ["articles", "orders"]

    def end(name: str, done: int, total: int | None) -> None:
        if name == resource and done >= number:
            database.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'myonlinestore' AND datname = current_database()"
            )

    with big_sandbox.client() as client:
        with pytest.raises(MirrorError, match="the connection was lost: check the server"):
            Mirror(client, database.address, only=only, on_progress=end).run()
        held = len(database.read_rows(resource))
        report = Mirror(client, database.address, only=only).run()
        assert held > 0
        assert report[resource].new == report[resource].rows - held
        assert_same(DatabaseSnapshot(database), client, *only)
