"""Stores to mirror, and databases to mirror them into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from myonlinestore import ConnectClient
from myonlinestore.sandbox import Sandbox
from tests.mirror.databases import Database, DuckdbDatabase, PostgresDatabase, SqliteDatabase
from tests.mirror.postgres_server import create_database, run_postgres


@pytest.fixture(scope="session")
def big_sandbox() -> Iterator[Sandbox]:
    """Yield a store of several blocks of pages, which no test changes."""
    with Sandbox(articles=660, seed=11) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Yield a small store, a new one for each test."""
    with Sandbox(articles=40, seed=5) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[ConnectClient]:
    """Yield a client of the small store."""
    with sandbox.client() as client:
        yield client


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Return the path of an SQLite copy."""
    return tmp_path / "catalog.sqlite"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Yield the URL of a PostgreSQL server for all tests."""
    with run_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield an empty database of each kind."""
    if request.param == "sqlite":
        yield SqliteDatabase(tmp_path)
    elif request.param == "duckdb":
        yield DuckdbDatabase(tmp_path)
    else:
        with create_database(request.getfixturevalue("postgres")) as url:
            yield PostgresDatabase(url)
