"""Failures of the command: JSON on standard output, odd values, odd paths and full disks."""

from __future__ import annotations

import errno
import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from myonlinestore.cli.main import cli
from myonlinestore.mirror import Mirror, MirrorError, read_status
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import SEPARATE, run
from tests.mirror.snapshots import SqliteSnapshot

FEW = ("--only", "tax_regions")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(articles=20, seed=5) as sandbox:
        yield sandbox


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


def assert_json_error(result: Result, exit_code: int, reason: str) -> None:
    """Assert that a failure is one JSON object, and one sentence on standard error."""
    assert result.exit_code == exit_code, result.output
    assert reason in json.loads(result.stdout)["error"]
    assert reason in result.stderr.splitlines()[-1]
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "reason"),
    [
        (("--json", "--unknown"), 2, "--unknown"),
        (("--json", "--only", "orderz"), 2, "orderz"),
        (("--json", "--max-delete", "-1"), 2, "--max-delete"),
        (("--json", "--seed", "1"), 2, "--sandbox"),
        (("--json", "--base-url", "ftp://x"), 2, "base_url must be"),
        (("--json", "x.parquet"), 1, "unknown kind of destination"),
        (("--json", "--dry-run", "x.parquet"), 1, "unknown kind of destination"),
        (("status", "--json", "absent.sqlite"), 1, "nothing was mirrored"),
        (("status", "--json", "--full"), 2, "--full"),
    ],
)
def test_a_failure_is_json(
    sandbox: Sandbox, arguments: tuple[str, ...], exit_code: int, reason: str
) -> None:
    """With --json, each exit code has one JSON object on standard output."""
    assert_json_error(run(sandbox, *arguments), exit_code, reason)
    plain = run(sandbox, *(one for one in arguments if one != "--json"))
    assert (plain.exit_code, plain.stdout) == (exit_code, "")


def test_a_missing_token_is_json(catalog: Path) -> None:
    """A run without a token, which is a usage error, is JSON too."""
    runner = CliRunner(**SEPARATE, env={"MYONLINESTORE_TOKEN": ""})
    assert_json_error(runner.invoke(cli, ["mirror", str(catalog), "--json"]), 2, "no token")


def test_a_failed_run_is_one_json_object(sandbox: Sandbox, catalog: Path) -> None:
    """The report of a run that fails is not followed by another object."""
    catalog.write_bytes(b"text" * 300)
    assert_json_error(run(sandbox, str(catalog), *FEW, "--json"), 1, "not an SQLite database")


def test_an_interrupted_plan_is_json(
    sandbox: Sandbox, catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C during a dry run has exit code 130 and a JSON object."""

    def interrupt(job: Mirror) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Mirror, "plan", interrupt)
    result = run(sandbox, str(catalog), "--dry-run", "--json")
    assert (result.exit_code, json.loads(result.stdout)["resources"]) == (130, [])
    assert json.loads(result.stdout)["error"].startswith("Interrupted.")
    assert run(sandbox, str(catalog), "--dry-run").stdout == ""


def test_a_result_has_no_error(sandbox: Sandbox, catalog: Path) -> None:
    """A run, a plan and a status that succeed have null as their error."""
    for arguments in ((*FEW,), (*FEW, "--dry-run")):
        output = json.loads(run(sandbox, str(catalog), *arguments, "--json").stdout)
        assert output["error"] is None
    assert json.loads(run(sandbox, "status", str(catalog), "--json").stdout)["error"] is None


@pytest.mark.parametrize("option", ["--overlap", "--max-rate", "--max-wait", "--busy-timeout"])
@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "1e300", "-1"])
def test_a_number_that_cannot_be_used(
    sandbox: Sandbox, catalog: Path, option: str, value: str
) -> None:
    """A number that cannot be used ends with a usage error, never with a traceback."""
    result = run(sandbox, str(catalog), *FEW, option, value)
    if (option, value) == ("--max-rate", "1e300"):
        assert result.exit_code == 0
        return
    assert result.exit_code == 2
    assert option.strip("-").replace("-", "_") in result.stderr.replace("-", "_")
    assert not catalog.exists()


@pytest.mark.parametrize("name", ["overlap", "max_wait", "busy_timeout"])
@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e300, -1])
def test_a_number_of_seconds_is_checked(sandbox: Sandbox, name: str, value: float) -> None:
    """A mirror in Python checks the same numbers."""
    options: dict[str, Any] = {name: value}
    with sandbox.client() as client, pytest.raises(ValueError, match=f"{name} must be 0 to"):
        Mirror(client, "unused.sqlite", **options)


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("{path}/absent/x.sqlite", "does not exist: make it first"),
        ("{path}/absent/x.duckdb", "does not exist: make it first"),
        ("jsonl:{path}/absent/x", "does not exist: make it first"),
        ("{path}/file/x.sqlite", "does not exist: make it first"),
        ("{path}/folder.sqlite", "is a folder: name a file in it"),
        ("{path}/folder.duckdb", "is a folder: name a file in it"),
        ("jsonl:{path}/file", "is a file: name a folder"),
        ("{path}/" + "x" * 300 + ".sqlite", "too long"),
        ("{path}/" + "x" * 300 + ".duckdb", "too long"),
        ("jsonl:{path}/" + "x" * 300, "too long"),
        ("{path}/a\0b.sqlite", "NUL"),
        ("jsonl:{path}/a\0b", "NUL"),
        ("sqlite:///{path}/a\0b.sqlite", "NUL"),
        (":memory:", ":memory: ends with this process"),
        ("sqlite:///:memory:", ":memory: ends with this process"),
        ("duckdb:///:memory:", ":memory: ends with this process"),
        ("", "the name of the destination is empty"),
    ],
)
def test_an_odd_path(sandbox: Sandbox, tmp_path: Path, target: str, reason: str) -> None:
    """A path that cannot be used ends with one sentence, for a run, a plan and a status."""
    (tmp_path / "file").write_text("text")
    (tmp_path / "folder.sqlite").mkdir()
    (tmp_path / "folder.duckdb").mkdir()
    address = target.format(path=tmp_path)
    with sandbox.client() as client, pytest.raises(MirrorError, match=reason) as caught:
        Mirror(client, address, only=["tax_regions"]).run()
    assert "\n" not in str(caught.value)
    with pytest.raises(MirrorError):
        read_status(address)


@pytest.mark.skipif(is_root() or sys.platform == "win32", reason="root may read everything")
@pytest.mark.parametrize("target", ["{path}/x.sqlite", "{path}/x.duckdb", "jsonl:{path}/x"])
def test_a_folder_without_permission(sandbox: Sandbox, tmp_path: Path, target: str) -> None:
    """A folder that may not be read ends with one sentence."""
    tmp_path.chmod(0)
    try:
        with sandbox.client() as client, pytest.raises(MirrorError, match="ermission"):
            Mirror(client, target.format(path=tmp_path), only=["tax_regions"]).run()
    finally:
        tmp_path.chmod(0o700)


def run_with_streams(
    sandbox: Sandbox, *arguments: str, **streams: Any
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process with these standard streams."""
    return subprocess.run(
        [sys.executable, "-m", "myonlinestore.cli", "mirror", *arguments],
        env={
            **os.environ,
            "MYONLINESTORE_TOKEN": sandbox.store_token,
            "MYONLINESTORE_BASE_URL": sandbox.url,
        },
        text=True,
        check=False,
        timeout=60,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


@FULL
@pytest.mark.parametrize("arguments", [(), ("--json",), ("--help",)])
def test_a_full_disk_for_the_result(
    sandbox: Sandbox, catalog: Path, arguments: tuple[str, ...]
) -> None:
    """A result that cannot be printed ends with one sentence and exit code 1."""
    with Path("/dev/full").open("w") as full:
        done = run_with_streams(sandbox, str(catalog), *FEW, *arguments, stdout=full)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.splitlines()[-1] == (
        "Error: the output cannot be written: No space left on device"
    )


@FULL
def test_a_full_disk_for_the_log(sandbox: Sandbox, catalog: Path) -> None:
    """Progress that cannot be written does not end the run."""
    with Path("/dev/full").open("w") as full:
        done = run_with_streams(sandbox, str(catalog), *FEW, stderr=full)
        assert (done.returncode, "5 rows in" in done.stdout) == (0, True)
        assert run_with_streams(sandbox, "unknown", stderr=full).returncode == 1
    copy = SqliteSnapshot(catalog)
    assert len(copy.read_rows("tax_regions")) == 5
    copy.close()


class FullStream(io.StringIO):
    """A text stream on a full disk."""

    def write(self, text: str) -> int:
        """Raise OSError."""
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        """Raise OSError."""
        self.write("")

    def close(self) -> None:
        """Do nothing, because nothing is buffered."""


def test_full_disks_in_this_process(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry point reports a full disk, and raises every other error of the system."""
    command = importlib.import_module("myonlinestore.cli")
    # The module `cli.main` has replaced the function of that name; it is restored afterwards.
    monkeypatch.setattr(command, "main", getattr(command, "main", None))
    importlib.reload(command)
    arguments = ["myonlinestore", "mirror", str(catalog), *FEW, "--sandbox", "--articles", "20"]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.setattr(sys, "stdout", FullStream())
    monkeypatch.setattr(sys, "stderr", FullStream())
    with pytest.raises(SystemExit, match="the output cannot be written: No space left on device"):
        command.main()
    sys.stdout.close()
    assert sys.stderr.write("discarded") == len("discarded")
    sys.stderr.flush()
    assert not sys.stderr.isatty()

    def fail() -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(command, "_run", fail)
    with pytest.raises(PermissionError):
        command.main()
