"""Byte streams: a socket, and TLS on a socket, read and written with a waiter."""

from __future__ import annotations

import functools
import socket
import ssl
from collections.abc import Callable
from typing import Protocol, TypeVar, cast

from myonlinestore._transport.http1.errors import ReadTimedOutError, WriteTimedOutError
from myonlinestore._transport.http1.timeouts import Timeouts
from myonlinestore._transport.http1.waiting import Waiter, poll_socket

T = TypeVar("T")

# A TLS record holds at most 16 KiB; one system call reads several.
_TLS_BUFFER_BYTES = 64 * 1024
_TLS_WRITE_BYTES = 256 * 1024


class Stream(Protocol):
    """A connected byte stream."""

    async def send(self, data: bytes, timeouts: Timeouts, waiter: Waiter) -> None:
        """Send all of `data`. Raises OSError or WriteTimedOutError."""
        ...

    async def receive(self, buffer: memoryview, timeouts: Timeouts, waiter: Waiter) -> int:
        """Receive into `buffer`; return the number of bytes, 0 at the end of the stream."""
        ...

    def has_unread(self) -> bool:
        """Return True if bytes, or the end of the stream, can be read without waiting."""
        ...

    def close(self) -> None:
        """Close the socket; from any thread."""
        ...


class PlainStream:
    """A non-blocking socket."""

    __slots__ = ("_socket",)

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    async def send(self, data: bytes, timeouts: Timeouts, waiter: Waiter) -> None:
        """Send all of `data`. Raises OSError or WriteTimedOutError."""
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except (BlockingIOError, InterruptedError):  # noqa: PERF203
                if not await waiter.wait_writable(self._socket, timeouts.limit(timeouts.write)):
                    raise timeouts.error(WriteTimedOutError) from None

    async def receive(self, buffer: memoryview, timeouts: Timeouts, waiter: Waiter) -> int:
        """Receive into `buffer`; return the number of bytes, 0 at the end of the stream."""
        while True:
            try:
                return self._socket.recv_into(buffer)
            except (BlockingIOError, InterruptedError):  # noqa: PERF203
                if not await waiter.wait_readable(self._socket, timeouts.limit(timeouts.read)):
                    raise timeouts.error(ReadTimedOutError) from None

    def has_unread(self) -> bool:
        """Return True if bytes, or the end of the stream, can be read without waiting."""
        return poll_socket(self._socket, for_writing=False, seconds=0)

    def close(self) -> None:
        """Close the socket; from any thread."""
        self._socket.close()


class TlsStream:
    """TLS on a plain stream."""

    __slots__ = ("_buffer", "_incoming", "_outgoing", "_plain", "_tls")

    def __init__(self, plain: PlainStream, context: ssl.SSLContext, host: str) -> None:
        self._plain = plain
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._buffer = memoryview(bytearray(_TLS_BUFFER_BYTES))

    async def handshake(self, timeouts: Timeouts, waiter: Waiter) -> None:
        """Agree on keys and check the certificate. Raises OSError or TimedOutError."""
        await self._run(self._tls.do_handshake, timeouts, waiter)
        await self._flush(timeouts, waiter)

    async def send(self, data: bytes, timeouts: Timeouts, waiter: Waiter) -> None:
        """Send all of `data`. Raises OSError or WriteTimedOutError."""
        left = memoryview(data)
        while left:
            write = functools.partial(self._tls.write, left[:_TLS_WRITE_BYTES])
            written = await self._run(write, timeouts, waiter)
            left = left[written:]
            await self._flush(timeouts, waiter)

    async def receive(self, buffer: memoryview, timeouts: Timeouts, waiter: Waiter) -> int:
        """Receive into `buffer`; return the number of bytes, 0 at the end of the stream."""
        read = functools.partial(_read_into, self._tls, buffer)
        try:
            return await self._run(read, timeouts, waiter)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            # Many servers end a connection without the closing alert.
            return 0

    async def _run(self, step: Callable[[], T], timeouts: Timeouts, waiter: Waiter) -> T:
        """Return the result of a TLS operation, exchanging records until it has one."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:  # noqa: PERF203
                await self._flush(timeouts, waiter)
                count = await self._plain.receive(self._buffer, timeouts, waiter)
                if count:
                    self._incoming.write(self._buffer[:count])
                else:
                    self._incoming.write_eof()

    async def _flush(self, timeouts: Timeouts, waiter: Waiter) -> None:
        if self._outgoing.pending:
            await self._plain.send(self._outgoing.read(), timeouts, waiter)

    def has_unread(self) -> bool:
        """Return True if bytes, or the end of the stream, can be read without waiting."""
        return bool(self._tls.pending() or self._incoming.pending or self._plain.has_unread())

    def close(self) -> None:
        """Close the socket; from any thread, and without a closing alert."""
        self._plain.close()


def _read_into(tls: ssl.SSLObject, buffer: memoryview) -> int:
    # With a buffer, `read` returns a number of bytes, which its type does not say.
    return cast("int", tls.read(len(buffer), buffer))
