"""Rows and values that a database refuses: they are rejects, or rescued."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from myonlinestore.mirror import MirrorError
from myonlinestore.mirror.destinations.base import Destination, WriteResult
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.mirror.records import Reject
from myonlinestore.models import Category, Customer
from tests.mirror.articles import make_article, sync_articles
from tests.mirror.databases import Database

TABLES = {stream.name: stream.table for stream in STREAMS}
ARTICLES = TABLES["articles"]


def test_rows_that_a_database_refuses_are_rejects(
    destination: Destination, database: Database
) -> None:
    """A key that no column can hold is a reject with its row; all other rows are written."""
    customers = TABLES["customers"]
    destination.begin_sync(customers)
    keys = ["a", "b\0c", "d"]
    destination.write(customers, [Customer(id=key, email=f"{key}@x") for key in keys])
    destination.begin_sync(ARTICLES)
    rows = [make_article(number, name=f"{number}") for number in (1, 2**64, 3, 2**200, 5)]
    assert destination.write(ARTICLES, rows, cursor="created a") == WriteResult(new=3)
    stored_rejects = destination.read_rejects(ARTICLES)
    assert {msgspec.json.decode(one.body)["id"] for one in stored_rejects} == {2**64, 2**200}
    assert all(str(one.reason).startswith("cannot write to ") for one in stored_rejects)
    destination.unmark_seen(ARTICLES, {2**64})
    assert destination.finish_sync(ARTICLES) == 0
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert (state.row_count, state.rejects) == (3, 2)
    refused = [msgspec.json.decode(one.body)["id"] for one in destination.read_rejects(customers)]
    destination.close()
    assert [row["id"] for row in database.read_rows("articles")] == [1, 3, 5]
    stored = [row["id"] for row in database.read_rows("customers")]
    assert sorted(stored + refused) == keys
    assert refused in ([], ["b\0c"])


def test_values_that_a_database_cannot_hold_are_rescued(
    destination: Destination, database: Database
) -> None:
    """A number beyond 64 bits is NULL in its column; the original is in `_rescued`."""
    sent = [make_article(1, stock=3), make_article(2, name="x", stock=2**70, images=[{"id": "a"}])]
    assert sync_articles(destination, *sent) == WriteResult(new=2)
    assert destination.read_rejects(ARTICLES) == []
    destination.close()
    plain, rescued = database.read_rows("articles")
    assert (plain["stock"], plain["_rescued"]) == (3, None)
    assert (rescued["name"], rescued["stock"]) == ("x", None)
    assert msgspec.json.decode(rescued["_rescued"]) == {"stock": 2**70}
    destination.open()
    assert sync_articles(
        destination, make_article(1, stock=3), make_article(2, stock=4)
    ) == WriteResult(changed=1)
    destination.close()
    assert [row["_rescued"] for row in database.read_rows("articles")] == [None, None]


def test_a_constraint_of_the_user_rejects_its_rows(database: Database) -> None:
    """Rows that violate a constraint, also one between two of them, are rejects."""
    destination = database.make_destination()
    destination.open()
    sync_articles(destination)
    destination.close()
    database.query("CREATE UNIQUE INDEX own_index ON articles (sku)")
    rows = [make_article(number, sku=f"{number % 7}", name="x") for number in range(10)]
    for _ in range(2):
        destination.open()
        sync_articles(destination, *rows)
        rejects = destination.read_rejects(ARTICLES)
        assert [msgspec.json.decode(one.body)["id"] for one in rejects] == [7, 8, 9]
        destination.close()
        assert [row["id"] for row in database.read_rows("articles")] == [*range(7)]
    database.query("DROP INDEX own_index")
    destination.open()
    assert sync_articles(destination, *rows) == WriteResult(new=3)
    assert destination.read_rejects(ARTICLES) == []
    destination.close()


def test_an_error_of_the_database_rejects_no_row(
    destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are rejects only if the database refuses them, not if it fails while they are tried."""
    destination.begin_sync(ARTICLES)
    write_rows = destination._write_rows  # type: ignore[attr-defined]
    calls = list[int]()

    def fail_later(table: Any, seen: Any) -> Any:
        calls.append(len(seen))
        if len(calls) == 3:
            destination._execute("SELECT * FROM no_such_table")  # type: ignore[attr-defined]
        return write_rows(table, seen)

    monkeypatch.setattr(destination, "_write_rows", fail_later)
    with pytest.raises(MirrorError, match="no_such_table"):
        destination.write(ARTICLES, [make_article(1), make_article(2**64)])
    assert calls == [2, 2, 1]
    assert destination.read_rejects(ARTICLES) == []


def test_a_row_without_a_key_is_refused(destination: Destination) -> None:
    """A row without a key is an error."""
    destination.begin_sync(TABLES["categories"])
    with pytest.raises(MirrorError, match="a row of categories has no id"):
        destination.write(TABLES["categories"], [Category(title="x")])


def test_rejects_are_kept_with_their_bytes(destination: Destination) -> None:
    """A reject is kept until it can be decoded, and its earlier version counts as seen."""
    sync_articles(destination, make_article(1, name="x"), make_article(2))
    rejects = [
        Reject(b'{"id":1,"name":\xff\x00}', "why\0", "GET /articles", 1),
        Reject(b"\x00", "no key", "GET /articles"),
        Reject(b"[]", "new", "GET /articles", 7),
    ]
    for _ in range(2):
        destination.begin_sync(ARTICLES)
        destination.write(ARTICLES, [make_article(2)], rejects=rejects)
        assert destination.finish_sync(ARTICLES) == 0
    stored_rejects = destination.read_rejects(ARTICLES)
    assert sorted(one.body for one in stored_rejects) == sorted(one.body for one in rejects)
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert (state.row_count, state.rejects, state.missing_rows) == (2, 3, 2)
    assert sync_articles(destination, make_article(1, name="x"), make_article(7)) == WriteResult(
        new=1, changed=1
    )
    assert destination.read_rejects(ARTICLES) == []
