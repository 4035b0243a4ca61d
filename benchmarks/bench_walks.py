"""Walks of 5,000 articles from a local server in another process, beside the floor: raw sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from comparison.server import serving
from comparison.worker import measured
from comparison.workloads import pagination as walks
from comparison.workloads import raw_sockets as floor

ROWS, MEMORY_ROWS = 5_000, 20_000
IN_SEQUENCE = {"rows": ROWS, "latency": 0}
AT_ONCE = {"rows": ROWS, "latency": 20, "concurrency": 16}
MEGABYTES = 1e6


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A store's address."""
    with serving() as served:
        yield served


@pytest.mark.benchmark(group="walk in sequence")
@pytest.mark.parametrize("engine", ["httpx", "fast"])
def bench_walk(benchmark: Any, url: str, engine: str) -> None:
    """A page after the other."""
    _walk(benchmark, walks.in_sequence(url=url, engine=engine, **IN_SEQUENCE))


@pytest.mark.benchmark(group="walk in sequence")
def bench_floor(benchmark: Any, url: str) -> None:
    """The same bytes, not decoded."""
    _walk(benchmark, floor.in_sequence(url=url, **IN_SEQUENCE))


@pytest.mark.benchmark(group="walk, 20 ms, 16 at once")
@pytest.mark.parametrize("engine", ["httpx", "fast"])
def bench_walk_by_tasks(benchmark: Any, url: str, engine: str) -> None:
    """On asyncio."""
    _walk(benchmark, walks.at_once(url=url, engine=engine, **AT_ONCE))


@pytest.mark.benchmark(group="walk, 20 ms, 16 at once")
@pytest.mark.parametrize("engine", ["httpx", "fast"])
def bench_walk_by_threads(benchmark: Any, url: str, engine: str) -> None:
    """In threads."""
    _walk(benchmark, walks.by_threads(url=url, engine=engine, **AT_ONCE))


@pytest.mark.benchmark(group="walk, 20 ms, 16 at once")
def bench_floor_at_once(benchmark: Any, url: str) -> None:
    """The same bytes, not decoded."""
    _walk(benchmark, floor.at_once(url=url, **AT_ONCE))


@pytest.mark.benchmark(group="memory while walking, 8 in flight")
def bench_memory(benchmark: Any, url: str) -> None:
    """The growth of the peak of memory is in the saved JSON; the time shown is the walk's."""
    walk = walks.at_once(url=url, rows=MEMORY_ROWS, latency=0, concurrency=8)
    benchmark.pedantic(walk)
    benchmark.extra_info["megabytes"] = measured(walk)["grown"] / MEGABYTES


def _walk(benchmark: Any, walk: Any) -> None:
    benchmark.pedantic(walk, rounds=5, warmup_rounds=1)
