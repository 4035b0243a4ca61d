"""PostgreSQL as its administrators set it up: schemas, poolers, encodings, publications, roles."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from psycopg import conninfo

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError, read_status
from myonlinestore.mirror.destinations.sql import postgres as postgres_module
from myonlinestore.mirror.destinations.sql.postgres import PostgresDestination
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.mirror.records import Reject
from myonlinestore.models import Article
from tests.mirror.articles import make_article
from tests.mirror.databases import DatabaseSnapshot, PostgresDatabase
from tests.mirror.pooler import serve_pooler
from tests.mirror.postgres_server import create_database
from tests.mirror.snapshots import assert_same

ARTICLES = next(stream.table for stream in STREAMS if stream.name == "articles")
TEXT = "漢 é🛒"


@pytest.fixture
def database(postgres: str) -> Iterator[PostgresDatabase]:
    """Yield an empty database."""
    with create_database(postgres) as url:
        yield PostgresDatabase(url)


def write(address: str, *rows: Article) -> None:
    """Write articles in one full sync."""
    destination = PostgresDestination(address)
    try:
        destination.open()
        destination.begin_sync(ARTICLES)
        destination.write(ARTICLES, rows)
        destination.finish_sync(ARTICLES)
    finally:
        destination.close()


def test_only_the_schema_that_is_written_is_searched(database: PostgresDatabase) -> None:
    """A table of another schema of the search path belongs to another copy."""
    database.query("CREATE SCHEMA shop_a")
    write(database.address, make_article(1, images=[{"id": "b"}]))
    other = f"{database.address}&options=-csearch_path%3Dshop_a,public"
    write(other, make_article(2, name="a"), make_article(3))
    assert database.query("SELECT id FROM public.articles") == [(1,)]
    assert database.query("SELECT id FROM shop_a.articles ORDER BY id") == [(2,), (3,)]
    assert database.query("SELECT id FROM shop_a.article_images") == []
    database.query("DROP TABLE shop_a.article_images")
    write(other, make_article(2, name="a", images=[{"id": "x"}]))
    assert database.query("SELECT id FROM public.article_images") == [("b",)]
    assert database.query("SELECT id FROM shop_a.article_images") == [("x",)]


@pytest.mark.parametrize("name", ["shop_b", 'o"dd,'])
def test_a_schema_can_be_named(database: PostgresDatabase, name: str) -> None:
    """A schema in the URL is created and written; triggers find the functions of others."""
    address = f"{database.address}&schema={quote(name)}"
    with pytest.raises(MirrorError, match="is empty: nothing"):
        read_status(address)
    schemas = f"SELECT nspname FROM pg_namespace WHERE nspname = '{name}'"
    assert database.query(schemas) == []
    for number in (1, 2):
        write(address, make_article(number))
    schema = '"' + name.replace('"', '""') + '"'
    rows = f"SELECT id, _deleted_at IS NULL FROM {schema}.articles ORDER BY id"
    assert database.query(rows) == [(1, False), (2, True)]
    assert database.get_tables() == []
    database.query("CREATE FUNCTION helper() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
    database.query(
        "CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS "
        "'begin perform helper(); return new; end'"
    )
    database.query(
        f"CREATE TRIGGER own BEFORE INSERT ON {schema}.articles "
        "FOR EACH ROW EXECUTE FUNCTION public.own()"
    )
    write(address, make_article(3))
    assert database.query(rows)[2:] == [(3, True)]


@pytest.mark.parametrize("has_other_copy", [False, True])
def test_a_run_uses_only_the_schema_in_its_url(
    database: PostgresDatabase, client: ConnectClient, has_other_copy: bool
) -> None:
    """A copy in another schema of the search path makes no difference to a run."""
    if has_other_copy:
        write(database.address, make_article(1), make_article(2))
    address = f"{database.address}&schema=shop"
    with pytest.raises(MirrorError, match="nothing was mirrored into it yet"):
        read_status(address)
    job = Mirror(client, address, only=["articles"], full=True)
    job.run()
    report = job.run()
    assert (report["articles"].new, report["articles"].difference) == (0, 0)
    assert [state.resource for state in read_status(address)] == ["articles"]
    assert database.query("SELECT count(*) FROM shop.articles") == [(client.articles.count(),)]
    write(address, make_article(1))
    destination = PostgresDestination(address)
    destination.open()
    destination.begin_sync(ARTICLES)
    unseen = destination.count_unseen(ARTICLES)
    destination.save_setting("name", "value")
    assert destination.read_setting("name") == "value"
    destination.close()
    assert unseen.rows == 1


def test_a_search_path_without_a_schema_is_an_error(database: PostgresDatabase) -> None:
    """A search path of which no schema exists is an error that names the parameter."""
    with pytest.raises(MirrorError, match=r"no schema of the search path .* \?schema=name"):
        write(f"{database.address}&options=-csearch_path%3Dnowhere")


def test_a_transaction_pooler_can_be_used(
    database: PostgresDatabase, client: ConnectClient
) -> None:
    """A run succeeds if each of its transactions is in another session of the server."""
    parts = conninfo.conninfo_to_dict(database.address)
    server = f"{parts['host']}/.s.PGSQL.{parts.get('port', 5432)}"
    with serve_pooler(server) as pooler:
        address = f"postgresql://postgres@127.0.0.1:{pooler.port}/{parts['dbname']}"
        for _ in range(2):
            report = Mirror(client, address).run()
        assert pooler.transactions > 20
    assert all((one.new, one.changed) == (0, 0) for one in report)
    assert_same(DatabaseSnapshot(database), client)


@contextmanager
def create_encoded_database(url: str, encoding: str) -> Iterator[PostgresDatabase]:
    """Create a database in an encoding of its own."""
    options = f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    with create_database(url, options) as address:
        yield PostgresDatabase(f"{address}&client_encoding=utf8")


def test_a_database_in_another_encoding(postgres: str) -> None:
    """Text that the encoding cannot hold is rescued, and escaped in JSON and in rejects."""
    with create_encoded_database(postgres, "LATIN1") as database:
        destination = PostgresDestination(database.address)
        destination.open()
        destination.begin_sync(ARTICLES)
        names = {1: "é", 2: TEXT, 3: "plain"}
        rows = [
            make_article(number, name=name, extra={"visible": {name: [name]}})
            for number, name in names.items()
        ]
        reject = Reject(TEXT.encode(), "why 漢\0", "GET /", "漢")
        destination.write(ARTICLES, rows, rejects=[reject])
        (stored_reject,) = destination.read_rejects(ARTICLES)
        destination.finish_sync(ARTICLES)
        destination.close()
        assert stored_reject == Reject(TEXT.encode(), "why \\u6f22\\x00", "GET /")
        for row in database.read_rows("articles"):
            name = names[row["id"]]
            rescued = json.loads(row["_rescued"] or "{}")
            assert (row["name"] or rescued["name"]) == name
            assert json.loads(row["extra_visible"]) == {name: [name]}
            assert (row["name"] is None) == (row["id"] == 2)


def test_a_database_without_an_encoding(postgres: str) -> None:
    """A database in SQL_ASCII stores the bytes of UTF-8."""
    with create_encoded_database(postgres, "SQL_ASCII") as database:
        write(database.address, make_article(1, name=TEXT))
        ((stored,),) = database.query("SELECT encode(name::bytea, 'hex') FROM articles")
        assert bytes.fromhex(stored).decode() == TEXT


def test_the_client_encoding_is_utf8(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text is stored unchanged although the environment names another encoding."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    write(database.address, make_article(1, name=TEXT))
    monkeypatch.delenv("PGCLIENTENCODING")
    assert database.query("SELECT name FROM articles") == [(TEXT,)]


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("UTF8", "utf-8"), ("WIN1252", "cp1252"), ("LATIN9", "iso8859-15"), ("EUC_TW", "ascii")],
)
def test_encodings_have_a_codec(encoding: str, codec: str) -> None:
    """An encoding that Python does not have is treated as ASCII, so that no text is damaged."""
    assert postgres_module._python_encoding(encoding) == codec


def test_a_publication_of_all_tables(database: PostgresDatabase) -> None:
    """Every table has a primary key, without which a published table cannot be updated."""
    database.query("CREATE PUBLICATION everything FOR ALL TABLES")
    destination = PostgresDestination(database.address)
    destination.open()
    destination.bind_store("store", "https://api")
    for number in (1, 2):
        destination.begin_sync(ARTICLES)
        reject = Reject(b"[%d]" % number, "why", "GET /", 7)
        destination.write(ARTICLES, [make_article(number)], rejects=[reject])
        destination.finish_sync(ARTICLES, hard_delete=True)
    destination.close()
    without_key = """
        SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT EXISTS (
            SELECT 1 FROM pg_index WHERE indrelid = tablename::regclass AND indisprimary
        )"""
    assert database.query(without_key) == []
    assert database.query("SELECT id FROM articles") == [(2,)]


def test_a_user_without_temporary_tables(database: PostgresDatabase) -> None:
    """A user who may create tables, but no temporary ones, can write a copy."""
    database.query("DROP ROLE IF EXISTS plain_user")
    database.query("CREATE ROLE plain_user LOGIN")
    ((name,),) = database.query("SELECT current_database()")
    try:
        database.query(f'REVOKE TEMP ON DATABASE "{name}" FROM PUBLIC')
        database.query("GRANT CREATE, USAGE ON SCHEMA public TO plain_user")
        write(database.address.replace("postgres:@", "plain_user:@"), make_article(1))
        assert database.query("SELECT id FROM articles") == [(1,)]
    finally:
        database.query("DROP OWNED BY plain_user")
        database.query("DROP ROLE plain_user")


def test_runs_that_start_at_once_create_the_tables_once(database: PostgresDatabase) -> None:
    """Several runs that find an empty database do not fail at a table that another one creates."""
    errors = list[MirrorError]()
    barrier = threading.Barrier(6)

    def start() -> None:
        destination = PostgresDestination(database.address)
        barrier.wait()
        try:
            destination.open()
            destination.begin_sync(ARTICLES)
        except MirrorError as error:
            errors.append(error)
        finally:
            destination.close()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert "articles" in database.get_tables()


def test_an_exception_of_a_trigger_rejects_its_row(database: PostgresDatabase) -> None:
    """A trigger of the user may refuse a row; the others are written."""
    write(database.address)
    database.query(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "'begin if new.id = 2 then raise exception ''not this one''; end if; return new; end'"
    )
    database.query(
        "CREATE TRIGGER own BEFORE INSERT ON articles FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    write(database.address, *(make_article(number) for number in range(5)))
    assert database.query("SELECT id FROM articles ORDER BY id") == [(0,), (1,), (3,), (4,)]
    ((reason,),) = database.query("SELECT reason FROM _mirror_rejects")
    assert "not this one" in reason


def test_a_foreign_key_of_the_user_loses_no_row(database: PostgresDatabase) -> None:
    """A table that cascades from child rows keeps its rows when the parent row changes."""
    images = [{"id": "a"}, {"id": "b"}]
    write(database.address, make_article(1, images=images))
    database.query(
        "CREATE TABLE notes (article_id bigint, _position bigint, "
        "FOREIGN KEY (article_id, _position) REFERENCES article_images ON DELETE CASCADE)"
    )
    database.query("INSERT INTO notes SELECT article_id, _position FROM article_images")
    write(database.address, make_article(1, name="new", images=[{"id": "c"}, {"id": "b"}]))
    assert database.query("SELECT * FROM notes ORDER BY 2") == [(1, 1), (1, 2)]
    write(database.address, make_article(1, name="new", images=[{"id": "c"}]))
    assert database.query("SELECT * FROM notes") == [(1, 1)]
