"""What a program waits for before its first row: imports, and a first page from a local server."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

import model_workloads
import page_server

_HTTPX = """
import httpx
with httpx.Client() as client:
    assert len(client.get(sys.argv[1] + "/v1/articles").json()) == 100
"""
IMPORTS = {
    "nothing": "pass",
    "httpx": "import httpx",
    "msgspec": "import msgspec",
    "myonlinestore": "import myonlinestore",
    "one model": "from myonlinestore.models import Article",
    "a client": "from myonlinestore import ConnectClient; ConnectClient('token')",
}


@pytest.fixture(scope="module")
def address() -> Generator[str]:
    """A server in another process."""
    with page_server.serving() as served:
        yield served


@pytest.mark.benchmark(group="import")
@pytest.mark.parametrize("code", IMPORTS.values(), ids=IMPORTS)
def bench_import(benchmark: Any, code: str) -> None:
    """An interpreter that only imports."""
    assert benchmark.pedantic(model_workloads.in_new_process, (code,), rounds=15) == ""


@pytest.mark.benchmark(group="first page")
@pytest.mark.parametrize(
    "code", [model_workloads.FIRST_PAGE, _HTTPX], ids=["client", "httpx alone"]
)
def bench_first_page(benchmark: Any, address: str, code: str) -> None:
    """An interpreter that reads one page of 100 articles."""
    assert benchmark.pedantic(model_workloads.in_new_process, (code, address), rounds=15) == ""
