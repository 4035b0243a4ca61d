"""Sizes, timestamps and random generators of seeded data."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from myonlinestore.sandbox.store.store import TIMESTAMP_FORMAT

OPENED_AT = datetime(2019, 3, 1, 9)  # noqa: DTZ001 - the vendor's timestamps have no time zone
CLOSED_AT = datetime(2025, 4, 1, 18)  # noqa: DTZ001
"""The last timestamp of seeded data, fixed so that the same seed gives the same store."""


@dataclass(frozen=True)
class Plan:
    """The size of a store and the seed of its data."""

    articles: int
    seed: int

    @property
    def customers(self) -> int:
        """The number of customers: one per four articles."""
        return self.articles // 4

    @property
    def orders(self) -> int:
        """The number of orders: one per three articles."""
        return self.articles // 3

    @property
    def subscribers(self) -> int:
        """The number of subscribers: one per five articles."""
        return self.articles // 5

    def rng(self, domain: str) -> random.Random:
        """Return a domain's own generator, so that changes in one domain leave the others as is."""
        return random.Random(f"{self.seed}:{domain}")


def timestamps(rng: random.Random, count: int, start: datetime = OPENED_AT) -> list[str]:
    """Return `count` timestamps in the store's lifetime, oldest first."""
    seconds = int((CLOSED_AT - start).total_seconds())
    offsets = sorted(rng.randrange(seconds) for _ in range(count))
    return [(start + timedelta(seconds=offset)).strftime(TIMESTAMP_FORMAT) for offset in offsets]


def timestamp_after(rng: random.Random, timestamp: str, days: float) -> str:
    """Return a timestamp at most `days` after another, within the store's lifetime."""
    start = datetime.strptime(timestamp, TIMESTAMP_FORMAT)  # noqa: DTZ007
    return min(start + timedelta(days=rng.random() * days), CLOSED_AT).strftime(TIMESTAMP_FORMAT)
