"""The behaviour that all databases share: transactions, exact values, children, deletions."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import Any

import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.mirror.destinations.base import Destination, WriteResult
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.models import Customer, Order
from myonlinestore.sandbox import Sandbox
from tests.mirror.articles import make_article, sync_articles
from tests.mirror.databases import Database, DatabaseSnapshot
from tests.mirror.snapshots import assert_same

TABLES = {stream.name: stream.table for stream in STREAMS}
ARTICLES = TABLES["articles"]


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
    changed, gone = (article.id for article in client.articles.list(limit=2))
    client.articles.update(article_id=changed, body={"price": {"default": "12.50"}})
    client.articles.delete(article_id=gone)
    added = client.articles.create(body={"name": "Nieuw", "price": {"default": "1.10"}})

    report = Mirror(client, database.address, full=True).run()["articles"]
    assert (report.rows, report.new, report.changed, report.deleted) == (40, 1, 1, 1)
    copy = DatabaseSnapshot(database)
    assert_same(copy, client)
    rows = {row["id"]: row for row in copy.read_rows("articles")}
    assert Decimal(rows[changed]["price_default"]) == Decimal("12.50")
    assert rows[added.id]["_deleted_at"] is None
    assert rows[gone]["_deleted_at"] is not None


def test_changes_are_counted(destination: Destination) -> None:
    """New, changed and unchanged rows are counted separately; a change of a child counts."""
    assert sync_articles(destination, make_article(1), make_article(2)) == WriteResult(new=2)
    assert sync_articles(destination, make_article(1), make_article(2)) == WriteResult()
    images = [{"id": "x"}]
    assert sync_articles(
        destination, make_article(1), make_article(2, images=images)
    ) == WriteResult(changed=1)
    assert sync_articles(destination, make_article(1), make_article(3)) == WriteResult(new=1)


def test_an_empty_page_changes_nothing(destination: Destination) -> None:
    """A page without rows can be written."""
    assert sync_articles(destination) == WriteResult()


def test_children_are_replaced(destination: Destination, database: Database) -> None:
    """Children that a row no longer has are deleted; those of other rows stay."""
    three = [{"id": name} for name in "abc"]
    sync_articles(destination, make_article(1, images=three), make_article(2, images=three))
    sync_articles(destination, make_article(1, images=[{"id": "d"}]), make_article(2, images=three))
    destination.close()
    keys = [(row["article_id"], row["id"]) for row in database.read_rows("article_images")]
    assert keys == [(1, "d"), (2, "a"), (2, "b"), (2, "c")]


def test_the_last_of_two_rows_with_one_key_counts(
    destination: Destination, database: Database
) -> None:
    """A page with two rows of one key writes one row."""
    sync_articles(
        destination,
        make_article(1, name="old", images=[{}]),
        make_article(1, name="new", images=[{}]),
    )
    destination.close()
    assert [row["name"] for row in database.read_rows("articles")] == ["new"]


def test_a_row_that_returns_is_unmarked(destination: Destination, database: Database) -> None:
    """A row that a full sync has not seen is marked once, and unmarked when it returns."""
    sync_articles(destination, make_article(1), make_article(2))
    destination.begin_sync(ARTICLES)
    assert destination.write(ARTICLES, [make_article(1)]) == WriteResult()
    assert destination.finish_sync(ARTICLES) == 1
    destination.begin_sync(ARTICLES)
    assert destination.write(ARTICLES, [make_article(1)]) == WriteResult()
    assert destination.finish_sync(ARTICLES) == 0
    assert sync_articles(destination, make_article(1), make_article(2)) == WriteResult(new=1)
    destination.close()
    assert [row["_deleted_at"] for row in database.read_rows("articles")] == [None, None]


def test_keys_that_are_text(destination: Destination, database: Database) -> None:
    """Rows with a text key are updated and marked by it."""
    customers = TABLES["customers"]
    rows = [Customer(id=name) for name in ("007", "7", "it's", 'a "b"', "é%s?")]
    for remaining in (rows, rows[1:]):
        destination.begin_sync(customers)
        destination.write(customers, remaining)
        gone = destination.finish_sync(customers)
    assert gone == 1
    destination.close()
    is_deleted = {
        row["id"]: row["_deleted_at"] is not None for row in database.read_rows("customers")
    }
    assert is_deleted == {str(row.id): row.id == "007" for row in rows}


@pytest.mark.parametrize("amount", ["12.50", "0.1", "-0.0000000001", "12345678901234567.890"])
def test_amounts_are_exact(destination: Destination, database: Database, amount: str) -> None:
    """No digit of an amount is lost or added."""
    sync_articles(destination, make_article(1, price={"default": amount}))
    destination.close()
    ((keys,),) = database.query("SELECT CAST(price_default AS TEXT) FROM articles")
    assert Decimal(keys) == Decimal(amount)


def test_texts_are_stored_as_they_are(destination: Destination, database: Database) -> None:
    """Quotes, backslashes, line ends, tabs, SQL placeholders and every script are stored unchanged."""
    text = "a\tb\\N\\.\r\n'\"%s ? $1 {} é 漢字 🛒 \x7f"
    sync_articles(
        destination, make_article(1, name=text, sku="", extra={"visible": {text: [text]}})
    )
    destination.close()
    (row,) = database.read_rows("articles")
    assert (row["name"], row["sku"]) == (text, "")
    assert DatabaseSnapshot(database).is_same_value(row["extra_visible"], {text: [text]})


def test_a_row_deleted_by_hand_is_written_again(database: Database) -> None:
    """An unchanged row is written if its table does not have it."""
    for _ in range(2):
        destination = database.make_destination()
        destination.open()
        assert sync_articles(destination, make_article(1, name="x")) == WriteResult(new=1)
        destination.close()
        assert len(database.read_rows("articles")) == 1
        database.query("DELETE FROM articles")


def test_a_table_of_another_program_is_not_written(database: Database) -> None:
    """A table with the same name that the mirror did not create is an error."""
    database.query("CREATE TABLE article_images (mine INTEGER)")
    destination = database.make_destination()
    destination.open()
    with pytest.raises(MirrorError, match="article_images that is not the mirror's"):
        destination.begin_sync(ARTICLES)
    destination.close()
    assert "articles" not in database.get_tables()
    assert database.query("SELECT * FROM _mirror_state") == []


def test_a_write_is_all_or_nothing(destination: Destination, database: Database) -> None:
    """A page that fails halfway leaves neither rows nor sync state."""
    sync_articles(destination, make_article(1, images=[{"id": "old"}]))
    destination.begin_sync(ARTICLES)
    replace_rows = destination._replace  # type: ignore[attr-defined]

    def fail(*arguments: Any) -> None:
        replace_rows(*arguments)
        raise RuntimeError

    destination._replace = fail  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError):
        destination.write(ARTICLES, [make_article(1, images=[]), make_article(2)])
    destination.close()
    assert [row["id"] for row in database.read_rows("articles")] == [1]
    assert [row["id"] for row in database.read_rows("article_images")] == ["old"]
    assert len(database.query("SELECT key FROM _mirror_rows")) == 1
    assert database.query("SELECT rows FROM _mirror_state") == [(0,)]


def test_a_number_that_was_text_reads_as_text(destination: Destination, database: Database) -> None:
    """A value that the API sends as text or as a number keeps its digits."""
    orders = TABLES["orders"]
    numbers = {"a": 12, "b": "0012"}
    rows = [Order.model_construct(uuid=uuid, number=number) for uuid, number in numbers.items()]
    destination.begin_sync(orders)
    destination.write(orders, rows)
    destination.close()
    assert [str(row["number"]) for row in database.read_rows("orders")] == ["12", "0012"]


def test_a_closed_destination_is_an_error(database: Database) -> None:
    """A destination that is not open raises MirrorError; closing it does nothing."""
    destination = database.make_destination()
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


def test_a_copy_can_be_opened_read_only(database: Database) -> None:
    """A copy can be read without a change; a database without one is an error."""
    with pytest.raises(MirrorError, match="nothing was mirrored"):
        read_only(database)
    destination = database.make_destination()
    destination.open()
    destination.bind_store("store", "https://api")
    sync_articles(destination, make_article(1))
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
    destination = database.make_destination()
    try:
        destination.open(read_only=True)
    except BaseException:
        destination.close()
        raise
    return destination
