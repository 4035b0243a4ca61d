"""The state of a sandbox, and the actions on it: reset, seed, inspect."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myonlinestore.sandbox.faults import AppliedFaults, Fault, Faults
from myonlinestore.sandbox.http.rate_limit import Rate, RateLimiter
from myonlinestore.sandbox.journal import MAX_ENTRIES, Journal
from myonlinestore.sandbox.quirks import apply_quirks
from myonlinestore.sandbox.seed.build import build_store
from myonlinestore.sandbox.store.file import DataFile
from myonlinestore.sandbox.store.store import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

    from starlette.responses import Response
    from starlette.types import Scope

    from myonlinestore.sandbox.store.store import Store


@dataclass(frozen=True)
class SandboxOptions:
    """The options with which a sandbox starts, and to which it resets."""

    articles: int
    seed: int
    faults: tuple[Fault, ...] = ()
    rate_limit: Rate | None = None
    quirks: bool = False
    data: str | Path | None = None

    def limiter(self) -> RateLimiter | None:
        """Return a limiter that has not counted any request, or None if there is no limit."""
        return self.rate_limit.limiter() if self.rate_limit else None


class SandboxState:
    """A store with its clock, fault rules and journal.

    Args:
        options: the options with which it starts.
        secrets: the tokens to redact in the journal.
        number: the number of the store in the sandbox, from 1.
        max_entries: the maximum number of requests in the journal.
    """

    def __init__(
        self,
        options: SandboxOptions,
        secrets: Iterable[str],
        number: int = 1,
        max_entries: int = MAX_ENTRIES,
    ) -> None:
        self.number: int = number
        self.options: SandboxOptions = options
        self.clock: Clock = Clock()
        self.journal: Journal = Journal(secrets, max_entries)
        self.faults: Faults = Faults(options.seed, options.faults, self.clock)
        self._file = DataFile(options.data) if options.data is not None else None
        self.store: Store = self._first_store()
        self.store.clock = self.clock
        self._limiter = options.limiter()

    def _first_store(self) -> Store:
        """Return the store of the file if there is one, else the store of the seed."""
        seeded = functools.partial(_seeded_store, self.options.articles, self.options.seed)
        if self._file is None:
            return seeded().copy()
        return self._file.open(lambda: seeded().copy())

    def open(self) -> None:
        """Reopen the file after `close`, with its current content."""
        if self._file is not None and not self._file.is_open:
            self.store.copy_from(self._file.open(self.store.copy))

    def close(self) -> None:
        """Write the pending changes and close the file."""
        if self._file is not None and self._file.is_open:
            try:
                self.store.commit()
            finally:
                self._file.close()

    def reset(self) -> None:
        """Restore the initial state: data, idempotency keys, clock, journal and faults."""
        self.store.replace_with(_seeded_store(self.options.articles, self.options.seed))
        self.clock.reset()
        self.journal.clear()
        self.faults.reset(self.options.seed, self.options.faults)
        self._limiter = self.options.limiter()

    def reseed(self, articles: int | None = None, seed: int | None = None) -> None:
        """Replace the store by a new one, and restore the initial state of everything else."""
        arguments = {"articles": articles, "seed": seed}
        changes: dict[str, Any] = {name: n for name, n in arguments.items() if n is not None}
        options = replace(self.options, **changes)
        _seeded_store(
            options.articles, options.seed
        )  # raises for an invalid number before any change
        self.options = options
        self.reset()

    def check_rate_limit(self) -> None:
        """Raise a 429 if the rate limit is exceeded."""
        if self._limiter is not None:
            self._limiter.consume()

    def apply_quirks(self, operation: str, response: Response) -> Response:
        """Return the response, with quirks if they are enabled."""
        return (
            apply_quirks(operation, response, self.options.seed)
            if self.options.quirks
            else response
        )

    def record_request(
        self,
        scope: Scope,
        body: bytes,
        operation: str | None,
        response: Response,
        applied: AppliedFaults | None = None,
    ) -> None:
        """Record a request in the journal."""
        self.journal.record(
            scope,
            body,
            operation=operation,
            status=None if applied and applied.drops_before_handling else response.status_code,
            fault=str(applied) if applied else None,
            at=self.clock(),
        )

    def summary(self) -> dict[str, Any]:
        """Return the seed and the counts."""
        store = self.store
        tables: dict[str, Sized] = {
            "articles": store.articles,
            "article_lists": store.article_lists,
            "categories": store.categories,
            "customers": store.customers,
            "addresses": store.addresses,
            "orders": store.orders,
            "payments": store.payments,
            "discount_codes": store.discount_codes,
            "newsletter_subscribers": store.subscribers,
        }
        return {
            "seed": self.options.seed,
            "quirks": self.options.quirks,
            "clock": self.clock().isoformat(),
            "counts": {name: len(table) for name, table in tables.items()},
            "idempotency_keys": len(store.idempotent_responses),
            "faults": len(self.faults),
            "journal": len(self.journal),
        }


@functools.lru_cache(maxsize=4)
def _seeded_store(articles: int, seed: int) -> Store:
    """Return the store of a seed, to copy from: building is much slower than copying."""
    return build_store(articles, seed)
