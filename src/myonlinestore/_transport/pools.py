"""Pools: the connections of a client, one pool for sync calls and one for each event loop."""

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

from myonlinestore import _transport as _wire
from myonlinestore._concurrency.event_loops import (
    CoroutineFunction,
    EventLoop,
    arun_there,
    let_go_of_closed_loops,
    run_there,
    running_key,
    running_loop,
)
from myonlinestore._concurrency.semaphore import Gate
from myonlinestore._transport.rate_limiter import Pace, Place

if TYPE_CHECKING:
    import httpx

    from myonlinestore.config import ConnectConfig

AsyncPool = tuple[EventLoop, _wire.AsyncTransport]
Pool = TypeVar("Pool", _wire.BlockingTransport, _wire.AsyncTransport)
Errand = tuple[EventLoop, CoroutineFunction]

_SEVERAL = 2
_warnings_lock = threading.Lock()


class Pools:
    """Connections that a client shares with the clients derived from it.

    A pool is made when it is first used, and made anew after a close or a fork.
    """

    def __init__(
        self,
        config: ConnectConfig,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        _wire.engine_of(config)  # Told now, rather than at the first call.
        self._permits = config.max_connections
        self._signer = _wire.Signer(config)
        self._given = transport
        self._given_async = async_transport
        self._start_over()
        _all_pools.add(self)

    def _start_over(self) -> None:
        self.gate = Gate(self._permits)
        # One lock for all three, as nearly every call takes a start, a permit and a pool at once.
        self._lock = self.gate.lock
        self.pace = Pace(lock=self._lock)
        self._blocking: _wire.BlockingTransport | None = None
        self._async: dict[object, AsyncPool] = {}
        # Whether there was another pool when the latest was opened.
        self.are_several = False

    def forget(self) -> None:
        """Start over without connections and without touching those that were open."""
        self._start_over()
        _wire.forget_connections(self._given)
        _wire.forget_connections(self._given_async)

    def blocking(self) -> _wire.BlockingTransport:
        """The pool of sync calls, from whichever thread."""
        with self._lock:
            return self._opened_blocking()

    def of_running_loop(self) -> _wire.AsyncTransport:
        """The pool of the running event loop."""
        with self._lock:
            return self._opened_here()

    def start_blocking(self, place: Place) -> _wire.BlockingTransport | None:
        """The pool of sync calls, a permit and a start, if nothing is to be waited for."""
        with self._lock:
            pool = self._blocking or self._opened_blocking()
            gate = pool.gate
            if not (gate.free and place.pace.starts(place)):
                return None
            gate.free -= 1
            pool.users += 1
            return pool

    def start_async(self, place: Place) -> _wire.AsyncTransport | None:
        """As `start_blocking`, with the pool of the running event loop."""
        key = running_key()
        with self._lock:
            pool = self._async[key][1] if key in self._async else self._opened_here()
            gate = pool.gate
            if not (gate.free and place.pace.starts(place)):
                return None
            gate.free -= 1
            pool.users += 1
            return pool

    def take_blocking(self, gate: Gate, place: Place) -> _wire.BlockingTransport | None:
        """The pool of sync calls, for who waited for a permit; ``None`` if the place is void."""
        return _taken(self._opened_blocking, self._lock, gate, place)

    def take_async(self, gate: Gate, place: Place) -> _wire.AsyncTransport | None:
        """As `take_blocking`, with the pool of the running event loop."""
        return _taken(self._opened_here, self._lock, gate, place)

    def leave(self, pool: _wire.BlockingTransport | _wire.AsyncTransport) -> bool:
        """Give back a pool and a permit.

        True if the pool is to be closed, because it was retired and this was its last user. Its
        permit is then still taken, and given back to the pool's gate when it is closed.
        """
        gate = pool.gate
        with gate.lock:
            pool.users -= 1
            if pool.retired and not pool.users:
                return True
            if not gate.turns:
                gate.free += 1
                return False
        gate.leave()
        return False

    def _opened_blocking(self) -> _wire.BlockingTransport:
        if self._blocking is None:
            self._blocking = _wire.open_blocking(self._signer, self._given)
            self._blocking.gate = self.gate
            self.are_several = bool(self._async)
        return self._blocking

    def _opened_here(self) -> _wire.AsyncTransport:
        loop = running_loop()
        if loop.key not in self._async:
            self._drop_closed_loops()
            opened = _wire.open_async(self._signer, self._given_async)
            opened.gate = self.gate
            self._async[loop.key] = (loop, opened)
            self.are_several = len(self._async) + (self._blocking is not None) >= _SEVERAL
        return self._async[loop.key][1]

    def make_room(self, own: _wire.BlockingTransport) -> None:
        """Close idle connections of other pools, so that all together stay in `max_connections`.

        The gate bounds the requests in flight, and a pool bounds its own connections: only idle
        ones in several pools could add up to more.
        """
        for loop, close in self._surplus(own):
            run_there(loop, [close])

    async def amake_room(self, own: _wire.AsyncTransport) -> None:
        """As `make_room`, on an event loop."""
        for loop, close in self._surplus(own):
            await arun_there(loop, [close])

    def _surplus(self, own: _wire.BlockingTransport | _wire.AsyncTransport) -> list[Errand]:
        """What other loops have to close, once the pool of sync calls has closed what it can."""
        with self._lock:
            self._drop_closed_loops()
            surplus = self.gate.in_flight + self._idle_in_others(own) - self._permits
            if surplus > 0 and self._blocking not in (None, own):
                surplus -= self._blocking.close_idle(surplus)
            return list(_errands(surplus, [p for p in self._async.values() if p[1] is not own]))

    def _idle_in_others(self, own: _wire.BlockingTransport | _wire.AsyncTransport) -> int:
        pools = [self._blocking, *(pool for _, pool in self._async.values())]
        return sum(len(pool.idle()) for pool in pools if pool is not None and pool is not own)

    def close(self) -> None:
        """Close every connection; those of the running event loop are closed there, soon.

        A connection that is in use, by another thread or task, is closed when its request ends.
        """
        try:
            self._retire_blocking()
        finally:
            while taken := self._take_out():
                loop, pool = taken
                run_there(loop, pool.closings())

    async def aclose(self) -> None:
        """Close every connection before this returns, but for those in use as in `close`."""
        here = running_loop().key
        try:
            self._retire_blocking()
        finally:
            while taken := self._take_out():
                loop, pool = taken
                await (pool.retire() if loop.key is here else arun_there(loop, pool.closings()))

    def _retire_blocking(self) -> None:
        with self._lock:
            pool, self._blocking = self._blocking, None
            if pool is not None:
                pool.retired = True
        if pool is not None:
            pool.retire()

    def _take_out(self) -> AsyncPool | None:
        with self._lock:
            self._drop_closed_loops()
            if not self._async:
                return None
            _, taken = self._async.popitem()
            taken[1].retired = True
            return taken

    def _drop_closed_loops(self) -> None:
        """Let go of their pools: only destructors can close the sockets of a loop that is gone."""
        closed = [key for key, (loop, _) in self._async.items() if loop.is_closed()]
        if closed:
            with _left_unclosed():
                for key in closed:
                    self._async.pop(key)[1].forget()
                let_go_of_closed_loops()
                gc.collect()


def _taken(
    opened: Callable[[], Pool], lock: threading.RLock, gate: Gate, place: Place
) -> Pool | None:
    """A pool, now in use. Where none is given, the caller's permit goes back to the gate."""
    pool = None
    try:
        if not place.is_void:
            with lock:
                pool = opened()
                pool.users += 1
    finally:
        if pool is None:
            gate.leave()
    return pool


def _errands(surplus: int, pools: list[AsyncPool]) -> Iterator[Errand]:
    for loop, pool in pools:
        closing = min(surplus, len(pool.idle()))
        if closing > 0:
            surplus -= closing
            yield loop, functools.partial(pool.close_idle, closing)


@contextlib.contextmanager
def _left_unclosed() -> Generator[None]:
    """Python warns of sockets that a destructor closes; here nothing else can."""
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield


_all_pools: weakref.WeakSet[Pools] = weakref.WeakSet()


def _forget_in_child() -> None:
    """A forked child must not use its parent's sockets, nor wait for a lock of a lost thread."""
    with _left_unclosed():
        for pools in list(_all_pools):
            pools.forget()


if hasattr(os, "register_at_fork"):  # pragma: no branch  Windows cannot fork
    os.register_at_fork(after_in_child=_forget_in_child)
