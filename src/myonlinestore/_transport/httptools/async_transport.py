"""The fast engine for event loops, asyncio's and trio's."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import httpcore
import httpx

from myonlinestore._transport.httptools.http11 import (
    READ,
    READ_FIRST,
    Reply,
    seconds,
    serialize_simple_request,
)

Read = Callable[[int, float | None], Awaitable[bytes]]
Close = Callable[[], Awaitable[None]]


class AsyncFastTransport(httpx.AsyncHTTPTransport):
    """httpx's transport on a pool of fast connections."""

    def __init__(self, *, proxy: str | None, limits: httpx.Limits, verify: Any) -> None:
        super().__init__(proxy=proxy, limits=limits, verify=verify)
        if not proxy:
            self._pool = _Pool(
                ssl_context=verify,
                max_connections=limits.max_connections,
                max_keepalive_connections=limits.max_keepalive_connections,
                keepalive_expiry=limits.keepalive_expiry,
            )


class _Pool(httpcore.AsyncConnectionPool):
    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        return _Connection(
            origin, ssl_context=self._ssl_context, keepalive_expiry=self._keepalive_expiry
        )


class _Connection(httpcore.AsyncHTTPConnection):
    """Opened as any other, and then a fast one."""

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        if self._connection is None:  # The pool gives it to nobody else before it is open.
            self._connection = await self._opened(request)
        return await self._connection.handle_async_request(request)

    async def _opened(self, request: httpcore.Request) -> _Open:
        try:
            stream = await self._connect(request)
        except BaseException:
            self._connect_failed = True
            raise
        return _Open(self._origin, stream, self._keepalive_expiry)


class _Open(httpcore.AsyncHTTP11Connection):
    """An open connection; `_reply` is what it waits for, unless h11 does."""

    _reply: Reply | None = None

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        sent = serialize_simple_request(request)
        if sent is None:
            return await super().handle_async_request(request)
        reply = self._acquire_pool(to_head=request.method == b"HEAD")
        try:
            # Who does not listen to the end may have answered nevertheless.
            with contextlib.suppress(httpcore.WriteError):
                await self._network_stream.write(sent, seconds(request, "write"))
            while not reply.begun:
                reply.feed(await self.read(READ_FIRST, seconds(request, "read")))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._response_closed()
            raise
        return httpcore.Response(
            reply.status,
            headers=reply.headers,
            content=_Body(self.read, self._response_closed, reply, seconds(request, "read")),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": reply.reason},
        )

    def _acquire_pool(self, *, to_head: bool) -> Reply:
        # Nothing is awaited here: no other task comes in between.
        if not (self._request_count == 0 or self.is_idle()):
            raise httpcore.ConnectionNotAvailable
        self._request_count += 1
        self._state, self._expire_at = self._state.__class__.ACTIVE, None
        self._reply = Reply(to_head=to_head)
        return self._reply

    async def read(self, most: int, timeout: float | None) -> bytes:  # noqa: ASYNC109
        """Bytes of the reply; none at the connection's end."""
        return await self._network_stream.read(most, timeout)

    async def _response_closed(self) -> None:
        reply, self._reply = self._reply, None
        if reply is None:
            await super()._response_closed()
            return
        if not reply.leaves_open:
            await self.aclose()
            return
        if self._keepalive_expiry is not None:
            self._expire_at = time.monotonic() + self._keepalive_expiry
        self._state = self._state.__class__.IDLE


class _Body:
    """The body, as it comes."""

    def __init__(self, read: Read, close: Close, reply: Reply, timeout: float | None) -> None:
        self._read = read
        self._close = close
        self._reply = reply
        self._timeout = timeout
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            for part in self._reply.parts():
                yield part
            while not self._reply.complete:
                self._reply.feed(await self._read(READ, self._timeout))
                for part in self._reply.parts():
                    yield part
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self.aclose()
            raise

    async def aclose(self) -> None:
        """Let the next request have the connection."""
        if not self._closed:
            self._closed = True
            await self._close()
