"""Authentication: adds the tokens to requests, and removes them from responses."""

from __future__ import annotations

import functools
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from myonlinestore._request import remove_params
from myonlinestore._transport.http1.request import Server, serialize_headers
from myonlinestore._transport.log_filter import install_log_filter
from myonlinestore._transport.prepared_request import HEADERS
from myonlinestore._transport.url import Origin, parse_url
from myonlinestore.config import VENDOR_HOSTS

if TYPE_CHECKING:
    from myonlinestore._transport.prepared_request import PreparedRequest
    from myonlinestore.config import ConnectConfig

_VENDOR_ORIGINS = {parse_url(f"https://{host}").origin for host in VENDOR_HOSTS}


class TokenAuth:
    """Adds the tokens to the query of requests to the configured origin only.

    Attributes:
        config: holds the tokens.
        origin: scheme, host and port.
    """

    def __init__(self, config: ConnectConfig) -> None:
        self.config = config
        self.origin = _parse_origin(config.base_url)
        # The tokens, and the query parameters encoded from them.
        self._cached_suffix: tuple[tuple[str | None, ...], str] = ((), "")
        install_log_filter(self)

    def sign_target(self, prepared: PreparedRequest) -> tuple[ParsedBaseUrl, str]:
        """Return where a request goes, and its target with tokens, for the transport alone.

        Raises ValueError for an invalid URL.
        """
        query = prepared.query
        if query is None or "token=" in query:
            url = parse_url(prepared.url)
            if self.trusts(url.origin):
                url = parse_url(self.add_tokens(prepared.url))
            return parse_base_url(f"{url.scheme}://{url.authority}"), url.target
        base = parse_base_url(prepared.base)
        if self.trusts(base.origin):
            query = f"{query}&{self._encode_tokens()}"
        return base, f"{base.prefix}{prepared.path}?{query}"

    def trusts(self, origin: Origin) -> bool:
        """Return True if requests to an origin have the tokens."""
        return origin == self.origin or {origin, self.origin} <= _VENDOR_ORIGINS

    def add_tokens(self, url: str) -> str:
        """Return a URL of the configured origin with the tokens in its query."""
        if "token=" in url or "#" in url:
            url = remove_params(url, self.config.auth_params())
        return f"{url}{'&' if '?' in url else '?'}{self._encode_tokens()}"

    def _encode_tokens(self) -> str:
        """Return the tokens as a query; encode them again if they have changed."""
        (tokens, suffix), config = self._cached_suffix, self.config
        if tokens != (config.store_token, config.partner_token):
            suffix = urlencode(config.auth_params())
            # One assignment, because other threads read both values.
            self._cached_suffix = (config.store_token, config.partner_token), suffix
        return suffix

    def strip_location(self, headers: MutableMapping[str, str]) -> None:
        """Remove the tokens from a Location header that was made from the signed URL.

        A client that follows it would log them, or send them to another origin.
        """
        location = headers.get("location")
        if location:
            headers["location"] = self._remove_tokens(location)

    def redact(self, text: str) -> str:
        """Return the text with ``***`` for each token."""
        return self.config.redact(text)

    def _remove_tokens(self, location: str) -> str:
        if self.redact(location) == location:
            return location
        try:
            return self.redact(remove_params(location, self.config.auth_params()))
        except ValueError:  # It is not a URL.
            return self.redact(location)


def _parse_origin(base_url: str) -> Origin:
    try:
        return parse_url(base_url).origin
    except ValueError as error:
        raise ValueError(f"base_url is not a valid URL: {error}") from error


@dataclass(frozen=True, slots=True)
class ParsedBaseUrl:
    """The start of a URL, and what requests to it share.

    Attributes:
        origin: scheme, host and port.
        server: the server to connect to.
        host: the header ``Host``.
        header_lines: the headers of a request without a body.
        prefix: the path, which those of the requests follow.
    """

    origin: Origin
    server: Server
    host: str
    header_lines: bytes
    prefix: str


@functools.lru_cache(maxsize=64)
def parse_base_url(text: str) -> ParsedBaseUrl:
    """Parse a URL such as ``https://host/v1``. Raises ValueError."""
    url = parse_url(text)
    lines = serialize_headers(url.authority, HEADERS, None)
    prefix = "" if url.target == "/" else url.target
    return ParsedBaseUrl(url.origin, url.server, url.authority, lines, prefix)
