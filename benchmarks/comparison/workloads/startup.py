"""Whole processes: imports, and the time to the first page."""

from __future__ import annotations

import subprocess
import sys

from comparison.worker import Timed

FIRST_PAGE = """
from myonlinestore import ConnectClient
with ConnectClient("token", base_url={base_url!r}) as client:
    assert len(client.articles.list(limit=100).items) == 100
"""


def run_statement(*, what: str) -> Timed:
    """Run one statement in a new Python."""
    return _run_python(what)


def read_first_page(*, url: str) -> Timed:
    """Create a client and read a page of articles in a new Python."""
    return _run_python(FIRST_PAGE.format(base_url=f"{url}/100/0"))


def _run_python(code: str) -> Timed:
    command = [sys.executable, "-c", code]

    def run() -> None:
        subprocess.run(command, check=True)

    return run
