"""A full disk, simulated by a limit on the size of files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from myonlinestore.mirror.destinations.base import WriteResult
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.models import Article

ARTICLES = next(stream.table for stream in STREAMS if stream.name == "articles")

FILLED = """
import random, resource, sys
from myonlinestore.mirror import MirrorError
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.models import Article

resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
table = next(stream.table for stream in STREAMS if stream.name == "articles")
destination = resolve_destination(sys.argv[1])
destination.open()
destination.begin_sync(table)
try:
    for page in range(40):
        rows = [
            Article(id=page * 10 + number, description=random.randbytes(20_000).hex())
            for number in range(10)
        ]
        destination.write(table, rows)
except MirrorError as error:
    print(error)
finally:
    destination.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
@pytest.mark.parametrize("form", ["{}/a.sqlite", "{}/a.duckdb", "jsonl:{}/a"])
def test_a_full_disk_loses_nothing(form: str, tmp_path: Path) -> None:
    """A full disk leaves complete pages, and the next run completes the copy."""
    address = form.format(tmp_path)
    command = [sys.executable, "-c", FILLED, address]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert process.stdout.startswith("cannot write to ")
    assert "the disk is full" in process.stdout
    assert process.stdout.endswith(": free some space, then run the mirror again\n")

    destination = resolve_destination(address)
    destination.open()
    state = destination.read_state(ARTICLES)
    assert state is not None
    assert 0 < state.row_count == state.rows < 400
    assert state.row_count % 10 == 0
    destination.begin_sync(ARTICLES)
    changes = destination.write(ARTICLES, [Article(id=1), Article(id=1_000)])
    assert changes == WriteResult(new=1, changed=1)
    assert destination.finish_sync(ARTICLES) == state.row_count - 1
    destination.close()
