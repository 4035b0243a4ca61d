"""Addresses: what stays the same from request to request is parsed once, and then added to."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import httpx

from myonlinestore._wire.outgoing import HEADERS

Origin = tuple[str, bytes, "int | None"]

_PARSES_WHOLE = 60_000  # Beyond this httpx has a limit of its own, and says so.


@dataclass(frozen=True)
class Base:
    """A parsed base, its origin, and the headers of a request without a body to what is below."""

    url: httpx.URL
    origin: Origin
    headers: httpx.Headers


@functools.lru_cache(maxsize=64)
def base_of(text: str) -> Base:
    """Such as ``https://host/v1``. Raises httpx.InvalidURL for what is no URL."""
    request = httpx.Request("GET", text, headers=HEADERS)
    return Base(request.url, origin_of(request.url), request.headers)


def origin_of(url: httpx.URL) -> Origin:
    """Scheme, host and port, the default port left out."""
    return url.scheme, url.raw_host, url.port


def extended(base: httpx.URL, path: str, query: str) -> httpx.URL:
    """The URL of a path and query below a base, all of them quoted already.

    httpx would parse the whole again, which takes longer than all else that a call does here.
    """
    longer = object.__new__(httpx.URL)
    parts = base._uri_reference  # noqa: SLF001
    longer._uri_reference = parts._replace(path=parts.path + path, query=query)  # noqa: SLF001
    return longer


def parsed(base: httpx.URL, path: str, query: str) -> httpx.URL:
    """As `extended`, by httpx's public means."""
    return httpx.URL(f"{base}{path}?{query}")


def _is_reliable() -> bool:
    """Whether this httpx is made as those that were known here."""
    try:
        quick = extended(httpx.URL("http://x/v1"), "/a", "b=c")
        return bytes(quick.raw_path) == b"/v1/a?b=c" and quick == httpx.URL("http://x/v1/a?b=c")
    except (AttributeError, TypeError, ValueError):
        return False


_join = extended if _is_reliable() else parsed


def below(base: httpx.URL, path: str, query: str) -> httpx.URL:
    """The URL of a path and query below a base, all of them quoted already."""
    join = _join if len(path) + len(query) < _PARSES_WHOLE else parsed
    return join(base, path, query)
