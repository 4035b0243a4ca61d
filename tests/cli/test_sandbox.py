"""The options of `myonlinestore sandbox`: faults, rate limit, quirks, tokens."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
    ],
)
def test_invalid_options(options: list[str], message: str) -> None:
    """An invalid rule or rate exits with code 2 and advice."""
    result = CliRunner().invoke(cli, ["sandbox", "--port", "0", *options])
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
