"""Byte streams: opening of connections, TLS, and reading and writing with a waiter."""

from __future__ import annotations

import errno
import functools
import os
import socket
import ssl
import time
from collections.abc import Callable
from typing import Protocol, TypeVar, cast

from myonlinestore._transport.http1.errors import (
    ConnectFailedError,
    ConnectTimedOutError,
    ProtocolError,
    ProxyRefusedError,
    ReadTimedOutError,
    TimedOutError,
    WriteTimedOutError,
)
from myonlinestore._transport.http1.request import (
    Proxy,
    Server,
    format_address,
    serialize_connect,
)
from myonlinestore._transport.http1.response import ReadBuffer, ResponseReader
from myonlinestore._transport.http1.waiting import AddressInfo, Timeouts, Waiter, poll_socket
from myonlinestore.exceptions import MIN_ERROR_STATUS

T = TypeVar("T")

_MIN_SUCCESS = 200

# RFC 8305, section 5: the head start of an address before the next one is tried as well.
_STAGGER_SECONDS = 0.25
_IN_PROGRESS = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK})
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


async def open_stream(
    server: Server, context: ssl.SSLContext | None, timeouts: Timeouts, waiter: Waiter
) -> Stream:
    """Return an open stream, through the server's proxy, and with TLS if there is a context.

    Raises ConnectFailedError, ProxyRefusedError or TimedOutError; then, as after any exception, no
    socket is open.
    """
    limits = Timeouts(deadline=_connect_deadline(timeouts))
    attempts: list[socket.socket] = []
    peer = server.proxy or server
    try:
        addresses = await waiter.resolve(peer.host, peer.port, limits.limit(None))
        sock = await _connect(addresses, attempts, limits, waiter)
        stream: Stream = PlainStream(sock)
        if context is not None:
            if server.proxy is not None:
                await _open_tunnel(stream, server, server.proxy, limits, waiter)
            stream = await _start_tls(sock, context, server.host, limits, waiter)
    except BaseException as error:
        for attempt in attempts:
            attempt.close()
        if isinstance(error, TimedOutError):
            raise timeouts.error(ConnectTimedOutError) from None
        if isinstance(error, (OSError, UnicodeError, ProtocolError)):
            by = f"by the proxy {format_address(server.proxy)}: " if server.proxy else ""
            raise ConnectFailedError(f"{by}{error}") from error
        raise
    return stream


async def _open_tunnel(
    stream: Stream, server: Server, proxy: Proxy, limits: Timeouts, waiter: Waiter
) -> None:
    """Have a proxy connect to a server. Raises ProxyRefusedError."""
    await stream.send(serialize_connect(server, proxy), limits, waiter)
    # As to HEAD, a successful response has no body, whatever its headers say.
    response = ResponseReader("HEAD", ReadBuffer(), max_bytes=0)
    while not response.complete:
        count = await stream.receive(response.buffer, limits, waiter)
        if count:
            response.advance(count)
        else:
            response.finish()
    if not _MIN_SUCCESS <= response.status < MIN_ERROR_STATUS:
        raise ProxyRefusedError(response.status, f"proxy {format_address(proxy)}")
    if response.has_surplus:
        raise ProtocolError("the proxy sent bytes before the tunnel was used")


async def _start_tls(
    sock: socket.socket, context: ssl.SSLContext, host: str, limits: Timeouts, waiter: Waiter
) -> TlsStream:
    context.set_alpn_protocols(["http/1.1"])
    stream = TlsStream(PlainStream(sock), context, host)
    await stream.handshake(limits, waiter)
    return stream


def _connect_deadline(timeouts: Timeouts) -> float | None:
    if timeouts.connect is None:
        return timeouts.deadline
    end = time.monotonic() + timeouts.connect
    return end if timeouts.deadline is None else min(end, timeouts.deadline)


async def _connect(
    addresses: list[AddressInfo], attempts: list[socket.socket], limits: Timeouts, waiter: Waiter
) -> socket.socket:
    """Return the socket that connects first; those that are open are in `attempts`."""
    untried = [*addresses]
    error = OSError("the host has no address")
    while True:
        if untried:
            try:
                attempts.append(_start(untried.pop(0)))
            except OSError as failure:
                error = failure
                continue
        if not attempts:
            limits.limit(None)
            raise error
        is_only_one = not untried and len(attempts) == 1
        seconds = limits.limit(None if is_only_one else _STAGGER_SECONDS)
        await waiter.wait_writable(attempts[-1], seconds)
        for attempt in [each for each in attempts if _is_done(each)]:
            code = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not code:
                _close_others(attempts, attempt)
                return attempt
            error = OSError(code, os.strerror(code))
            attempts.remove(attempt)
            attempt.close()


def _start(address: AddressInfo) -> socket.socket:
    """Return a socket that is connecting. Raises OSError."""
    family, kind, protocol, _, target = address
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _raise_for_code(sock.connect_ex(target), _IN_PROGRESS)
    except BaseException:
        sock.close()
        raise
    return sock


def _raise_for_code(code: int, expected: frozenset[int]) -> None:
    if code not in expected:
        raise OSError(code, os.strerror(code))


def _is_done(attempt: socket.socket) -> bool:
    return poll_socket(attempt, for_writing=True, seconds=0)


def _close_others(attempts: list[socket.socket], winner: socket.socket) -> None:
    for attempt in attempts:
        if attempt is not winner:
            attempt.close()
    attempts[:] = [winner]
