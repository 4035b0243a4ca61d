"""Articles into databases: the mirror from memory and over HTTP, and one table by `model=`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from comparison.server import serving
from comparison.workloads import loading as copying
from comparison.workloads import single_table as one_table

ROWS = 2_000


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A store's address."""
    with serving() as served:
        yield served


@pytest.mark.benchmark(group="mirror over HTTP")
@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def bench_mirror(benchmark: Any, url: str, kind: str) -> None:
    """The whole job into a new database."""
    _copy(benchmark, copying.mirror(url=url, rows=ROWS, kind=kind))


@pytest.mark.benchmark(group="bytes into SQLite")
def bench_all_tables(benchmark: Any) -> None:
    """The mirror, of a store that answers from memory."""
    _copy(benchmark, copying.written(rows=ROWS))


@pytest.mark.benchmark(group="bytes into SQLite")
def bench_one_table(benchmark: Any) -> None:
    """The articles' own table, by a Struct of the caller's."""
    _copy(benchmark, one_table.written(rows=ROWS))


def _copy(benchmark: Any, copy: Any) -> None:
    benchmark.pedantic(copy, rounds=3, warmup_rounds=1)
