"""The options of `myonlinestore sandbox`: faults, rate limit, quirks, tokens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from myonlinestore.cli.main import cli

COMMAND = [sys.executable, "-u", "-m", "myonlinestore.cli", "sandbox", "--port", "0"]


@contextmanager
def serve(*options: str) -> Iterator[httpx.Client]:
    """Start a sandbox in a process of its own, and yield a client for the URL that it prints."""
    process = subprocess.Popen(
        [*COMMAND, "--articles", "3", *options],
        env={k: v for k, v in os.environ.items() if not k.startswith("MYONLINESTORE_")},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            printed = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
            tokens = {
                "token": printed["MYONLINESTORE_TOKEN"],
                "partner_token": printed["MYONLINESTORE_PARTNER_TOKEN"],
            }
            url = printed["MYONLINESTORE_BASE_URL"]
            with httpx.Client(base_url=url, params=tokens, verify=False) as client:
                yield client
        finally:
            process.terminate()


def print_tokens(*options: str) -> list[str]:
    """Return the lines that the command prints after the URL."""
    process = subprocess.Popen(
        [*COMMAND, "--articles", "1", *options], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        count = 2 if "--write-tokens" in options else 5
        lines = [process.stdout.readline().strip() for _ in range(count)]
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0
    return lines[1:]


def test_options() -> None:
    """Faults, rate limit, quirks and tokens of the command line take effect."""
    options = [
        *("--fault", "getStore nth=1 status=503 retry_after=2"),
        *("--fault", "getStore nth=2 status=502"),
        *("--store-token", "mine", "--partner-token", "ours", "--rate-limit", "4/1h", "--quirks"),
    ]
    with serve(*options) as client:
        responses = [client.get("/v1/store") for _ in range(5)]
        assert [response.status_code for response in responses] == [503, 502, 200, 200, 429]
        assert responses[0].headers["retry-after"] == "2"
        assert client.params == httpx.QueryParams({"token": "mine", "partner_token": "ours"})
        state = client.get("/_sandbox/state").json()
        assert (state["quirks"], state["faults"], state["counts"]["articles"]) == (True, 2, 3)


def test_defaults() -> None:
    """By default there are no faults, no rate limit and no quirks."""
    with serve() as client:
        assert {client.get("/v1/store").status_code for _ in range(20)} == {200}
        state = client.get("/_sandbox/state").json()
        assert (state["quirks"], state["faults"]) == (False, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fault", "getArticle5 status=500"], "did you mean getArticle"),
        (["--fault", "* status=200"], "must be a whole number from 400 to 599"),
        (["--rate-limit", "fast"], "such as 10/1s"),
        (["--partner-rate-limit", "fast"], "such as 10/1s"),
        (["--allow-origin", "shop.example"], "expected one such as https://shop.example"),
        (["--stores", "0"], "x>=1"),
    ],
)
def test_invalid_options(options: list[str], message: str) -> None:
    """An invalid rule or rate exits with code 2 and advice."""
    result = CliRunner().invoke(cli, ["sandbox", "--port", "0", *options])
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_many_stores() -> None:
    """The tokens of further stores are printed after those of the first, with their numbers."""
    with serve("--stores", "3", "--partner-rate-limit", "7/1h") as client:
        tokens = ["sandbox-store-token", "sandbox-store-token-2", "sandbox-store-token-3"]
        ids = {client.get("/v1/store", params={"token": token}).json()["id"] for token in tokens}
        assert len(ids) == 3
        partner = {"partner_token": "sandbox-partner-token", "token": tokens[2]}
        codes = [client.get("/v1/store", params=partner).status_code for _ in range(5)]
        assert codes == [200, 200, 200, 200, 429]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_tokens_are_printed_by_number() -> None:
    """Each further store has a variable of its own, so that a script can read them."""
    assert print_tokens("--stores", "3") == [
        "MYONLINESTORE_TOKEN=sandbox-store-token",
        "MYONLINESTORE_PARTNER_TOKEN=sandbox-partner-token",
        "MYONLINESTORE_TOKEN_2=sandbox-store-token-2",
        "MYONLINESTORE_TOKEN_3=sandbox-store-token-3",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_tokens_are_written_to_files(tmp_path: Path) -> None:
    """With a folder, each token is in a file that only this user can read, and none is printed."""
    folder = tmp_path / "new" / "secrets"
    folder.mkdir(parents=True)
    (folder / "store-2").write_text("an older token that everyone can read")
    (line,) = print_tokens("--stores", "2", "--store-token", "mine", "--write-tokens", str(folder))
    assert line == f"Tokens of 2 stores: {folder / 'store-1'} to store-2"
    written = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    assert written == {"store-1": "mine", "store-2": "mine-2", "partner": "sandbox-partner-token"}
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_tokens_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that cannot be made ends the command with one sentence."""
    (tmp_path / "file").touch()
    options = ["sandbox", "--port", "0", "--articles", "1", "--write-tokens"]
    result = CliRunner().invoke(cli, [*options, str(tmp_path / "file" / "below")])
    assert result.exit_code == 1
    assert "Error: cannot write the tokens" in result.output


def test_an_origin_is_allowed() -> None:
    """A page whose origin is allowed may write, and no other one."""
    with serve("--allow-origin", "https://shop.example") as client:
        for origin, status in (("https://shop.example", 200), ("https://evil.example", 403)):
            body, headers = {"name": "x"}, {"Origin": origin}
            assert client.post("/v1/articles", json=body, headers=headers).status_code == status
