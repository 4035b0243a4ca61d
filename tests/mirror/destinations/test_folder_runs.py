"""Runs into a folder of files: its plan, its owner, its rejects, and calls before `open`."""

from __future__ import annotations

from pathlib import Path

import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError, read_status
from myonlinestore.mirror.destinations.resolve import resolve_destination
from myonlinestore.sandbox import Sandbox


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
