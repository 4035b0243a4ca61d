"""Requests: path, query and body of a call, and the type of its response."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sized
from types import NoneType
from typing import Any, Generic, SupportsIndex, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from uuid import UUID

import msgspec

T = TypeVar("T")

# The vendor documents these as `date`; every other time filter as `yyyy-mm-dd hh:mm:ss`.
DATE_ONLY = frozenset({"start_date", "end_date", "valid_start_date", "valid_end_date"})
# The filters by a list of keys.
KEY_FILTERS = ("ids", "uuids")
_STORE_ZONE = "Europe/Amsterdam"
# Types of a single value, the most frequent first. Some of them are iterable.
_SCALAR_TYPES = (NoneType, str, int, bytes, Mapping)
_NEEDS_NO_QUOTES = re.compile("[A-Za-z0-9_.~-]*").fullmatch  # RFC 3986, 2.3


class Request(msgspec.Struct, Generic[T], gc=False):
    """One call of one operation. It is not modified after it is built.

    Attributes:
        method: HTTP method.
        path: quoted path below the version, such as ``/articles/12``.
        response_type: the type of the decoded response; ``NoneType`` for an empty response.
        query: query parameters; ``None`` values are left out.
        body: the value to send as JSON; ``None`` for no body.
        envelope: the key in which the API may wrap the response.
        version: API version, if it is not the client's.
        headers: headers in addition to the client's.
        content: an encoded body, instead of `body`.
        operation: the vendor's name of the operation, or ``None`` for a path of the caller's.
    """

    method: str
    path: str
    response_type: type[T]
    query: Mapping[str, object] = {}
    body: object = None
    envelope: str | None = None
    version: str | None = None
    headers: Mapping[str, str] | None = None
    content: bytes | None = None
    operation: str | None = None

    def with_query(self, **query: object) -> Request[T]:
        """Return the same request with more query parameters."""
        return msgspec.structs.replace(self, query={**self.query, **query})

    def with_headers(self, headers: Mapping[str, str]) -> Request[T]:
        """Return the same request with more headers; its own take precedence."""
        return msgspec.structs.replace(self, headers={**headers, **(self.headers or {})})

    @property
    def matches_nothing(self) -> bool:
        """True if a filter is an empty list. The API would ignore it and return every row."""
        given = [value for value in self.query.values() if value is not None]
        return any(_is_multi_value(v) and isinstance(v, Sized) and not len(v) for v in given)

    @property
    def key_filter(self) -> str | None:
        """The name of the filter with a list of keys, the longest if there are two, or None."""
        lists = {name: value for name in KEY_FILTERS if (value := self.query.get(name))}
        lengths = {name: len(value) for name, value in lists.items() if isinstance(value, Sized)}
        return max(lengths, key=lengths.__getitem__, default=None)


def build_path(*segments: object) -> str:
    """Build a path from segments, each of which is quoted.

    Raises ValueError for ``None``, ``""``, ``"."`` and ``".."``, which would name another resource.
    """
    parts = ""
    for segment in segments:
        is_plain = type(segment) is str and segment.isascii() and segment.isalnum()
        parts += f"/{segment if is_plain else _quote_segment(segment)}"
    return parts


def _quote_segment(segment: object) -> str:
    if isinstance(segment, bool) or not isinstance(segment, (str, int, UUID, SupportsIndex)):
        raise ValueError(  # noqa: TRY004 - every refused value is the same error
            f"an identifier must be text or a whole number, got {segment!r}"
        )
    if str(segment) in ("", ".", ".."):
        raise ValueError(
            f"an identifier must not be {str(segment)!r}: it would name another resource"
        )
    return _quote(str(segment))


def validate_path(given: str) -> str:
    """Return a whole path below the version, quoted. Raises ValueError for an invalid path."""
    display_path = given.partition("?")[0]  # a query may hold a token
    if urlsplit(given).scheme or given.startswith("//"):
        raise ValueError(
            f"a path must be relative to the API, such as '/articles', got {display_path!r}"
        )
    if "?" in given or "#" in given:
        raise ValueError(
            f"a path must not contain a query: pass it as params, got {display_path!r}"
        )
    segments = given.lstrip("/").split("/")
    if any(segment in ("", ".", "..") for segment in segments):
        raise ValueError(
            f"a path must not contain an empty, '.' or '..' segment, got {display_path!r}"
        )
    return "/" + quote("/".join(segments), safe="/%:@!$&'()*+,;=~")


def encode_query(query: Mapping[str, object]) -> str:
    """Encode query parameters; a list repeats its name.

    Raises ValueError for an empty list: without the parameter, the API would not filter at all.
    """
    return "&".join(
        [
            f"{_quote(name)}={_quote(format_query_value(name, item))}"
            for name, value in query.items()
            if value is not None
            for item in _items(name, value)
        ]
    )


def _quote(text: object) -> str:
    """Percent-quote a value. Text that needs no quoting is detected first, which is faster."""
    if type(text) is str and _NEEDS_NO_QUOTES(text):
        return text
    return quote(text if isinstance(text, (str, bytes)) else str(text), safe="")


def format_query_value(name: str, value: object) -> str:
    """Format one value as the API expects it."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        local = _to_store_timezone(value).replace(tzinfo=None)
        return local.date().isoformat() if name in DATE_ONLY else local.isoformat(" ", "seconds")
    if isinstance(value, dt.date):
        # A date means midnight of that day where the API documents a time.
        return value.isoformat() if name in DATE_ONLY else f"{value.isoformat()} 00:00:00"
    return str(value)


def _to_store_timezone(value: dt.datetime) -> dt.datetime:
    """Convert an aware datetime to Dutch time, which the API's filters use without a zone."""
    if value.tzinfo is None:
        return value
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  few calls need them

    try:
        return value.astimezone(ZoneInfo(_STORE_ZONE))
    except ZoneInfoNotFoundError as error:
        raise ValueError(
            f"cannot convert {value.isoformat()} to the store's time, because this machine has no "
            "time zone data: install tzdata, or pass a datetime without zone in Dutch time"
        ) from error


def _is_multi_value(value: object) -> bool:
    return not isinstance(value, _SCALAR_TYPES) and isinstance(value, Iterable)


def _items(name: str, value: Any) -> list[object]:
    if not _is_multi_value(value):
        return [value]
    items: list[object] = list(value)
    if not items:
        raise ValueError(
            f"{name} is an empty list, with which the API would not filter: leave it out"
        )
    return items


def remove_params(url: str, names: Iterable[str]) -> str:
    """Return the URL without these query parameters."""
    parts = urlsplit(url)
    dropped = set(names)
    params = parse_qsl(parts.query, keep_blank_values=True)
    remaining = [(name, value) for name, value in params if name not in dropped]
    return urlunsplit(parts._replace(query=urlencode(remaining, quote_via=quote), fragment=""))


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port, with the default port filled in."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default
