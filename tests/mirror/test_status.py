"""The status of a copy, and of a destination that holds none."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError, read_status
from myonlinestore.mirror.exceptions import NoCopyError
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.databases import Database
from tests.mirror.interceptor import make_json_response, run_intercepted_sandbox


def make_sqlite(path: Path, tables: int = 1) -> Path:
    database = sqlite3.connect(path)
    for number in range(tables):
        database.execute(f"CREATE TABLE t{number} (a)")
    database.commit()
    database.close()
    return path


def make_duckdb(path: Path) -> Path:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(path) as database:
        database.execute("CREATE TABLE stock (a INTEGER)")
    return path


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


def make_file(path: Path, content: bytes = b"") -> Path:
    path.write_bytes(content)
    return path


OTHER = "is the database of another program, with the tables"
NOTHING = "nothing was mirrored into it yet"
CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "absent.sqlite": (lambda path: None, f"does not exist: {NOTHING}"),
    "absent.duckdb": (lambda path: None, f"does not exist: {NOTHING}"),
    "folder.sqlite": (make_folder, "is a folder: name a file in it"),
    "folder.duckdb": (make_folder, "is a folder: name a file in it"),
    "empty.sqlite": (make_file, f"is empty: {NOTHING}"),
    "empty.duckdb": (make_file, f"is empty: {NOTHING}"),
    "text.sqlite": (lambda path: make_file(path, b"text" * 300), "it is not an SQLite database"),
    "text.duckdb": (lambda path: make_file(path, b"text" * 3000), "it is not a DuckDB database"),
    "other.sqlite": (make_sqlite, f"{OTHER} t0: it has no copy"),
    "many.sqlite": (lambda path: make_sqlite(path, 5), f"{OTHER} t0, t1, t2, …: it has no copy"),
    "none.sqlite": (lambda path: make_sqlite(path, 0), f"is empty: {NOTHING}"),
    "other.duckdb": (make_duckdb, f"{OTHER} stock: it has no copy"),
    "sqlite.duckdb": (make_sqlite, "is an SQLite database: name it with sqlite:///"),
    "duckdb.sqlite": (make_duckdb, "it is not an SQLite database: name another file"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_without_a_copy(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """The status of a file without a copy says what it is, exits with code 1 and changes nothing."""
    path = tmp_path / name
    make, reason = CASES[name]
    make(path)
    before = path.read_bytes() if path.is_file() else None
    result = run(sandbox, "status", str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert str(path) in line
    assert reason in line
    assert "write" not in line
    assert (path.read_bytes() if path.is_file() else None) == before
    with pytest.raises(MirrorError, match=line.removeprefix("Error: ")[-20:]):
        read_status(path)


def test_a_folder_without_a_copy(sandbox: Sandbox, tmp_path: Path) -> None:
    """A folder with other files has no copy, and one with a foreign state file says whose it is."""
    folder = make_folder(tmp_path / "folder")
    make_file(folder / "notes.txt")
    with pytest.raises(NoCopyError, match=f"has no copy: {NOTHING}"):
        read_status(f"jsonl:{folder}")
    shutil.copy(make_sqlite(tmp_path / "other.sqlite"), folder / "_mirror.sqlite")
    with pytest.raises(NoCopyError, match=OTHER):
        read_status(f"jsonl:{folder}")


def test_a_database_without_a_copy(database: Database, sandbox: Sandbox) -> None:
    """A database that a run has only opened is empty, and a dry run reads everything."""
    destination = database.make_destination()
    destination.open()
    destination.close()
    with pytest.raises(NoCopyError, match=f"is empty: {NOTHING}"):
        read_status(database.address)
    with sandbox.client() as client:
        (plan,) = Mirror(client, database.address, only=["articles"]).plan()
    assert (plan.full, plan.row_count, plan.store_rows) == (True, 0, 40)


def test_a_foreign_table_in_the_schema(postgres: str, sandbox: Sandbox) -> None:
    """A PostgreSQL database without a copy is described by its tables."""
    import psycopg

    from tests.mirror.postgres_server import create_database

    with create_database(postgres) as url:
        with psycopg.connect(url, autocommit=True) as database:
            database.execute("CREATE TABLE invoices (a integer)")
        with pytest.raises(NoCopyError, match=f"{OTHER} invoices: it has no copy"):
            read_status(url)


def test_the_resources_that_were_not_copied(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """The status names the resources without rows in the copy."""
    Mirror(client, catalog, skip=["orders", "customers"]).run()
    status = read_status(catalog)
    assert (status.complete, status.not_copied) == (True, ("customers", "orders"))
    result = run(sandbox, "status", str(catalog))
    assert result.stdout.splitlines()[-1] == "It does not have: customers, orders."
    output = json.loads(run(sandbox, "status", str(catalog), "--json").stdout)
    assert (output["complete"], output["not_copied"]) == (True, ["customers", "orders"])


def test_a_copy_without_a_resource_is_not_complete(catalog: Path) -> None:
    """A run that may read nothing leaves a copy that is not complete, without a table of states."""
    with run_intercepted_sandbox() as (sandbox, interceptor):
        interceptor.respond = lambda path, query: (
            make_json_response("{}", 403) if path.startswith("/v1/articles") else None
        )
        assert run(sandbox, str(catalog), "--only", "articles").exit_code == 6
        output = json.loads(run(sandbox, "status", str(catalog), "--json").stdout)
        assert (output["complete"], output["resources"]) == (False, [])
        assert "complete" not in run(sandbox, "status", str(catalog)).stdout
