"""The fast engine for sync calls."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpcore
import httpx

from myonlinestore._transport.httptools.http11 import (
    READ,
    READ_FIRST,
    Reply,
    seconds,
    serialize_simple_request,
)

Read = Callable[[int, float | None], bytes]
Close = Callable[[], None]


class FastTransport(httpx.HTTPTransport):
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


class _Pool(httpcore.ConnectionPool):
    def create_connection(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        return _Connection(
            origin, ssl_context=self._ssl_context, keepalive_expiry=self._keepalive_expiry
        )


class _Connection(httpcore.HTTPConnection):
    """Opened as any other, and then a fast one."""

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        if self._connection is None:  # The pool gives it to nobody else before it is open.
            self._connection = self._opened(request)
        return self._connection.handle_request(request)

    def _opened(self, request: httpcore.Request) -> _Open:
        try:
            stream = self._connect(request)
        except BaseException:
            self._connect_failed = True
            raise
        return _Open(self._origin, stream, self._keepalive_expiry)


class _Open(httpcore.HTTP11Connection):
    """An open connection; `_reply` is what it waits for, unless h11 does."""

    _reply: Reply | None = None

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        sent = serialize_simple_request(request)
        if sent is None:
            return super().handle_request(request)
        reply = self._acquire_pool(to_head=request.method == b"HEAD")
        try:
            # Who does not listen to the end may have answered nevertheless.
            with contextlib.suppress(httpcore.WriteError):
                self._network_stream.write(sent, seconds(request, "write"))
            while not reply.begun:
                reply.feed(self.read(READ_FIRST, seconds(request, "read")))
        except BaseException:
            self._response_closed()
            raise
        return httpcore.Response(
            reply.status,
            headers=reply.headers,
            content=_Body(self.read, self._response_closed, reply, seconds(request, "read")),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": reply.reason},
        )

    def _acquire_pool(self, *, to_head: bool) -> Reply:
        with self._state_lock:
            if not (self._request_count == 0 or self.is_idle()):
                raise httpcore.ConnectionNotAvailable
            self._request_count += 1
            self._state, self._expire_at = self._state.__class__.ACTIVE, None
            self._reply = Reply(to_head=to_head)
            return self._reply

    def read(self, most: int, timeout: float | None) -> bytes:
        """Bytes of the reply; none at the connection's end."""
        return self._network_stream.read(most, timeout)

    def _response_closed(self) -> None:
        reply, self._reply = self._reply, None
        if reply is None:
            super()._response_closed()
            return
        with self._state_lock:
            if not reply.leaves_open:
                self.close()
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

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._reply.parts()
            while not self._reply.complete:
                self._reply.feed(self._read(READ, self._timeout))
                yield from self._reply.parts()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let the next request have the connection."""
        if not self._closed:
            self._closed = True
            self._close()
