"""A copy records its store and its language, and refuses a run with others."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError
from myonlinestore.mirror.destinations.sql.sqlite import SqliteDestination
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.databases import Database

FEW = ("--only", "articles", "--only", "customers")


def copy_rows(database: Database, sandbox: Sandbox, language: str, **options: Any) -> None:
    with sandbox.client(language=language) as client:
        Mirror(client, database.address, only=["articles", "customers"], **options).run()


def test_another_language_is_refused(database: Database, sandbox: Sandbox) -> None:
    """A run in another language is refused before a row is read, and names both languages."""
    copy_rows(database, sandbox, "nl_NL")
    sandbox.journal.clear()
    with pytest.raises(
        MirrorError,
        match=r"the articles in .* are in the language nl_NL, and this run reads en_GB: run with "
        "--language nl_NL, or with --full to read all rows in en_GB",
    ):
        copy_rows(database, sandbox, "en_GB")
    assert {entry.operation for entry in sandbox.journal} == {"getStore"}
    copy_rows(database, sandbox, "nl_NL")


def test_a_full_refresh_changes_the_language(database: Database, sandbox: Sandbox) -> None:
    """With full=True, all rows are read in the new language, which later runs then require."""
    copy_rows(database, sandbox, "nl_NL")
    copy_rows(database, sandbox, "en_GB", full=True)
    copy_rows(database, sandbox, "en_GB")
    with pytest.raises(MirrorError, match="run with --language en_GB"):
        copy_rows(database, sandbox, "nl_NL")


def test_the_language_of_the_command(sandbox: Sandbox, catalog: Path) -> None:
    """The command ends with one sentence and exit code 1, also for a dry run."""
    assert run(sandbox, str(catalog), *FEW).exit_code == 0
    for option in ((), ("--dry-run",)):
        result = run(sandbox, str(catalog), *FEW, "--language", "fr_FR", *option)
        assert result.exit_code == 1
        assert result.stderr.splitlines()[-1] == (
            f"Error: the articles in {catalog} are in the language nl_NL, and this run reads "
            "fr_FR: run with --language nl_NL, or with --full to read all rows in fr_FR"
        )
    status = json.loads(run(sandbox, "status", str(catalog), "--json").stdout)
    assert [one["options"] for one in status["resources"]] == [{"language": "nl_NL"}] * 2
    assert run(sandbox, str(catalog), *FEW, "--language", "fr_FR", "--full").exit_code == 0
    assert run(sandbox, str(catalog), *FEW).exit_code == 1


def test_an_interrupted_change_of_language(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A full refresh in a new language that fails halfway is resumed in that language only."""
    assert run(sandbox, str(catalog), *FEW).exit_code == 0
    sandbox.faults.add("getCustomers status=400")
    change = (*FEW, "--language", "en_GB")
    assert run(sandbox, str(catalog), *change, "--full").exit_code == 1
    sandbox.faults.clear()
    result = run(sandbox, str(catalog), *FEW)
    assert (result.exit_code, "articles" in result.stderr) == (1, True)
    assert run(sandbox, str(catalog), *change).exit_code == 0


def test_a_dry_run_refuses_the_copy_of_another_store(sandbox: Sandbox, catalog: Path) -> None:
    """A dry run on a copy of another store ends as a run does, and plans nothing."""
    assert run(sandbox, str(catalog), *FEW).exit_code == 0
    with Sandbox(articles=10, seed=99) as other:
        result = run(other, str(catalog), *FEW, "--dry-run")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Error: {catalog} is the copy of store" in result.stderr


@pytest.mark.anyio
async def test_a_plan_does_not_block_the_event_loop(
    sandbox: Sandbox, catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan reads the copy in a worker thread, and closes it when the call has returned."""
    events: list[str] = []
    is_reading, may_return = threading.Event(), threading.Event()
    read_state, close = SqliteDestination.read_state, SqliteDestination.close

    def read_slowly(destination: SqliteDestination, table: Any) -> Any:
        is_reading.set()
        may_return.wait(10)
        events.append("read")
        return read_state(destination, table)

    def close_later(destination: SqliteDestination) -> None:
        events.append("close")
        close(destination)

    async with sandbox.client() as client:
        job = Mirror(client, catalog, only=["articles"])
        await job.arun()
        monkeypatch.setattr(SqliteDestination, "read_state", read_slowly)
        monkeypatch.setattr(SqliteDestination, "close", close_later)
        async with anyio.create_task_group() as group:
            group.start_soon(job.aplan)
            assert await anyio.to_thread.run_sync(is_reading.wait, 10)
            group.cancel_scope.cancel()
            may_return.set()
    assert events[0] == "read"
    assert set(events[events.index("close") :]) == {"close"}
