"""The HTTP/1.1 client: signs a request, sends it, and returns the decompressed response."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING

from myonlinestore._concurrency.event_loops import AsyncioLoop, EventLoop
from myonlinestore._response import RawResponse
from myonlinestore._transport.decompress import decompress
from myonlinestore._transport.http1.errors import (
    BodyReadError,
    ContentDecodingError,
    TooLargeError,
)
from myonlinestore._transport.http1.pool import ConnectionPool
from myonlinestore._transport.http1.request import (
    Proxy,
    WireRequest,
    serialize_head,
    serialize_headers,
)
from myonlinestore._transport.http1.waiting import ANYIO_WAITER, SYNC_WAITER, Timeouts, Waiter
from myonlinestore._transport.prepared_request import HEADERS
from myonlinestore.exceptions import MIN_ERROR_STATUS

if TYPE_CHECKING:
    from myonlinestore._transport.auth import TokenAuth
    from myonlinestore._transport.prepared_request import PreparedRequest

# Bodies of these sizes take long enough to keep them off an event loop.
_LARGE_COMPRESSED_BYTES = 64 * 1024
_LARGE_BYTES = 2 * 1024 * 1024


class Http1Client:
    """A client for sync calls and all event loops, which share its connections."""

    def __init__(
        self,
        auth: TokenAuth,
        make_context: Callable[[], ssl.SSLContext],
        proxy: Proxy | None = None,
    ) -> None:
        config = auth.config
        self._auth = auth
        self._proxy = proxy
        self._pool = ConnectionPool(
            make_context,
            config.max_connections,
            config.max_keepalive,
            config.max_response_bytes,
        )

    async def send(
        self, prepared: PreparedRequest, loop: EventLoop | None, in_use: int
    ) -> RawResponse:
        """Send a request with its tokens.

        Raises OSError or Http1Error, whose frames hold the tokens: the caller removes them.

        Args:
            prepared: the request.
            loop: the event loop of the call, or None for a sync one.
            in_use: the number of permits in use, this call's included.
        """
        waiter = get_waiter(loop)
        end = None if prepared.deadline is None else prepared.deadline.end
        base, target = self._auth.sign_target(prepared)
        lines = base.header_lines
        if prepared.headers:
            lines = serialize_headers(base.host, HEADERS, prepared.headers)
        server = base.server
        if self._proxy is not None:
            server = server._replace(proxy=self._proxy)
            if not server.is_tls:  # The proxy itself reads the request (RFC 9112, section 3.2.2).
                target, lines = f"http://{base.host}{target}", lines + self._proxy.header_line
        head = serialize_head(prepared.method, target, lines, prepared.content)
        response = await self._pool.send(
            server,
            WireRequest(prepared.method, head, prepared.content),
            Timeouts.from_mapping(prepared.timeouts, end),
            waiter,
            in_use,
        )
        return await finish_response(
            response.status, response.headers, response.body, self._auth, waiter
        )

    def make_room(self, in_use: int) -> None:
        """Close idle connections, so that `max_connections` suffices for those in use as well."""
        self._pool.make_room(in_use)

    def close(self) -> None:
        """Close the idle connections now, and those in use when their requests end."""
        self._pool.close()


async def finish_response(
    status: int,
    headers: MutableMapping[str, str],
    raw_body: bytes | bytearray,
    auth: TokenAuth,
    waiter: Waiter,
) -> RawResponse:
    """Return a response with `raw_body` decompressed and no token in its Location.

    Raises BodyReadError for a body that cannot be decompressed, or TooLargeError.
    """
    body = raw_body
    if raw_body and (encoding := headers.get("content-encoding")):
        try:
            body = await _decompress(raw_body, encoding, auth.config.max_response_bytes, waiter)
        except ContentDecodingError as error:
            raise BodyReadError(status, error) from error
    if status >= MIN_ERROR_STATUS:
        auth.strip_location(headers)
    return RawResponse(status, headers, body, len(raw_body))


async def _decompress(
    raw_body: bytes | bytearray, encoding: str, max_bytes: int, waiter: Waiter
) -> bytes | bytearray:
    """Decompress a body; a large one in another thread, if there is an event loop."""
    if len(raw_body) < _LARGE_COMPRESSED_BYTES:
        try:
            return decompress(raw_body, encoding, min(max_bytes, _LARGE_BYTES))
        except TooLargeError:
            if max_bytes <= _LARGE_BYTES:
                raise
    return await waiter.run(functools.partial(decompress, raw_body, encoding, max_bytes))


def get_waiter(loop: EventLoop | None) -> Waiter:
    """Return the waiter for the tasks of an event loop, or for sync calls if there is none."""
    if loop is None:
        return SYNC_WAITER
    return _get_asyncio_waiter() if isinstance(loop, AsyncioLoop) else ANYIO_WAITER


@functools.cache
def _get_asyncio_waiter() -> Waiter:
    from myonlinestore._transport.http1.waiting_asyncio import AsyncioWaiter  # noqa: PLC0415

    return AsyncioWaiter()
