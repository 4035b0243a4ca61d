"""Query parameters: parsing, pagination and the documented filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from myonlinestore.sandbox.http.context import MAX_DIGITS, invalid, is_number
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
    """Parse a boolean, or return None if it is absent."""
    text = query.get(name)
    if text is None:
        return None
    if text.lower() not in _FLAGS:
        raise invalid(name, f"{text!r} is not a boolean (true or false).")
    return _FLAGS[text.lower()]


def integer(query: QueryParams, name: str, default: int) -> int:
    """Parse an integer of zero or more."""
    text = query.get(name)
    if text is None:
        return default
    if not is_number(text):
        raise invalid(
            name, f"{text!r} is not an integer of zero or more, of at most {MAX_DIGITS} digits."
        )
    return int(text)


def timestamp(query: QueryParams, name: str) -> str | None:
    """Parse `yyyy-mm-dd hh:mm:ss`; a date alone means its midnight (changelog 2.2.3)."""
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
        datetime.strptime(full, TIMESTAMP_FORMAT)  # noqa: DTZ007 - the vendor's timestamps have no time zone
    except ValueError:
        return False
    return True


def last_timestamp(query: QueryParams, name: str) -> str | None:
    """Parse a timestamp; a date alone includes its whole day, since orders filter by date."""
    full = timestamp(query, name)
    return f"{full[:10]} 23:59:59" if full and len(query[name]) == len(full[:10]) else full


def multi_value(query: QueryParams, name: str) -> list[str] | None:
    """Return a repeated parameter, `ids=1&ids=2` or `ids[]=1&ids[]=2`, or None if absent."""
    return [*query.getlist(name), *query.getlist(f"{name}[]")] or None


def numbers(query: QueryParams, name: str) -> set[int] | None:
    """Parse a repeated integer, or return None if it is absent."""
    texts = multi_value(query, name)
    if texts is None:
        return None
    if not all(map(is_number, texts)):
        raise invalid(name, f"every value must be an integer of at most {MAX_DIGITS} digits.")
    return set(map(int, texts))


def embeds(query: QueryParams, allowed: Sequence[str]) -> set[str]:
    """Parse the comma-separated names of `embed`."""
    names = {name.strip() for name in query.get("embed", "").split(",") if name.strip()}
    unknown = sorted(names.difference(allowed))
    if unknown:
        raise invalid("embed", f"{unknown[0]!r} is not one of {', '.join(allowed)}.")
    return names


def page(query: QueryParams, keys: Sequence[K]) -> Sequence[K]:
    """Return the keys of one page from `offset`: 10 by default, at most 100."""
    limit = min(integer(query, "limit", DEFAULT_LIMIT), MAX_LIMIT)
    offset = integer(query, "offset", 0)
    return keys[offset : offset + limit]


RowFilter: TypeAlias = Callable[[Record], bool]
"""A filter: returns True if a record passes."""


def select_keys(
    table: Table[K], conditions: Iterable[RowFilter], excluded: Container[K] = ()
) -> Sequence[K]:
    """Return the keys of the rows that pass all filters and are not excluded, in table order."""
    conditions_ = list(conditions)
    keys = [key for key in table if key not in excluded] if excluded else table.keys
    return (
        [key for key in keys if all(condition(table[key]) for condition in conditions_)]
        if conditions_
        else keys
    )


def date_filters(query: QueryParams) -> list[RowFilter]:
    """Return filters for created_ and changed_ start_date and end_date, all inclusive."""
    return [
        *build_range_filters(
            timestamp(query, "created_start_date"),
            timestamp(query, "created_end_date"),
            lambda record: record.created,
        ),
        *build_range_filters(
            timestamp(query, "changed_start_date"),
            timestamp(query, "changed_end_date"),
            lambda record: record.changed,
        ),
    ]


def build_range_filters(
    start: str | None, end: str | None, timestamp: Callable[[Record], str]
) -> list[RowFilter]:
    """Return filters for `start` to `end`, inclusive. The vendor's timestamps sort as text."""
    conditions: list[RowFilter] = []
    if start is not None:
        conditions.append(lambda record: timestamp(record) >= start)
    if end is not None:
        conditions.append(lambda record: timestamp(record) <= end)
    return conditions


def equals(name: str, value: object) -> list[RowFilter]:
    """Return a filter for a field's value, or an empty list if the value is None."""
    return [] if value is None else [lambda record: record.body.get(name) == value]


def article_filters(query: QueryParams) -> list[RowFilter]:
    """Return the filters of getArticles: the four dates, ids and uuids."""
    conditions = date_filters(query)
    ids, uuids = numbers(query, "ids"), multi_value(query, "uuids")
    if ids is not None:
        conditions.append(lambda record: record.body["id"] in ids)
    if uuids is not None:
        conditions.append(lambda record: record.body["uuid"] in uuids)
    return conditions


def subscriber_filters(query: QueryParams) -> list[RowFilter]:
    """Return the filters of getNewsletterSubscribers: the four dates and activated."""
    return [*date_filters(query), *equals("activated", flag(query, "activated"))]


def order_filters(query: QueryParams) -> list[RowFilter]:
    """Return the filters of getOrders and getOrderCount."""
    conditions = [
        *build_range_filters(
            timestamp(query, "start_date"), last_timestamp(query, "end_date"), _get_order_time
        ),
        *build_range_filters(
            timestamp(query, "status_changed_start_date"),
            timestamp(query, "status_changed_end_date"),
            _get_status_change_time,
        ),
        *equals("archived", flag(query, "archived")),
    ]
    if "status_id" in query:
        conditions += equals("status", integer(query, "status_id", 0))
    return conditions


def excluded_orders(query: QueryParams, store: Store) -> Container[int]:
    """Return the test orders, unless `test` includes them."""
    return () if flag(query, "test") else store.test_orders


def debtor_filters(query: QueryParams) -> list[RowFilter]:
    """Return the filters debtor_email and debtor_id of getOrders; a row must pass one of both."""
    email, debtor_id = query.get("debtor_email"), query.get("debtor_id")
    if email is None and debtor_id is None:
        return []

    def matches(record: Record) -> bool:
        order_debtor = record.body["debtor"]
        by_email = email is not None and order_debtor["email"].lower() == email.lower()
        return by_email or (debtor_id is not None and order_debtor["id"] == debtor_id)

    return [matches]


def discount_code_filters(query: QueryParams) -> list[RowFilter]:
    """Return the filters of getDiscountcodes: active, and the window of validity.

    The vendor "may also return codes without validity limits"; the sandbox does.
    """
    start, end = timestamp(query, "valid_start_date"), timestamp(query, "valid_end_date")
    conditions = equals("active", flag(query, "active"))
    if start is not None:
        conditions.append(lambda record: (record.body["valid_from"] or start[:10]) >= start[:10])
    if end is not None:
        conditions.append(lambda record: (record.body["valid_until"] or end[:10]) <= end[:10])
    return conditions


def _get_order_time(record: Record) -> str:
    return f"{record.body['date']} {record.body['time']}"


def _get_status_change_time(record: Record) -> str:
    return f"{record.body['status_changed_date']} {record.body['status_changed_time']}"
