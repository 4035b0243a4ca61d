"""Statements for many rows at once, which take SQLite half the time and release the GIL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

Statement: TypeAlias = Callable[[int], str]
"""Return the statement for a number of rows."""

# SQLite before 3.32 accepts 999 values. More values or rows are not faster.
_MAX_VALUES = 900
_MAX_ROWS = 128


class BatchStatement:
    """A statement that is run on any number of rows.

    It has a text for each of a few numbers of rows, because sqlite3 caches few prepared statements.

    Args:
        statement: return its text; each value of each row has a placeholder in it.
        width: the number of values in a row.
    """

    def __init__(self, statement: Statement, width: int) -> None:
        self._statements = [(size * width, statement(size)) for size in _sizes(width)]

    def run(
        self, database: sqlite3.Connection, values: Sequence[Any], *leading: object
    ) -> list[Any]:
        """Run it on all rows and return the rows that it finds.

        Args:
            database: the connection.
            values: the values of the rows, one row after the other.
            leading: values of the placeholders before those of the rows.
        """
        done, found = 0, list[Any]()
        for width, statement in self._statements:
            while done + width <= len(values):
                found += database.execute(statement, [*leading, *values[done : done + width]])
                done += width
        return found


def _sizes(width: int) -> Iterator[int]:
    """Yield the numbers of rows that have a statement, the largest first and 1 last."""
    size = max(1, min(_MAX_ROWS, _MAX_VALUES // width))
    while size > 1:
        yield size
        size //= 4
    yield 1


def placeholders(values: int) -> str:
    """Return a placeholder for each value."""
    return ", ".join("?" * values)
