"""What a sandbox holds beside its API, and what can be done to it: reset, seed, look into."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myonlinestore.sandbox.faults import AppliedFaults, Fault, Faults
from myonlinestore.sandbox.http.rate_limit import Rate, TokenBucket
from myonlinestore.sandbox.journal import Journal
from myonlinestore.sandbox.quirks import apply_quirks
from myonlinestore.sandbox.seed.build import build_store
from myonlinestore.sandbox.store.clock import Clock
from myonlinestore.sandbox.store.file import DataFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

    from starlette.responses import Response
    from starlette.types import Scope

    from myonlinestore.sandbox.store.store import Store


@dataclass(frozen=True)
class SandboxOptions:
    """What a sandbox is started with, and goes back to."""

    articles: int
    seed: int
    faults: tuple[Fault, ...] = ()
    rate_limit: Rate | None = None
    quirks: bool = False
    data: str | Path | None = None

    def bucket(self) -> TokenBucket | None:
        """A full bucket, if there is a limit."""
        return TokenBucket(self.rate_limit) if self.rate_limit else None


class SandboxState:
    """A store, its clock, the faults that strike its answers, and the journal of its requests."""

    def __init__(self, options: SandboxOptions, secrets: Iterable[str]) -> None:
        self.options: SandboxOptions = options
        self.clock: Clock = Clock()
        self.journal: Journal = Journal(secrets)
        self.faults: Faults = Faults(options.seed, options.faults)
        self._file = DataFile(options.data) if options.data is not None else None
        self.store: Store = self._first_store()
        self.store.clock = self.clock
        self._bucket = options.bucket()

    def _first_store(self) -> Store:
        """The store of the file if that holds one, and else the store of the seed."""
        seeded = functools.partial(_seeded_store, self.options.articles, self.options.seed)
        if self._file is None:
            return seeded().copy()
        return self._file.open(lambda: seeded().copy())

    def open(self) -> None:
        """Take the file up again after `close`, with what it holds by now."""
        if self._file is not None and not self._file.is_open:
            self.store.copy_from(self._file.open(self.store.copy))

    def close(self) -> None:
        """Let the file go, with all that was changed."""
        if self._file is not None and self._file.is_open:
            try:
                self.store.commit()
            finally:
                self._file.close()

    def reset(self) -> None:
        """Everything as it was at the start: data, idempotency keys, clock, journal and faults."""
        self.store.replace_with(_seeded_store(self.options.articles, self.options.seed))
        self.clock.reset()
        self.journal.clear()
        self.faults.reset(self.options.seed, self.options.faults)
        self._bucket = self.options.bucket()

    def reseed(self, articles: int | None = None, seed: int | None = None) -> None:
        """A new store in the place of the old one, and everything else as it was at the start."""
        arguments = {"articles": articles, "seed": seed}
        changes: dict[str, Any] = {name: n for name, n in arguments.items() if n is not None}
        options = replace(self.options, **changes)
        _seeded_store(options.articles, options.seed)  # so that a wrong number changes nothing
        self.options = options
        self.reset()

    def check_rate_limit(self) -> None:
        """Let a request pass, or raise the 429 of the rate limit."""
        if self._bucket is not None:
            self._bucket.consume()

    def apply_quirks(self, operation: str, response: Response) -> Response:
        """An answer, in an odd shape if the sandbox has quirks."""
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
        """Write a request into the journal."""
        self.journal.record(
            scope,
            body,
            operation=operation,
            status=None if applied and applied.drops_before_handling else response.status_code,
            fault=str(applied) if applied else None,
            at=self.clock(),
        )

    def summary(self) -> dict[str, Any]:
        """What there is: the seed, and how much of everything."""
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
    """The store of a seed, to copy from: making one takes far longer than copying it."""
    return build_store(articles, seed)
