"""The resolution of paths and URLs, and the libraries that it imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from myonlinestore.mirror import MirrorError
from myonlinestore.mirror.destinations.resolve import resolve_destination

SUPPORTED = "name a file such as catalog.sqlite or catalog.duckdb, a URL that begins with"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("catalog.xlsx", "unknown kind of destination catalog.xlsx"),
        ("catalog", "unknown kind of destination catalog"),
        ("mysql://me:hunter2@db/shop", "cannot copy into a mysql database"),
        ("sqlite://catalog.sqlite", "the URL sqlite://catalog.sqlite names no file"),
        ("duckdb:///", "the URL duckdb:/// names no file"),
        ("sqlite:///:memory:", "sqlite:///:memory: ends with this process"),
        ("duckdb:///:memory:", "duckdb:///:memory: ends with this process"),
        ("host=db password=hunter2", "unknown kind of destination host=db password=***"),
        (
            "password = 'it\\'s hunter2' user=me",
            "unknown kind of destination password = *** user=me",
        ),
    ],
)
def test_other_targets_are_refused(target: str, reason: str) -> None:
    """An unsupported path or URL is an error that lists what is supported, without a password."""
    with pytest.raises(MirrorError) as caught:
        resolve_destination(target)
    assert str(caught.value).startswith(f"{reason}: {SUPPORTED}")


MISSING = """
import sys
for name in ("duckdb", "psycopg", "pyarrow", "fsspec"):
    sys.modules[name] = None
from myonlinestore.mirror import MirrorError
from myonlinestore.mirror.destinations.resolve import resolve_destination
for address in sys.argv[1:]:
    try:
        resolve_destination(address)
        print("works")
    except MirrorError as error:
        print(error)
"""
LOADED = """
import sys
from myonlinestore.mirror import Mirror
from myonlinestore.mirror.destinations.resolve import resolve_destination
for address in sys.argv[1:]:
    resolve_destination(address)
print(sorted({"duckdb", "psycopg", "pyarrow", "fsspec"} & set(sys.modules)))
"""


def run_and_get_lines(code: str, *addresses: str, first: str = "") -> list[str]:
    """Return the lines that a new process prints, which looks for modules in `first` first."""
    paths = [first, *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-c", code, *addresses]
    process = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return process.stdout.splitlines()


def test_a_library_that_is_missing_is_named() -> None:
    """The error names the extra to install; other destinations work without it."""
    addresses = ("a.duckdb", "postgresql://me:hunter2@db/shop", "parquet:a", "jsonl:s3://b/a")
    needs = "this destination needs {}: pip install 'myonlinestore-connect[{}]'".format
    assert run_and_get_lines(MISSING, *addresses, "a.sqlite", "jsonl:a") == [
        needs("duckdb", "mirror"),
        needs("psycopg", "mirror"),
        needs("pyarrow", "parquet"),
        needs("fsspec", "parquet"),
        "works",
        "works",
    ]


def test_a_library_is_imported_only_if_needed() -> None:
    """A mirror into SQLite or JSON Lines imports none of the libraries."""
    assert run_and_get_lines(LOADED, "catalog.sqlite", "jsonl:catalog") == ["[]"]
    assert run_and_get_lines(LOADED, "catalog.duckdb") == ["['duckdb']"]


def test_a_broken_library_is_not_called_missing(tmp_path: Path) -> None:
    """An installed library that fails to import another one raises that error."""
    (tmp_path / "duckdb.py").write_text("import no_such_library")
    code = MISSING.replace('"duckdb", ', "").replace("MirrorError as error", "ImportError as error")
    assert run_and_get_lines(code, "a.duckdb", first=str(tmp_path)) == [
        "No module named 'no_such_library'"
    ]
