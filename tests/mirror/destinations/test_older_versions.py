"""Copies that an older version of the client made, and columns that a user added."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror
from myonlinestore.mirror.destinations.base import Destination, WriteResult
from myonlinestore.mirror.extract.streams import STREAMS
from tests.mirror.articles import make_article, sync_articles
from tests.mirror.databases import Database, DatabaseSnapshot
from tests.mirror.snapshots import assert_same

TABLES = {stream.name: stream.table for stream in STREAMS}
ARTICLES = TABLES["articles"]


def test_columns_of_the_user_stay(database: Database) -> None:
    """A column that was added by hand keeps its values when the row changes."""
    for name in ("x", "y"):
        destination = database.make_destination()
        destination.open()
        sync_articles(destination, make_article(1, name=name))
        destination.close()
        if name == "x":
            database.query("ALTER TABLE articles ADD COLUMN note TEXT")
            database.query("UPDATE articles SET note = 'mine'")
    (row,) = database.read_rows("articles")
    assert (row["name"], row["note"]) == ("y", "mine")


def test_columns_of_the_user_stay_in_child_tables(database: Database) -> None:
    """Child rows are updated in place; only those that a row no longer has are deleted."""
    rows = [
        make_article(number, images=[{"id": name} for name in "abc"], lists=LISTS)
        for number in (1, 2)
    ]
    changed = [
        make_article(
            1, images=[{"id": "x"}, {"id": "b"}], lists=[LISTS[0], {"options": [{"id": 9}]}]
        ),
        make_article(2, images=[], lists=LISTS, name="new"),
    ]
    for sent in (rows, changed):
        destination = database.make_destination()
        destination.open()
        sync_articles(destination, *sent)
        destination.close()
        if sent is rows:
            for table in ("article_images", "article_list_options"):
                database.query(f"ALTER TABLE {table} ADD COLUMN note TEXT")
                database.query(f"UPDATE {table} SET note = 'mine'")
    images = [(row["article_id"], row["id"]) for row in database.read_rows("article_images")]
    assert images == [(1, "x"), (1, "b")]
    options = [
        (row["article_id"], row["_list_position"], row["_position"], row["id"])
        for row in database.read_rows("article_list_options")
    ]
    assert options == [
        *((1, 1, 1, 1), (1, 1, 2, 2), (1, 2, 1, 9)),
        *((2, 1, 1, 1), (2, 1, 2, 2), (2, 2, 1, 3), (2, 2, 2, 4)),
    ]
    for table in ("article_images", "article_list_options"):
        assert {row["note"] for row in database.read_rows(table)} == {"mine"}


LISTS = [{"options": [{"id": 1}, {"id": 2}]}, {"options": [{"id": 3}, {"id": 4}]}]


def test_a_main_table_that_was_dropped_is_filled(database: Database) -> None:
    """A missing main table makes the next sync a full one, as a missing child table does."""
    destination = database.make_destination()
    destination.open()
    rows = [make_article(1, images=[{"id": "a"}]), make_article(2)]
    sync_articles(destination, *rows)
    destination.close()
    database.query("DROP TABLE articles")
    destination.open()
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert (state.row_count, state.complete_from) == (0, None)
    assert sync_articles(destination, *rows) == WriteResult(new=2)
    destination.close()
    assert [row["id"] for row in database.read_rows("articles")] == [1, 2]


def remove_column(table: Any, name: str) -> Any:
    """Return a table without a column, like that of an older version."""
    return replace(table, columns=tuple(c for c in table.columns if c.name != name))


OLDER = replace(
    remove_column(ARTICLES, "url"),
    children=tuple(remove_column(child, "id") for child in ARTICLES.children),
)
SENT = [make_article(1, url="https://x", images=[{"id": "h"}]), make_article(2)]


@pytest.mark.parametrize("older", [OLDER, replace(ARTICLES, children=())])
def test_columns_of_a_newer_version_are_filled(database: Database, older: Any) -> None:
    """Missing columns and child tables are added, and filled for unchanged rows too."""
    destination = database.make_destination()
    destination.open()
    destination.begin_sync(older)
    destination.write(older, SENT)
    destination.finish_sync(older)
    state = destination.read_state(older)
    assert state is not None
    assert state.complete_from is not None
    assert destination.read_state(ARTICLES) == replace(state, complete_from=None)
    assert sync_articles(destination, *SENT) == WriteResult(changed=2)
    assert sync_articles(destination, *SENT) == WriteResult()
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert state.complete_from is not None
    destination.close()
    assert [row["url"] for row in database.read_rows("articles")] == ["https://x", None]
    assert [row["id"] for row in database.read_rows("article_images")] == ["h"]


def test_a_sync_of_an_older_version_does_not_resume(database: Database) -> None:
    """Rows that were read before a column existed are read again."""
    destination = database.make_destination()
    destination.open()
    destination.begin_sync(OLDER)
    destination.write(OLDER, SENT, cursor="created a")
    destination.close()
    destination.open()
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert (state.cursor, state.complete_from) == (None, None)
    sync = destination.begin_sync(ARTICLES)
    assert (sync.cursor, sync.rows) == (None, 0)
    assert destination.write(ARTICLES, SENT[:1], cursor="created b") == WriteResult(changed=1)
    destination.close()
    destination.open()
    sync = destination.begin_sync(ARTICLES)
    assert (sync.cursor, sync.rows) == ("created b", 1)
    assert destination.finish_sync(ARTICLES) == 1
    destination.close()
    assert [row["url"] for row in database.read_rows("articles")] == ["https://x", None]


def test_an_incremental_sync_does_not_fill_a_column(destination: Destination) -> None:
    """A copy with a new column is complete only after a full sync."""
    for table in (OLDER, ARTICLES):
        destination.begin_sync(table, full=table is OLDER)
        destination.write(table, SENT[: 2 if table is OLDER else 1])
        destination.finish_sync(table)
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert state.finished_at is not None
    assert state.complete_from is None
    sync_articles(destination, *SENT)
    destination.begin_sync(ARTICLES, full=False)
    destination.finish_sync(ARTICLES)
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert state.complete_from == state.started_at


def test_a_copy_of_an_older_version_is_completed(database: Database, client: ConnectClient) -> None:
    """A run reads everything once if a table is missing, instead of the changes."""
    job = Mirror(client, database.address, only=["articles"])
    job.run()
    assert not job.run()["articles"].full
    database.query("DROP TABLE article_images")
    report = job.run()["articles"]
    assert (report.full, report.changed) == (True, report.rows)
    assert_same(DatabaseSnapshot(database), client, "articles")
    assert not job.run()["articles"].full
