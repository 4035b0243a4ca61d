"""The progress of `mirror run` as it is seen in a terminal, and as it is written to a log."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from myonlinestore.mirror.extract.streams import CHILD_NAMES, RESOURCE_NAMES
from myonlinestore.sandbox import Sandbox
from tests.support.terminal import CONTROL_SEQUENCE, Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")

BARS = r"(\w+) +[━╸╺]{5,40} +([\d,]+) of ([\d,]+) rows"
COUNTS = r"(\w+) +([\d,]+)/([\d,]+)"


def start(sandbox: Sandbox, folder: Path, width: int, *options: str, term: str) -> Terminal:
    """Start a run in a terminal."""
    return Terminal(
        ["mirror", "run", "catalog.sqlite", *options],
        width,
        folder,
        TERM=term,
        MYONLINESTORE_TOKEN=sandbox.store_token,
        MYONLINESTORE_BASE_URL=sandbox.url,
    )


def reads_payments(lines: list[str]) -> bool:
    """Return True if the screen shows the progress of the payments, and all of it."""
    return len(lines) == 3 and lines[0].startswith("order_pay") and lines[2].endswith(" left")


@pytest.mark.parametrize("width", [120, 80, 60, 59, 40, 30])
def test_progress_fits_the_terminal(tmp_path: Path, width: int) -> None:
    """The payments and the run have a line each, without bars below 60 columns."""
    with Sandbox(articles=40, seed=5) as sandbox:
        sandbox.faults.add("getOrderPayments delay=60 nth=6")
        with start(sandbox, tmp_path, width, term="xterm") as terminal:
            payments, total, rates = lines = terminal.wait_for(reads_payments)
            pattern = BARS if width >= 60 else COUNTS
            for line, name in ((payments, "order_payments"), (total, "total")):
                match = re.fullmatch(pattern, line)
                assert match, lines
                assert match[1] == name
            assert re.search(r", 0:\d\d left$", rates), lines
            assert ("requests" in rates) == (width >= 60)


def test_the_report_replaces_the_progress(tmp_path: Path) -> None:
    """After the run each resource is on the screen once: in the report."""
    with (
        Sandbox(articles=40, seed=5) as sandbox,
        start(sandbox, tmp_path, 80, term="xterm") as terminal,
    ):
        assert terminal.wait() == 0
        assert b"total" in terminal.output
        title, _, *body, last = terminal.lines
    assert title.split()[:2] == ["resource", "rows"]
    names = [line.split()[0] for line in body]
    assert (sorted(names), len(names)) == (sorted({*RESOURCE_NAMES, *CHILD_NAMES}), len({*names}))
    assert "requests" in last


def test_the_rate_and_its_maximum(tmp_path: Path) -> None:
    """The requests per second are shown with --max-rate."""
    with Sandbox(articles=40, seed=5) as sandbox:
        sandbox.faults.add("getOrderPayments delay=60 nth=6")
        options = ("--max-rate", "250")
        with start(sandbox, tmp_path, 80, *options, term="xterm") as terminal:
            *_, rates = terminal.wait_for(reads_payments)
    assert re.fullmatch(r"[\d,]+ requests, \d+ of 250 per second, 0:\d\d left", rates)


def waits(lines: list[str]) -> bool:
    """Return True if the screen shows the countdown of an outage, and all of it."""
    return len(lines) > 4 and lines[-1].startswith("no response: ") and lines[-1][-3] == ":"


def test_an_outage(tmp_path: Path) -> None:
    """Retries and the outage are above the progress, a countdown below it until it ends."""
    with (
        Sandbox(articles=40, seed=5, faults=["getOrders status=503"]) as sandbox,
        start(sandbox, tmp_path, 120, term="xterm") as terminal,
    ):
        lines = terminal.wait_for(waits)
        sandbox.faults.clear()
        assert terminal.wait() == 0
    assert re.fullmatch("no response: the run ends in 1[45]:[0-5][0-9]", lines[-1])
    assert re.search(r"503 .*: retrying in [\d.]+ s \(retry 1 of 3\)$", lines[0])
    assert any(re.search("503 .*: next attempt in 1 s, the run ends in 1", line) for line in lines)
    assert lines[-4].startswith("orders ")
    assert not any("no response" in line for line in terminal.lines)
    assert lines[0] == terminal.lines[0]


def test_a_prompt_and_retries(tmp_path: Path) -> None:
    """A prompt without echo reads the token, and retries are printed above the progress."""
    token = "a-token-that-is-never-shown"
    only = ["--only", "articles", "--only", "categories", "--skip", "category_articles"]
    with (
        Sandbox(articles=120, store_token=token, rate_limit="6/1s") as sandbox,
        Terminal(
            ["mirror", "c.sqlite", "--base-url", sandbox.url, *only], 80, tmp_path
        ) as terminal,
    ):
        terminal.wait_for(lambda lines: lines == ["Store token:"])
        terminal.send(f"{token}\n")
        assert terminal.wait() == 0
    assert token not in terminal.output.decode()
    _, retry, *_, articles, _, _ = terminal.lines
    assert retry.startswith("rate limit: retrying GET /")
    assert articles.split()[:3] == ["articles", "120", "120"]


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_move_the_cursor(tmp_path: Path, term: str) -> None:
    """A dumb terminal shows lines, and no escape sequence."""
    with (
        Sandbox(articles=40, seed=5) as sandbox,
        start(sandbox, tmp_path, 80, term=term) as terminal,
    ):
        assert terminal.wait() == 0
    assert b"\x1b" not in terminal.output
    assert "articles: 40" in terminal.output.decode().splitlines()


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_a_log_with_colors(tmp_path: Path, variable: str) -> None:
    """A log file for which colors are required has no cursor movements."""
    with Sandbox(articles=40, seed=5) as sandbox:
        environment = {
            "MYONLINESTORE_TOKEN": sandbox.store_token,
            "MYONLINESTORE_BASE_URL": sandbox.url,
            "TERM": "xterm-256color",
            variable: "1",
        }
        arguments = ["mirror", "run", str(tmp_path / "catalog.sqlite")]
        ended = subprocess.run(
            [sys.executable, "-m", "myonlinestore.cli", *arguments],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=True,
        )
    assert not CONTROL_SEQUENCE.search(ended.stdout)
    assert b"\x1b[1m" in ended.stdout
    assert "articles: 40" in ended.stdout.decode().splitlines()
