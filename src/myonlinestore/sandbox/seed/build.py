"""Seeded stores: realistic Dutch shop data, the same for the same seed."""

from __future__ import annotations

from myonlinestore.sandbox.seed import articles, categories, marketing, orders, people, settings
from myonlinestore.sandbox.seed.plan import Plan
from myonlinestore.sandbox.store.store import Store


def build_store(count: int, seed: int) -> Store:
    """Return a store of `count` articles, with matching customers, orders and subscribers."""
    if count < 0:
        raise ValueError(f"articles={count}: must be 0 or more")
    plan = Plan(count, seed)
    store = Store(seed)
    settings.fill(store, plan)
    categories.fill(store, plan)
    articles.fill_lists(store, plan)
    articles.fill(store, plan)
    settings.fill_regions(store)
    people.fill_customers(store, plan)
    marketing.fill(store, plan)
    orders.fill(store, plan)
    store.commit()
    return store
