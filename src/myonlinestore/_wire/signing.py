"""Signing: the tokens, put into a copy of a request and taken out of what the server says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from myonlinestore._request import without_params
from myonlinestore._wire.log_masks import mask_logs_for

if TYPE_CHECKING:
    from myonlinestore.config import ConnectConfig


class Signer:
    """Puts the tokens into the query of requests to the configured origin, and of no others."""

    def __init__(self, config: ConnectConfig) -> None:
        self.config = config
        self._origin = _origin(_url(config.base_url))
        mask_logs_for(self)

    def signed(self, request: httpx.Request) -> httpx.Request:
        """A copy with tokens; the request itself stays without."""
        if _origin(request.url) != self._origin:
            return request
        url = str(request.url)
        tokens = self.config.auth_params()
        if "token=" in url or "#" in url:
            url = without_params(url, tokens)
        return httpx.Request(
            request.method,
            f"{url}{'&' if '?' in url else '?'}{urlencode(tokens)}",
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )

    def cleaned(self, response: httpx.Response) -> httpx.Response:
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
            return self.redact(without_params(location, tokens))
        except ValueError:  # It is no URL.
            return self.redact(location)


def _url(base_url: str) -> httpx.URL:
    try:
        return httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ValueError(f"base_url names no host: {error}") from error


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    """Scheme, host and port, the default port left out."""
    return url.scheme, url.raw_host, url.port
