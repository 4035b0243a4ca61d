"""Runs into a database that another program has locked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 86_401])
def test_a_busy_timeout_has_limits(client: ConnectClient, catalog: Path, seconds: float) -> None:
    """A timeout that is negative, not a number or above a day is an error."""
    with pytest.raises(ValueError, match="busy_timeout must be 0 to 86400 seconds"):
        Mirror(client, catalog, busy_timeout=seconds)


@pytest.mark.parametrize("name", ["catalog.sqlite", "catalog.duckdb", "_mirror.sqlite"])
def test_a_locked_destination_ends_a_run_after_the_busy_timeout(
    sandbox: Sandbox, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The command says that another program has the database locked, and then ends."""
    path = tmp_path / name
    library = "duckdb" if name.endswith("duckdb") else "sqlite3"
    code = f"import sys, {library} as lib; db = lib.connect(sys.argv[1], **eval(sys.argv[2]));"
    code += "db.execute('BEGIN'); db.execute('CREATE TABLE mine (x INTEGER)'); print(flush=True); input()"
    options = "{}" if library == "duckdb" else "{'isolation_level': None}"
    command = [sys.executable, "-c", code, str(path), options]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    destination = f"jsonl:{tmp_path}" if name == "_mirror.sqlite" else str(path)
    result = run(sandbox, "run", destination, "--busy-timeout", "0.2")
    other.communicate(b"\n")
    assert result.exit_code == 1
    assert "another program" in result.stderr
    assert "for up to 0.2 seconds" in caplog.text
