"""Whole processes: what importing costs, and how long it takes to the first page."""

from __future__ import annotations

import subprocess
import sys

from comparison.worker import Timed

FIRST_PAGE = """
from myonlinestore import ConnectClient
with ConnectClient("token", base_url={base_url!r}) as client:
    assert len(client.articles.list(limit=100).items) == 100
"""


def importing(*, what: str) -> Timed:
    """A Python that runs one statement."""
    return _process(what)


def first_page(*, url: str) -> Timed:
    """A Python that makes a client, and reads a page of articles."""
    return _process(FIRST_PAGE.format(base_url=f"{url}/100/0"))


def _process(code: str) -> Timed:
    command = [sys.executable, "-c", code]

    def run() -> None:
        subprocess.run(command, check=True)

    return run
