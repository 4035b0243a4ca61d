"""The column `raw`: the exact JSON of each row, in every kind of copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from myonlinestore import ConnectClient
from myonlinestore._codec.decode import decode
from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.mirror.destinations.base import Destination, WriteResult
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.mirror.schema.infer import infer_table
from myonlinestore.mirror.schema.table import Table
from myonlinestore.models import Article, Model, Order
from myonlinestore.sandbox import Sandbox
from tests.mirror.databases import (
    Database,
    DuckdbDatabase,
    FileFolder,
    PostgresDatabase,
    SqliteDatabase,
)
from tests.mirror.postgres_server import create_database

PLAIN = {stream.name: stream.table for stream in STREAMS}["articles"]
ARTICLES = infer_table(Article, "articles", "article", "id", raw=True)
ORDERS = infer_table(Order, "orders", "order", "uuid", raw=True)

# Spaces, escapes, doubled names, numbers that no float holds, line ends of Unicode, marks of SQL.
EXACT = (
    rb"""{ "id" :1,"n\u0061me":"\u00e9\/\u0000\ud83d\uded2","price":{"default":12.50} ,"""
    b'\t\r\n"name":"\xc3\xa9 \xf0\x9f\x9b\x92","z":"\xe2\x80\xa8 \xc2\x85 \x7f",'
    rb"""  "x":1e999,"y":123456789012345678901234567890.10,"z":"\\N \\. '%s' ? $1 {}","z":[], """
    b'"future":{"b":1,"a":[null]} }'
)


class Copy:
    """A copy in any destination, and how another program reads it."""

    def __init__(self, database: Database | FileFolder) -> None:
        self.database = database
        self.destination: Destination = resolve_destination(database.address)

    def write(self, table: Table, *raws: bytes, model: type[Model] = Article) -> WriteResult:
        """Write the rows of these bytes in one full sync."""
        self.destination.begin_sync(table)
        rows = [decode(raw, model) for raw in raws]
        changes = self.destination.write(table, rows, raws=raws if table.keeps_raw else None)
        self.destination.finish_sync(table)
        return changes

    def get_raws(self, table: str = "articles") -> list[bytes | None]:
        """Return the column `raw` in the order of the key."""
        self.destination.close()
        rows = self.database.read_rows(table)
        self.destination.open()
        return [row["raw"] if row["raw"] is None else row["raw"].encode() for row in rows]


@pytest.fixture(params=["sqlite", "duckdb", "postgres", "jsonl", "parquet"])
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copy]:
    """Yield an empty open copy."""
    if request.param == "postgres":
        with create_database(request.getfixturevalue("postgres")) as url:
            yield from open_copy(PostgresDatabase(url))
    elif request.param in ("sqlite", "duckdb"):
        kind = SqliteDatabase if request.param == "sqlite" else DuckdbDatabase
        yield from open_copy(kind(tmp_path))
    else:
        yield from open_copy(FileFolder(request.param, tmp_path / "catalog"))


def open_copy(database: Database | FileFolder) -> Iterator[Copy]:
    copy = Copy(database)
    copy.destination.open()
    yield copy
    copy.destination.close()


def get_sent_rows(sandbox: Sandbox, path: str) -> list[bytes]:
    """Return the rows of a page as the store sends them."""
    query = {"token": sandbox.store_token, "partner_token": sandbox.partner_token, "limit": "100"}
    page = httpx.get(f"{sandbox.url}{path}", params=query).raise_for_status().content
    return [bytes(row) for row in decode(page, list[msgspec.Raw])]


def test_the_text_is_byte_for_byte_what_was_sent(copy: Copy) -> None:
    """Nothing is normalised: not a space, an escape, a name that comes twice or a digit."""
    assert copy.write(ARTICLES, EXACT, b'{"id":2}') == WriteResult(new=2)
    assert copy.get_raws() == [EXACT, b'{"id":2}']
    assert copy.write(ARTICLES, EXACT, b'{"id":2}') == WriteResult()


def test_a_whole_page_of_a_store(copy: Copy, sandbox: Sandbox) -> None:
    """Each row of real pages has its JSON and its columns; child tables have no raw column."""
    for table, model, path in ((ARTICLES, Article, "/v1/articles"), (ORDERS, Order, "/v1/orders")):
        raws = get_sent_rows(sandbox, path)
        assert len(raws) > 10
        copy.write(table, *raws, model=model)
        assert sorted(raws) == sorted(raw or b"" for raw in copy.get_raws(table.name))
        assert copy.destination.read_columns(table.name) > {column.name for column in table.columns}
        for child in table.children:
            assert copy.destination.read_columns(child.name).isdisjoint({"raw"})
    copy.destination.close()
    for row in copy.database.read_rows("articles"):
        assert decode(row["raw"].encode(), Article).name == row["name"]


def test_an_unknown_field_is_a_change(copy: Copy) -> None:
    """A row of which only a field without a column differs has changed, if its text is kept."""
    before, after = b'{"id":1,"future":1}', b'{"id":1,"future":2}'
    copy.write(PLAIN, before)
    assert copy.write(PLAIN, after) == WriteResult()
    copy.write(ARTICLES, before)
    assert copy.write(ARTICLES, after) == WriteResult(changed=1)
    assert copy.get_raws() == [after]


def test_it_can_be_asked_for_later(copy: Copy) -> None:
    """A copy without it is read whole once more, and then every row that the store has has it."""
    first, second, gone = b'{"id":1,"name":"x"}', b'{"id":2}', b'{"id":3}'
    copy.write(PLAIN, first, second, gone)
    assert "raw" not in copy.destination.read_columns("articles")
    plain, state = (copy.destination.read_state(table) for table in (PLAIN, ARTICLES))
    assert plain is not None
    assert state is not None
    assert plain.complete_from is not None
    assert state.complete_from is None
    assert copy.write(ARTICLES, first, second) == WriteResult(changed=2)
    assert "raw" in copy.destination.read_columns("articles")
    assert copy.get_raws() == [first, second, None]
    state = copy.destination.read_state(ARTICLES)
    assert state is not None
    assert state.complete_from is not None
    assert copy.write(ARTICLES, first, second) == WriteResult()


def test_a_sync_without_it_does_not_resume(copy: Copy) -> None:
    """A sync that was interrupted before `raw` was enabled starts again."""
    row = decode(EXACT, Article)
    copy.destination.begin_sync(PLAIN)
    copy.destination.write(PLAIN, [row], cursor="created a")
    copy.destination.close()
    copy.destination.open()
    sync = copy.destination.begin_sync(ARTICLES)
    assert (sync.cursor, sync.rows) == (None, 0)
    assert copy.destination.write(ARTICLES, [row], raws=[EXACT]) == WriteResult(changed=1)
    copy.destination.finish_sync(ARTICLES)
    assert copy.get_raws() == [EXACT]


def test_the_last_of_two_rows_with_one_key_counts(copy: Copy) -> None:
    """A row's text is that of the row, also when its key comes twice in a page."""
    copy.write(ARTICLES, b'{"id":1,"name":"old"}', b'{"id":2}', b'{"id":1,"name":"new"}')
    assert copy.get_raws() == [b'{"id":1,"name":"new"}', b'{"id":2}']


def test_columns_of_a_read_only_copy(copy: Copy) -> None:
    """The columns can be read without a change; a missing table has an empty set."""
    copy.write(ARTICLES, EXACT)
    copy.destination.close()
    reader = resolve_destination(copy.database.address)
    reader.open(read_only=True)
    assert {"id", "name", "raw", "_deleted_at"} <= reader.read_columns("articles")
    assert reader.read_columns("orders") == set()
    reader.close()


def test_raw_json_that_is_not_utf8_is_an_error(copy: Copy) -> None:
    """Bytes that are not UTF-8, in a field that no decoder looks at, are not written as others."""
    broken = b'{"id":1,"future":"\xff"}'
    with pytest.raises(MirrorError, match="a row of articles is not UTF-8") as caught:
        copy.write(ARTICLES, b'{"id":2}', broken)
    assert isinstance(caught.value.__cause__, UnicodeDecodeError)
    copy.write(ARTICLES, EXACT)
    assert copy.get_raws() == [EXACT]


@pytest.mark.parametrize(
    ("table", "raws"),
    [(ARTICLES, None), (ARTICLES, []), (ARTICLES, [b"{}", b"{}"]), (PLAIN, [b""])],
)
def test_every_row_has_its_text_or_none_has(
    tmp_path: Path, table: Table, raws: list[bytes] | None
) -> None:
    """Texts without a column, and a column without texts, are refused before anything is written."""
    destination = resolve_destination(tmp_path / "catalog.sqlite")
    destination.open()
    destination.begin_sync(table)
    with pytest.raises(ValueError, match="articles: pass raws for every row"):
        destination.write(table, [Article(id=1)], raws=raws)
    state = destination.read_state(table)
    assert state is not None
    assert (state.rows, state.row_count) == (0, 0)
    destination.close()


QUERIES = {
    SqliteDatabase: "SELECT raw ->> '$.future.a' FROM articles",
    DuckdbDatabase: "SELECT raw ->> '$.future.a' FROM articles",
    PostgresDatabase: "SELECT raw::json -> 'future' ->> 'a' FROM articles",
}


@pytest.mark.skipif(sqlite3.sqlite_version_info < (3, 38), reason="SQLite has no ->> before 3.38")
def test_a_field_without_a_column_can_be_asked_for(database: Database) -> None:
    """Each database reads in the text what no column has."""
    copy = Copy(database)
    copy.destination.open()
    copy.write(ARTICLES, b'{"id":1,"future":{"a":"new"}}')
    copy.destination.close()
    assert database.query(QUERIES[type(database)]) == [("new",)]


def test_a_plan_knows_that_raw_is_asked_for_later(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A plan is a full sync if the copy lacks the raw column."""
    Mirror(client, catalog, only=["articles"]).run()
    assert [plan.full for plan in Mirror(client, catalog, only=["articles"]).plan()] == [False]
    mirror = Mirror(client, catalog, only=["articles"], raw=True)
    assert [plan.full for plan in mirror.plan()] == [True]
    assert mirror.run()["articles"].full
    assert [plan.full for plan in mirror.plan()] == [False]
    assert not Mirror(client, catalog, only=["articles"]).run()["articles"].full
