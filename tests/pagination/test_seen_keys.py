"""The set of the keys of the rows seen."""

from __future__ import annotations

import tracemalloc
import uuid
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore import iterate_all
from myonlinestore.pagination import _seen_keys
from myonlinestore.pagination._seen_keys import KeySet
from tests.support.mutating_list import CHANGES, Change, ChangingStore, check

KEYS = st.one_of(
    st.text(max_size=3),
    st.integers(-3, 3),
    st.integers(),
    st.integers(2**61 - 3, 2**61 + 3),
    st.sampled_from([0, 2**61 - 1, 2**62, -1, -2, True, False, "", "0", "1", "."]),
    st.sampled_from([1.0, 0.5, Decimal(2), Decimal("0.5"), Fraction(1, 2), float("inf")]),
    st.uuids(),
    st.tuples(st.integers(0, 2), st.text(max_size=1)),
)


@given(st.lists(st.lists(KEYS, max_size=12), max_size=12), st.sampled_from([0, 5, 1 << 17]))
@settings(max_examples=300, deadline=None)
def test_it_behaves_as_a_set(pages: list[list[object]], max_set_size: int) -> None:
    """For any sequence of keys, the same ones are new, contained and counted as in a set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_seen_keys, "_MAX_SET_SIZE", max_set_size)
        seen, expected = KeySet(), set[object]()
        for page in pages:
            assert seen.isdisjoint(page) is expected.isdisjoint(page)
            assert [key in seen for key in page] == [key in expected for key in page]
            for key, is_new in zip(page, seen.add_all(page), strict=True):
                assert is_new is (key not in expected)
                expected.add(key)
            assert len(seen) == len(expected)
        assert all(key in seen for key in expected)


@given(st.integers(0, 60), CHANGES, st.sampled_from([1, 2, 3, 10, 100]))
@settings(max_examples=100, deadline=None)
def test_a_changing_list_is_read_with_hashed_keys(
    size: int, changes: list[list[Change]], page_size: int
) -> None:
    """With the keys in hash tables, too, no row is repeated or skipped while the list changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_seen_keys, "_MAX_SET_SIZE", 3)
        store = ChangingStore(size, changes)
        check(store, [row.id for row in iterate_all(store.list, page_size=page_size)])


COUNT = 250_000
KINDS: dict[str, Callable[[int], object]] = {
    "ids in order": lambda number: number,
    "ids in steps of 2^32": lambda number: number << 32,
    "UUIDs in random order": lambda number: str(uuid.UUID(int=number * 3**80 % 2**128)),
    "order numbers": lambda number: f"2025{number:07}",
}


@pytest.mark.parametrize("create_key", KINDS.values(), ids=KINDS.keys())
def test_the_tables_grow_with_the_keys(
    create_key: Callable[[int], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory is in proportion to the keys while the tables grow, and no key is lost."""
    monkeypatch.setattr(_seen_keys, "_MAX_SET_SIZE", 10)
    monkeypatch.setattr(_seen_keys, "_TABLES", 4)
    keys = [create_key(number) for number in range(30_000)]
    tracemalloc.start()
    try:
        empty = tracemalloc.get_traced_memory()[0]
        seen = KeySet()
        for first in range(0, len(keys), 120):
            assert seen.add_all(keys[first : first + 120]) == [True] * 120
            size = tracemalloc.get_traced_memory()[0] - empty
            assert size < 20 * first + 50_000
    finally:
        tracemalloc.stop()
    assert len(seen) == len(keys)
    assert size > 9 * len(keys)
    assert all(key in seen for key in keys)
    assert not any(seen.add_all(keys))
    assert seen.isdisjoint([create_key(number) for number in range(30_000, 31_000)])


@pytest.mark.parametrize("create_key", KINDS.values(), ids=KINDS.keys())
def test_a_million_keys_take_20_megabytes(create_key: Callable[[int], object]) -> None:
    """A large number of keys takes at most 20 bytes per key, and never more than 20 MB on the way."""
    tracemalloc.start()
    try:
        seen = KeySet()
        for first in range(0, COUNT, 100):
            seen.add_all([create_key(number) for number in range(first, first + 100)])
        size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 20 * COUNT
    assert peak < 20_000_000
    assert len(seen) == COUNT
    assert all(create_key(number) in seen for number in range(0, COUNT, 7))
    assert seen.isdisjoint([create_key(number) for number in range(COUNT, COUNT + 1000)])
    assert not any(seen.add_all([create_key(number) for number in range(0, COUNT, 7)]))
    assert all(seen.add_all([create_key(number) for number in range(COUNT, COUNT + 7)]))
