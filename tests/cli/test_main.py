"""The command line, in this process and in a process of its own."""

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
from myonlinestore.cli.main import cli
from myonlinestore.cli.mirror import EXIT_INTERRUPTED
from myonlinestore.mirror.extract.streams import RESOURCE_NAMES
from myonlinestore.sandbox import Sandbox

TOKEN = "a-token-that-is-never-shown"
COMMAND = [sys.executable, "-m", "myonlinestore.cli"]
ARTICLES = "SELECT count(*) FROM articles"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Serve a store with a token that must not be shown."""
    with Sandbox(articles=120, seed=3, store_token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


def run(*arguments: str, **environment: str) -> Result:
    """Run a command in this process."""
    return CliRunner(env=environment).invoke(cli, arguments, prog_name="myonlinestore")


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
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


def query_number(catalog: Path, statement: str = ARTICLES) -> int:
    database = sqlite3.connect(catalog)
    (found,) = database.execute(statement).fetchone()
    database.close()
    return int(found)


def parse_report(output: str) -> dict[str, list[str]]:
    """Return the rows of the report table by resource."""
    lines = (line.split() for line in output.splitlines())
    return {words[0]: words[1:] for words in lines if words and words[0] in RESOURCE_NAMES}


def test_version() -> None:
    """`--version` prints the version of the package."""
    result = run("--version")
    assert result.output == f"myonlinestore {myonlinestore.__version__}\n"


@pytest.mark.parametrize("command", [[], ["mirror"], ["mirror", "run"]])
def test_help_lists_the_exit_codes(command: list[str]) -> None:
    """Each help ends with the exit codes, and has no option for the token of a real store."""
    result = run(*command, "--help")
    assert result.exit_code == 0
    for code in ("0    done", "1    failed", "2    ", "130  interrupted with Ctrl-C"):
        assert code in result.output
    assert "--token" not in result.output
    assert "--store-token" not in result.output


def test_help_of_the_sandbox_lists_its_exit_codes() -> None:
    """Ctrl-C is the normal end of a sandbox, so its exit codes differ."""
    output = run("sandbox", "--help").output
    for code in ("0  interrupted with Ctrl-C", "1  the sandbox cannot start", "2  invalid"):
        assert code in output


@pytest.mark.parametrize("command", [["mirror"], ["mirror", "run"]])
def test_run_is_the_default_command_of_mirror(command: list[str], catalog: Path) -> None:
    """`mirror DEST` is `mirror run DEST`; `mirror status DEST` stays a command of its own."""
    result = run(*command, str(catalog), "--sandbox", "--articles", "3", "--only", "articles")
    assert result.exit_code == 0, result.output
    assert query_number(catalog) == 3
    assert parse_report(run("mirror", "status", str(catalog)).output)["articles"][0] == "3"


def test_errors_name_the_default_command() -> None:
    """An invalid option of `mirror` is reported with the usage of `mirror run`."""
    result = run("mirror", "--nonsense")
    assert result.exit_code == 2
    assert "Usage: myonlinestore mirror run" in result.output


def test_mirror_of_a_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token or a destination, a generated store is copied into catalog.sqlite."""
    monkeypatch.chdir(tmp_path)
    result = run("mirror", "--sandbox", "--articles", "30", "--seed", "4")
    assert result.exit_code == 0, result.output
    assert query_number(tmp_path / "catalog.sqlite") == 30
    assert "articles: 30\n" in result.output
    numbers = parse_report(result.output)["articles"]
    # rows, new, changed, deleted, rejected and requests; then bytes and seconds.
    assert numbers[:6] == ["30", "30", "0", "0", "0", "5"]
    assert re.fullmatch(r"[\d.]+ k?B \d+\.\d", " ".join(numbers[6:]))
    assert re.search(r"^\d+ rows in catalog.sqlite, \d+ requests, ", result.output, re.MULTILINE)


def test_mirror_in_a_process_of_its_own(sandbox: Sandbox, catalog: Path) -> None:
    """The URL and the token come from the environment; a second run finds no new rows."""
    environment = {"MYONLINESTORE_TOKEN": TOKEN, "MYONLINESTORE_BASE_URL": sandbox.url}
    for new, rows_read in (("120", "120"), ("0", "0")):
        process = start("mirror", str(catalog), **environment)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert parse_report(output)["articles"][:2] == ["120", new]
        assert f"articles: {rows_read}\n" in errors
        assert TOKEN not in output + errors
    assert query_number(catalog) == 120
    assert TOKEN.encode() not in catalog.read_bytes()


def test_only_and_skip(sandbox: Sandbox, catalog: Path) -> None:
    """Only the selected resources are copied."""
    arguments = ["mirror", str(catalog), "--base-url", sandbox.url]
    chosen = ["--only", "orders", "--only", "store", "--only", "articles", "--skip", "store"]
    result = run(*arguments, *chosen, MYONLINESTORE_TOKEN=TOKEN)
    assert result.exit_code == 0, result.output
    assert [*parse_report(result.output)] == ["articles", "orders"]


@pytest.mark.parametrize(
    ("arguments", "message"),
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
def test_invalid_command_lines(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invalid command line exits with code 2 and a reason, and creates no file."""
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert list(tmp_path.iterdir()) == []


def test_invalid_base_url(catalog: Path) -> None:
    """A configuration that the client rejects exits with code 2."""
    result = run("mirror", str(catalog), "--base-url", "shop", MYONLINESTORE_TOKEN=TOKEN)
    assert result.exit_code == 2
    assert "http://" in result.output
    assert TOKEN not in result.output


def test_wrong_token(sandbox: Sandbox, catalog: Path) -> None:
    """A failed request exits with code 1 and one sentence without the token."""
    wrong = "another-secret-entirely"
    result = run("mirror", str(catalog), "--base-url", sandbox.url, MYONLINESTORE_TOKEN=wrong)
    assert result.exit_code == 1
    assert "401 GET /v1/store" in result.output
    assert "Traceback" not in result.output
    assert wrong not in result.output


def test_destination_that_cannot_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    """A database that cannot be written exits with code 1 and advice."""
    for destination, message in (
        (tmp_path / "missing" / "catalog.sqlite", "make it first"),
        ("mysql://user:hunter2@db/shop", "name a file such as catalog.sqlite"),
        ("postgresql://user:hunter2@127.0.0.1:1/shop", "postgresql://user:***@127.0.0.1:1/shop"),
    ):
        arguments = ["mirror", str(destination), "--base-url", sandbox.url]
        result = run(*arguments, MYONLINESTORE_TOKEN=TOKEN)
        assert result.exit_code == 1
        assert message in result.output
        assert "hunter2" not in result.output


def test_retry_lines(catalog: Path) -> None:
    """A rate-limited store is copied completely, and the first retry is printed as it begins."""
    with Sandbox(articles=20, store_token=TOKEN, rate_limit="6/1s") as sandbox:
        only = ["--only", "articles", "--only", "categories", "--only", "order_statuses"]
        only += ["--skip", "category_articles"]
        arguments = ["mirror", str(catalog), "--base-url", sandbox.url, *only]
        result = run(*arguments, MYONLINESTORE_TOKEN=TOKEN)
        assert sandbox.journal.requests(status=429)
    assert result.exit_code == 0, result.output
    line = r"^rate limit: retrying GET /\w+(/\w+)* in 1\.0 s \(retry 1 of 3\)$"
    assert re.search(line, result.output, re.MULTILINE)
    assert query_number(catalog) == 20


def test_max_rate(sandbox: Sandbox, catalog: Path) -> None:
    """`--max-rate` limits the request rate."""
    sandbox.journal.clear()
    arguments = ["mirror", str(catalog), "--base-url", sandbox.url, "--only", "articles"]
    result = run(*arguments, "--max-rate", "20", MYONLINESTORE_TOKEN=TOKEN)
    assert result.exit_code == 0, result.output
    times = [entry.at for entry in sandbox.journal]
    assert len(times) > 3
    assert (times[-1] - times[0]).total_seconds() > 0.7 * (len(times) - 1) / 20


class BlockedOrders:
    """An ASGI application that blocks requests for orders until `release` is set."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.reached = threading.Event()
        self.release = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Respond to a request."""
        if scope.get("path", "").endswith("/orders"):
            self.reached.set()
            await asyncio.to_thread(self.release.wait)
        await self._app(scope, receive, send)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_interrupts_a_mirror(catalog: Path) -> None:
    """Ctrl-C exits with code 130, one sentence and a consistent database."""
    sandbox = Sandbox(articles=120, seed=3, store_token=TOKEN)
    blocked = BlockedOrders(sandbox.app)
    sandbox.app = blocked  # type: ignore[assignment]
    with sandbox:
        process = start(
            "mirror", str(catalog), "--base-url", sandbox.url, MYONLINESTORE_TOKEN=TOKEN
        )
        assert blocked.reached.wait(30)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
        blocked.release.set()
        assert process.returncode == EXIT_INTERRUPTED == 130, errors
        assert errors.splitlines()[-1].startswith("Interrupted.")
        assert "Traceback" not in errors
        assert output == ""
        assert query_number(catalog) == 120
        assert (
            query_number(catalog, "SELECT count(*) FROM _mirror_state WHERE finished_at IS NULL")
            == 1
        )
        result = run("mirror", str(catalog), "--base-url", sandbox.url, MYONLINESTORE_TOKEN=TOKEN)
    assert parse_report(result.output)["articles"][1] == "0"
    assert query_number(catalog, "SELECT count(*) FROM orders") > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_sandbox_serves_until_ctrl_c() -> None:
    """The sandbox prints its URL and tokens as environment variables, and serves with them."""
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


def test_port_in_use(sandbox: Sandbox) -> None:
    """A port in use exits with code 1 and advice."""
    result = run("sandbox", "--port", str(sandbox.port))
    assert result.exit_code == 1
    assert f"cannot serve on port {sandbox.port}" in result.output
    assert "choose another with --port" in result.output


def run_without(package: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as if a package were not installed."""
    code = (
        f"import sys; sys.modules[{package!r}] = None; sys.argv[0] = 'myonlinestore'\n"
        "from myonlinestore.cli import main; main()"
    )
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("package", ["click", "rich"])
def test_missing_cli_extra(package: str) -> None:
    """Without click or rich, one sentence names the extra to install."""
    completed = run_without(package, "--version")
    assert completed.returncode == 1
    assert completed.stderr == (
        f"myonlinestore: the command line needs {package}: "
        "pip install 'myonlinestore-connect[cli]'\n"
    )


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_missing_sandbox_extra(package: str, catalog: Path) -> None:
    """Without the sandbox's extra, mirror --sandbox and sandbox name the extra to install."""
    for arguments in (["mirror", str(catalog), "--sandbox"], ["sandbox"]):
        completed = run_without(package, *arguments)
        assert completed.returncode == 1
        assert f"the sandbox needs {package}" in completed.stderr
        assert "myonlinestore-connect[sandbox]" in completed.stderr
        assert "Traceback" not in completed.stderr
