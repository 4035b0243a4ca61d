"""Signing: the tokens, put into a copy of a request and taken out of what the server says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from myonlinestore._request import without_params
from myonlinestore._transport.base_url import base_of, below, origin_of
from myonlinestore._transport.errors import cleanse
from myonlinestore._transport.log_filter import mask_logs_for
from myonlinestore._transport.prepared_request import WITH_LENGTH, Prepared

if TYPE_CHECKING:
    from myonlinestore._transport.prepared_request import Outgoing
    from myonlinestore.config import ConnectConfig


class Signer:
    """Puts the tokens into the query of requests to the configured origin, and of no others."""

    def __init__(self, config: ConnectConfig) -> None:
        self.config = config
        self._origin = origin_of(_url(config.base_url))
        # The tokens, and how a query has them.
        self._known: tuple[tuple[str | None, ...], str] = ((), "")
        mask_logs_for(self)

    def request(self, outgoing: Outgoing, stream: httpx.ByteStream) -> httpx.Request:
        """What goes out, with tokens: for the transport, and for nobody else to see."""
        query = outgoing.query
        if query is None or "token=" in query:
            request = self.signed(outgoing.request())
            request.stream = stream
            return request
        base = base_of(outgoing.base)
        if base.origin == self._origin:
            query = f"{query}&{self._suffix()}"
        url = below(base.url, outgoing.path, query)
        if outgoing.content is None and not outgoing.headers and outgoing.method not in WITH_LENGTH:
            return Prepared(outgoing.method, url, base.headers, stream, outgoing.timeouts)
        return outgoing.request_at(url, stream)

    def _suffix(self) -> str:
        """The tokens as a query has them; written anew if the configuration's have changed."""
        (tokens, written), config = self._known, self.config
        if tokens != (config.store_token, config.partner_token):
            written = urlencode(config.auth_params())
            # At once, as another thread may look at it in the same moment.
            self._known = (config.store_token, config.partner_token), written
        return written

    def signed(self, request: httpx.Request) -> httpx.Request:
        """A copy with tokens; the request itself stays without."""
        if origin_of(request.url) != self._origin:
            return request
        url = str(request.url)
        tokens = self.config.auth_params()
        if "token=" in url or "#" in url:
            url = without_params(url, tokens)
        signed = httpx.Request(
            request.method,
            f"{url}{'&' if '?' in url else '?'}{urlencode(tokens)}",
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        if isinstance(request.stream, httpx.ByteStream):
            signed.read()
        return signed

    def cleansed(
        self,
        error: BaseException,
        handled: BaseException | None,
        unsigned: Callable[[], httpx.Request],
    ) -> BaseException:
        """What the transport raised, to be raised again, without the signed request below it."""
        cleanse(error, handled, self.redact, unsigned)
        return error.with_traceback(None)

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
