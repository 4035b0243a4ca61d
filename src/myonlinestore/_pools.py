"""Pools: the connections of a client, one pool for sync calls and one for each event loop."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import threading
import warnings
import weakref
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from myonlinestore import _wire
from myonlinestore._gate import Gate
from myonlinestore._loop import (
    CoroutineFunction,
    EventLoop,
    arun_there,
    let_go_of_closed_loops,
    run_there,
    running_key,
    running_loop,
)
from myonlinestore._pace import Pace

if TYPE_CHECKING:
    import httpx

    from myonlinestore.config import ConnectConfig

AsyncPool = tuple[EventLoop, _wire.AsyncTransport]
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
        self._lock = threading.Lock()
        self.gate = Gate(self._permits)
        self.pace = Pace()
        self._blocking: _wire.BlockingTransport | None = None
        self._async: dict[object, AsyncPool] = {}

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

    def take_blocking(self) -> _wire.BlockingTransport:
        """As `blocking`, to be given back."""
        with self._lock:
            pool = self._opened_blocking()
            pool.users += 1
            return pool

    def take_async(self) -> _wire.AsyncTransport:
        """As `of_running_loop`, to be given back."""
        key = running_key()
        with self._lock:
            pool = self._async[key][1] if key in self._async else self._opened_here()
            pool.users += 1
            return pool

    def give_back(self, pool: _wire.BlockingTransport | _wire.AsyncTransport) -> bool:
        """Whether the pool is to be closed: it was retired, and this was its last user."""
        with self._lock:
            pool.users -= 1
            return pool.retired and not pool.users

    def _opened_blocking(self) -> _wire.BlockingTransport:
        if self._blocking is None:
            self._blocking = _wire.open_blocking(self._signer, self._given)
        return self._blocking

    def _opened_here(self) -> _wire.AsyncTransport:
        loop = running_loop()
        if loop.key not in self._async:
            self._drop_closed_loops()
            opened = _wire.open_async(self._signer, self._given_async)
            self._async[loop.key] = (loop, opened)
        return self._async[loop.key][1]

    def make_room(self, own: _wire.BlockingTransport) -> None:
        """Close idle connections of other pools, so that all together stay in `max_connections`.

        The gate bounds the requests in flight, and a pool bounds its own connections: only idle
        ones in several pools could add up to more.
        """
        if self.are_several:
            for loop, close in self._surplus(own):
                run_there(loop, [close])

    async def amake_room(self, own: _wire.AsyncTransport) -> None:
        """As `make_room`, on an event loop."""
        for loop, close in self._surplus(own):
            await arun_there(loop, [close])

    @property
    def are_several(self) -> bool:
        """Whether there is another pool than the one that is about to be used."""
        return len(self._async) + (self._blocking is not None) >= _SEVERAL

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
