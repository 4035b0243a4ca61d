"""The statements of docs/sandbox.md are true."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from myonlinestore.sandbox import Sandbox
from tests.docs.code_blocks import find_code_blocks
from tests.sandbox.pytest_project import assert_passed, run

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
BLOCKS = find_code_blocks(TEXT, "python")
TESTS = [code for code in BLOCKS if "def test_" in code]


@pytest.mark.parametrize("code", [code for code in BLOCKS if code not in TESTS])
def test_each_block_runs(code: str) -> None:
    """Each block of Python does what it asserts."""
    exec(compile(code, "sandbox.md", "exec"), {"__name__": "__main__"})


def test_the_tests_in_it_pass(tmp_path: Path) -> None:
    """The example of tests passes with the plugin."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_shop.py").write_text("\n".join(TESTS))
    assert_passed(run(project), 2)


def test_it_names_each_argument() -> None:
    """The arguments of Sandbox in the text are those that it has."""
    (named,) = re.findall(r"`Sandbox\((articles=500.*?)\)`", TEXT, re.DOTALL)
    shown = [part.partition("=")[0].strip() for part in named.split(",")]
    assert [name for name in shown if name != "*"] == list(inspect.signature(Sandbox).parameters)
