"""The DuckDB file: its column types, and the errors if it cannot be written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from myonlinestore import ConnectError
from myonlinestore.mirror import MirrorError
from myonlinestore.mirror.destinations.sql.duckdb import DuckdbDestination
from myonlinestore.mirror.extract.streams import STREAMS
from tests.mirror.articles import make_article

ARTICLES = next(stream.table for stream in STREAMS if stream.name == "articles")


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return tmp_path / "catalog.duckdb"


@pytest.fixture
def destination(catalog: Path) -> Iterator[DuckdbDestination]:
    destination = DuckdbDestination(catalog)
    destination.open()
    destination.begin_sync(ARTICLES)
    yield destination
    destination.close()


def query(catalog: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(catalog) as database:
        return database.execute(statement).fetchall()


def open_error(catalog: Path) -> str:
    """Return the message of the error that opening raises."""
    destination = DuckdbDestination(catalog, busy_timeout=0.05)
    with pytest.raises(ConnectError) as caught:
        destination.open()
    destination.close()
    assert type(caught.value) is MirrorError
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_columns_have_types(destination: DuckdbDestination, catalog: Path) -> None:
    """Amounts are DECIMAL, days DATE, flags BOOLEAN, ids BIGINT, plain dicts JSON."""
    sent = {"price": {"default": "12.50"}, "created_date": "2024-02-29", "taxable": True}
    destination.write(ARTICLES, [make_article(2**40, **sent, extra={"visible": {"a": ["b"]}})])
    destination.close()
    names = ("id", "price_default", "created_date", "taxable", "extra_visible", "_deleted_at")
    types = dict(query(catalog, "SELECT column_name, data_type FROM duckdb_columns()"))
    assert [types[name] for name in names] == [
        *("BIGINT", "DECIMAL(38,10)", "DATE", "BOOLEAN", "JSON", "TIMESTAMP")
    ]
    found = query(catalog, f"SELECT {', '.join(names)} FROM articles")
    assert found == [
        (2**40, Decimal("12.50"), date(2024, 2, 29), True, '{"a":["b"]}', None),
    ]
    assert query(catalog, "SELECT extra_visible->>'$.a[0]' FROM articles") == [("b",)]


@pytest.mark.parametrize(
    ("field", "column", "value"),
    [
        ("created_date", "created_date", "0000-00-00"),
        ("price", "price_default", "12,50"),
        ("price", "price_default", "0.12345678901"),
        ("price", "price_default", ""),
        ("price", "price_default", "NaN"),
        ("price", "price_default", "1e28"),
        ("stock", "stock", 2**63),
    ],
)
def test_values_that_do_not_fit_are_rescued(
    destination: DuckdbDestination, catalog: Path, field: str, column: str, value: str | int
) -> None:
    """A value that does not fit its column is NULL; the original is in _rescued."""
    sent = {field: {"default": value} if field == "price" else value}
    destination.write(ARTICLES, [make_article(1, name="x", **sent), make_article(2)])
    destination.close()
    found = query(
        catalog, f"SELECT name, {column}, _rescued->>'$.{column}' FROM articles ORDER BY id"
    )
    assert found == [("x", None, str(value)), (None, None, None)]


def test_a_file_that_another_program_has_open_is_refused(catalog: Path) -> None:
    """A file that another program has open is an error that says what to do."""
    code = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(catalog)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    other.stdout.readline()
    try:
        assert "another program has it open: close that" in open_error(catalog)
    finally:
        other.communicate(b"\n")
    assert other.returncode == 0
    destination = DuckdbDestination(catalog)
    destination.open()
    destination.close()


def test_paths_that_are_not_a_file_are_refused(catalog: Path, tmp_path: Path) -> None:
    """A folder, a missing folder, a name that is too long and another file format are errors."""
    assert open_error(tmp_path) == f"{tmp_path} is a folder: name a file in it"
    missing = tmp_path / "missing"
    assert open_error(missing / "x.duckdb") == f"the folder {missing} does not exist: make it first"
    assert "File name too long" in open_error(tmp_path / ("x" * 300 + ".duckdb"))
    catalog.write_text("id,name\n" * 2_000)
    assert "it is not a DuckDB database: name another file" in open_error(catalog)
    assert catalog.read_text() == "id,name\n" * 2_000
