"""The command line, in this process and as the command that people run."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

import myonlinestore
from myonlinestore.cli.main import INTERRUPTED, cli
from myonlinestore.mirror.extract.streams import RESOURCE_NAMES
from myonlinestore.sandbox import Sandbox

TOKEN = "a-token-that-nobody-may-see"
COMMAND = [sys.executable, "-m", "myonlinestore.cli"]
ARTICLES = "SELECT count(*) FROM articles"


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A store behind a token that must not be shown."""
    with Sandbox(articles=120, seed=3, store_token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


def run(*arguments: str, **environment: str) -> Result:
    """A command in this process."""
    return CliRunner(env=environment).invoke(cli, arguments, prog_name="myonlinestore")


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A command in a process of its own."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("MYONLINESTORE_")}
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env=inherited | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )


def number(catalog: Path, statement: str = ARTICLES) -> int:
    database = sqlite3.connect(catalog)
    (found,) = database.execute(statement).fetchone()
    database.close()
    return int(found)


def table(output: str) -> dict[str, list[str]]:
    """The rows of the closing table, by resource."""
    lines = (line.split() for line in output.splitlines())
    return {words[0]: words[1:] for words in lines if words and words[0] in RESOURCE_NAMES}


def test_version() -> None:
    """It tells the version of the package."""
    result = run("--version")
    assert result.output == f"myonlinestore {myonlinestore.__version__}\n"


@pytest.mark.parametrize("command", [[], ["mirror"], ["sandbox"]])
def test_help_tells_the_exit_codes(command: list[str]) -> None:
    """Each help ends with what the exit codes mean, and offers no token of a real store."""
    result = run(*command, "--help")
    assert result.exit_code == 0
    for code in ("0    done", "1    failed", "2    ", "130  ended by Ctrl-C"):
        assert code in result.output
    if command == ["mirror"]:
        assert "token" not in result.output


def test_mirror_of_a_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token, a made-up store lands in catalog.sqlite, with lines and a closing table."""
    monkeypatch.chdir(tmp_path)
    result = run("mirror", "--sandbox", "--articles", "30", "--seed", "4")
    assert result.exit_code == 0, result.output
    assert number(tmp_path / "catalog.sqlite") == 30
    assert "articles: 30\n" in result.output
    numbers = table(result.output)["articles"]
    # rows, new, changed, deleted, rejected and requests; then bytes and seconds.
    assert numbers[:6] == ["30", "30", "0", "0", "0", "5"]
    assert re.fullmatch(r"[\d.]+ k?B \d+\.\d", " ".join(numbers[6:]))
    assert re.search(r"^\d+ rows in catalog.sqlite, \d+ requests, ", result.output, re.MULTILINE)


def test_mirror_as_people_run_it(shop: Sandbox, catalog: Path) -> None:
    """The command reads store and token from the environment; a second run finds nothing new."""
    environment = {"MYONLINESTORE_TOKEN": TOKEN, "MYONLINESTORE_BASE_URL": shop.url}
    for new, read in (("120", "120"), ("0", "0")):
        process = start("mirror", str(catalog), **environment)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert table(output)["articles"][:2] == ["120", new]
        assert f"articles: {read}\n" in errors
        assert TOKEN not in output + errors
    assert number(catalog) == 120
    assert TOKEN.encode() not in catalog.read_bytes()


def test_only_and_skip(shop: Sandbox, catalog: Path) -> None:
    """The chosen resources are copied, and no other."""
    arguments = ["mirror", str(catalog), "--base-url", shop.url]
    chosen = ["--only", "orders", "--only", "store", "--only", "articles", "--skip", "store"]
    result = run(*arguments, *chosen, MYONLINESTORE_TOKEN=TOKEN)
    assert result.exit_code == 0, result.output
    assert [*table(result.output)] == ["articles", "orders"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mirror", "x.sqlite"], "set MYONLINESTORE_TOKEN"),
        (["mirror", "x.sqlite", "--only", "article"], "newsletter_subscribers"),
        (["mirror", "x.sqlite", "--sandbox", "--only", "store", "--skip", "store"], "no resource"),
        (["mirror", "x.sqlite", "--articles", "3"], "pass --sandbox as well"),
        (["mirror", "--sandbox", "--base-url", "http://x"], "pass one of them"),
        (["mirror", "x.sqlite", "--token", "t"], "--token"),
        (["mirror", "x.sqlite", "--max-rate", "0"], "--max-rate"),
        (["sandbox", "--port", "70000"], "70000"),
    ],
)
def test_what_is_not_understood(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that cannot be meant ends with code 2, says why, and makes no file."""
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_bad_base_url_is_not_understood(catalog: Path) -> None:
    """A configuration that the client refuses is a mistake in the command."""
    result = run("mirror", str(catalog), "--base-url", "shop", MYONLINESTORE_TOKEN=TOKEN)
    assert result.exit_code == 2
    assert "http://" in result.output
    assert TOKEN not in result.output


def test_a_wrong_token_fails(shop: Sandbox, catalog: Path) -> None:
    """A call that fails ends with code 1 and one sentence without the token."""
    wrong = "another-secret-entirely"
    result = run("mirror", str(catalog), "--base-url", shop.url, MYONLINESTORE_TOKEN=wrong)
    assert result.exit_code == 1
    assert "HTTP 401 for GET /v1/store" in result.output
    assert "Traceback" not in result.output
    assert wrong not in result.output


def test_a_destination_that_cannot_be_written_fails(shop: Sandbox, tmp_path: Path) -> None:
    """A database that cannot be written ends with code 1 and what to do."""
    for destination, says in (
        (tmp_path / "missing" / "catalog.sqlite", "make it first"),
        ("mysql://user:hunter2@db/shop", "name a file such as catalog.sqlite"),
        ("postgresql://user:hunter2@127.0.0.1:1/shop", "postgresql://user:***@127.0.0.1:1/shop"),
    ):
        arguments = ["mirror", str(destination), "--base-url", shop.url]
        result = run(*arguments, MYONLINESTORE_TOKEN=TOKEN)
        assert result.exit_code == 1
        assert says in result.output
        assert "hunter2" not in result.output


def test_waits_are_told_in_lines(catalog: Path) -> None:
    """A store that limits the rate is copied whole, and the first wait is told as it begins."""
    with Sandbox(articles=20, store_token=TOKEN, rate_limit="6/1s") as sandbox:
        only = ["--only", "articles", "--only", "categories", "--only", "order_statuses"]
        only += ["--skip", "category_articles"]
        arguments = ["mirror", str(catalog), "--base-url", sandbox.url, *only]
        result = run(*arguments, MYONLINESTORE_TOKEN=TOKEN)
        assert sandbox.journal.requests(status=429)
    assert result.exit_code == 0, result.output
    waits = r"^rate limit: GET /\w+(/\w+)* waits 1\.0 s \(retry 1 of 3\)$"
    assert re.search(waits, result.output, re.MULTILINE)
    assert number(catalog) == 20


def test_max_rate_is_kept(shop: Sandbox, catalog: Path) -> None:
    """With --max-rate, requests start no faster than that."""
    shop.journal.clear()
    arguments = ["mirror", str(catalog), "--base-url", shop.url, "--only", "articles"]
    result = run(*arguments, "--max-rate", "20", MYONLINESTORE_TOKEN=TOKEN)
    assert result.exit_code == 0, result.output
    times = [entry.at for entry in shop.journal]
    assert len(times) > 3
    assert (times[-1] - times[0]).total_seconds() > 0.7 * (len(times) - 1) / 20


def at_a_terminal(*arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    """A command of which a terminal is all that it reads and writes, and our end of that."""
    ours, theirs = os.openpty()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MYONLINESTORE_")}
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment | {"TERM": "xterm", "COLUMNS": "80"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    return process, ours


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_waits_are_told_on_a_terminal(catalog: Path) -> None:
    """On a terminal waits stand above the bars, which show the time that was taken at the end."""
    with Sandbox(articles=120, store_token=TOKEN, rate_limit="6/1s") as sandbox:
        only = ["--only", "articles", "--only", "categories", "--skip", "category_articles"]
        process, ours = at_a_terminal("mirror", str(catalog), "--base-url", sandbox.url, *only)
        read_until(ours, "Store token: ")
        os.write(ours, f"{TOKEN}\n".encode())
        shown = read_until(ours, None)
    os.close(ours)
    assert process.wait(60) == 0, shown
    assert "rate limit: GET /" in shown
    plain = re.sub(r"\x1b\[\d*m", "", shown)
    assert re.search(r"articles +━{12} 120/120 \d+ rows/s \d\d:\d\d\r", plain)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_on_a_terminal(shop: Sandbox, catalog: Path) -> None:
    """On a terminal a missing token is asked for without an echo, and bars show the progress."""
    process, ours = at_a_terminal("mirror", str(catalog), "--base-url", shop.url)
    shown = read_until(ours, "Store token: ")
    os.write(ours, f"{TOKEN}\n".encode())
    shown += read_until(ours, None)
    os.close(ours)
    assert process.wait(60) == 0, shown
    assert TOKEN not in shown
    assert "━━━" in shown
    assert "120/120" in shown
    assert number(catalog) == 120


def read_until(terminal: int, prompt: str | None) -> str:
    """What a terminal shows, until the prompt stands there or the program ends."""
    shown = b""
    while prompt is None or prompt.encode() not in shown:
        try:
            read = os.read(terminal, 65536)
        except OSError:  # The program closed it.
            break
        if not read:
            break
        shown += read
    return shown.decode()


class Held:
    """An ASGI application that answers no request for orders until it is let go."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.reached = threading.Event()
        self.let_go = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, in the end."""
        if scope.get("path", "").endswith("/orders"):
            self.reached.set()
            await asyncio.to_thread(self.let_go.wait)
        await self._app(scope, receive, send)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_ends_after_the_last_commit(catalog: Path) -> None:
    """An interrupt in the middle ends with code 130, one sentence and a whole database."""
    sandbox = Sandbox(articles=120, seed=3, store_token=TOKEN)
    held = Held(sandbox.app)
    sandbox.app = held  # type: ignore[assignment]
    with sandbox:
        process = start(
            "mirror", str(catalog), "--base-url", sandbox.url, MYONLINESTORE_TOKEN=TOKEN
        )
        assert held.reached.wait(30)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
        held.let_go.set()
        assert process.returncode == INTERRUPTED == 130, errors
        assert errors.splitlines()[-1].startswith("Stopped after the last commit")
        assert "Traceback" not in errors
        assert output == ""
        assert number(catalog) == 120
        assert number(catalog, "SELECT count(*) FROM _mirror_state WHERE finished_at IS NULL") == 1
        result = run("mirror", str(catalog), "--base-url", sandbox.url, MYONLINESTORE_TOKEN=TOKEN)
    assert table(result.output)["articles"][1] == "0"
    assert number(catalog, "SELECT count(*) FROM orders") > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_sandbox_serves_until_ctrl_c() -> None:
    """It prints its address and tokens as the environment of a mirror, and serves with them."""
    process = start("sandbox", "--port", "0", "--articles", "7", "--store-token", TOKEN)
    assert process.stdout is not None
    printed = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
    assert printed["MYONLINESTORE_TOKEN"] == TOKEN
    assert printed["MYONLINESTORE_PARTNER_TOKEN"]
    url = f"{printed['MYONLINESTORE_BASE_URL']}/v1/articles/count"
    assert httpx.get(url, params={"token": TOKEN}).json() == {"count": 7}
    assert httpx.get(url, params={"token": "x"}).status_code == 401
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def test_a_port_in_use_fails(shop: Sandbox) -> None:
    """A port that is taken ends with code 1 and what to do."""
    result = run("sandbox", "--port", str(shop.port))
    assert result.exit_code == 1
    assert f"cannot serve on port {shop.port}" in result.output
    assert "choose another with --port" in result.output


def without(package: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where a package is not installed."""
    code = (
        f"import sys; sys.modules[{package!r}] = None; sys.argv[0] = 'myonlinestore'\n"
        "from myonlinestore.cli import main; main()"
    )
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("package", ["click", "rich"])
def test_the_missing_extra_is_named(package: str) -> None:
    """Without click or rich, one sentence says what to install."""
    ended = without(package, "--version")
    assert ended.returncode == 1
    assert ended.stderr == (
        f"myonlinestore: the command line needs {package}: "
        "pip install 'myonlinestore-connect[cli]'\n"
    )


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_the_sandbox_extra_is_named(package: str, catalog: Path) -> None:
    """Without the sandbox's extra, mirror --sandbox and sandbox say what to install."""
    for arguments in (["mirror", str(catalog), "--sandbox"], ["sandbox"]):
        ended = without(package, *arguments)
        assert ended.returncode == 1
        assert f"the sandbox needs {package}" in ended.stderr
        assert "myonlinestore-connect[sandbox]" in ended.stderr
        assert "Traceback" not in ended.stderr
