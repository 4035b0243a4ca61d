"""PostgreSQL: column types, lost connections, and passwords that are never shown."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from myonlinestore.mirror import MirrorError
from myonlinestore.mirror.destinations.base import WriteResult
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.destinations.sql.postgres import PostgresDestination
from myonlinestore.mirror.extract.streams import STREAMS
from tests.mirror.articles import make_article
from tests.mirror.databases import PostgresDatabase
from tests.mirror.postgres_server import create_database

ARTICLES = next(stream.table for stream in STREAMS if stream.name == "articles")


@pytest.fixture
def database(postgres: str) -> Iterator[PostgresDatabase]:
    """Yield an empty database."""
    with create_database(postgres) as url:
        yield PostgresDatabase(url)


@pytest.fixture
def destination(database: PostgresDatabase) -> Iterator[PostgresDestination]:
    destination = PostgresDestination(database.address)
    destination.open()
    destination.begin_sync(ARTICLES)
    yield destination
    destination.close()


def test_columns_have_types(destination: PostgresDestination, database: PostgresDatabase) -> None:
    """Amounts are NUMERIC with the zeros that were sent, days DATE, ids BIGINT, plain dicts JSON."""
    sent = {"price": {"default": "12.50"}, "created_date": "2024-02-29", "taxable": True}
    destination.write(ARTICLES, [make_article(2**40, **sent, extra={"visible": {"b": 1.50}})])
    ((_, price, *_), *_) = found = database.query(
        "SELECT id, price_default, created_date, taxable, extra_visible->>'b' FROM articles"
    )
    assert found == [(2**40, Decimal("12.50"), date(2024, 2, 29), True, "1.5")]
    assert str(price) == "12.50"


def test_values_that_do_not_fit_are_rescued(
    destination: PostgresDestination, database: PostgresDatabase
) -> None:
    """Values that do not fit their columns, NUL included, are NULL; the originals are in _rescued."""
    sent = {"created_date": "0000-00-00", "name": "a\0b", "price": {"default": "?"}}
    destination.write(ARTICLES, [make_article(1, **sent)])
    columns = "name, created_date, price_default"
    found = database.query(f"SELECT {columns}, CAST(_rescued AS TEXT) FROM articles")
    assert found == [
        (None, None, None, '{"name":"a\\u0000b","price_default":"?","created_date":"0000-00-00"}')
    ]


def test_a_lost_connection_is_an_error_and_loses_nothing(
    destination: PostgresDestination, database: PostgresDatabase
) -> None:
    """Committed rows stay if the server ends the connection, and the next run completes the copy."""
    destination.write(ARTICLES, [make_article(1)])
    database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'myonlinestore' AND datname = current_database()"
    )
    with pytest.raises(MirrorError, match="the connection was lost: check the server"):
        destination.write(ARTICLES, [make_article(2)])
    destination.close()
    assert database.query("SELECT id FROM articles") == [(1,)]
    destination.open()
    destination.begin_sync(ARTICLES)
    assert destination.write(ARTICLES, [make_article(1), make_article(2)]) == WriteResult(new=1)


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_a_locked_table_is_refused_after_a_timeout(
    database: PostgresDatabase, seconds: float
) -> None:
    """A table that another program locks is an error after a timeout, or at once for 0."""
    destination = PostgresDestination(database.address, busy_timeout=seconds)
    destination.open()
    destination.begin_sync(ARTICLES)
    with psycopg.connect(database.address) as other:
        other.execute("LOCK TABLE articles")
        with pytest.raises(MirrorError, match="another program holds it locked"):
            destination.write(ARTICLES, [make_article(1)])
    assert destination.write(ARTICLES, [make_article(1)]) == WriteResult(new=1)
    destination.close()


def test_a_run_starts_after_the_current_page(database: PostgresDatabase) -> None:
    """A run that starts blocks until the page of another one is committed."""
    first, second = (PostgresDestination(database.address) for _ in range(2))
    first.open()
    second.open()
    first.begin_sync(ARTICLES)
    replace_rows = first._replace
    thread = threading.Thread(target=second.begin_sync, args=[ARTICLES])

    def replace_slowly(*arguments: Any) -> None:
        thread.start()
        time.sleep(0.2)
        assert thread.is_alive()
        replace_rows(*arguments)

    first._replace = replace_slowly  # type: ignore[method-assign]
    assert first.write(ARTICLES, [make_article(1)]) == WriteResult(new=1)
    thread.join()
    assert second.write(ARTICLES, [make_article(1)]) == WriteResult()
    first.close()
    second.close()


def test_a_user_without_rights_is_refused(database: PostgresDatabase) -> None:
    """A user who may not create tables gets an error with what to grant."""
    database.query("DROP ROLE IF EXISTS visitor")
    database.query("CREATE ROLE visitor LOGIN")
    try:
        address = database.address.replace("postgres:@", "visitor:hunter2@")
        assert address != database.address
        destination = PostgresDestination(address)
        with pytest.raises(MirrorError, match=r"visitor:\*\*\*@.*grant it CREATE"):
            destination.open()
        destination.close()
    finally:
        database.query("DROP ROLE visitor")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@127.0.0.1:1/shop",
        "postgres://127.0.0.1:1/shop?user=me&password=hunter2",
        "postgresql://me:x@hunter2@127.0.0.1:1/shop",
        "postgresql://me:x/hunter2@127.0.0.1:1/shop",
        "postgresql://me:x?hunter2@127.0.0.1:1/shop",
        "postgresql://me:x hunter2@127.0.0.1:1/shop",
        "postgresql://me:%zzhunter2@127.0.0.1:1/shop",
        "postgresql://me:hunter2@127.0.0.1:1/shop?nonsense=1",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    """Neither the message nor the traceback shows a password, however the URL is malformed."""
    with pytest.raises(MirrorError) as caught:
        resolve_destination(url).open()
    shown = "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in shown.replace(url, "")
    assert "***" in str(caught.value)
    assert "\n" not in str(caught.value)
