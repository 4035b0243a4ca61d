"""The entry points of the command: the script and `python -m`."""

from __future__ import annotations

import importlib
import sys

import pytest

from tests.cli.test_main import run_without


def test_importing_the_module_runs_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Only `python -m myonlinestore.cli` runs the command."""
    sys.modules.pop("myonlinestore.cli.__main__", None)
    importlib.import_module("myonlinestore.cli.__main__")
    assert capfd.readouterr() == ("", "")


def test_another_missing_library_is_not_explained() -> None:
    """A missing library that is not of the extra is an import error that names it."""
    completed = run_without("msgspec", "--version")
    assert completed.returncode == 1
    assert completed.stderr.splitlines()[-1].startswith("ModuleNotFoundError")
    assert "msgspec" in completed.stderr.splitlines()[-1]
    assert "pip install" not in completed.stderr
