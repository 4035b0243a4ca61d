"""Connections to servers, and the idle ones of a client, which sync calls and event loops share.

A caller holds one of the client's permits while it uses a connection, so the pool never has more
connections in use than permits. It opens a connection only when it has no idle one, and then
closes an idle one of another origin if the total would exceed `max_connections`.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections import deque
from collections.abc import Callable

from myonlinestore._transport.http1.errors import (
    BodyReadError,
    Http1Error,
    TooLargeError,
    WriteTimedOutError,
)
from myonlinestore._transport.http1.request import Server, WireRequest
from myonlinestore._transport.http1.response import ReadBuffer, ResponseReader
from myonlinestore._transport.http1.streams import Stream, open_stream
from myonlinestore._transport.http1.waiting import Timeouts, Waiter

# Up to this size head and body are sent by one system call.
_MAX_JOINED_BYTES = 64 * 1024
# As httpx: many servers close connections after about this time.
KEEPALIVE_SECONDS = 5.0


class Connection:
    """An open connection. It is closed, or clean, after each exchange, whatever happens."""

    __slots__ = ("__weakref__", "_buffer", "_stream", "idle_since", "server")

    def __init__(self, server: Server, stream: Stream) -> None:
        self._stream = stream
        self.server = server
        self.idle_since = 0.0
        self._buffer = ReadBuffer()

    @classmethod
    async def open(
        cls, server: Server, context: ssl.SSLContext | None, timeouts: Timeouts, waiter: Waiter
    ) -> Connection:
        """Open a connection. Raises ConnectFailedError or TimedOutError."""
        return cls(server, await open_stream(server, context, timeouts, waiter))

    async def exchange(
        self, request: WireRequest, max_bytes: int, timeouts: Timeouts, waiter: Waiter
    ) -> ResponseReader:
        """Send a request and return its complete response.

        Raises OSError or Http1Error. The caller closes the connection after any exception, and
        after a response that is not `reusable`.
        """
        response = ResponseReader(request.method, self._buffer, max_bytes)
        try:
            await self._send(request, timeouts, waiter)
        except (OSError, WriteTimedOutError) as error:
            # The server may have responded early, such as with 413, and read no further.
            await self._receive_early(response, error, timeouts, waiter)
            if not response.complete:
                raise
            response.forbid_reuse()
            return response
        await self._receive_all(response, timeouts, waiter)
        return response

    async def _send(self, request: WireRequest, timeouts: Timeouts, waiter: Waiter) -> None:
        head, content = request.head, request.content
        if content is not None and len(content) <= _MAX_JOINED_BYTES:
            head, content = head + content, None
        await self._stream.send(head, timeouts, waiter)
        if content is not None:
            await self._stream.send(content, timeouts, waiter)

    async def _receive_all(
        self, response: ResponseReader, timeouts: Timeouts, waiter: Waiter
    ) -> None:
        """Receive a response. Raises BodyReadError if its status had arrived already."""
        try:
            while not response.complete:
                count = await self._stream.receive(response.buffer, timeouts, waiter)
                if count:
                    response.advance(count)
                else:
                    response.finish()
        except (OSError, Http1Error) as error:
            if response.status and not isinstance(error, TooLargeError):
                raise BodyReadError(response.status, error) from error
            raise

    async def _receive_early(
        self, response: ResponseReader, error: Exception, timeouts: Timeouts, waiter: Waiter
    ) -> None:
        """Receive the response if there is one after sending has failed."""
        if isinstance(error, WriteTimedOutError) and not self._stream.has_unread():
            return
        with contextlib.suppress(OSError, Http1Error):
            await self._receive_all(response, timeouts, waiter)

    def is_clean(self) -> bool:
        """Return True if nothing has arrived since the last response, not even the end."""
        return not self._stream.has_unread()

    def mark_idle(self) -> None:
        """Record the time at which the connection became idle."""
        self.idle_since = time.monotonic()

    def close(self) -> None:
        """Close the connection; from any thread."""
        self._stream.close()

    def __del__(self) -> None:
        # An interrupt may lose the last reference at any line, even in `__init__`.
        stream: Stream | None = getattr(self, "_stream", None)
        if stream is not None:
            stream.close()


class ConnectionPool:
    """A stack of idle connections: the one used last is reused first.

    No method takes a lock. Each change of the stack is one atomic operation, so an interrupt
    between two lines leaves every connection in the stack, or without a reference and closed.
    """

    def __init__(
        self,
        make_context: Callable[[], ssl.SSLContext],
        max_connections: int,
        max_keepalive: int,
        max_bytes: int,
    ) -> None:
        self._make_context = make_context
        self._max_connections = max_connections
        self._max_keepalive = max_keepalive
        self._max_bytes = max_bytes
        self._idle: deque[Connection] = deque()
        # Replaced when the pool is closed.
        self._generation = object()

    async def send(
        self,
        server: Server,
        request: WireRequest,
        timeouts: Timeouts,
        waiter: Waiter,
        in_use: int,
    ) -> ResponseReader:
        """Send a request and return its response; `in_use` counts permits, this call's included.

        Raises OSError or Http1Error. The connection is then closed.
        """
        generation = self._generation
        connection = self._pop(server)
        if connection is None:
            self.make_room(in_use)
            context = self._make_context() if server.is_tls else None
            connection = await Connection.open(server, context, timeouts, waiter)
        try:
            response = await connection.exchange(request, self._max_bytes, timeouts, waiter)
        except BaseException:
            connection.close()
            raise
        if response.reusable:
            self._push(connection)
        else:
            connection.close()
        if generation is not self._generation:  # Closed during the exchange.
            self.close_idle(len(self._idle))
        return response

    def _pop(self, server: Server) -> Connection | None:
        """Return an idle connection that is usable, and close those that are not."""
        expired = time.monotonic() - KEEPALIVE_SECONDS
        self._close_expired(expired)
        others: list[Connection] = []
        found = None
        while found is None:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if connection.server != server:
                others.append(connection)
            elif connection.idle_since > expired and connection.is_clean():
                found = connection
            else:
                connection.close()
        if others:
            self._idle.extend(reversed(others))
        return found

    def _close_expired(self, expired: float) -> None:
        """Close the connections at the bottom of the stack, which have been idle longest."""
        try:
            while self._idle[0].idle_since <= expired:
                self._idle.popleft().close()
        except IndexError:  # There is none, or another thread has taken it.
            return

    def make_room(self, in_use: int) -> None:
        """Close idle connections, so that `max_connections` suffices for those in use as well."""
        self.close_idle(len(self._idle) + in_use - self._max_connections)

    def _push(self, connection: Connection) -> None:
        connection.mark_idle()
        self._idle.append(connection)
        self.close_idle(len(self._idle) - self._max_keepalive)

    def close_idle(self, max_count: int) -> None:
        """Close up to `max_count` idle connections, the oldest first."""
        with contextlib.suppress(IndexError):
            for _ in range(max_count):
                self._idle.popleft().close()

    def close(self) -> None:
        """Close the idle connections now, and those in use when their requests end."""
        self._generation = object()
        self.close_idle(len(self._idle))
