"""Seeded stores: realistic Dutch shop data, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from myonlinestore.sandbox.seed import catalog, orders, people, settings
from myonlinestore.sandbox.store.store import Row, Store


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


_BODIES: dict[bytes, Row] = {}
"""The bodies that stores of different seeds have in common, so that many stores fit in memory."""


def build_store(count: int, seed: int) -> Store:
    """Return a store of `count` articles, with matching customers, orders and subscribers."""
    if count < 0:
        raise ValueError(f"articles={count}: must be 0 or more")
    plan = Plan(count, seed)
    store = Store(seed)
    settings.fill(store, seed)
    catalog.fill_categories(store, plan.rng("categories"))
    catalog.fill_lists(store, plan.rng("lists"))
    catalog.fill_articles(store, plan.rng("articles"), plan.articles)
    settings.fill_regions(store)
    people.fill_customers(store, plan.rng("customers"), plan.customers)
    people.fill_marketing(store, plan.rng("marketing"), plan.subscribers)
    orders.fill(store, plan.rng("orders"), plan.orders)
    for table in (store.categories, store.article_lists, store.statuses, store.regions):
        table.share_bodies(_BODIES)
    store.commit()
    return store
