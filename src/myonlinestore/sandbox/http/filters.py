"""The documented filters: from query parameters to the keys of the rows that pass."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from myonlinestore.sandbox.http import query as q
from myonlinestore.sandbox.store.store import Record, Store, Table

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

K = TypeVar("K")
RowFilter: TypeAlias = Callable[[Record], bool]
"""Whether a row passes one filter."""


def select(
    table: Table[K], conditions: Iterable[RowFilter], excluded: Container[K] = ()
) -> Sequence[K]:
    """The keys of the rows that pass every test and are not hidden, in the table's order."""
    conditions_ = list(conditions)
    keys = [key for key in table if key not in excluded] if excluded else table.keys
    return (
        [key for key in keys if all(condition(table[key]) for condition in conditions_)]
        if conditions_
        else keys
    )


def date_filters(query: QueryParams) -> list[RowFilter]:
    """created_start_date, created_end_date, changed_start_date, changed_end_date: inclusive."""
    return [
        *between(
            q.timestamp(query, "created_start_date"),
            q.timestamp(query, "created_end_date"),
            lambda record: record.created,
        ),
        *between(
            q.timestamp(query, "changed_start_date"),
            q.timestamp(query, "changed_end_date"),
            lambda record: record.changed,
        ),
    ]


def between(
    start: str | None, end: str | None, timestamp: Callable[[Record], str]
) -> list[RowFilter]:
    """At or after `start`, at or before `end`. Moments in the vendor's format sort as text."""
    conditions: list[RowFilter] = []
    if start is not None:
        conditions.append(lambda record: timestamp(record) >= start)
    if end is not None:
        conditions.append(lambda record: timestamp(record) <= end)
    return conditions


def equals(name: str, value: object) -> list[RowFilter]:
    """A field that equals a value; no test when the value is None."""
    return [] if value is None else [lambda record: record.body.get(name) == value]


def articles(query: QueryParams) -> list[RowFilter]:
    """getArticles: the four moments, ids and uuids."""
    conditions = date_filters(query)
    ids, uuids = q.numbers(query, "ids"), q.multi_value(query, "uuids")
    if ids is not None:
        conditions.append(lambda record: record.body["id"] in ids)
    if uuids is not None:
        conditions.append(lambda record: record.body["uuid"] in uuids)
    return conditions


def subscribers(query: QueryParams) -> list[RowFilter]:
    """getNewsletterSubscribers: the four moments and activated."""
    return [*date_filters(query), *equals("activated", q.flag(query, "activated"))]


def orders(query: QueryParams) -> list[RowFilter]:
    """Filters of getOrders and getOrderCount."""
    conditions = [
        *between(q.timestamp(query, "start_date"), q.last_timestamp(query, "end_date"), _placed),
        *between(
            q.timestamp(query, "status_changed_start_date"),
            q.timestamp(query, "status_changed_end_date"),
            _status_changed,
        ),
        *equals("archived", q.flag(query, "archived")),
    ]
    if "status_id" in query:
        conditions += equals("status", q.integer(query, "status_id", 0))
    return conditions


def excluded_orders(query: QueryParams, store: Store) -> Container[int]:
    """Test orders are there only if `test` asks for them."""
    return () if q.flag(query, "test") else store.test_orders


def debtors(query: QueryParams) -> list[RowFilter]:
    """getOrders: debtor_email or debtor_id; with both, either suffices."""
    email, debtor_id = query.get("debtor_email"), query.get("debtor_id")
    if email is None and debtor_id is None:
        return []

    def matches(record: Record) -> bool:
        order_debtor = record.body["debtor"]
        by_email = email is not None and order_debtor["email"].lower() == email.lower()
        return by_email or (debtor_id is not None and order_debtor["id"] == debtor_id)

    return [matches]


def discount_codes(query: QueryParams) -> list[RowFilter]:
    """getDiscountcodes: active, and the window that a code's validity must lie in.

    The vendor's "may also return codes without validity limits" is taken as: does.
    """
    start, end = q.timestamp(query, "valid_start_date"), q.timestamp(query, "valid_end_date")
    conditions = equals("active", q.flag(query, "active"))
    if start is not None:
        conditions.append(lambda record: (record.body["valid_from"] or start[:10]) >= start[:10])
    if end is not None:
        conditions.append(lambda record: (record.body["valid_until"] or end[:10]) <= end[:10])
    return conditions


def _placed(record: Record) -> str:
    return f"{record.body['date']} {record.body['time']}"


def _status_changed(record: Record) -> str:
    return f"{record.body['status_changed_date']} {record.body['status_changed_time']}"
