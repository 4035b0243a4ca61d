"""Runs into a folder of files: its plan, its owner, its rejects, and calls before `open`."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from starlette.responses import Response

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError, read_status
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.mirror.extract import outage
from myonlinestore.sandbox import Sandbox
from tests.mirror.databases import FileFolder
from tests.mirror.destinations.test_files import FilesSnapshot
from tests.mirror.interceptor import make_json_response, run_intercepted_sandbox
from tests.mirror.snapshots import assert_same


def test_a_plan_counts_the_rows_in_the_folder(client: ConnectClient, tmp_path: Path) -> None:
    """A plan of a new folder has no rows and creates no folder; after a run it has all rows."""
    folder = tmp_path / "catalog"
    mirror = Mirror(client, f"jsonl:{folder}", only=["articles"])
    (plan,) = mirror.plan()
    assert (plan.row_count, plan.full) == (0, True)
    assert not folder.exists()
    mirror.run()
    (plan,) = mirror.plan()
    assert (plan.row_count, plan.full) == (40, False)


def test_a_folder_has_its_store_and_rejects(
    sandbox: Sandbox, client: ConnectClient, tmp_path: Path
) -> None:
    """A row that cannot be decoded is kept as a reject until the store corrects it."""
    destination = f"jsonl:{tmp_path / 'catalog'}"
    key = sandbox.store.articles.keys[3]
    correct = sandbox.store.articles[key].body
    sandbox.store.articles.change(key, {**correct, "stock": {"x": 1}}, sandbox.store.now())
    mirror = Mirror(client, destination, only=["articles"], retry_rejects=True)
    assert mirror.run().rejected == 1
    status = read_status(destination)
    assert status.store == sandbox.store.settings["id"]
    (state,) = status
    assert state.rejects == 1
    sandbox.store.articles.change(key, correct, sandbox.store.now())
    assert mirror.run().rejected == 0
    (state,) = read_status(destination)
    assert (state.rejects, state.row_count) == (0, 40)


def test_a_folder_must_be_opened_first(tmp_path: Path) -> None:
    """A call before `open` raises an error that names the call to make."""
    destination = resolve_destination(f"jsonl:{tmp_path / 'catalog'}")
    with pytest.raises(MirrorError, match=r"is not open: call open\(\) first"):
        destination.read_owner()


def test_rows_deleted_during_a_run(tmp_path: Path) -> None:
    """Rows that are deleted while a full sync reads are marked in the files."""
    folder = FileFolder("jsonl", tmp_path / "catalog")
    with Sandbox(articles=250, seed=2) as sandbox, sandbox.client() as client:
        Mirror(client, folder.address, only=["articles"]).run()
        sandbox.faults.add("getArticles nth=5 delete=3 where=first")
        report = Mirror(client, folder.address, only=["articles"], full=True).run()
        assert report["articles"].deleted == 3
        assert_same(FilesSnapshot(folder), client, "articles")  # type: ignore[arg-type]
    deleted = [row for row in folder.read_rows("articles") if row["_deleted_at"] is not None]
    assert len(deleted) == 3


def test_a_learned_rate_is_kept_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rate that a rate limit showed is a setting of the copy."""
    monkeypatch.setattr(outage, "INITIAL_DELAY_SECONDS", 0.001)
    address, requests = f"jsonl:{tmp_path / 'catalog'}", itertools.count(1)

    def respond(path: str, query: dict[str, str]) -> Response | None:
        del path, query
        return make_json_response("{}", 429) if 10 <= next(requests) <= 12 else None

    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        interceptor.respond = respond
        Mirror(client, address, only=["articles", "orders"], concurrency=1).run()
    destination = resolve_destination(address)
    destination.open(read_only=True)
    rate = destination.read_setting("learned_rate")
    destination.close()
    assert float(rate or 0) > 0


def test_a_remote_folder_can_be_closed_at_any_time() -> None:
    """Closing a folder that was not opened, or closing it again, does nothing."""
    destination = resolve_destination("jsonl:memory://closed")
    destination.close()
    destination.open()
    destination.close()
    destination.close()
    with pytest.raises(MirrorError, match="is not open"):
        destination.read_owner()
