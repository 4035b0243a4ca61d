"""KeySet, the keys of the rows seen, in little memory.

All keys are kept, because any of them may come again: those of the last rows if rows are added
before the position, those of earlier pages if the paginator rewinds or the list is read again, and
the key of any row that moves to the end of the list while it is read.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence

_HASH_BITS = 64
# Up to this number, keys are kept in a set, which is faster. A 32-bit hash identifies no key.
_MAX_SET_SIZE = 1 << 17 if sys.hash_info.width >= _HASH_BITS else sys.maxsize
_TABLES = 256
_INITIAL_SLOTS = 1024
# When this part of all slots is in use, the tables grow, one after each batch of keys, so that no
# page takes long. Until the last one has grown, at most 0.83 of its slots are used on average.
_MAX_LOAD = 0.78
_BATCH_SIZE = 50
# An integer is mixed with it, so that no list of integers fills one table.
_SALT = hash("myonlinestore")


class KeySet:
    """A set of hashable keys that holds a large number of texts or integers in little memory.

    1,000,000 keys take at most 20 MB; in a set they take 130 MB. Beyond 131,072 keys, only hashes
    are kept, in 256 hash tables with open addressing: one hash of a key selects the table, which
    holds another one of 64 bits. The probability that any of 1,000,000 texts is taken for another
    one is 1e-10. Integers below 2^61 are exact, and so are keys of other types: they stay in a set.
    """

    def __init__(self) -> None:
        self._set: set[object] = set()
        self._tables: list[array[int]] = []
        self._size = 0
        self._slots = _TABLES * _INITIAL_SLOTS
        self._grown = 0

    def __len__(self) -> int:
        return len(self._set) + self._size

    def __contains__(self, key: object) -> bool:
        number, value = _hash(key) if self._tables else (0, 0)
        if not value:
            return key in self._set
        table = self._tables[number]
        return table[_find_slot(table, value)] == value

    def isdisjoint(self, keys: Sequence[object]) -> bool:
        """Return True if none of the keys is in the set."""
        return not any(key in self for key in keys)

    def add_all(self, keys: Sequence[object]) -> list[bool]:
        """Add keys. Return for each whether it was not in the set, nor among those before it."""
        if self._tables:
            return self._add_to_tables(keys)
        size = len(self._set)
        is_new = [key not in self._set for key in keys]
        self._set.update(keys)
        if len(self._set) - size < sum(is_new):
            first = {key: i for i, key in reversed([*enumerate(keys)])}
            is_new = [new and first[keys[i]] == i for i, new in enumerate(is_new)]
        if len(self._set) > _MAX_SET_SIZE:
            self._create_tables()
        return is_new

    def _create_tables(self) -> None:
        keys, self._set = [*self._set], set()
        self._tables = [array("q", bytes(8 * _INITIAL_SLOTS)) for _ in range(_TABLES)]
        self._add_to_tables(keys)

    def _add_to_tables(self, keys: Sequence[object]) -> list[bool]:
        is_new: list[bool] = []
        for start in range(0, len(keys), _BATCH_SIZE):
            is_new += self._add_batch(keys[start : start + _BATCH_SIZE])
            if self._size > _MAX_LOAD * self._slots or self._grown:
                self._tables[self._grown] = _grow(self._tables[self._grown])
                self._grown = (self._grown + 1) % _TABLES
                self._slots *= 1 if self._grown else 2
        return is_new

    def _add_batch(self, keys: Sequence[object]) -> list[bool]:
        """Add keys to the tables. `_find_slot` and `_hash` are inlined: this runs for each row."""
        tables = self._tables
        is_new: list[bool] = []
        for key in keys:
            if type(key) is str:
                number, value = hash(key) % _TABLES, hash(key + ".") or -1
            else:
                number, value = _hash(key)
            if value:
                table = tables[number]
                last = len(table) - 1
                slot = value & last
                while (stored := table[slot]) and stored != value:
                    slot = slot + 1 & last
                table[slot] = value
                is_new.append(not stored)
            else:
                is_new.append(key not in self._set)
                self._set.add(key)
                self._size -= is_new[-1]
        self._size += sum(is_new)
        return is_new


def _hash(key: object) -> tuple[int, int]:
    """Return the number of a key's table, and the value that represents it there, or 0.

    Equal keys have equal hashes. The hash of a number that is an integer below 2^61 is that number.
    """
    plain = hash(key)
    if isinstance(key, str):
        return plain % _TABLES, hash(key + ".") or -1  # No hash is -1.
    if plain != key:
        return 0, 0
    value = hash((_SALT, plain)) or -1
    return (value >> 48) % _TABLES, value


def _find_slot(table: array[int], value: int) -> int:
    """Return the slot that holds a value, or the free one where it belongs."""
    last = len(table) - 1
    slot = value & last
    while table[slot] and table[slot] != value:
        slot = slot + 1 & last
    return slot


def _grow(table: array[int]) -> array[int]:
    """Return a table with twice as many slots."""
    larger = array("q", bytes(16 * len(table)))
    last = len(larger) - 1
    for value in table:
        if value:
            slot = value & last
            while larger[slot]:
                slot = slot + 1 & last
            larger[slot] = value
    return larger
