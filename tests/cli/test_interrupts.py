"""Ctrl-C ends a command at any time without a traceback, and a second one immediately."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from myonlinestore.cli.interrupts import (
    EXIT_INTERRUPTED,
    exit_at_second_interrupt,
    restored_interrupts,
)
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.snapshots import assert_equals_store


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Return the path of a copy."""
    return tmp_path / "catalog.sqlite"


pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console"
)

# Runs the command, and sends Ctrl-C to itself when a module is imported.
INTERRUPT_AT_IMPORT = """
import os, signal, sys
from myonlinestore.cli import main

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
main()
"""


@pytest.mark.parametrize("module", ["click", "rich.console", "myonlinestore.mirror.job"])
def test_ctrl_c_during_the_start(module: str) -> None:
    """An interrupt while modules are imported exits with code 130 and one word."""
    process = subprocess.run(
        [sys.executable, "-c", INTERRUPT_AT_IMPORT, module],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (process.returncode, process.stderr) == (EXIT_INTERRUPTED, "Interrupted.\n")


def start_and_interrupt(
    script: str, first_line: str, sandbox: Sandbox, catalog: Path
) -> subprocess.Popen[str]:
    """Run a script that mirrors the articles, and send SIGINT after its first line of output."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, "mirror", str(catalog), "--only", "articles"],
        env={
            **os.environ,
            "MYONLINESTORE_TOKEN": sandbox.store_token,
            "MYONLINESTORE_BASE_URL": sandbox.url,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == f"{first_line}\n"
    process.send_signal(signal.SIGINT)
    return process


# A write to the database that does not end, because another program has locked the file.
LOCKED_RUN = """
import sys, time
from myonlinestore.mirror.destinations.sql.sqlite import SqliteDestination

def write(*arguments, **options):
    print("writing", flush=True)
    time.sleep(60)

SqliteDestination.write = write
from myonlinestore.cli import main
main()
"""


def test_the_second_ctrl_c_ends_at_once(catalog: Path) -> None:
    """A run that blocks in a database call ends at the second interrupt, without a traceback."""
    with Sandbox(articles=120, seed=3) as sandbox:
        process = start_and_interrupt(LOCKED_RUN, "writing", sandbox, catalog)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Interrupting: press Ctrl-C again")
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == EXIT_INTERRUPTED
        assert errors.splitlines()[-1].startswith("Interrupted again: ended at once.")
        assert "Traceback" not in errors
        assert sqlite3.connect(catalog).execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert run(sandbox, str(catalog), "--only", "articles").exit_code == 0
        with sandbox.client() as client:
            assert_equals_store(catalog, client, "articles")


# A call of the destination that lasts longer than Ctrl-C takes to cancel its task.
SLOW_RUN = """
import time
from myonlinestore.mirror.destinations.sql.sqlite import SqliteDestination

bind_store = SqliteDestination.bind_store

def bind(self, *arguments):
    SqliteDestination.close = lambda self: print("closed", flush=True)
    print("binding", flush=True)
    time.sleep(1)
    bind_store(self, *arguments)
    print("bound", flush=True)

SqliteDestination.bind_store = bind
from myonlinestore.cli import main
main()
"""


def test_the_copy_is_closed_after_the_current_call(catalog: Path) -> None:
    """Ctrl-C closes no connection that a thread still uses, whatever it calls."""
    with Sandbox(articles=1, seed=3) as sandbox:
        process = start_and_interrupt(SLOW_RUN, "binding", sandbox, catalog)
        output, _ = process.communicate(timeout=20)
        assert output.splitlines() == ["bound", "closed"]
        assert process.returncode == EXIT_INTERRUPTED


def test_handlers_are_restored() -> None:
    """After a run, Ctrl-C has the effect that it had before."""
    before = signal.getsignal(signal.SIGINT)
    with restored_interrupts():
        exit_at_second_interrupt()
        assert signal.getsignal(signal.SIGINT) is not before
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("ignored", [True, False])
def test_handlers_that_cannot_be_replaced(ignored: bool) -> None:
    """An ignored Ctrl-C stays ignored, and another thread changes no handler."""
    before = signal.getsignal(signal.SIGINT)

    def replace() -> None:
        with restored_interrupts():
            exit_at_second_interrupt()

    try:
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            replace()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        else:
            thread = threading.Thread(target=replace)
            thread.start()
            thread.join()
            assert signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGINT, before)
