"""The behaviour that all databases share: transactions, exact values, children, deletions."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.mirror.destinations.base import Destination, WriteResult
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.mirror.records import Reject
from myonlinestore.models import Article, Category, Customer, Order
from myonlinestore.sandbox import Sandbox
from tests.mirror.databases import Database, DatabaseSnapshot
from tests.mirror.snapshots import assert_same

TABLES = {stream.name: stream.table for stream in STREAMS}
ARTICLES = TABLES["articles"]


def article(number: int, **fields: Any) -> Article:
    return Article.model_validate({"id": number, **fields})


@pytest.fixture
def destination(database: Database) -> Iterator[Destination]:
    """Yield an open destination."""
    destination = database.destination()
    destination.open()
    yield destination
    destination.close()


def written(destination: Destination, *rows: Article) -> WriteResult:
    """Write rows in one full sync and return the result."""
    destination.begin_sync(ARTICLES)
    changes = destination.write(ARTICLES, rows)
    destination.finish_sync(ARTICLES)
    return changes


def test_the_copy_equals_the_store(database: Database, big_sandbox: Sandbox) -> None:
    """Every row of every resource is copied with its children; a second run finds nothing new."""
    with big_sandbox.client() as client:
        first, second = (Mirror(client, database.address).run() for _ in range(2))
        assert_same(DatabaseSnapshot(database), client)
    assert first["articles"].new == 660
    assert first.rows == second.rows
    assert all((one.new, one.changed, one.deleted) == (0, 0, 0) for one in second)


def test_changes_are_brought_over(database: Database, client: ConnectClient) -> None:
    """A second run copies changed and added rows, and marks deleted ones."""
    Mirror(client, database.address).run()
    changed, gone = (found.id for found in client.articles.list(limit=2))
    client.articles.update(article_id=changed, body={"price": {"default": "12.50"}})
    client.articles.delete(article_id=gone)
    added = client.articles.create(body={"name": "Nieuw", "price": {"default": "1.10"}})

    report = Mirror(client, database.address, full=True).run()["articles"]
    assert (report.rows, report.new, report.changed, report.deleted) == (40, 1, 1, 1)
    copy = DatabaseSnapshot(database)
    assert_same(copy, client)
    rows = {row["id"]: row for row in copy.rows("articles")}
    assert Decimal(rows[changed]["price_default"]) == Decimal("12.50")
    assert rows[added.id]["_deleted_at"] is None
    assert rows[gone]["_deleted_at"] is not None


def test_changes_are_counted(destination: Destination) -> None:
    """New, changed and unchanged rows are counted separately; a change of a child counts."""
    assert written(destination, article(1), article(2)) == WriteResult(new=2)
    assert written(destination, article(1), article(2)) == WriteResult()
    images = [{"id": "x"}]
    assert written(destination, article(1), article(2, images=images)) == WriteResult(changed=1)
    assert written(destination, article(1), article(3)) == WriteResult(new=1)


def test_an_empty_page_changes_nothing(destination: Destination) -> None:
    """A page without rows can be written."""
    assert written(destination) == WriteResult()


def test_children_are_replaced(destination: Destination, database: Database) -> None:
    """Children that a row no longer has are deleted; those of other rows stay."""
    three = [{"id": name} for name in "abc"]
    written(destination, article(1, images=three), article(2, images=three))
    written(destination, article(1, images=[{"id": "d"}]), article(2, images=three))
    destination.close()
    held = [(row["article_id"], row["id"]) for row in database.rows("article_images")]
    assert held == [(1, "d"), (2, "a"), (2, "b"), (2, "c")]


def test_the_last_of_two_rows_with_one_key_counts(
    destination: Destination, database: Database
) -> None:
    """A page with two rows of one key writes one row."""
    written(destination, article(1, name="old", images=[{}]), article(1, name="new", images=[{}]))
    destination.close()
    assert [row["name"] for row in database.rows("articles")] == ["new"]


def test_a_row_that_returns_is_unmarked(destination: Destination, database: Database) -> None:
    """A row that a full sync has not seen is marked once, and unmarked when it returns."""
    written(destination, article(1), article(2))
    destination.begin_sync(ARTICLES)
    assert destination.write(ARTICLES, [article(1)]) == WriteResult()
    assert destination.finish_sync(ARTICLES) == 1
    destination.begin_sync(ARTICLES)
    assert destination.write(ARTICLES, [article(1)]) == WriteResult()
    assert destination.finish_sync(ARTICLES) == 0
    assert written(destination, article(1), article(2)) == WriteResult(new=1)
    destination.close()
    assert [row["_deleted_at"] for row in database.rows("articles")] == [None, None]


def test_keys_that_are_text(destination: Destination, database: Database) -> None:
    """Rows with a text key are updated and marked by it."""
    customers = TABLES["customers"]
    rows = [Customer(id=name) for name in ("007", "7", "it's", 'a "b"', "é%s?")]
    for left in (rows, rows[1:]):
        destination.begin_sync(customers)
        destination.write(customers, left)
        gone = destination.finish_sync(customers)
    assert gone == 1
    destination.close()
    marked = {row["id"]: row["_deleted_at"] is not None for row in database.rows("customers")}
    assert marked == {str(row.id): row.id == "007" for row in rows}


@pytest.mark.parametrize("amount", ["12.50", "0.1", "-0.0000000001", "12345678901234567.890"])
def test_amounts_are_exact(destination: Destination, database: Database, amount: str) -> None:
    """No digit of an amount is lost or added."""
    written(destination, article(1, price={"default": amount}))
    destination.close()
    ((held,),) = database.query("SELECT CAST(price_default AS TEXT) FROM articles")
    assert Decimal(held) == Decimal(amount)


def test_texts_are_stored_as_they_are(destination: Destination, database: Database) -> None:
    """Quotes, backslashes, line ends, tabs, SQL placeholders and every script are stored unchanged."""
    text = "a\tb\\N\\.\r\n'\"%s ? $1 {} é 漢字 🛒 \x7f"
    written(destination, article(1, name=text, sku="", extra={"visible": {text: [text]}}))
    destination.close()
    (row,) = database.rows("articles")
    assert (row["name"], row["sku"]) == (text, "")
    assert DatabaseSnapshot(database).is_same_value(row["extra_visible"], {text: [text]})


def test_a_row_deleted_by_hand_is_written_again(database: Database) -> None:
    """An unchanged row is written if its table does not have it."""
    for _ in range(2):
        destination = database.destination()
        destination.open()
        assert written(destination, article(1, name="x")) == WriteResult(new=1)
        destination.close()
        assert len(database.rows("articles")) == 1
        database.query("DELETE FROM articles")


def test_columns_of_the_user_stay(database: Database) -> None:
    """A column that was added by hand keeps its values when the row changes."""
    for name in ("x", "y"):
        destination = database.destination()
        destination.open()
        written(destination, article(1, name=name))
        destination.close()
        if name == "x":
            database.query("ALTER TABLE articles ADD COLUMN note TEXT")
            database.query("UPDATE articles SET note = 'mine'")
    (row,) = database.rows("articles")
    assert (row["name"], row["note"]) == ("y", "mine")


def test_columns_of_the_user_stay_in_child_tables(database: Database) -> None:
    """Child rows are updated in place; only those that a row no longer has are deleted."""
    rows = [
        article(number, images=[{"id": name} for name in "abc"], lists=LISTS) for number in (1, 2)
    ]
    changed = [
        article(1, images=[{"id": "x"}, {"id": "b"}], lists=[LISTS[0], {"options": [{"id": 9}]}]),
        article(2, images=[], lists=LISTS, name="new"),
    ]
    for sent in (rows, changed):
        destination = database.destination()
        destination.open()
        written(destination, *sent)
        destination.close()
        if sent is rows:
            for table in ("article_images", "article_list_options"):
                database.query(f"ALTER TABLE {table} ADD COLUMN note TEXT")
                database.query(f"UPDATE {table} SET note = 'mine'")
    images = [(row["article_id"], row["id"]) for row in database.rows("article_images")]
    assert images == [(1, "x"), (1, "b")]
    options = [
        (row["article_id"], row["_list_position"], row["_position"], row["id"])
        for row in database.rows("article_list_options")
    ]
    assert options == [
        *((1, 1, 1, 1), (1, 1, 2, 2), (1, 2, 1, 9)),
        *((2, 1, 1, 1), (2, 1, 2, 2), (2, 2, 1, 3), (2, 2, 2, 4)),
    ]
    for table in ("article_images", "article_list_options"):
        assert {row["note"] for row in database.rows(table)} == {"mine"}


LISTS = [{"options": [{"id": 1}, {"id": 2}]}, {"options": [{"id": 3}, {"id": 4}]}]


def test_rows_that_a_database_refuses_are_rejects(
    destination: Destination, database: Database
) -> None:
    """A key that no column can hold is a reject with its row; all other rows are written."""
    customers = TABLES["customers"]
    destination.begin_sync(customers)
    keys = ["a", "b\0c", "d"]
    destination.write(customers, [Customer(id=key, email=f"{key}@x") for key in keys])
    destination.begin_sync(ARTICLES)
    rows = [article(number, name=f"{number}") for number in (1, 2**64, 3, 2**200, 5)]
    assert destination.write(ARTICLES, rows, cursor="created a") == WriteResult(new=3)
    kept = destination.read_rejects(ARTICLES)
    assert {msgspec.json.decode(one.body)["id"] for one in kept} == {2**64, 2**200}
    assert all(str(one.reason).startswith("cannot write to ") for one in kept)
    destination.unmark_seen(ARTICLES, {2**64})
    assert destination.finish_sync(ARTICLES) == 0
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert (state.row_count, state.rejects) == (3, 2)
    refused = [msgspec.json.decode(one.body)["id"] for one in destination.read_rejects(customers)]
    destination.close()
    assert [row["id"] for row in database.rows("articles")] == [1, 3, 5]
    stored = [row["id"] for row in database.rows("customers")]
    assert sorted(stored + refused) == keys
    assert refused in ([], ["b\0c"])


def test_values_that_a_database_cannot_hold_are_rescued(
    destination: Destination, database: Database
) -> None:
    """A number beyond 64 bits is NULL in its column; the original is in `_rescued`."""
    sent = [article(1, stock=3), article(2, name="x", stock=2**70, images=[{"id": "a"}])]
    assert written(destination, *sent) == WriteResult(new=2)
    assert destination.read_rejects(ARTICLES) == []
    destination.close()
    plain, rescued = database.rows("articles")
    assert (plain["stock"], plain["_rescued"]) == (3, None)
    assert (rescued["name"], rescued["stock"]) == ("x", None)
    assert msgspec.json.decode(rescued["_rescued"]) == {"stock": 2**70}
    destination.open()
    assert written(destination, article(1, stock=3), article(2, stock=4)) == WriteResult(changed=1)
    destination.close()
    assert [row["_rescued"] for row in database.rows("articles")] == [None, None]


def test_a_constraint_of_the_user_rejects_its_rows(database: Database) -> None:
    """Rows that violate a constraint, also one between two of them, are rejects."""
    destination = database.destination()
    destination.open()
    written(destination)
    destination.close()
    database.query("CREATE UNIQUE INDEX own_index ON articles (sku)")
    rows = [article(number, sku=f"{number % 7}", name="x") for number in range(10)]
    for _ in range(2):
        destination.open()
        written(destination, *rows)
        rejects = destination.read_rejects(ARTICLES)
        assert [msgspec.json.decode(one.body)["id"] for one in rejects] == [7, 8, 9]
        destination.close()
        assert [row["id"] for row in database.rows("articles")] == [*range(7)]
    database.query("DROP INDEX own_index")
    destination.open()
    assert written(destination, *rows) == WriteResult(new=3)
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
        destination.write(ARTICLES, [article(1), article(2**64)])
    assert calls == [2, 2, 1]
    assert destination.read_rejects(ARTICLES) == []


def test_a_main_table_that_was_dropped_is_filled(database: Database) -> None:
    """A missing main table makes the next sync a full one, as a missing child table does."""
    destination = database.destination()
    destination.open()
    rows = [article(1, images=[{"id": "a"}]), article(2)]
    written(destination, *rows)
    destination.close()
    database.query("DROP TABLE articles")
    destination.open()
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert (state.row_count, state.complete_from) == (0, None)
    assert written(destination, *rows) == WriteResult(new=2)
    destination.close()
    assert [row["id"] for row in database.rows("articles")] == [1, 2]


def without(table: Any, name: str) -> Any:
    """Return a table without a column, like that of an older version."""
    return replace(table, columns=tuple(c for c in table.columns if c.name != name))


OLDER = replace(
    without(ARTICLES, "url"), children=tuple(without(child, "id") for child in ARTICLES.children)
)
SENT = [article(1, url="https://x", images=[{"id": "h"}]), article(2)]


@pytest.mark.parametrize("older", [OLDER, replace(ARTICLES, children=())])
def test_columns_of_a_newer_version_are_filled(database: Database, older: Any) -> None:
    """Missing columns and child tables are added, and filled for unchanged rows too."""
    destination = database.destination()
    destination.open()
    destination.begin_sync(older)
    destination.write(older, SENT)
    destination.finish_sync(older)
    known = destination.read_state(older)
    assert known is not None
    assert known.complete_from is not None
    assert destination.read_state(ARTICLES) == replace(known, complete_from=None)
    assert written(destination, *SENT) == WriteResult(changed=2)
    assert written(destination, *SENT) == WriteResult()
    known = destination.read_state(ARTICLES)
    assert known is not None
    assert known.complete_from is not None
    destination.close()
    assert [row["url"] for row in database.rows("articles")] == ["https://x", None]
    assert [row["id"] for row in database.rows("article_images")] == ["h"]


def test_a_sync_of_an_older_version_does_not_resume(database: Database) -> None:
    """Rows that were read before a column existed are read again."""
    destination = database.destination()
    destination.open()
    destination.begin_sync(OLDER)
    destination.write(OLDER, SENT, cursor="created a")
    destination.close()
    destination.open()
    known = destination.read_state(ARTICLES)
    assert known is not None
    assert (known.cursor, known.complete_from) == (None, None)
    begun = destination.begin_sync(ARTICLES)
    assert (begun.cursor, begun.rows) == (None, 0)
    assert destination.write(ARTICLES, SENT[:1], cursor="created b") == WriteResult(changed=1)
    destination.close()
    destination.open()
    begun = destination.begin_sync(ARTICLES)
    assert (begun.cursor, begun.rows) == ("created b", 1)
    assert destination.finish_sync(ARTICLES) == 1
    destination.close()
    assert [row["url"] for row in database.rows("articles")] == ["https://x", None]


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
    written(destination, *SENT)
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


def test_a_table_of_another_program_is_not_written(database: Database) -> None:
    """A table with the same name that the mirror did not create is an error."""
    database.query("CREATE TABLE article_images (mine INTEGER)")
    destination = database.destination()
    destination.open()
    with pytest.raises(MirrorError, match="article_images that is not the mirror's"):
        destination.begin_sync(ARTICLES)
    destination.close()
    assert "articles" not in database.tables()
    assert database.query("SELECT * FROM _mirror_state") == []


def test_a_write_is_all_or_nothing(destination: Destination, database: Database) -> None:
    """A page that fails halfway leaves neither rows nor sync state."""
    written(destination, article(1, images=[{"id": "old"}]))
    destination.begin_sync(ARTICLES)
    replace_rows = destination._replace  # type: ignore[attr-defined]

    def fail(*arguments: Any) -> None:
        replace_rows(*arguments)
        raise RuntimeError

    destination._replace = fail  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError):
        destination.write(ARTICLES, [article(1, images=[]), article(2)])
    destination.close()
    assert [row["id"] for row in database.rows("articles")] == [1]
    assert [row["id"] for row in database.rows("article_images")] == ["old"]
    assert len(database.query("SELECT key FROM _mirror_rows")) == 1
    assert database.query("SELECT rows FROM _mirror_state") == [(0,)]


def test_two_runs_at_once_are_stopped(database: Database) -> None:
    """A run writes nothing after another one has started."""
    first, second = database.destination(), database.destination()
    first.open()
    second.open()
    first.begin_sync(ARTICLES)
    second.begin_sync(ARTICLES)
    second.write(ARTICLES, [article(2)])
    with pytest.raises(MirrorError, match="another run"):
        first.write(ARTICLES, [article(1)])
    with pytest.raises(MirrorError, match="another run"):
        first.finish_sync(ARTICLES)
    assert second.finish_sync(ARTICLES) == 0
    first.close()
    second.close()
    assert [(row["id"], row["_deleted_at"]) for row in database.rows("articles")] == [(2, None)]


def test_a_row_without_a_key_is_refused(destination: Destination) -> None:
    """A row without a key is an error."""
    destination.begin_sync(TABLES["categories"])
    with pytest.raises(MirrorError, match="a row of categories has no id"):
        destination.write(TABLES["categories"], [Category(title="x")])


def test_a_number_that_was_text_reads_as_text(destination: Destination, database: Database) -> None:
    """A value that the API sends as text or as a number keeps its digits."""
    orders = TABLES["orders"]
    numbers = {"a": 12, "b": "0012"}
    rows = [Order.model_construct(uuid=uuid, number=number) for uuid, number in numbers.items()]
    destination.begin_sync(orders)
    destination.write(orders, rows)
    destination.close()
    assert [str(row["number"]) for row in database.rows("orders")] == ["12", "0012"]


def test_a_closed_destination_is_an_error(database: Database) -> None:
    """A destination that is not open raises MirrorError; closing it does nothing."""
    destination = database.destination()
    with pytest.raises(MirrorError, match="is not open") as caught:
        destination.begin_sync(ARTICLES)
    assert type(pickle.loads(pickle.dumps(caught.value))) is MirrorError
    destination.close()


def test_a_copy_is_of_one_store(destination: Destination) -> None:
    """Another store, or the same store id at another origin, is refused."""
    assert destination.read_owner() is None
    destination.bind_store("store", "https://api")
    destination.bind_store("store", "https://api")
    assert destination.read_owner() == ("store", "https://api")
    for other in (("other", "https://api"), ("store", "https://else")):
        with pytest.raises(MirrorError, match=r"is the copy of store store at https://api"):
            destination.bind_store(*other)


def test_an_interrupted_sync_resumes(database: Database) -> None:
    """The next run gets the last committed cursor, and rows seen before count as seen."""
    destination = database.destination()
    destination.open()
    assert destination.read_state(ARTICLES) is None
    written(destination, article(1), article(2), article(3))
    destination.begin_sync(ARTICLES)
    destination.write(ARTICLES, [article(1)], cursor="created a")
    destination.write(ARTICLES, [article(2)])
    destination.close()
    destination.open()
    begun = destination.begin_sync(ARTICLES)
    assert (begun.cursor, begun.rows, begun.finished_at) == ("created a", 2, None)
    destination.write(ARTICLES, [article(4)], cursor="created b")
    assert destination.finish_sync(ARTICLES) == 1
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert (state.cursor, state.rows, state.row_count, state.full) == (None, 3, 3, True)
    assert state.finished_at is not None
    assert state.full_at == state.finished_at >= (state.complete_from or "")
    assert len(state.started_at) == len("2024-01-31 12:00:00")
    destination.close()


def test_an_incremental_sync_deletes_nothing(destination: Destination) -> None:
    """An incremental sync marks no row, and keeps the time of the last full sync."""
    written(destination, article(1), article(2))
    full = destination.read_state(ARTICLES)
    assert not destination.begin_sync(ARTICLES, full=False).full
    assert destination.write(ARTICLES, [article(3)]) == WriteResult(new=1)
    assert destination.finish_sync(ARTICLES) == 0
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert full is not None
    assert (state.row_count, state.full, state.full_at) == (3, False, full.full_at)


def test_hard_delete(destination: Destination, database: Database) -> None:
    """A hard delete removes unseen rows and rows marked before, with their children."""
    images = [{"id": "a"}, {"id": "b"}]
    written(destination, *(article(number, images=images) for number in (1, 2, 3)))
    written(destination, article(1, images=images), article(2, images=images))
    destination.begin_sync(ARTICLES)
    destination.write(ARTICLES, [article(1, images=images)])
    assert destination.finish_sync(ARTICLES, hard_delete=True) == 1
    destination.close()
    assert [row["id"] for row in database.rows("articles")] == [1]
    assert [row["article_id"] for row in database.rows("article_images")] == [1, 1]


def test_rejects_are_kept_with_their_bytes(destination: Destination) -> None:
    """A reject is kept until it can be decoded, and its earlier version counts as seen."""
    written(destination, article(1, name="x"), article(2))
    rejects = [
        Reject(b'{"id":1,"name":\xff\x00}', "why\0", "GET /articles", 1),
        Reject(b"\x00", "no key", "GET /articles"),
        Reject(b"[]", "new", "GET /articles", 7),
    ]
    for _ in range(2):
        destination.begin_sync(ARTICLES)
        destination.write(ARTICLES, [article(2)], rejects=rejects)
        assert destination.finish_sync(ARTICLES) == 0
    kept = destination.read_rejects(ARTICLES)
    assert sorted(one.body for one in kept) == sorted(one.body for one in rejects)
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert (state.row_count, state.rejects, state.missing_rows) == (2, 3, 2)
    assert written(destination, article(1, name="x"), article(7)) == WriteResult(new=1, changed=1)
    assert destination.read_rejects(ARTICLES) == []


def test_rows_that_were_deleted_during_a_sync_are_marked(
    destination: Destination, database: Database
) -> None:
    """Rows and rejects that a sync has seen count as unseen once they are unmarked."""
    destination.begin_sync(ARTICLES)
    reject = Reject(b"{}", "why", "GET /articles", 3)
    destination.write(ARTICLES, [article(1), article(2)], rejects=[reject])
    destination.unmark_seen(ARTICLES, {2, 3})
    assert destination.finish_sync(ARTICLES) == 1
    assert destination.read_rejects(ARTICLES) == []
    destination.close()
    assert [row["_deleted_at"] is None for row in database.rows("articles")] == [True, False]


def test_the_options_of_a_sync_are_recorded(destination: Destination) -> None:
    """The state has the options of the latest sync, which resumes only with the same ones."""
    for language, cursor in (("nl", None), ("nl", "created a"), ("de", None)):
        begun = destination.begin_sync(ARTICLES, options={"language": language})
        assert (begun.options, begun.cursor) == ({"language": language}, cursor)
        state = destination.read_state(ARTICLES)
        assert state is not None
        assert state.options == {"language": language}
        destination.write(ARTICLES, [article(1)], cursor="created a")
    destination.finish_sync(ARTICLES)
    assert destination.begin_sync(ARTICLES).options == {}


def test_a_copy_can_be_opened_read_only(database: Database) -> None:
    """A copy can be read without a change; a database without one is an error."""
    with pytest.raises(MirrorError, match="nothing was mirrored"):
        read_only(database)
    destination = database.destination()
    destination.open()
    destination.bind_store("store", "https://api")
    written(destination, article(1))
    destination.close()
    reader = read_only(database)
    assert reader.read_owner() == ("store", "https://api")
    state = reader.read_state(ARTICLES)
    assert state is not None
    assert state.row_count == 1
    with pytest.raises(MirrorError):
        reader.begin_sync(ARTICLES)
    reader.close()


def read_only(database: Database) -> Destination:
    """Return a destination that is open read-only."""
    destination = database.destination()
    try:
        destination.open(read_only=True)
    except BaseException:
        destination.close()
        raise
    return destination


KILLED = """
import os, signal, sys
from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror

url, token, address, when, number = sys.argv[1:]

def on_progress(resource, done, total):
    if resource == when and done >= int(number):
        os.kill(os.getpid(), signal.SIGKILL)

client = ConnectClient(token, base_url=url)
Mirror(client, address, concurrency=1, on_progress=on_progress).run()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize(("when", "number"), [("articles", 150), ("orders", 100)])
def test_a_run_that_is_killed_is_completed(
    database: Database, big_sandbox: Sandbox, when: str, number: int
) -> None:
    """After a kill only complete pages are stored, and the next run completes the copy."""
    arguments = [big_sandbox.url, big_sandbox.store_token, database.address, when, str(number)]
    ended = subprocess.run([sys.executable, "-c", KILLED, *arguments], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (
        0
        < len(database.rows(when))
        == len(database.query(f"SELECT key FROM _mirror_rows WHERE resource = '{when}'"))
    )
    with big_sandbox.client() as client:
        report = Mirror(client, database.address).run()
        assert_same(DatabaseSnapshot(database), client)
    assert 0 < report[when].new <= report[when].rows
