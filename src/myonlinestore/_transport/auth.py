"""Authentication: adds the tokens to requests, and removes them from responses and errors."""

from __future__ import annotations

import functools
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx

from myonlinestore._request import remove_params
from myonlinestore._transport.errors import scrub_request
from myonlinestore._transport.http1.request import Server, serialize_headers
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

# httpx refuses URLs of more than 65,536 characters, but only if it parses them.
_MAX_UNPARSED_CHARS = 60_000


class TokenAuth:
    """Adds the tokens to the query of requests to the configured origin only."""

    def __init__(self, config: ConnectConfig) -> None:
        self.config = config
        self._origin = origin_of(_url(config.base_url))
        # The tokens, and the query parameters encoded from them.
        self._cached_suffix: tuple[tuple[str | None, ...], str] = ((), "")
        install_log_filter(self)

    def request(self, prepared: PreparedRequest, stream: httpx.ByteStream) -> httpx.Request:
        """Return the request to send, with tokens. Only the transport may see it."""
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

    def sign_target(self, prepared: PreparedRequest) -> tuple[ParsedBaseUrl, str]:
        """Return where a request goes, and its target with tokens, for the transport alone."""
        query = prepared.query
        if query is None or "token=" in query:
            url = self.with_tokens(httpx.Request(prepared.method, prepared.url)).url
            base = parse_base_url(f"{url.scheme}://{url.netloc.decode()}")
            return base, url.raw_path.decode()
        base = parse_base_url(prepared.base)
        if base.origin == self._origin:
            query = f"{query}&{self._suffix()}"
        return base, f"{base.prefix}{prepared.path}?{query}"

    def _suffix(self) -> str:
        """Return the encoded query parameters; encode them again if the tokens have changed."""
        (tokens, suffix), config = self._cached_suffix, self.config
        if tokens != (config.store_token, config.partner_token):
            suffix = urlencode(config.auth_params())
            # One assignment, because other threads read both values.
            self._cached_suffix = (config.store_token, config.partner_token), suffix
        return suffix

    def with_tokens(self, request: httpx.Request) -> httpx.Request:
        """Return a copy with tokens; the request itself is not changed."""
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
        """Return the transport's exception, for raising again, without tokens in its chain."""
        scrub_request(error, outer_exception, self.redact, make_unsigned_request)
        return error.with_traceback(None)

    def strip_tokens(self, response: httpx.Response) -> httpx.Response:
        """Remove the tokens from the response's Location header, if the server repeated them there.

        A client that follows it would log them, or send them to another origin.
        """
        self.strip_location(response.headers)
        return response

    def strip_location(self, headers: MutableMapping[str, str]) -> None:
        """Remove the tokens from a Location that was made from the signed URL."""
        location = headers.get("location")
        if location:
            headers["location"] = self._without_tokens(location)

    def redact(self, text: str) -> str:
        """Return the text with ``***`` for each token."""
        return self.config.redact(text)

    def _without_tokens(self, location: str) -> str:
        tokens = self.config.auth_params()
        if self.redact(location) == location:
            return location
        try:
            return self.redact(remove_params(location, tokens))
        except ValueError:  # It is not a URL.
            return self.redact(location)


def _url(base_url: str) -> httpx.URL:
    try:
        return httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ValueError(f"base_url is not a valid URL: {error}") from error


@dataclass(frozen=True, slots=True)
class ParsedBaseUrl:
    """A parsed base URL, its origin, and the headers of a request without a body."""

    url: httpx.URL
    origin: Origin
    headers: httpx.Headers
    server: Server
    host: str
    header_lines: bytes
    prefix: str


@functools.lru_cache(maxsize=64)
def parse_base_url(text: str) -> ParsedBaseUrl:
    """Parse a URL such as ``https://host/v1``. Raises httpx.InvalidURL."""
    request = httpx.Request("GET", text, headers=HEADERS)
    url, host = request.url, request.headers["host"]
    is_tls = url.scheme == "https"
    server = Server(url.raw_host.decode().strip("[]"), url.port or (443 if is_tls else 80), is_tls)
    lines = serialize_headers(host, HEADERS, None)
    prefix = "" if url.raw_path == b"/" else url.raw_path.decode()
    return ParsedBaseUrl(url, origin_of(url), request.headers, server, host, lines, prefix)


def origin_of(url: httpx.URL) -> Origin:
    """Return scheme, host and port; the port is None if it is the default."""
    return url.scheme, url.raw_host, url.port


def _join_url_fast(base: Any, path: str, query: str) -> httpx.URL:
    """Append a path and a query, both already quoted, to a parsed base URL.

    Parsing the whole URL again would take longer than everything else in preparing a call.
    """
    if len(path) + len(query) > _MAX_UNPARSED_CHARS:
        return _join_url(base, path, query)
    url: Any = object.__new__(httpx.URL)
    parts = base._uri_reference  # noqa: SLF001
    scheme, userinfo, host, port, base_path, _, _ = parts
    url_parts = (scheme, userinfo, host, port, base_path + path, query, None)
    url._uri_reference = tuple.__new__(type(parts), url_parts)  # noqa: SLF001
    return url  # type: ignore[no-any-return]


def _join_url(base: httpx.URL, path: str, query: str) -> httpx.URL:
    """Do as `_join_url_fast`, with httpx's public API."""
    return httpx.URL(f"{base}{path}?{query}")


def _select_join() -> Join:
    """Return `_join_url_fast` if it works with the installed httpx, otherwise `_join_url`."""
    base, suffix = httpx.URL("http://x:1/v1"), ("/a", "b=c")
    try:
        agree = _join_url_fast(base, *suffix).raw_path == b"/v1/a?b=c"
        return (
            _join_url_fast
            if agree and _join_url_fast(base, *suffix) == _join_url(base, *suffix)
            else _join_url
        )
    except (AttributeError, TypeError, ValueError):
        return _join_url


# Appends a path and a query, both already quoted, to a parsed base URL.
join_url = _select_join()
