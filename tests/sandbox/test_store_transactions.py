"""Transactions of the store: undone changes leave no trace."""

from __future__ import annotations

from typing import Any

import pytest

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.seed.build import build_store
from myonlinestore.sandbox.store.store import Store, Table


def dump_store(store: Store) -> dict[str, Any]:
    """Return the data of a store, with the rows of tables in their order."""
    tables = store.tables.values()
    saved = {table.name: [(key, table.get_stored_row(key)) for key in table] for table in tables}
    return {
        name: rows if isinstance(store.tables[name], Table) else dict(rows)
        for name, rows in saved.items()
    }


@pytest.fixture
def store() -> Store:
    """Return a small store."""
    return build_store(12, 7)


def change_all_tables(store: Store) -> None:
    """Add, change and remove rows, numbers and settings, some of them twice."""
    first, second, *_, last = store.articles.keys
    store.articles.remove(second)
    store.articles.remove(first)
    store.articles.add(second, {"id": second, "name": "Back"}, created="2025-01-01 00:00:00")
    store.articles.change(last, {"id": last}, "2025-01-01 00:00:00")
    store.articles.remove(last)
    store.articles.add(store.ids.number("article"), {"name": "New"})
    store.children[None] = []
    store.test_orders.add(1)
    store.url_ids.discard(next(iter(store.url_ids)))
    store.settings = {**store.settings, "name": "Other"}


def test_a_failed_transaction_is_undone(store: Store) -> None:
    """After an error within `all_or_nothing` every row is as it was, and at its place."""
    before, keys = dump_store(store), list(store.articles.keys)
    with pytest.raises(RuntimeError), store.transaction():
        change_all_tables(store)
        raise RuntimeError
    assert dump_store(store) == before
    assert store.articles.keys == keys
    assert store.settings["name"] == "Knus & Co"


def test_only_the_failed_transaction_is_undone(store: Store) -> None:
    """Changes before the block are kept."""
    store.test_orders.add(99)
    with pytest.raises(RuntimeError), store.transaction():
        store.test_orders.add(100)
        raise RuntimeError
    assert 99 in store.test_orders
    assert 100 not in store.test_orders


def test_a_successful_transaction_is_kept(store: Store) -> None:
    """A commit lets the changes be, and forgets how to take them back."""
    with store.transaction():
        change_all_tables(store)
    store.commit()
    after = dump_store(store)
    store.undo_log.undo()
    assert dump_store(store) == after
    assert len(store.undo_log) == 0


def test_a_copy_is_independent(store: Store) -> None:
    """A change of the copy leaves the original unchanged, and each numbers its own new rows."""
    before, copy = dump_store(store), store.copy()
    assert dump_store(copy) == before
    change_all_tables(copy)
    copy.commit()
    assert dump_store(store) == before
    assert store.ids.number("article") == copy.ids.number("article") - 1


def test_ids_are_new_and_the_same_for_the_same_seed() -> None:
    """Two stores of one seed hand out the same uuids, none of them twice."""
    one, other = Store(5), Store(5)
    uuids = [one.ids.uuid() for _ in range(100)]
    assert uuids == [other.ids.uuid() for _ in range(100)]
    assert len(set(uuids)) == 100
    assert Store(6).ids.uuid() not in uuids


def test_a_request_keeps_nothing_to_take_back() -> None:
    """In memory too nothing piles up: each request commits."""
    with Sandbox(articles=3) as sandbox, sandbox.client() as client:
        client.articles.create(body={"name": "x"})
        assert len(sandbox.store.undo_log) == 0
