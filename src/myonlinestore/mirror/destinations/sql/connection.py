"""The connection of a SQL destination: what each database implements, transactions and errors."""

from __future__ import annotations

import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from myonlinestore.mirror.destinations.base import BUSY_TIMEOUT
from myonlinestore.mirror.destinations.sql.statements import BulkInsert, Dialect
from myonlinestore.mirror.exceptions import MirrorError, NoCopyError
from myonlinestore.mirror.schema.flatten import Value

logger: logging.Logger = logging.getLogger("myonlinestore")

# A locked database is tried again this often.
POLL_SECONDS = 0.1


def check_file(path: Path, destination: object) -> None:
    """Raise MirrorError if a path is a folder, and NoCopyError if it is not a file with content."""
    if path.is_dir():
        raise MirrorError(f"{destination} is a folder: name a file in it")
    if not path.is_file():
        raise NoCopyError(f"{destination} does not exist: nothing was mirrored into it yet")
    if path.stat().st_size == 0:
        raise NoCopyError(f"{destination} is empty: nothing was mirrored into it yet")


class SqlConnection(ABC):
    """A connection to a database; each of its failures is a MirrorError of one sentence."""

    dialect: Dialect
    errors: tuple[type[Exception], ...]
    """Exceptions of the database's library and of the operating system."""
    row_errors: tuple[type[Exception], ...]
    """Exceptions for a value or row that the database refuses, while others can be written."""

    def __init__(self, display_name: str, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self._display_name = display_name
        self._busy_timeout = busy_timeout
        self._read_only = False

    def __str__(self) -> str:
        """Return the database's path or URL without a password."""
        return self._display_name

    @abstractmethod
    def close(self) -> None:
        """See `Destination`."""

    @abstractmethod
    def _connect(self) -> None:
        """Open the connection in autocommit mode."""

    @abstractmethod
    def _connect_read_only(self) -> None:
        """Open the connection to an existing database without changing anything."""

    @abstractmethod
    def _execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""

    @abstractmethod
    def _execute_count(self, statement: str, *values: Any) -> int:
        """Run a statement and return the number of rows that it changed."""

    def _execute_for_keys(
        self, statement: str, key_type: str, keys: Sequence[Any], *values: Any
    ) -> list[tuple[Any, ...]]:
        """Run a statement for rows with one of these keys and return its rows.

        All keys are one value, because a statement with many values takes long to plan.

        Args:
            statement: ends with the expression that is compared with the keys.
            key_type: the SQL type of that expression.
            keys: at least one key.
            values: the values of the placeholders in `statement`.
        """
        return self._execute(f"{statement} = ANY(?::{key_type}[])", *values, list(keys))

    def _insert(self, insert: BulkInsert, values: list[Value]) -> None:
        """Insert many rows at once; `values` has one row after the other.

        One statement with a list for each column is far faster than one statement for each row.
        """
        lists = ", ".join(f"unnest(?::{sql_type}[])" for sql_type in insert.columns.values())
        self._execute(
            f"{insert.into} SELECT {lists} {insert.on_conflict}", *insert.by_column(values)
        )

    @abstractmethod
    def _get_columns(self, table: str) -> set[str]:
        """Return the names of a table's columns; an empty set if it does not exist."""

    @abstractmethod
    def _get_tables(self) -> list[str]:
        """Return the names of all tables."""

    @abstractmethod
    def _explain(self, error: Exception) -> str:
        """Return what happened and what to do about it."""

    @contextlib.contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """Commit what happens within the block, or none of it."""
        with self._map_errors():
            self._begin()
            try:
                yield
                self._execute("COMMIT")
            except BaseException:
                # Without a connection, or after a failed commit, nothing is left to roll back.
                with contextlib.suppress(*self.errors):
                    self._execute("ROLLBACK")
                raise

    def _retry_while_busy(self, connect: Callable[[], None], busy: tuple[str, ...]) -> None:
        """Connect, again while another program has the database locked, up to the timeout.

        Args:
            connect: opens the connection.
            busy: parts of the messages of the errors that a lock causes.
        """
        deadline, is_reported = time.monotonic() + self._busy_timeout, False
        while True:
            try:
                connect()
            except self.errors as error:
                is_busy = any(text in str(error) for text in busy)
                if not is_busy or time.monotonic() >= deadline:
                    raise
            else:
                return
            if not is_reported:
                is_reported = True
                logger.warning(
                    "%s is locked by another program that reads or writes it: trying again for "
                    "up to %g seconds",
                    self,
                    self._busy_timeout,
                )
            time.sleep(POLL_SECONDS)

    def _begin(self) -> None:
        """Begin a transaction."""
        self._execute(self.dialect.begin)

    def _is_row_error(self, error: BaseException | None) -> bool:
        """Return True if an error concerns a row, while others can be written."""
        return isinstance(error, self.row_errors)

    @contextlib.contextmanager
    def _reading(self) -> Generator[None, None, None]:
        """Read in the block, and raise MirrorError for its errors."""
        with self._map_errors():
            yield

    @contextlib.contextmanager
    def _map_errors(self) -> Generator[None, None, None]:
        try:
            yield
        except self.errors as error:
            action = "read" if self._read_only else "write to"
            raise MirrorError(f"cannot {action} {self}: {self._explain(error)}") from error
