"""How much of everything, when, and the source of chance: one for each domain."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from myonlinestore.sandbox.store.store import STAMP

OPENED = datetime(2019, 3, 1, 9)  # noqa: DTZ001 - the vendor's moments name no zone
CLOSES = datetime(2025, 4, 1, 18)  # noqa: DTZ001
"""The last moment of the seeded data: fixed, so that the same seed gives the same store."""


@dataclass(frozen=True)
class Plan:
    """The size of a store and the seed of its data."""

    articles: int
    seed: int

    @property
    def customers(self) -> int:
        """One for every four articles."""
        return self.articles // 4

    @property
    def orders(self) -> int:
        """One for every three articles."""
        return self.articles // 3

    @property
    def subscribers(self) -> int:
        """One for every five articles."""
        return self.articles // 5

    def chance(self, domain: str) -> random.Random:
        """A domain's own source, so that more of one domain leaves the others as they are."""
        return random.Random(f"{self.seed}:{domain}")


def moments(chance: random.Random, count: int, start: datetime = OPENED) -> list[str]:
    """That many moments in the life of the store, the oldest first."""
    span = int((CLOSES - start).total_seconds())
    offsets = sorted(chance.randrange(span) for _ in range(count))
    return [(start + timedelta(seconds=offset)).strftime(STAMP) for offset in offsets]


def later(chance: random.Random, moment: str, days: float) -> str:
    """A moment after another, by at most so many days, within the life of the store."""
    then = datetime.strptime(moment, STAMP)  # noqa: DTZ007
    return min(then + timedelta(days=chance.random() * days), CLOSES).strftime(STAMP)
