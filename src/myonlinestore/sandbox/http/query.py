"""Query parameters as values; nonsense is a 422 that names the parameter."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from myonlinestore.sandbox.http.problems import invalid
from myonlinestore.sandbox.store.store import TIMESTAMP_FORMAT

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
