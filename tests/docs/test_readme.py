"""The examples of the README run, and its test command is the one of CI."""

from __future__ import annotations

from pathlib import Path

import pytest

from myonlinestore.sandbox import Sandbox
from tests.docs.code_blocks import find_code_blocks

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


@pytest.mark.parametrize("code", find_code_blocks(README.read_text("utf-8"), "python"))
def test_each_block_runs(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block of Python in the README runs against a store that has its tokens."""
    tokens = {"store_token": "your-store-token", "partner_token": "your-partner-token"}
    with Sandbox(articles=30, seed=7, **tokens) as sandbox:
        monkeypatch.setenv("MYONLINESTORE_BASE_URL", sandbox.url)
        # Without the future import of this file, which a reader does not have.
        run = compile(code, "README.md", "exec", dont_inherit=True)
        exec(run, {"__name__": "__main__"})


def test_ci_runs_the_test_command_as_it_is_written() -> None:
    """CI runs the README's second command, unchanged."""
    commands = [block.strip() for block in find_code_blocks(README.read_text("utf-8"), "sh")]
    assert commands[1] in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert "nox" in commands[1]
