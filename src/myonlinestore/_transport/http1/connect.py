"""Opening of connections: name resolution, TCP and TLS, within one timeout."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import time
from typing import NamedTuple

from myonlinestore._transport.http1.errors import (
    ConnectFailedError,
    ConnectTimedOutError,
    TimedOutError,
)
from myonlinestore._transport.http1.stream import PlainStream, Stream, TlsStream
from myonlinestore._transport.http1.timeouts import Timeouts
from myonlinestore._transport.http1.waiting import AddressInfo, Waiter, poll_socket

# RFC 8305, section 5: the head start of an address before the next one is tried as well.
_STAGGER_SECONDS = 0.25
_IN_PROGRESS = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK})


class Server(NamedTuple):
    """A server; `host` is in ASCII, without the brackets of an IPv6 address."""

    host: str
    port: int
    is_tls: bool


async def open_stream(
    server: Server, context: ssl.SSLContext | None, timeouts: Timeouts, waiter: Waiter
) -> Stream:
    """Return an open stream, with TLS if there is a context.

    Raises ConnectFailedError or TimedOutError; then, as after any exception, no socket is open.
    """
    limits = Timeouts(deadline=_connect_deadline(timeouts))
    attempts: list[socket.socket] = []
    try:
        addresses = await waiter.resolve(server.host, server.port, limits.limit(None))
        sock = await _connect(addresses, attempts, limits, waiter)
        stream: Stream = PlainStream(sock)
        if context is not None:
            stream = await _start_tls(sock, context, server.host, limits, waiter)
    except BaseException as error:
        for attempt in attempts:
            attempt.close()
        if isinstance(error, TimedOutError):
            raise timeouts.error(ConnectTimedOutError) from None
        if isinstance(error, (OSError, UnicodeError)):
            raise ConnectFailedError(str(error)) from error
        raise
    return stream


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
