"""Query parameters as values; nonsense is a 422 that names the parameter."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from myonlinestore.sandbox.http.problems import invalid
from myonlinestore.sandbox.store.store import TIMESTAMP_FORMAT, Record, Store, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import QueryParams

K = TypeVar("K")

DEFAULT_LIMIT = 10
MAX_LIMIT = 100
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", re.ASCII)


def flag(query: QueryParams, name: str) -> bool | None:
    """A boolean, or None when it is absent."""
    text = query.get(name)
    if text is None:
        return None
    if text.lower() not in _FLAGS:
        raise invalid(name, f"{text!r} is not a boolean (true or false).")
    return _FLAGS[text.lower()]


def integer(query: QueryParams, name: str, default: int) -> int:
    """A whole number of zero or more."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise invalid(name, f"{text!r} is not a whole number of zero or more.")
    return int(text)


def timestamp(query: QueryParams, name: str) -> str | None:
    """A `yyyy-mm-dd hh:mm:ss`; a date alone means its midnight (changelog 2.2.3)."""
    text = query.get(name)
    if text is None:
        return None
    full = f"{text} 00:00:00" if len(text) == len("yyyy-mm-dd") else text
    if not _is_timestamp(text, full):
        raise invalid(name, f"{text!r} is not a yyyy-mm-dd hh:mm:ss or yyyy-mm-dd.")
    return full


def _is_timestamp(text: str, full: str) -> bool:
    if not _TIMESTAMP.fullmatch(text):
        return False
    try:
        datetime.strptime(full, TIMESTAMP_FORMAT)  # noqa: DTZ007 - the vendor's moments name no zone
    except ValueError:
        return False
    return True


def last_timestamp(query: QueryParams, name: str) -> str | None:
    """As `moment`, but a date alone includes its whole day: orders are filtered by date."""
    full = timestamp(query, name)
    return f"{full[:10]} 23:59:59" if full and len(query[name]) == len(full[:10]) else full


def multi_value(query: QueryParams, name: str) -> list[str] | None:
    """A repeated parameter, `ids=1&ids=2` or `ids[]=1&ids[]=2`; None when it is absent."""
    return [*query.getlist(name), *query.getlist(f"{name}[]")] or None


def numbers(query: QueryParams, name: str) -> set[int] | None:
    """A repeated whole number; None when it is absent."""
    texts = multi_value(query, name)
    if texts is None:
        return None
    if not all(text.isascii() and text.isdigit() for text in texts):
        raise invalid(name, "every one of them must be a whole number.")
    return set(map(int, texts))


def embeds(query: QueryParams, allowed: Sequence[str]) -> set[str]:
    """The comma separated names of `embed`."""
    names = {name.strip() for name in query.get("embed", "").split(",") if name.strip()}
    unknown = sorted(names.difference(allowed))
    if unknown:
        raise invalid("embed", f"{unknown[0]!r} is none of {', '.join(allowed)}.")
    return names


def page(query: QueryParams, keys: Sequence[K]) -> Sequence[K]:
    """The keys of one page: 10 unless `limit` says otherwise, 100 at most, from `offset`."""
    limit = min(integer(query, "limit", DEFAULT_LIMIT), MAX_LIMIT)
    offset = integer(query, "offset", 0)
    return keys[offset : offset + limit]


RowFilter: TypeAlias = Callable[[Record], bool]
"""Whether a row passes one filter."""


def select_keys(
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
            timestamp(query, "created_start_date"),
            timestamp(query, "created_end_date"),
            lambda record: record.created,
        ),
        *between(
            timestamp(query, "changed_start_date"),
            timestamp(query, "changed_end_date"),
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


def article_filters(query: QueryParams) -> list[RowFilter]:
    """getArticles: the four moments, ids and uuids."""
    conditions = date_filters(query)
    ids, uuids = numbers(query, "ids"), multi_value(query, "uuids")
    if ids is not None:
        conditions.append(lambda record: record.body["id"] in ids)
    if uuids is not None:
        conditions.append(lambda record: record.body["uuid"] in uuids)
    return conditions


def subscriber_filters(query: QueryParams) -> list[RowFilter]:
    """getNewsletterSubscribers: the four moments and activated."""
    return [*date_filters(query), *equals("activated", flag(query, "activated"))]


def order_filters(query: QueryParams) -> list[RowFilter]:
    """Filters of getOrders and getOrderCount."""
    conditions = [
        *between(timestamp(query, "start_date"), last_timestamp(query, "end_date"), _placed),
        *between(
            timestamp(query, "status_changed_start_date"),
            timestamp(query, "status_changed_end_date"),
            _status_changed,
        ),
        *equals("archived", flag(query, "archived")),
    ]
    if "status_id" in query:
        conditions += equals("status", integer(query, "status_id", 0))
    return conditions


def excluded_orders(query: QueryParams, store: Store) -> Container[int]:
    """Test orders are there only if `test` asks for them."""
    return () if flag(query, "test") else store.test_orders


def debtor_filters(query: QueryParams) -> list[RowFilter]:
    """getOrders: debtor_email or debtor_id; with both, either suffices."""
    email, debtor_id = query.get("debtor_email"), query.get("debtor_id")
    if email is None and debtor_id is None:
        return []

    def matches(record: Record) -> bool:
        order_debtor = record.body["debtor"]
        by_email = email is not None and order_debtor["email"].lower() == email.lower()
        return by_email or (debtor_id is not None and order_debtor["id"] == debtor_id)

    return [matches]


def discount_code_filters(query: QueryParams) -> list[RowFilter]:
    """getDiscountcodes: active, and the window that a code's validity must lie in.

    The vendor's "may also return codes without validity limits" is taken as: does.
    """
    start, end = timestamp(query, "valid_start_date"), timestamp(query, "valid_end_date")
    conditions = equals("active", flag(query, "active"))
    if start is not None:
        conditions.append(lambda record: (record.body["valid_from"] or start[:10]) >= start[:10])
    if end is not None:
        conditions.append(lambda record: (record.body["valid_until"] or end[:10]) <= end[:10])
    return conditions


def _placed(record: Record) -> str:
    return f"{record.body['date']} {record.body['time']}"


def _status_changed(record: Record) -> str:
    return f"{record.body['status_changed_date']} {record.body['status_changed_time']}"
