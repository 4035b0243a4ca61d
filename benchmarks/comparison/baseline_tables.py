"""The mirror's SQLite tables for articles, filled from dicts by the same SQL statements.

A user of the published client would write such a module to copy a store.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any


@dataclass(frozen=True)
class Table:
    """A table, its columns by field name, and the child tables for the lists in its rows."""

    name: str
    keys: tuple[str, ...]
    columns: Mapping[str, str]
    source: str = ""
    children: tuple[Table, ...] = ()

    def iterate_tables(self) -> Iterator[Table]:
        """Yield this table and all its descendants."""
        yield self
        for child in self.children:
            yield from child.iterate_tables()


_OPTIONS = Table(
    "article_list_options",
    ("article_id", "_list_position", "_position"),
    {"id": "INTEGER", "name": "TEXT", "price": "DECIMAL_TEXT", "image_ids": "TEXT"},
    "options",
)
_LISTS = Table(
    "article_lists",
    ("article_id", "_position"),
    {"id": "INTEGER", "name": "TEXT", "description": "TEXT", "has_images": "BOOLEAN"},
    "lists",
    (_OPTIONS,),
)
_VARIANT_OPTIONS = Table(
    "article_variant_options",
    ("article_id", "_variant_position", "_position"),
    {"list_id": "INTEGER", "option_id": "INTEGER", "name": "TEXT"},
    "options",
)
_VARIANTS = Table(
    "article_variants",
    ("article_id", "_position"),
    {"id": "INTEGER", "stock": "INTEGER", "can_backorder": "BOOLEAN"},
    "variants",
    (_VARIANT_OPTIONS,),
)
_IMAGES = Table(
    "article_images",
    ("article_id", "_position"),
    {"position": "INTEGER", "id": "TEXT", "original_name": "TEXT", "url": "TEXT", "urls": "TEXT"},
    "images",
)
_CATEGORIES = Table(
    "article_categories",
    ("article_id", "_position"),
    {
        "category_id": "INTEGER",
        "article_url_id": "INTEGER",
        "is_active": "BOOLEAN",
        "is_main": "BOOLEAN",
        "position": "INTEGER",
    },
    "categories",
)
ARTICLES = Table(
    "articles",
    ("id",),
    {
        "uuid": "TEXT",
        "name": "TEXT",
        "description": "TEXT",
        "sku": "TEXT",
        "badge_text": "TEXT",
        "taxable": "BOOLEAN",
        "price_default": "DECIMAL_TEXT",
        "price_action": "DECIMAL_TEXT",
        "price_purchase": "DECIMAL_TEXT",
        "stock": "INTEGER",
        "delivery_days": "INTEGER",
        "meta_title": "TEXT",
        "meta_description": "TEXT",
        "extra_visible": "TEXT",
        "extra_invisible": "TEXT",
        "created_date": "TEXT",
        "created_time": "TEXT",
        "updated_date": "TEXT",
        "updated_time": "TEXT",
        "can_backorder": "BOOLEAN",
        "url": "TEXT",
    },
    children=(_CATEGORIES, _LISTS, _IMAGES, _VARIANTS),
)
GROUPS = ("price", "extra")
MAX_ROWS, MAX_VALUES = 128, 900
Values = tuple[Any, ...]


def create_tables(database: sqlite3.Connection) -> None:
    """Create the tables as the mirror does."""
    for table in ARTICLES.iterate_tables():
        columns = [f'"{key}" INTEGER' for key in table.keys]
        columns += [f'"{name}" {kind}' for name, kind in table.columns.items()]
        columns += ['"_deleted_at" TEXT'] if table is ARTICLES else []
        key = ", ".join(f'"{name}"' for name in table.keys)
        rowid = "" if table is ARTICLES else " WITHOUT ROWID"
        database.execute(
            f'CREATE TABLE "{table.name}" ({", ".join(columns)}, PRIMARY KEY ({key})){rowid}'
        )


def replace(database: sqlite3.Connection, articles: Iterable[dict[str, Any]]) -> None:
    """Insert or replace articles and their child rows."""
    rows: dict[str, list[Values]] = {table.name: [] for table in ARTICLES.iterate_tables()}
    for article in articles:
        _read(ARTICLES, _flatten(article), (article["id"],), rows)
    keys = [row[0] for row in rows[ARTICLES.name]]
    for statement in DELETE_STATEMENTS.values():
        statement.run(database, keys)
    for name, statement in INSERT_STATEMENTS.items():
        statement.run(database, list(chain.from_iterable(rows[name])))


def replace_articles(database: sqlite3.Connection, articles: Iterable[dict[str, Any]]) -> None:
    """Insert or replace articles without their child rows."""
    rows = [_make_row_values(ARTICLES, _flatten(article), (article["id"],)) for article in articles]
    database.executemany(INSERT_ARTICLE, rows)


def _flatten(article: dict[str, Any]) -> dict[str, Any]:
    """Return an article with the fields of its structs as fields of its own."""
    flat = dict(article)
    for group in GROUPS:
        for name, value in (article[group] or {}).items():
            flat[f"{group}_{name}"] = value
    return flat


def _read(table: Table, row: dict[str, Any], keys: Values, into: dict[str, list[Values]]) -> None:
    into[table.name].append(_make_row_values(table, row, keys))
    for child in table.children:
        for position, item in enumerate(row[child.source] or (), start=1):
            _read(child, item, (*keys, position), into)


def _make_row_values(table: Table, row: dict[str, Any], keys: Values) -> Values:
    get = row.get
    return (*keys, *[_to_sql(get(name)) for name in table.columns])


def _to_sql(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


class BatchStatement:
    """A statement that is executed for many rows at once, as in the mirror."""

    def __init__(self, statement: Callable[[int], str], width: int) -> None:
        size = min(MAX_ROWS, MAX_VALUES // width)
        sizes = [size // 4**step for step in range(4) if size // 4**step > 1]
        self._statements = [(number * width, statement(number)) for number in (*sizes, 1)]

    def run(self, database: sqlite3.Connection, values: Sequence[Any]) -> None:
        """Execute the statement for all rows of a flat sequence of values."""
        done = 0
        for width, statement in self._statements:
            while done + width <= len(values):
                database.execute(statement, values[done : done + width])
                done += width


def _delete_statement(table: Table, keys: int) -> str:
    return f'DELETE FROM "{table.name}" WHERE "article_id" IN ({", ".join("?" * keys)})'


def _insert_statement(table: Table, rows: int) -> str:
    names: Sequence[str] = [f'"{name}"' for name in (*table.keys, *table.columns)]
    values = ", ".join([f"({', '.join('?' * len(names))})"] * rows)
    insert = f'INSERT INTO "{table.name}" ({", ".join(names)}) VALUES {values}'
    if table is not ARTICLES:
        return insert
    changes = [*(f"{name} = excluded.{name}" for name in names[1:]), '"_deleted_at" = NULL']
    return f'{insert} ON CONFLICT ("id") DO UPDATE SET {", ".join(changes)}'


INSERT_ARTICLE = _insert_statement(ARTICLES, 1)
INSERT_STATEMENTS = {
    table.name: BatchStatement(
        functools.partial(_insert_statement, table), len(table.keys) + len(table.columns)
    )
    for table in ARTICLES.iterate_tables()
}
DELETE_STATEMENTS = {
    table.name: BatchStatement(functools.partial(_delete_statement, table), 1)
    for table in ARTICLES.iterate_tables()
    if table is not ARTICLES
}
