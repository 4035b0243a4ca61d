"""SqlDatabase: what DuckDB and PostgreSQL each bring, and transactions on it."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import Any

from myonlinestore.mirror.destinations.sql import statements as sql
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.schema.flatten import Value


class SqlDatabase(ABC):
    """A connection to a database, whose failures are a MirrorError in one sentence."""

    dialect: sql.Dialect
    errors: tuple[type[Exception], ...]
    """What the database's library and the system raise."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __str__(self) -> str:
        """Where it is, in words that may be shown."""
        return self._shown

    @abstractmethod
    def exists(self) -> bool:
        """See `Destination`."""

    @abstractmethod
    def close(self) -> None:
        """See `Destination`."""

    @abstractmethod
    def _connect(self) -> None:
        """Open the connection, in which every statement is committed unless one began it."""

    @abstractmethod
    def _connect_to_read(self) -> None:
        """Open the connection to what is there, to change nothing."""

    @abstractmethod
    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement; the rows that it gives."""

    @abstractmethod
    def _load(self, load: sql.Load, columns: Sequence[Sequence[Value]]) -> None:
        """Put many rows into a table at once, from all values of each column."""

    @abstractmethod
    def _columns_of(self, table: str) -> set[str]:
        """The columns that a table has; none if there is no such table."""

    @abstractmethod
    def _reason(self, error: Exception) -> str:
        """What happened and what to do."""

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None, None, None]:
        with self._failures():
            self._ask("BEGIN")
            try:
                yield
                self._ask("COMMIT")
            except BaseException:
                # Without a connection, or after a failed commit, nothing is left to undo.
                with contextlib.suppress(*self.errors):
                    self._ask("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _failures(self) -> Generator[None, None, None]:
        try:
            yield
        except self.errors as error:
            raise MirrorError(f"cannot write to {self}: {self._reason(error)}") from error
