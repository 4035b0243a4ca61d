"""Signing: the tokens, put into a copy of a request and taken out of what the server says."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx

from myonlinestore._request import remove_params
from myonlinestore._transport.errors import scrub_request
from myonlinestore._transport.log_filter import install_log_filter
from myonlinestore._transport.prepared_request import (
    HEADERS,
    METHODS_WITH_CONTENT_LENGTH,
    BareRequest,
)

if TYPE_CHECKING:
    from myonlinestore._transport.prepared_request import PreparedRequest
    from myonlinestore.config import ConnectConfig

Join = Callable[[httpx.URL, str, str], httpx.URL]
Origin = tuple[str, bytes, int | None]

_PARSES_WHOLE = 60_000  # Beyond this httpx has a limit of its own, and says so.


class TokenAuth:
    """Puts the tokens into the query of requests to the configured origin, and of no others."""

    def __init__(self, config: ConnectConfig) -> None:
        self.config = config
        self._origin = origin_of(_url(config.base_url))
        # The tokens, and how a query has them.
        self._cached_suffix: tuple[tuple[str | None, ...], str] = ((), "")
        install_log_filter(self)

    def request(self, prepared: PreparedRequest, stream: httpx.ByteStream) -> httpx.Request:
        """What goes out, with tokens: for the transport, and for nobody else to see."""
        query = prepared.query
        if query is None or "token=" in query:
            request = self.with_tokens(prepared.request())
            request.stream = stream
            return request
        base = parse_base_url(prepared.base)
        if base.origin == self._origin:
            query = f"{query}&{self._suffix()}"
        url = join_url(base.url, prepared.path, query)
        if (
            prepared.content is None
            and not prepared.headers
            and prepared.method not in METHODS_WITH_CONTENT_LENGTH
        ):
            return BareRequest(prepared.method, url, base.headers, stream, prepared.timeouts)
        return prepared.request_at(url, stream)

    def _suffix(self) -> str:
        """The tokens as a query has them; written anew if the configuration's have changed."""
        (tokens, suffix), config = self._cached_suffix, self.config
        if tokens != (config.store_token, config.partner_token):
            suffix = urlencode(config.auth_params())
            # At once, as another thread may look at it in the same moment.
            self._cached_suffix = (config.store_token, config.partner_token), suffix
        return suffix

    def with_tokens(self, request: httpx.Request) -> httpx.Request:
        """A copy with tokens; the request itself stays without."""
        if origin_of(request.url) != self._origin:
            return request
        url = str(request.url)
        tokens = self.config.auth_params()
        if "token=" in url or "#" in url:
            url = remove_params(url, tokens)
        authenticated = httpx.Request(
            request.method,
            f"{url}{'&' if '?' in url else '?'}{urlencode(tokens)}",
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        if isinstance(request.stream, httpx.ByteStream):
            authenticated.read()
        return authenticated

    def scrub_error(
        self,
        error: BaseException,
        outer_exception: BaseException | None,
        make_unsigned_request: Callable[[], httpx.Request],
    ) -> BaseException:
        """What the transport raised, to be raised again, without the signed request below it."""
        scrub_request(error, outer_exception, self.redact, make_unsigned_request)
        return error.with_traceback(None)

    def strip_tokens(self, response: httpx.Response) -> httpx.Response:
        """The response, without tokens in a Location that was made from the signed URL.

        Whoever follows it would log it, or take them to another origin.
        """
        location = response.headers.get("location")
        if location:
            response.headers["location"] = self._without_tokens(location)
        return response

    def redact(self, text: str) -> str:
        """The text with the tokens masked."""
        return self.config.redact(text)

    def _without_tokens(self, location: str) -> str:
        tokens = self.config.auth_params()
        if self.redact(location) == location:
            return location
        try:
            return self.redact(remove_params(location, tokens))
        except ValueError:  # It is no URL.
            return self.redact(location)


def _url(base_url: str) -> httpx.URL:
    try:
        return httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ValueError(f"base_url names no host: {error}") from error


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
