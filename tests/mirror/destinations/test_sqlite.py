"""The SQLite file: exact values, transactions, and the errors if it cannot be written."""

from __future__ import annotations

import os
import pickle
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import ConnectError
from myonlinestore.mirror import MirrorError
from myonlinestore.mirror.destinations.base import WriteResult
from myonlinestore.mirror.destinations.sql.sqlite import SqliteDestination
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.mirror.records import Reject
from myonlinestore.models import Order
from tests.mirror.articles import make_article, sync_articles
from tests.mirror.snapshots import SqliteSnapshot

TABLES = {stream.name: stream.table for stream in STREAMS}
ARTICLES = TABLES["articles"]


@pytest.fixture
def destination(catalog: Path) -> Iterator[SqliteDestination]:
    destination = SqliteDestination(catalog)
    destination.open()
    yield destination
    destination.close()


def query(catalog: Path, statement: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(catalog) as database:
        found = database.execute(statement).fetchall()
    database.close()
    return found


@pytest.mark.parametrize(
    "amount", ["12.50", "12", "0012.5", "1e3", "-0.00", "12345678901234567.890"]
)
def test_amounts_are_stored_exactly(
    destination: SqliteDestination, catalog: Path, amount: str
) -> None:
    """SQLite does not convert an amount to a number, so no digit or zero is lost."""
    sync_articles(destination, make_article(1, price={"default": amount}))
    statement = "SELECT price_default, typeof(price_default) FROM articles"
    assert query(catalog, statement) == [(amount, "text")]


def test_an_amount_can_be_read_as_a_decimal(destination: SqliteDestination, catalog: Path) -> None:
    """The declared type lets sqlite3's converters find the amounts."""
    sync_articles(destination, make_article(1, price={"default": "12.50"}))
    sqlite3.register_converter("DECIMAL_TEXT", lambda value: Decimal(value.decode()))
    database = sqlite3.connect(catalog, detect_types=sqlite3.PARSE_DECLTYPES)
    (price,) = database.execute("SELECT price_default FROM articles").fetchone()
    database.close()
    assert (price, str(price)) == (Decimal("12.50"), "12.50")


def test_values_keep_their_type(destination: SqliteDestination, catalog: Path) -> None:
    """Numbers are integers, booleans 0 or 1, dates text; a number sent as text stays text."""
    sync_articles(
        destination, make_article(1, stock=3, taxable=True, sku="007", created_date="2024-01-31")
    )
    names = ("id", "stock", "taxable", "sku", "created_date", "delivery_days")
    columns = ", ".join(f"typeof({name})" for name in names)
    assert query(catalog, f"SELECT {columns}, taxable, sku FROM articles") == [
        ("integer", "integer", "integer", "text", "text", "null", 1, "007")
    ]
    orders = TABLES["orders"]
    destination.begin_sync(orders)
    numbered = [
        Order.model_construct(uuid="a", number=12),
        Order.model_construct(uuid="b", number="12"),
    ]
    destination.write(orders, numbered)
    assert query(catalog, "SELECT number FROM orders ORDER BY uuid") == [(12,), ("12",)]


def test_a_column_for_text_or_numbers(destination: SqliteDestination, catalog: Path) -> None:
    """If one number has more than 64 bits, it is rescued, and other numbers and texts stay."""
    orders = TABLES["orders"]
    destination.begin_sync(orders)
    numbers: list[int | str] = [2**70, "W-7", 5, "007"]
    rows = [Order.model_construct(uuid=f"{n}", number=n) for n in numbers]
    destination.write(orders, rows)
    statement = "SELECT number, _rescued FROM orders ORDER BY number"
    assert query(catalog, statement) == [
        (None, f'{{"number":{2**70}}}'),
        (5, None),
        ("007", None),
        ("W-7", None),
    ]


def test_a_row_deleted_by_hand_is_written_again(
    destination: SqliteDestination, catalog: Path
) -> None:
    """An unchanged row is written if its table does not have it."""
    sync_articles(destination, make_article(1, name="x"))
    query(catalog, "DELETE FROM articles")
    assert sync_articles(destination, make_article(1, name="x")) == WriteResult(new=1)
    assert query(catalog, "SELECT name FROM articles") == [("x",)]


def test_columns_of_the_user_stay(destination: SqliteDestination, catalog: Path) -> None:
    """A column that was added by hand keeps its values when the row changes."""
    sync_articles(destination, make_article(1, name="x"))
    query(catalog, "ALTER TABLE articles ADD COLUMN note TEXT")
    query(catalog, "UPDATE articles SET note = 'mine'")
    sync_articles(destination, make_article(1, name="y"))
    assert query(catalog, "SELECT name, note FROM articles") == [("y", "mine")]


def test_a_write_is_all_or_nothing(
    destination: SqliteDestination, catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails halfway leaves neither rows nor sync state."""
    sync_articles(destination, make_article(1, images=[{"id": "old"}]))
    destination.begin_sync(ARTICLES)
    monkeypatch.setattr(
        destination._state,
        "save_digests",
        lambda *_: destination._execute("UPDATE no_such_table SET x = 1"),
    )
    with pytest.raises(MirrorError, match="no such table"):
        destination.write(ARTICLES, [make_article(1, images=[]), make_article(2)])
    copy = SqliteSnapshot(catalog)
    assert [row["id"] for row in copy.read_rows("articles")] == [1]
    assert [row["id"] for row in copy.read_rows("article_images")] == ["old"]
    assert [row["key"] for row in copy.query("SELECT key FROM _mirror_rows")] == [1]
    copy.close()


def open_error(path: Path) -> str:
    """Return the message of the error that opening raises."""
    destination = SqliteDestination(path)
    with pytest.raises(MirrorError) as caught:
        try:
            destination.open()
            destination.begin_sync(ARTICLES)
        finally:
            destination.close()
    assert isinstance(caught.value, ConnectError)
    assert type(pickle.loads(pickle.dumps(caught.value))) is MirrorError
    return str(caught.value)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """A folder is not a file."""
    assert open_error(tmp_path) == f"{tmp_path} is a folder: name a file in it"


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """A missing folder is an error, and is not created."""
    path = tmp_path / "missing" / "catalog.sqlite"
    assert open_error(path) == f"the folder {path.parent} does not exist: make it first"
    assert not path.parent.exists()


def test_a_file_of_another_kind_is_refused(catalog: Path) -> None:
    """A file that is not a database is an error, and is not changed."""
    catalog.write_text("id,name\n" * 200)
    assert "not an SQLite database" in open_error(catalog)
    assert catalog.read_text() == "id,name\n" * 200


def test_a_damaged_file_is_refused(destination: SqliteDestination, catalog: Path) -> None:
    """A database with a damaged page is an error of its own."""
    sync_articles(
        destination, *(make_article(number, description="x" * 900) for number in range(50))
    )
    destination.close()
    content = bytearray(catalog.read_bytes())
    content[100:4096] = b"\xff" * 3996
    catalog.write_bytes(content)
    assert "damaged" in open_error(catalog)


def test_a_read_only_file_is_refused(destination: SqliteDestination, catalog: Path) -> None:
    """A read-only database is an error; its header is changed, as permissions do not stop root."""
    destination.close()
    content = bytearray(catalog.read_bytes())
    content[18] = 3
    catalog.write_bytes(content)
    assert "it is read-only" in open_error(catalog)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not stop root"
)
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    """A new file in a read-only folder is an error."""
    tmp_path.chmod(0o500)
    try:
        assert "it cannot be opened or made" in open_error(tmp_path / "catalog.sqlite")
    finally:
        tmp_path.chmod(0o700)


def test_a_path_that_cannot_be_a_file_is_refused(tmp_path: Path, catalog: Path) -> None:
    """A path that the system cannot open is an error."""
    assert "File name too long" in open_error(tmp_path / ("x" * 300 + ".db"))
    catalog.symlink_to(tmp_path / "missing" / "catalog.sqlite")
    assert "it cannot be opened or made" in open_error(catalog)


LOCKS = pytest.mark.parametrize(
    "lock",
    [["BEGIN EXCLUSIVE"], ["BEGIN IMMEDIATE"], ["BEGIN", "SELECT count(*) FROM articles"]],
    ids=["exclusive", "writer", "reader"],
)


@LOCKS
def test_a_locked_database_is_refused_after_a_timeout(
    destination: SqliteDestination, catalog: Path, lock: list[str]
) -> None:
    """A database that another program locks is an error after a timeout."""
    sync_articles(destination, make_article(1))
    destination.close()
    other = sqlite3.connect(catalog, isolation_level=None)
    for statement in lock:
        other.execute(statement).fetchall()
    second_destination = SqliteDestination(catalog, busy_timeout=0.05)
    with pytest.raises(MirrorError, match="another program reads or writes it: close that"):
        second_destination.open()
    second_destination.close()
    other.execute("ROLLBACK")
    other.close()
    destination.open()
    assert sync_articles(destination, make_article(1)) == WriteResult()


@LOCKS
def test_a_database_that_is_unlocked_in_time(
    destination: SqliteDestination,
    catalog: Path,
    lock: list[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run that finds the database locked says so once, and starts when it is not."""
    sync_articles(destination, make_article(1))
    destination.close()
    other = sqlite3.connect(catalog, isolation_level=None)
    for statement in lock:
        other.execute(statement).fetchall()
    attempts = list[int]()
    open_for_writing = destination._open_for_writing

    def open_after_unlock() -> None:
        attempts.append(1)
        if len(attempts) == 3:
            other.execute("COMMIT")
        open_for_writing()

    monkeypatch.setattr(destination, "_open_for_writing", open_after_unlock)
    destination.open()
    other.close()
    assert len(attempts) == 3
    (message,) = [record.getMessage() for record in caplog.records]
    assert message == (
        f"{catalog} is locked by another program that reads or writes it: "
        "trying again for up to 60 seconds"
    )
    assert sync_articles(destination, make_article(1), make_article(2)) == WriteResult(new=1)


def test_a_full_disk_is_an_error_and_loses_nothing(
    destination: SqliteDestination, catalog: Path
) -> None:
    """Committed rows stay if the disk is full, and the next run completes the copy."""
    sync_articles(destination, make_article(1))
    database = destination._database
    assert database is not None
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages + 2}")
    destination.begin_sync(ARTICLES)
    with pytest.raises(MirrorError, match="the disk is full: free some space"):
        destination.write(ARTICLES, [make_article(2, description="x" * 100_000)])
    destination.close()
    assert query(catalog, "SELECT id FROM articles") == [(1,)]
    destination.open()
    assert sync_articles(destination, make_article(1), make_article(2)) == WriteResult(new=1)


def test_closing_leaves_one_file(destination: SqliteDestination, catalog: Path) -> None:
    """After a run, the database is one file that can be copied and opened read-only."""
    sync_articles(destination, make_article(1))
    destination.close()
    assert [path.name for path in catalog.parent.iterdir()] == [catalog.name]
    assert query(catalog, "PRAGMA journal_mode") == [("delete",)]


def test_a_write_ahead_log_that_was_there_stays(catalog: Path) -> None:
    """A database that its owner put in WAL mode is left in it."""
    query(catalog, "PRAGMA journal_mode = WAL")
    destination = SqliteDestination(catalog)
    destination.open()
    sync_articles(destination, make_article(1))
    destination.close()
    assert query(catalog, "PRAGMA journal_mode") == [("wal",)]


def test_others_can_read_during_a_write(destination: SqliteDestination, catalog: Path) -> None:
    """A reader sees the last commit while the mirror is in the middle of a write."""
    sync_articles(destination, make_article(1))
    with destination.transaction():
        destination._execute("DELETE FROM articles")
        assert query(catalog, "SELECT id FROM articles") == [(1,)]


def test_a_reject_is_found_by_an_index(destination: SqliteDestination) -> None:
    """No statement searches all rejects for one, so their number does not slow down a run."""
    destination.begin_sync(ARTICLES)
    statements = list[str]()
    database = destination._database
    assert database is not None
    database.set_trace_callback(statements.append)
    rejects = [Reject(b"[%d]" % number, "why", "GET /", number % 3) for number in range(9)]
    destination.write(ARTICLES, [make_article(1)], rejects=rejects)
    database.set_trace_callback(None)
    statements = [text for text in statements if "_mirror_rejects" in text]
    assert len(statements) > 1
    for text in statements:
        plan = str(database.execute(f"EXPLAIN QUERY PLAN {text}").fetchall())
        assert "SCAN _mirror_rejects" not in plan, text
