"""From bytes into the articles' own table by a Struct with only its columns."""

from __future__ import annotations

import operator
import sqlite3

import msgspec

from comparison import baseline_tables as tables
from comparison.dataset import PAGE, make_article_pages
from comparison.worker import Timed
from comparison.workloads.fake_transport import FakeTransport
from comparison.workloads.loading import check_rows, make_temporary_path, open_database
from myonlinestore import ConnectClient


class Price(msgspec.Struct, frozen=True, gc=False):
    default: str | None = None
    action: str | None = None
    purchase: str | None = None


class Extra(msgspec.Struct, frozen=True, gc=False):
    """Fields that are stored as JSON are not decoded."""

    visible: msgspec.Raw = msgspec.Raw(b"null")
    invisible: msgspec.Raw = msgspec.Raw(b"null")


class Row(msgspec.Struct, gc=False):
    id: int
    uuid: str
    name: str | None = None
    description: str | None = None
    sku: str | None = None
    badge_text: str | None = None
    taxable: bool | None = None
    price: Price = Price()
    stock: int | None = None
    delivery_days: int | None = None
    meta_title: str | None = None
    meta_description: str | None = None
    extra: Extra = Extra()
    created_date: str | None = None
    created_time: str | None = None
    updated_date: str | None = None
    updated_time: str | None = None
    can_backorder: bool | None = None
    url: str | None = None


def store_articles(*, rows: int) -> Timed:
    """Make list calls with `model=`, and execute one statement per page."""
    pages = make_article_pages(rows // PAGE)
    names = ["id", *tables.ARTICLES.columns]
    values = operator.attrgetter(*(_get_path(name) for name in names))

    def run() -> None:
        remaining = iter(pages)
        client = ConnectClient("token", transport=FakeTransport(lambda _: next(remaining)))
        with make_temporary_path("catalog.sqlite") as path, open_database(path) as database:
            for _ in pages:
                page = client.articles.list(limit=PAGE, model=Row)
                _write(database, [_decode_raw(values(row)) for row in page.items])
            check_rows(path, rows, children=False)

    return run


def _get_path(name: str) -> str:
    group, _, field = name.partition("_")
    return f"{group}.{field}" if group in tables.GROUPS else name


def _decode_raw(values: tuple[object, ...]) -> list[object]:
    return [bytes(v).decode() if type(v) is msgspec.Raw else v for v in values]


def _write(database: sqlite3.Connection, rows: list[list[object]]) -> None:
    with database:
        database.executemany(tables.INSERT_ARTICLE, rows)
