"""Addresses: what stays the same from request to request is parsed once, and then added to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from myonlinestore._transport.prepared_request import HEADERS

Join = Callable[[httpx.URL, str, str], httpx.URL]
Origin = tuple[str, bytes, int | None]

_PARSES_WHOLE = 60_000  # Beyond this httpx has a limit of its own, and says so.


@dataclass(frozen=True, slots=True)
class ParsedBaseUrl:
    """A parsed base, its origin, and the headers of a request without a body to what is below."""

    url: httpx.URL
    origin: Origin
    headers: httpx.Headers


@functools.lru_cache(maxsize=64)
def parse_base_url(text: str) -> ParsedBaseUrl:
    """Such as ``https://host/v1``. Raises httpx.InvalidURL for what is no URL."""
    request = httpx.Request("GET", text, headers=HEADERS)
    return ParsedBaseUrl(request.url, origin_of(request.url), request.headers)


def origin_of(url: httpx.URL) -> Origin:
    """Scheme, host and port, the default port left out."""
    return url.scheme, url.raw_host, url.port


def _join_url_fast(base: Any, path: str, query: str) -> httpx.URL:
    """The URL of a path and query below a base, all of them quoted already.

    httpx would parse the whole again, which takes longer than all else that a call does here.
    """
    if len(path) + len(query) > _PARSES_WHOLE:
        return _join_url(base, path, query)
    longer: Any = object.__new__(httpx.URL)
    parts = base._uri_reference  # noqa: SLF001
    scheme, userinfo, host, port, above, _, _ = parts
    longer_parts = (scheme, userinfo, host, port, above + path, query, None)
    longer._uri_reference = tuple.__new__(type(parts), longer_parts)  # noqa: SLF001
    return longer  # type: ignore[no-any-return]


def _join_url(base: httpx.URL, path: str, query: str) -> httpx.URL:
    """As `extended`, by httpx's public means."""
    return httpx.URL(f"{base}{path}?{query}")


def _select_join() -> Join:
    """`extended`, if this httpx is made as those that were known here."""
    base, rest = httpx.URL("http://x:1/v1"), ("/a", "b=c")
    try:
        agree = _join_url_fast(base, *rest).raw_path == b"/v1/a?b=c"
        return (
            _join_url_fast
            if agree and _join_url_fast(base, *rest) == _join_url(base, *rest)
            else _join_url
        )
    except (AttributeError, TypeError, ValueError):
        return _join_url


# The URL of a path and query below a base, all of them quoted already.
join_url = _select_join()
