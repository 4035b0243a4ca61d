"""Tables and settings of the store."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from myonlinestore.sandbox import Sandbox, SandboxDataError
from myonlinestore.sandbox.store.file import DataFile
from myonlinestore.sandbox.store.store import Setting, Store


def test_a_key_is_added_once() -> None:
    """A second row under the same key is a KeyError, and the first row is kept."""
    store = Store()
    store.articles.add(1, {"name": "First"})
    with pytest.raises(KeyError, match="already has 1"):
        store.articles.add(1, {"name": "Second"})
    assert store.articles.bodies() == [{"name": "First"}]


def test_discarding_an_absent_key_changes_nothing() -> None:
    """`discard` accepts an absent key, without an entry in the undo log."""
    store = Store()
    store.commit()
    store.url_ids.discard(1)
    assert len(store.undo_log) == 0


def test_a_setting_of_the_class_is_its_descriptor() -> None:
    """Without a store a setting has no value."""
    assert isinstance(Store.minimum_order_total, Setting)
    assert Store().minimum_order_total == "0.00"


def test_the_default_clock_is_the_time_in_utc() -> None:
    """A store without another clock uses the current time."""
    now = datetime.fromisoformat(Store().now_iso())
    assert now.utcoffset() == timedelta(0)
    assert abs(datetime.now(timezone.utc) - now) < timedelta(seconds=10)


def test_a_stopped_sandbox_cannot_write(tmp_path: Path) -> None:
    """A reset after the stop raises an error, because the file is closed."""
    with Sandbox(articles=1, data=tmp_path / "store.sqlite") as sandbox:
        pass
    with pytest.raises(SandboxDataError, match="the sandbox is stopped"):
        sandbox.reset()


def test_closing_a_closed_file_does_nothing(tmp_path: Path) -> None:
    """`close` can be called again, and does not create the file."""
    file = DataFile(tmp_path / "store.sqlite")
    file.close()
    assert not file.is_open
    assert list(tmp_path.iterdir()) == []
