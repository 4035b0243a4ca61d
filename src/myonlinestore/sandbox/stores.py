"""The stores of a sandbox: a token each, with their own data, clock, fault rules and journal."""

from __future__ import annotations

import hmac
import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from myonlinestore.sandbox.journal import MAX_ENTRIES
from myonlinestore.sandbox.state import SandboxState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myonlinestore.sandbox.faults import Faults
    from myonlinestore.sandbox.http.rate_limit import Rate, RateLimiter
    from myonlinestore.sandbox.journal import Journal
    from myonlinestore.sandbox.state import SandboxOptions
    from myonlinestore.sandbox.store.store import Clock, Store

MAX_TOTAL_ENTRIES = 100_000
MIN_ENTRIES = 100
"""All journals of a sandbox together have `MAX_TOTAL_ENTRIES`, but each at least these."""


class SandboxStore:
    """A store of a sandbox, which is seeded at its first use.

    Attributes:
        number: the number in the sandbox, from 1; ``?store=`` of the admin endpoint.
        token: the `token` that requests to this store must carry.
    """

    __slots__ = ("_options", "_state", "_stores", "number", "token")

    def __init__(self, stores: Stores, number: int, token: str, options: SandboxOptions) -> None:
        self.number: int = number
        self.token: str = token
        self._options = options
        self._stores = stores
        self._state: SandboxState | None = None

    def __repr__(self) -> str:
        return f"<SandboxStore {self.number}>"

    def _build(self) -> SandboxState:
        stores = self._stores
        share = max(MAX_TOTAL_ENTRIES // max(len(stores), 1), MIN_ENTRIES)
        secrets = (self.token, stores.partner_token)
        return SandboxState(self._options, secrets, self.number, min(MAX_ENTRIES, share))

    @property
    def state(self) -> SandboxState:
        """The state of the store, built at the first access."""
        if self._state is None:
            with self._stores.lock:  # the server's thread and a test's thread may both be first
                if self._state is None:
                    self._state = self._build()
        return self._state

    @property
    def is_seeded(self) -> bool:
        """True if the store was used."""
        return self._state is not None

    @property
    def options(self) -> SandboxOptions:
        """The options with which the store starts, and to which it resets."""
        return self._options if self._state is None else self._state.options

    @property
    def store(self) -> Store:
        """The data, for inspection and arrangement."""
        return self.state.store

    @property
    def clock(self) -> Clock:
        """The clock that provides the timestamps of rows."""
        return self.state.clock

    @property
    def faults(self) -> Faults:
        """The fault rules: add, count and remove them."""
        return self.state.faults

    @property
    def journal(self) -> Journal:
        """The requests, with tokens redacted."""
        return self.state.journal

    def reset(self) -> None:
        """Restore the initial state: data, keys, clock, journal and faults."""
        self.state.reset()

    def seed(self, articles: int | None = None, seed: int | None = None) -> None:
        """Replace the store by a new one; otherwise as `reset`.

        Omitted values keep their setting. Raises ValueError for a negative number of articles.
        """
        self.state.reseed(articles, seed)

    def to_dict(self) -> dict[str, Any]:
        """Return the store as in the admin endpoint's JSON; this does not seed it."""
        sizes = {"articles": self.options.articles, "seed": self.options.seed}
        return {"number": self.number, "token": self.token, **sizes, "seeded": self.is_seeded}


class Stores:
    """The stores of a sandbox, in the order in which they were added.

    Args:
        options: the options of a store, unless it has others.
        tokens: the token of the first store, and the partner token, which all stores share.
        partner_rate: the limit of requests with the partner token; None for no limit.
    """

    def __init__(
        self, options: SandboxOptions, tokens: tuple[str, str], partner_rate: Rate | None
    ) -> None:
        self.options: SandboxOptions = options
        self._token, partner_token = tokens
        self.partner_token: str = partner_token
        self._partner_rate = partner_rate
        self._stores: list[SandboxStore] = []
        self._by_token: dict[str, SandboxStore] = {}
        # Reentrant: a store with a file is built while it is added.
        self.lock: threading.RLock = threading.RLock()
        self._partner_limiter = self._new_limiter()

    def _new_limiter(self) -> RateLimiter | None:
        return self._partner_rate.limiter() if self._partner_rate else None

    def add(self, token: str | None = None, **changes: Any) -> SandboxStore:
        """Add a store, whose options are those of the sandbox except for `changes`.

        The token is that of the first store with the new store's number, if none is given, and the
        seed is that of the first store plus the number of stores before.

        Raises ValueError for a token that is empty or that another store has.
        """
        with self.lock:
            return self._add(token, changes)

    def _add(self, token: str | None, changes: dict[str, Any]) -> SandboxStore:
        number = len(self._stores) + 1
        wanted = token if token is not None else self._default_token(number)
        if not wanted or wanted in self._by_token:
            raise ValueError(f"store {number}: its token is empty, or the token of another store")
        options = replace(self.options, **{"seed": self.options.seed + number - 1, **changes})
        store = SandboxStore(self, number, wanted, options)
        if options.data is not None:
            _ = store.state  # an unusable file raises now
        self._stores.append(store)
        self._by_token[wanted] = store
        return store

    def _default_token(self, number: int) -> str:
        return self._token if number == 1 else f"{self._token}-{number}"

    def find(self, token: str) -> SandboxStore | None:
        """Return the store with a token, or None."""
        return self._by_token.get(token)

    def is_partner(self, token: str) -> bool:
        """Return True if a token is the partner token."""
        return hmac.compare_digest(token.encode(), self.partner_token.encode())

    def check_partner_limit(self) -> None:
        """Raise a 429 if the stores together exceed the limit of the partner token."""
        if self._partner_limiter is not None:
            self._partner_limiter.consume()

    def reset_partner_limit(self) -> None:
        """Begin the count of requests with the partner token again."""
        self._partner_limiter = self._new_limiter()

    def open(self) -> None:
        """Reopen the files of the stores that have one."""
        for store in self._seeded():
            store.state.open()

    def close(self) -> None:
        """Write the pending changes and close the files."""
        with ExitStack() as stack:  # an error in one does not keep the others open
            for store in self._seeded():
                stack.callback(store.state.close)

    def _seeded(self) -> list[SandboxStore]:
        return [store for store in self._stores if store.is_seeded]

    def __getitem__(self, index: int) -> SandboxStore:
        return self._stores[index]

    def __len__(self) -> int:
        return len(self._stores)

    def __iter__(self) -> Iterator[SandboxStore]:
        return iter(list(self._stores))
