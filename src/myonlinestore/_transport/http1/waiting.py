"""Waiting for a socket, within time limits: by poll in sync code, by anyio on an event loop.

Everything else of the client is the same in sync code, asyncio and trio. A socket belongs to no
event loop: it is registered only while a task waits for it, so any thread may use or close it
afterwards.
"""

from __future__ import annotations

import math
import select
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import anyio
import anyio.to_thread

from myonlinestore._transport.http1.errors import CallTimedOutError, TimedOutError

# What `socket.getaddrinfo` returns for one address.
AddressInfo = tuple[Any, Any, int, str, Any]

T = TypeVar("T")

_MAX_POLL_MS = 2**31 - 1


class Waiter(Protocol):
    """The operations that may suspend; `seconds` None means no limit."""

    async def wait_readable(self, sock: socket.socket, seconds: float | None) -> bool:
        """Return True once the socket is readable, False after `seconds`."""
        ...

    async def wait_writable(self, sock: socket.socket, seconds: float | None) -> bool:
        """Return True once the socket is writable, False after `seconds`."""
        ...

    async def resolve(self, host: str, port: int, seconds: float | None) -> list[AddressInfo]:
        """Return the TCP addresses of a host, none after `seconds`. Raises OSError."""
        ...

    async def run(self, function: Callable[[], T]) -> T:
        """Return the result of a function that takes long, without blocking an event loop."""
        ...


class Timeouts:
    """The time that each wait of a phase may take; None means no limit.

    `deadline` is a time of `time.monotonic` at which the request ends, whatever its phase.
    """

    __slots__ = ("connect", "deadline", "read", "write")

    def __init__(
        self,
        connect: float | None = None,
        read: float | None = None,
        write: float | None = None,
        deadline: float | None = None,
    ) -> None:
        self.connect = connect
        self.read = read
        self.write = write
        self.deadline = deadline

    @classmethod
    def from_mapping(
        cls, seconds: Mapping[str, float | None], deadline: float | None = None
    ) -> Timeouts:
        """Return the timeouts of a mapping with the keys of ``httpx.Timeout.as_dict``."""
        return cls(seconds["connect"], seconds["read"], seconds["write"], deadline)

    def limit(self, seconds: float | None) -> float | None:
        """Return the seconds that a wait may take. Raises CallTimedOutError."""
        if self.deadline is None:
            return seconds
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise CallTimedOutError
        return left if seconds is None else min(seconds, left)

    def error(self, phase: type[TimedOutError]) -> TimedOutError:
        """Return the error for a wait of this phase that ended without a result."""
        is_over = self.deadline is not None and time.monotonic() >= self.deadline
        return CallTimedOutError() if is_over else phase()


class SyncWaiter:
    """Block the calling thread; the coroutines never suspend."""

    async def wait_readable(self, sock: socket.socket, seconds: float | None) -> bool:
        """Return True once the socket is readable, False after `seconds`."""
        return poll_socket(sock, for_writing=False, seconds=seconds)

    async def wait_writable(self, sock: socket.socket, seconds: float | None) -> bool:
        """Return True once the socket is writable, False after `seconds`."""
        return poll_socket(sock, for_writing=True, seconds=seconds)

    async def resolve(
        self,
        host: str,
        port: int,
        seconds: float | None,  # noqa: ARG002
    ) -> list[AddressInfo]:
        """Return the TCP addresses of a host; the system's resolver has its own time limit."""
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    async def run(self, function: Callable[[], T]) -> T:
        """Return the result of a function."""
        return function()


class AnyioWaiter:
    """Suspend the running task, on any event loop that anyio supports."""

    async def wait_readable(self, sock: socket.socket, seconds: float | None) -> bool:
        """Return True once the socket is readable, False after `seconds`."""
        with anyio.move_on_after(seconds):
            await anyio.wait_readable(sock)
            return True
        return False

    async def wait_writable(self, sock: socket.socket, seconds: float | None) -> bool:
        """Return True once the socket is writable, False after `seconds`."""
        with anyio.move_on_after(seconds):
            await anyio.wait_writable(sock)
            return True
        return False

    async def resolve(self, host: str, port: int, seconds: float | None) -> list[AddressInfo]:
        """Return the TCP addresses of a host, none after `seconds`. Raises OSError."""
        with anyio.move_on_after(seconds):
            return [*await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        return []

    async def run(self, function: Callable[[], T]) -> T:
        """Return the result of a function that runs in another thread."""
        return await anyio.to_thread.run_sync(function)


SYNC_WAITER = SyncWaiter()
ANYIO_WAITER = AnyioWaiter()


def poll_socket(sock: socket.socket, *, for_writing: bool, seconds: float | None) -> bool:
    """Return True once a socket is ready, or has failed; False after `seconds`."""
    if not hasattr(select, "poll"):
        return _select_socket(sock, for_writing=for_writing, seconds=seconds)
    poller = select.poll()
    poller.register(sock, select.POLLOUT if for_writing else select.POLLIN)
    milliseconds = None if seconds is None else min(math.ceil(seconds * 1000), _MAX_POLL_MS)
    return bool(poller.poll(milliseconds))


def _select_socket(sock: socket.socket, *, for_writing: bool, seconds: float | None) -> bool:
    """Do as `poll_socket` on Windows, which has no poll."""
    readable, writable = ([], [sock]) if for_writing else ([sock], [])
    return any(select.select(readable, writable, [sock], seconds))
