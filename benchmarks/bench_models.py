"""Pages into models and back: this client beside msgspec alone, json alone, and pydantic."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

import model_workloads
import sample_pages
from myonlinestore import pydantic as twins
from myonlinestore.models import Article, Order

Benchmark = Callable[..., Any]


class FourFields(msgspec.Struct, gc=False):
    """A caller's own type, as for `model=`."""

    id: int
    uuid: str
    name: str | None = None
    stock: int | None = None


def _work(what: str, model: Any, page: Callable[[], bytes]) -> Any:
    group = pytest.mark.benchmark(group=f"decode {what}")
    return pytest.param((model, page), id=what, marks=group)


works = pytest.mark.parametrize(
    "work",
    [
        _work("100 articles", Article, sample_pages.articles),
        _work("100 orders", Order, sample_pages.orders),
        _work("four fields of 100 articles", FourFields, sample_pages.articles),
    ],
)
Work = tuple[Any, Callable[[], bytes]]


@works
def bench_decode(benchmark: Benchmark, work: Work) -> None:
    """A page into rows, as a list call does it."""
    model, page = work
    assert len(benchmark(model_workloads.decoder(model), page())) == 100


@works
def bench_decode_by_msgspec_alone(benchmark: Benchmark, work: Work) -> None:
    """The floor: the same types without any of this client's code."""
    model, page = work
    rows: Any = list[model]  # type: ignore[valid-type]
    decoder = msgspec.json.Decoder(rows, strict=False)
    assert len(benchmark(decoder.decode, page())) == 100


@works
def bench_decode_by_json_alone(benchmark: Benchmark, work: Work) -> None:
    """The same bytes to dicts and lists by the standard library."""
    assert len(benchmark(json.loads, work[1]())) == 100


@pytest.mark.benchmark(group="model_dump")
def bench_dump(benchmark: Benchmark) -> None:
    """100 articles to plain Python."""
    rows = model_workloads.decoder(Article)(sample_pages.articles())
    assert benchmark(model_workloads.dump, rows)[0]["price"]["action"] == "9.95"


@pytest.mark.benchmark(group="model_dump")
def bench_dump_by_pydantic(benchmark: Benchmark) -> None:
    """The same articles from pydantic models of the same fields."""
    twin: Any = twins.Article
    rows = [twin.model_validate(row) for row in json.loads(sample_pages.articles())]
    assert benchmark(model_workloads.dump, rows)[0]["price"]["action"] == "9.95"


@pytest.mark.benchmark(group="model_dump_json")
def bench_dump_json(benchmark: Benchmark) -> None:
    """100 articles to JSON texts."""
    rows = model_workloads.decoder(Article)(sample_pages.articles())
    assert '"action":"9.95"' in benchmark(model_workloads.dump_json, rows)[0]


@pytest.mark.benchmark(group="model_dump_json")
def bench_dump_json_by_pydantic(benchmark: Benchmark) -> None:
    """The same articles to JSON texts from pydantic models of the same fields."""
    twin: Any = twins.Article
    rows = [twin.model_validate(row) for row in json.loads(sample_pages.articles())]
    assert '"action":"9.95"' in benchmark(model_workloads.dump_json, rows)[0]
