"""One connection to a server, which carries one request at a time."""

from __future__ import annotations

import contextlib
import ssl
import time
from typing import NamedTuple

from myonlinestore._transport.http1.connect import Server, open_stream
from myonlinestore._transport.http1.errors import (
    BodyReadError,
    Http1Error,
    TooLargeError,
    WriteTimedOutError,
)
from myonlinestore._transport.http1.response import ReadBuffer, ResponseReader
from myonlinestore._transport.http1.stream import Stream
from myonlinestore._transport.http1.timeouts import Timeouts
from myonlinestore._transport.http1.waiting import Waiter

# Up to this size head and body are sent by one system call.
_MAX_JOINED_BYTES = 64 * 1024


class WireRequest(NamedTuple):
    """A request as bytes. The head may hold tokens, so it is kept out of every message."""

    method: str
    head: bytes
    content: bytes | None

    def __repr__(self) -> str:
        return f"WireRequest(method={self.method!r})"


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
        if not content:
            await self._stream.send(head, timeouts, waiter)
        elif len(content) <= _MAX_JOINED_BYTES:
            await self._stream.send(head + content, timeouts, waiter)
        else:
            await self._stream.send(head, timeouts, waiter)
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
