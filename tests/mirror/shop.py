"""A shop whose store changes at random, and comparisons of a copy with it."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from myonlinestore import ConnectClient
from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.faults import row_changes
from tests.mirror.snapshots import STREAMS, Row, SqliteSnapshot, assert_same

LISTINGS = {
    "articles": "getArticles",
    "categories": "getCategories",
    "customers": "getCustomers",
    "discount_codes": "getDiscountcodes",
    "newsletter_subscribers": "getNewsletterSubscribers",
    "orders": "getOrders",
}
PAYMENTS, CATEGORY_ARTICLES = "order_payments", "category_articles"


class Shop:
    """A store that a shopkeeper and customers change.

    Args:
        sandbox: serves the store.
        client: a client of the store.
        rng: determines which rows change.
    """

    def __init__(self, sandbox: Sandbox, client: ConnectClient, rng: random.Random) -> None:
        self.sandbox, self.client, self.rng = sandbox, client, rng
        self.changes: dict[str, Callable[[], None]] = {
            f"{kind} {name}": self._make_row_change(kind, operation)
            for name, operation in LISTINGS.items()
            for kind in ("insert", "change", "delete")
            if not (kind == "delete" and name == "categories")
        }
        self.changes["ship order"] = self._ship
        self.changes["pay order"] = self._pay
        self.changes["refund order"] = self._refund

    def change(self, name: str) -> None:
        """Apply one of `changes`."""
        self.changes[name]()
        self.sandbox.store.commit()

    def _make_row_change(self, kind: str, operation: str) -> Callable[[], None]:
        def change_rows() -> None:
            call = getattr(row_changes, kind)
            call(operation, self.sandbox.store, 1, self.rng)

        return change_rows

    def _choose_order(self) -> Row | None:
        """Return an order that can be paid and whose status can change: not a credit order."""
        orders = self.sandbox.store.orders.bodies()
        regular = [body for body in orders if body["credited_order_number"] is None]
        return self.rng.choice(regular) if regular else None

    def _ship(self) -> None:
        """Change the status of an order."""
        if order := self._choose_order():
            statuses = self.sandbox.store.statuses.bodies()
            choices = [row["status"] for row in statuses if not row["credit_order"]]
            body = {"status": self.rng.choice(choices)}
            self.client.orders.update(order_number=order["number"], body=body)

    def _pay(self) -> None:
        """Add a payment to an order, which the customer completes or abandons."""
        order = self._choose_order()
        if order is None or order["business_model"] == "B2B":
            return
        body = {"gateway": "mollie", "method": "ideal"}
        self.client.orders.create_payment_raw(order_number=order["number"], body=body)
        payment = self.sandbox.store.payments.owned_by(order["number"])[-1]
        payments.pay(self.sandbox.store, payment, self.rng.choice(("captured", "failed")))

    def _refund(self) -> None:
        """Refund a part of a payment."""
        if order := self._choose_order():
            store = self.sandbox.store
            payments.refund(store, order["number"], 100, store.now())


def assert_payments_same(copy: SqliteSnapshot, client: ConnectClient) -> None:
    """Assert that the copy has the payments of each order, with their mutations."""
    for order in STREAMS["orders"](client):
        found = client.orders.list_payments(order_number=order.number, embed="mutations")
        ids = [(payment.id, len(payment.mutations or ())) for payment in found]
        mutations = "order_payment_mutations"
        assert ids == [
            (row["id"], len(copy.read_rows(mutations, order.uuid, row["_position"])))
            for row in copy.read_rows(PAYMENTS, order.uuid)
        ], order.number


def assert_category_articles_same(
    copy: SqliteSnapshot, client: ConnectClient, gone: Collection[object]
) -> None:
    """Assert that the copy has the articles of each category, apart from those that are gone."""
    for category in STREAMS["categories"](client):
        found = client.categories.list_articles(category_id=category.id, limit=100)
        held = [row["id"] for row in copy.read_rows(CATEGORY_ARTICLES, category.id)]
        ids = [number for number in held if number not in gone]
        assert ids == [article.id for article in found], category.id


class PartialSnapshot(SqliteSnapshot):
    """A copy without the rows that were deleted from the store, and that it may still have.

    Args:
        path: the copy.
        gone: the keys of these rows by resource.
    """

    def __init__(self, path: Path, gone: Mapping[str, Collection[object]]) -> None:
        super().__init__(path)
        self._gone = gone

    def read_undeleted_rows(self, table: str) -> list[Row]:
        """See `SqliteSnapshot`."""
        (key,), gone = self.get_keys(table), self._gone.get(table, ())
        return [row for row in super().read_undeleted_rows(table) if row[key] not in gone]


def assert_copy_is_store(
    path: Path,
    client: ConnectClient,
    resources: tuple[str, ...] = (),
    skip: tuple[str, ...] = (),
    *,
    since_day: str | None = None,
    gone: Mapping[str, Collection[object]] = MappingProxyType({}),
) -> None:
    """Assert that a copy equals the store, with the lists that take a request per row.

    Args:
        path: the copy.
        client: a client of the store.
        resources: the names of the resources to compare; all if empty.
        skip: names of lists that are not in the copy.
        since_day: the first day whose orders are compared, after an incremental sync, which does not
            find all changes of older orders or of payments; None after a full one.
        gone: keys of rows that the copy may have, although they were deleted from the store.
    """

    def is_compared(resource: str, row: Any) -> bool:
        return resource != "orders" or since_day is None or str(row.date) >= since_day

    copy = PartialSnapshot(path, gone)
    try:
        assert_same(copy, client, *resources, is_compared=is_compared)
        compared = resources or STREAMS
        if "orders" in compared and PAYMENTS not in skip and since_day is None:
            assert_payments_same(copy, client)
        if "categories" in compared and CATEGORY_ARTICLES not in skip:
            assert_category_articles_same(copy, client, gone.get("articles", ()))
    finally:
        copy.close()
