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
from tests.mirror.databases import PlaceCopy, PostgresPlace
from tests.mirror.postgres_server import fresh_database
from tests.mirror.snapshots import assert_equals_store, assert_same


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the shortest delay before each retry."""
    monkeypatch.setattr(_retry.random, "uniform", lambda low, high: low)


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def stop_after(shop: Sandbox, operation: str, number: int) -> threading.Thread:
    """Stop the server after a number of requests for an operation."""

    def wait() -> None:
        deadline = time.monotonic() + 30
        while len(shop.journal.requests(operation=operation)) < number:
            if time.monotonic() > deadline:
                return
            time.sleep(0.002)
        shop.stop()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("operation", "number"), [("getArticles", 4), ("getOrderPayments", 3), ("getCategories", 1)]
)
def test_the_store_goes_away(catalog: Path, operation: str, number: int) -> None:
    """The command ends with exit code 1 and a message; the next run completes the copy."""
    only = [word for name in ("articles", "categories", "orders") for word in ("--only", name)]
    shop = Sandbox(articles=400, seed=5, port=free_port(), faults=[f"{operation} delay=0.05"])
    shop.start()
    try:
        url = shop.url
        stopping = stop_after(shop, operation, number)
        result = run(shop, str(catalog), *only)
        stopping.join()
        assert result.exit_code == 1
        assert result.stdout == ""
        last = result.stderr.splitlines()[-1]
        assert last.startswith("Error: ")
        assert shop.store_token not in result.stderr
        shop.faults.clear()
        shop.start()
        assert shop.url == url
        assert run(shop, str(catalog), *only).exit_code == 0
        with shop.client() as client:
            assert_equals_store(catalog, client, "articles", "categories", "orders")
    finally:
        shop.stop()


@pytest.fixture
def place(postgres: str) -> Iterator[PostgresPlace]:
    """Yield an empty PostgreSQL database."""
    with fresh_database(postgres) as url:
        yield PostgresPlace(url)


@pytest.mark.parametrize(("resource", "number"), [("articles", 150), ("orders", 50)])
def test_the_database_goes_away(
    place: PostgresPlace, big_shop: Sandbox, resource: str, number: int
) -> None:
    """A lost database connection is an error, and the next run completes the copy."""
    only = ["articles", "orders"]

    def end(name: str, done: int, total: int | None) -> None:
        if name == resource and done >= number:
            place.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'myonlinestore' AND datname = current_database()"
            )

    with big_shop.client() as client:
        with pytest.raises(MirrorError, match="the connection was lost: check the server"):
            Mirror(client, place.address, only=only, on_progress=end).run()
        held = len(place.rows(resource))
        report = Mirror(client, place.address, only=only).run()
        assert held > 0
        assert report[resource].new == report[resource].rows - held
        assert_same(PlaceCopy(place), client, *only)
