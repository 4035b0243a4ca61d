"""Permits, connections and transports, which a client shares with the clients derived from it."""

from __future__ import annotations

import functools
import os
import threading
import weakref
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from myonlinestore._concurrency.semaphore import FairSemaphore, Permit
from myonlinestore._transport.auth import TokenAuth
from myonlinestore._transport.environment import (
    find_http_proxy,
    find_proxy,
    is_http,
    load_ssl_context,
)
from myonlinestore._transport.rate_limiter import RateLimiter, Reservation

if TYPE_CHECKING:
    import httpx

    from myonlinestore._concurrency.event_loops import EventLoop
    from myonlinestore._transport.http1.client import Http1Client
    from myonlinestore.config import ConnectConfig

_MMAP_BLOCK_BYTES = 4 << 20


class ConnectionPools:
    """Permits, connections and transports, for all threads and event loops.

    Each request has a permit. Only `http1` keeps idle connections; httpx opens one for each
    request, unless a transport of the caller's keeps some itself.
    """

    def __init__(
        self,
        config: ConnectConfig,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        _raise_mmap_threshold()
        # Raises now, rather than at the first call.
        self.auth = TokenAuth(config)
        self.transport = transport
        self.async_transport = async_transport
        self._permits = config.max_connections
        needs_engine = transport is None or async_transport is None
        self._has_http1 = needs_engine and resolve_engine(config) == "fast"
        self._reset()
        _all_pools.add(self)

    def _reset(self) -> None:
        self.semaphore = FairSemaphore(self._permits)
        # One lock for all, as nearly every call takes a start and a permit at once.
        self._lock = self.semaphore.lock
        self.limiter = RateLimiter(lock=self._lock)
        self.http1: Http1Client | None = open_http1(self.auth) if self._has_http1 else None
        self.transport_users = TransportUsers(self._lock)
        self.async_transport_users = TransportUsers(self._lock)

    def reset_after_fork(self) -> None:
        """Start over without connections and without touching those that are open.

        It takes no lock, as a thread that this process no longer has may hold it.
        """
        # A call that the child inherits may still release its permit.
        self.semaphore.lock = threading.RLock()
        self._reset()

    def uses_http1(self, *, is_sync: bool) -> bool:
        """Return True if sync, or else async, calls use this package's own client."""
        transport = self.transport if is_sync else self.async_transport
        return self.http1 is not None and transport is None

    def try_acquire_permit(
        self, reservation: Reservation, loop: EventLoop | None = None
    ) -> Permit | None:
        """Return a permit for one request, or None if the caller must wait."""
        semaphore = self.semaphore
        permit = Permit(semaphore, loop)
        with self._lock:
            if semaphore.has_free() and reservation.limiter.try_start(reservation):
                semaphore.take(permit)
                return permit
        return None

    def make_room(self) -> None:
        """Close idle connections beyond `max_connections`, before httpx opens another one."""
        if self.http1 is not None:
            self.http1.make_room(self.semaphore.in_flight)

    def close(self) -> None:
        """Close the connections, and the caller's transport for sync calls.

        What is in use is closed when its last request ends.
        """
        if self.http1 is not None:
            self.http1.close()
        if self.transport is not None and self.transport_users.retire():
            self.transport.close()

    async def aclose(self) -> None:
        """Close what `close` does, and the caller's transport for async calls."""
        try:
            self.close()
        finally:
            if self.async_transport is not None and self.async_transport_users.retire():
                await self.async_transport.aclose()


class TransportUse:
    """A call on a transport. One that an interrupt lost ends with the last reference to it."""

    __slots__ = ("__weakref__", "key")

    def __init__(self, uses: set[weakref.ref[TransportUse]]) -> None:
        self.key = weakref.ref(self, uses.discard)
        hash(self.key)  # It is computed once, while the use is there.


class TransportUsers:
    """The calls in flight on a transport of the caller's, which is closed when there is none."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        # Weak references, as in FairSemaphore.
        self._uses: set[weakref.ref[TransportUse]] = set()
        self._was_used = False
        self._is_retired = False

    @property
    def in_flight(self) -> int:
        """The number of calls."""
        return len(self._uses)

    def enter(self) -> TransportUse:
        """Begin a call, which lasts as long as the result is referred to, or until `leave`."""
        use = TransportUse(self._uses)
        with self._lock:
            self._uses.add(use.key)
            self._was_used = True
        return use

    def mark_used(self) -> None:
        """Have a later `retire` close the transport, for requests that are not counted."""
        with self._lock:
            self._was_used = True

    def leave(self, use: TransportUse) -> bool:
        """End a call. Return True if the caller must close the transport."""
        with self._lock:
            self._uses.discard(use.key)
            return self._claim_close()

    def retire(self) -> bool:
        """Have the transport closed. Return True if the caller must do that, False if a call will.

        A transport that was not used since it was closed is not closed again.
        """
        with self._lock:
            self._is_retired = self._was_used
            return self._claim_close()

    def _claim_close(self) -> bool:
        """Return True to the one caller that must close the transport. It holds the lock."""
        if self._uses or not self._is_retired:
            return False
        self._is_retired = self._was_used = False
        return True


def resolve_engine(config: ConnectConfig) -> Literal["fast", "httpx"]:
    """Return the engine of a configuration. Raises ImportError if its extra is missing."""
    if config.engine == "httpx":
        return "httpx"
    if config.engine == "fast" and not _is_importable("httptools"):
        raise ImportError(
            'engine="fast" needs httptools: pip install "myonlinestore-connect[fast]"'
        )
    proxy_url = find_proxy(config.base_url)
    return "fast" if proxy_url is None or is_http(proxy_url) else "httpx"


def _is_importable(name: str) -> bool:
    try:
        import_module(name)
    except ImportError:
        return False
    return True


def open_http1(auth: TokenAuth) -> Http1Client:
    """Return this package's own client."""
    from myonlinestore._transport.http1.client import Http1Client  # noqa: PLC0415  perhaps unused

    return Http1Client(auth, load_ssl_context, find_http_proxy(auth.config.base_url))


@functools.cache
def _raise_mmap_threshold() -> None:
    """Make glibc keep freed memory, by freeing a block larger than any page of rows once.

    Otherwise glibc returns memory to the system after each page and requests it again for the
    next, which takes longer than reading the page. It keeps less than twice the largest block that
    was ever freed (mallopt(3), M_TRIM_THRESHOLD). The block is never written to.
    """
    bytes(_MMAP_BLOCK_BYTES)


_all_pools: weakref.WeakSet[ConnectionPools] = weakref.WeakSet()


def _reset_after_fork() -> None:
    """Replace sockets and locks in a forked child: it must use none of its parent's."""
    for pools in list(_all_pools):
        pools.reset_after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch  Windows cannot fork
    os.register_at_fork(after_in_child=_reset_after_fork)
