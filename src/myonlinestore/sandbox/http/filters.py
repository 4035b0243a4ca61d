"""The documented filters: from query parameters to the keys of the rows that pass."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from myonlinestore.sandbox.http import query as q
from myonlinestore.sandbox.store.store import Record, Store, Table

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

K = TypeVar("K")
Test: TypeAlias = Callable[[Record], bool]
"""Whether a row passes one filter."""


def select(table: Table[K], tests: Iterable[Test], hidden: Container[K] = ()) -> Sequence[K]:
    """The keys of the rows that pass every test and are not hidden, in the table's order."""
    wanted = list(tests)
    keys = [key for key in table if key not in hidden] if hidden else table.keys
    return [key for key in keys if all(test(table[key]) for test in wanted)] if wanted else keys


def stamped(query: QueryParams) -> list[Test]:
    """created_start_date, created_end_date, changed_start_date, changed_end_date: inclusive."""
    return [
        *between(
            q.moment(query, "created_start_date"),
            q.moment(query, "created_end_date"),
            lambda record: record.created,
        ),
        *between(
            q.moment(query, "changed_start_date"),
            q.moment(query, "changed_end_date"),
            lambda record: record.changed,
        ),
    ]


def between(start: str | None, end: str | None, moment: Callable[[Record], str]) -> list[Test]:
    """At or after `start`, at or before `end`. Moments in the vendor's format sort as text."""
    tests: list[Test] = []
    if start is not None:
        tests.append(lambda record: moment(record) >= start)
    if end is not None:
        tests.append(lambda record: moment(record) <= end)
    return tests


def same(name: str, value: object) -> list[Test]:
    """A field that equals a value; no test when the value is None."""
    return [] if value is None else [lambda record: record.body.get(name) == value]


def articles(query: QueryParams) -> list[Test]:
    """getArticles: the four moments, ids and uuids."""
    tests = stamped(query)
    ids, uuids = q.numbers(query, "ids"), q.several(query, "uuids")
    if ids is not None:
        tests.append(lambda record: record.body["id"] in ids)
    if uuids is not None:
        tests.append(lambda record: record.body["uuid"] in uuids)
    return tests


def subscribers(query: QueryParams) -> list[Test]:
    """getNewsletterSubscribers: the four moments and activated."""
    return [*stamped(query), *same("activated", q.flag(query, "activated"))]


def orders(query: QueryParams) -> list[Test]:
    """Filters of getOrders and getOrderCount."""
    tests = [
        *between(q.moment(query, "start_date"), q.last_moment(query, "end_date"), _placed),
        *between(
            q.moment(query, "status_changed_start_date"),
            q.moment(query, "status_changed_end_date"),
            _status_changed,
        ),
        *same("archived", q.flag(query, "archived")),
    ]
    if "status_id" in query:
        tests += same("status", q.whole(query, "status_id", 0))
    return tests


def hidden_orders(query: QueryParams, store: Store) -> Container[int]:
    """Test orders are there only if `test` asks for them."""
    return () if q.flag(query, "test") else store.test_orders


def debtors(query: QueryParams) -> list[Test]:
    """getOrders: debtor_email or debtor_id; with both, either suffices."""
    email, debtor = query.get("debtor_email"), query.get("debtor_id")
    if email is None and debtor is None:
        return []

    def matches(record: Record) -> bool:
        of_order = record.body["debtor"]
        by_email = email is not None and of_order["email"].lower() == email.lower()
        return by_email or (debtor is not None and of_order["id"] == debtor)

    return [matches]


def discount_codes(query: QueryParams) -> list[Test]:
    """getDiscountcodes: active, and the window that a code's validity must lie in.

    The vendor's "may also return codes without validity limits" is taken as: does.
    """
    start, end = q.moment(query, "valid_start_date"), q.moment(query, "valid_end_date")
    tests = same("active", q.flag(query, "active"))
    if start is not None:
        tests.append(lambda record: (record.body["valid_from"] or start[:10]) >= start[:10])
    if end is not None:
        tests.append(lambda record: (record.body["valid_until"] or end[:10]) <= end[:10])
    return tests


def _placed(record: Record) -> str:
    return f"{record.body['date']} {record.body['time']}"


def _status_changed(record: Record) -> str:
    return f"{record.body['status_changed_date']} {record.body['status_changed_time']}"
