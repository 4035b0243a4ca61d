"""What is measured of the models. Runs on this client and, unchanged, on the published one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Rows = list[Any]
Decode = Callable[[bytes], Rows]


def decoder(model: Any) -> Decode:
    """How the installed client makes models of the body of a page."""
    try:
        from myonlinestore._codec.decode import decode
    except ImportError:
        return lambda body: [model.model_validate(row) for row in json.loads(body)]
    rows = list[model]
    return lambda body: decode(body, rows)


def dump(rows: Rows) -> list[dict[str, Any]]:
    """Each row as plain Python, by default arguments."""
    return [row.model_dump() for row in rows]


def dump_json(rows: Rows) -> list[str]:
    """Each row as JSON text, by default arguments."""
    return [row.model_dump_json() for row in rows]


def hold(decode: Decode, body: bytes, pages: int) -> tuple[float, float]:
    """CPU seconds and megabytes to decode so many pages and keep every row, the collector on."""
    decode(body)
    before, began = _resident_megabytes(), time.process_time()
    held: Rows = []
    for _ in range(pages):
        held += decode(body)
    return time.process_time() - began, _resident_megabytes() - before


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1e6


def in_new_process(code: str, *arguments: str, python: str = sys.executable) -> str:
    """What code prints in an interpreter of its own, which finds the modules beside this one."""
    place = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    run = subprocess.run(
        [python, "-c", place + code, *arguments], capture_output=True, text=True, check=True
    )
    return run.stdout


# To be run by `in_new_process`; prints CPU seconds and megabytes.
HOLD_ARTICLES = """
import model_workloads, sample_pages
from myonlinestore.models import Article
decode = model_workloads.decoder(Article)
print(*model_workloads.hold(decode, sample_pages.articles(), int(sys.argv[1])))
"""

# To be run by `in_new_process`: a whole life, from the interpreter's start to the first page.
FIRST_PAGE = """
from myonlinestore import ConnectClient
with ConnectClient("token", base_url=sys.argv[1]) as client:
    assert len(client.articles.list(limit=100).items) == 100
"""
