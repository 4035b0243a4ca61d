"""Connection pools of a client: one for sync calls and one for each event loop."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import threading
import warnings
import weakref
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, TypeVar

from myonlinestore._concurrency.event_loops import (
    CoroutineFunction,
    EventLoop,
    arun_on_loop,
    discard_closed_loops,
    run_on_loop,
    running_loop,
)
from myonlinestore._concurrency.semaphore import FairSemaphore, Permit
from myonlinestore._transport.auth import TokenAuth
from myonlinestore._transport.connections import (
    AsyncTransport,
    SyncTransport,
    abandon_connections,
)
from myonlinestore._transport.engines import (
    open_async,
    open_http1,
    open_sync,
    resolve_engine,
)
from myonlinestore._transport.rate_limiter import RateLimiter, Reservation

if TYPE_CHECKING:
    import httpx

    from myonlinestore._transport.http1.client import Http1Client
    from myonlinestore.config import ConnectConfig

AsyncPool = tuple[EventLoop, AsyncTransport]
Pool = TypeVar("Pool", SyncTransport, AsyncTransport)
LoopTask = tuple[EventLoop, CoroutineFunction]

_warnings_lock = threading.Lock()


class ConnectionPools:
    """Connections that a client shares with the clients derived from it.

    A pool is created on first use, and again after a close or a fork.
    """

    def __init__(
        self,
        config: ConnectConfig,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        # Raises now, rather than at the first call.
        self._auth = TokenAuth(config)
        self._is_fast = resolve_engine(config) == "fast"
        self._permits = config.max_connections
        self._transport = transport
        self._async_transport = async_transport
        self._reset()
        _all_pools.add(self)

    def _reset(self) -> None:
        self.semaphore = FairSemaphore(self._permits)
        # One lock for all three, as nearly every call takes a start, a permit and a pool at once.
        self._lock = self.semaphore.lock
        self.limiter = RateLimiter(lock=self._lock)
        self._sync_pool: SyncTransport | None = None
        self._async_pools: dict[object, AsyncPool] = {}
        is_used = self._is_fast and None in (self._transport, self._async_transport)
        # The fast engine's client, unless the caller's transports replace it.
        self.http1: Http1Client | None = open_http1(self._auth) if is_used else None
        # Whether there was another pool when the latest was opened.
        self.has_multiple = False

    def reset_after_fork(self) -> None:
        """Start over without connections and without touching those that were open."""
        # A thread that this process no longer has may hold the lock.
        self.semaphore.lock = threading.RLock()
        self._reset()
        abandon_connections(self._transport)
        abandon_connections(self._async_transport)

    def http1_for(self, *, is_sync: bool) -> bool:
        """Return True if sync, or else async, calls use the fast engine."""
        given = self._transport if is_sync else self._async_transport
        return self.http1 is not None and given is None

    def sync_pool(self) -> SyncTransport:
        """Return the pool of sync calls, which all threads share."""
        with self._lock:
            return self._get_or_open_sync()

    def current_loop_pool(self) -> AsyncTransport:
        """Return the pool of the running event loop."""
        with self._lock:
            return self._get_or_open_async()

    def try_acquire_permit(
        self, reservation: Reservation, loop: EventLoop | None = None
    ) -> Permit | None:
        """Return a permit for one request, or None if the caller must wait."""
        permit = Permit(self.semaphore, loop)
        with self._lock:
            return permit if self._try_take(permit, reservation) else None

    def try_acquire(self, reservation: Reservation) -> tuple[SyncTransport, Permit] | None:
        """Return the sync pool and a permit for it, or None if the caller must wait."""
        permit = Permit(self.semaphore)
        with self._lock:
            pool = self._sync_pool or self._get_or_open_sync()
            if not self._try_take(permit, reservation):
                return None
            pool.users += 1
            return pool, permit

    def try_acquire_async(self, reservation: Reservation) -> tuple[AsyncTransport, Permit] | None:
        """Return the pool of the running event loop, as `try_acquire` does for sync calls."""
        loop = running_loop()
        permit = Permit(self.semaphore, loop)
        with self._lock:
            pool = (
                self._async_pools[loop.identity][1]
                if loop.identity in self._async_pools
                else self._get_or_open_async()
            )
            if not self._try_take(permit, reservation):
                return None
            pool.users += 1
            return pool, permit

    def _try_take(self, permit: Permit, reservation: Reservation) -> bool:
        semaphore = self.semaphore
        if semaphore.has_free() and reservation.limiter.try_start(reservation):
            semaphore.take(permit)
            return True
        return False

    def acquire(self) -> SyncTransport:
        """Return the sync pool, marked as in use, to a caller with a permit."""
        return _mark_used(self._get_or_open_sync, self._lock)

    def acquire_async(self) -> AsyncTransport:
        """Return the pool of the running event loop, as `acquire` does for sync calls."""
        return _mark_used(self._get_or_open_async, self._lock)

    def release(self, pool: SyncTransport | AsyncTransport) -> bool:
        """Release a pool; the caller releases its permit afterwards.

        Return True if the caller must close the pool, because it was retired and this was its
        last user.
        """
        with self._lock:
            pool.users -= 1
            return pool.retired and not pool.users

    def _get_or_open_sync(self) -> SyncTransport:
        if self._sync_pool is None:
            self._sync_pool = open_sync(self._auth, self._transport)
            self.has_multiple = bool(self._async_pools) or self.http1 is not None
        return self._sync_pool

    def _get_or_open_async(self) -> AsyncTransport:
        loop = running_loop()
        if loop.identity not in self._async_pools:
            self._drop_closed_loops()
            open_pool = open_async(self._auth, self._async_transport)
            self._async_pools[loop.identity] = (loop, open_pool)
            others = (self._sync_pool is not None) + (self.http1 is not None)
            self.has_multiple = len(self._async_pools) + others > 1
        return self._async_pools[loop.identity][1]

    def evict_idle(self, own: SyncTransport | None) -> None:
        """Close idle connections of other pools, so that the total stays within `max_connections`.

        The semaphore bounds the requests in flight, and a pool bounds its own connections: only
        idle connections of several pools could exceed the limit together.
        """
        for loop, close in self._excess_connections(own):
            run_on_loop(loop, [close])

    async def aevict_idle(self, own: AsyncTransport | None) -> None:
        """Close idle connections of other pools, as `evict_idle` does, on an event loop."""
        for loop, close in self._excess_connections(own):
            await arun_on_loop(loop, [close])

    def _excess_connections(self, own: SyncTransport | AsyncTransport | None) -> list[LoopTask]:
        """Close excess connections of the sync pool; return the close tasks of other loops."""
        with self._lock:
            self._drop_closed_loops()
            excess = self.semaphore.in_flight + self._idle_in_others(own) - self._permits
            if excess > 0 and self.http1 is not None and own is not None:
                excess -= self.http1.close_idle(excess)
            if excess > 0 and self._sync_pool is not None and self._sync_pool is not own:
                excess -= self._sync_pool.close_idle(excess)
            return list(
                _close_tasks(excess, [p for p in self._async_pools.values() if p[1] is not own])
            )

    def _idle_in_others(self, own: SyncTransport | AsyncTransport | None) -> int:
        pools = [self._sync_pool, *(pool for _, pool in self._async_pools.values())]
        idle = sum(len(pool.idle()) for pool in pools if pool is not None and pool is not own)
        return idle if self.http1 is None else idle + self.http1.idle_count

    def close(self) -> None:
        """Close every connection; those of the running event loop are closed there, soon.

        A connection that is in use, by another thread or task, is closed when its request ends.
        """
        if self.http1 is not None:
            self.http1.close()
        try:
            self._retire_sync_pool()
        finally:
            while entry := self._pop_async_pool():
                loop, pool = entry
                run_on_loop(loop, pool.close_tasks())

    async def aclose(self) -> None:
        """Close every connection before this returns, but for those in use as in `close`."""
        here = running_loop().identity
        if self.http1 is not None:
            self.http1.close()
        try:
            self._retire_sync_pool()
        finally:
            while entry := self._pop_async_pool():
                loop, pool = entry
                await (
                    pool.close_when_idle()
                    if loop.identity is here
                    else arun_on_loop(loop, pool.close_tasks())
                )

    def _retire_sync_pool(self) -> None:
        with self._lock:
            pool, self._sync_pool = self._sync_pool, None
            if pool is not None:
                pool.retired = True
        if pool is not None:
            pool.close_when_idle()

    def _pop_async_pool(self) -> AsyncPool | None:
        with self._lock:
            self._drop_closed_loops()
            if not self._async_pools:
                return None
            _, entry = self._async_pools.popitem()
            entry[1].retired = True
            return entry

    def _drop_closed_loops(self) -> None:
        """Drop the pools of closed loops, whose sockets only destructors can close."""
        closed = [key for key, (loop, _) in self._async_pools.items() if loop.is_closed()]
        if closed:
            with _suppress_resource_warnings():
                for key in closed:
                    self._async_pools.pop(key)[1].forget()
                discard_closed_loops()
                gc.collect()


def _mark_used(open_pool: Callable[[], Pool], lock: threading.RLock) -> Pool:
    with lock:
        pool = open_pool()
        pool.users += 1
    return pool


def _close_tasks(excess: int, pools: list[AsyncPool]) -> Iterator[LoopTask]:
    for loop, pool in pools:
        closing = min(excess, len(pool.idle()))
        if closing > 0:
            excess -= closing
            yield loop, functools.partial(pool.close_idle, closing)


@contextlib.contextmanager
def _suppress_resource_warnings() -> Generator[None]:
    """Suppress the warning about sockets closed by a destructor; nothing else can close them."""
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield


_all_pools: weakref.WeakSet[ConnectionPools] = weakref.WeakSet()


def _reset_after_fork() -> None:
    """Replace sockets and locks in a forked child: it must use none of its parent's."""
    global _warnings_lock  # noqa: PLW0603  a lost thread may hold it
    _warnings_lock = threading.Lock()
    with _suppress_resource_warnings():
        for pools in list(_all_pools):
            pools.reset_after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch  Windows cannot fork
    os.register_at_fork(after_in_child=_reset_after_fork)
