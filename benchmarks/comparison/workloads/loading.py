"""From bytes into tables: this client's mirror and the candidates that it is compared with."""

from __future__ import annotations

import contextlib
import importlib
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from comparison import baseline_tables as tables
from comparison.dataset import FakeStore, make_article_pages
from comparison.worker import Timed

PAGE = 100


def mirror(*, url: str, rows: int, kind: str, small: bool = False, **options: Any) -> Timed:
    """Mirror all articles of a store over HTTP into a new database."""
    from myonlinestore import ConnectClient
    from myonlinestore.mirror import Mirror

    def run() -> None:
        with make_temporary_path(f"catalog.{kind}") as path:
            base = _make_base_url(url, rows, small)
            with ConnectClient("token", base_url=base, **options) as client:
                report = Mirror(client, path, only=["articles"]).run()
            assert report["articles"].rows == rows, report

    return run


def load_by_dlt(*, url: str, rows: int, small: bool = False) -> Timed:
    """Load by dlt's `rest_api` source into DuckDB with its defaults."""
    library: Any = importlib.import_module("dlt")
    rest_api_source = importlib.import_module("dlt.sources.rest_api").rest_api_source
    articles: Any = {
        "name": "articles",
        "primary_key": "id",
        "write_disposition": "merge",
        "endpoint": {
            "path": "v1/articles",
            "paginator": {"type": "offset", "limit": PAGE, "total_path": None},
        },
    }
    client: Any = {"base_url": f"{_make_base_url(url, rows, small)}/"}

    def run() -> None:
        with make_temporary_path("catalog.duckdb") as path:
            pipeline = library.pipeline(
                "catalog",
                pipelines_dir=str(path.parent / "pipelines"),
                destination=library.destinations.duckdb(str(path)),
                dataset_name="store",
            )
            pipeline.run(rest_api_source({"client": client, "resources": [articles]}))
            with pipeline.sql_client() as database:
                counted: Any = database.execute_sql("SELECT count(*) FROM articles")
            ((found,),) = counted
            assert found == rows, found

    return run


def _make_base_url(url: str, rows: int, small: bool) -> str:
    return f"{url}/{rows}{'s' if small else ''}/0"


def mirror_in_memory(*, rows: int, small: bool = False) -> Timed:
    """Mirror a store in memory, with counts, windows and sync state."""
    from comparison.workloads.fake_transport import AsyncFakeTransport
    from myonlinestore import ConnectClient
    from myonlinestore.mirror import Mirror

    store = FakeStore(rows, small=small)
    transport = AsyncFakeTransport(
        lambda request: store.respond(request.url.path, request.url.query.decode())
    )

    def run() -> None:
        with (
            make_temporary_path("catalog.sqlite") as path,
            ConnectClient("token", async_transport=transport) as client,
        ):
            Mirror(client, path, only=["articles"]).run()
            check_rows(path, rows, children=not small)

    return run


def store_published(*, rows: int, small: bool = False) -> Timed:
    """Decode as the published client does, dump, and write by the same statements."""
    return _store_published(rows, tables.replace, small=small)


def store_published_table(*, rows: int) -> Timed:
    """Do the same for the articles' own table only."""
    return _store_published(rows, tables.replace_articles)


def _store_published(
    rows: int,
    write: Callable[[sqlite3.Connection, Iterable[dict[str, Any]]], None],
    *,
    small: bool = False,
) -> Timed:
    from myonlinestore.models import Article

    pages = make_article_pages(rows // PAGE, small=small)

    def run() -> None:
        with make_temporary_path("catalog.sqlite") as path, open_database(path) as database:
            for page in pages:
                articles = [Article.model_validate(row) for row in json.loads(page)]
                with database:
                    write(database, [article.model_dump() for article in articles])
            check_rows(path, rows, children=write is tables.replace and not small)

    return run


@contextlib.contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database with the mirror's settings and tables."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        tables.create_tables(database)
        yield database


def check_rows(path: Path, rows: int, *, children: bool = True) -> None:
    """Raise AssertionError if a row is missing."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        for table, each in (("articles", 1), ("article_variant_options", 8 * children)):
            (found,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert found == each * rows, (table, found)


@contextlib.contextmanager
def make_temporary_path(name: str) -> Iterator[Path]:
    """Yield a path in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / name
