"""Pools: the connections of a client, one pool for sync calls and one for each event loop."""

from __future__ import annotations

import gc
import os
import threading
import warnings
import weakref
from typing import TYPE_CHECKING

from myonlinestore import _wire
from myonlinestore._gate import Gate
from myonlinestore._loop import EventLoop, in_loop, running_loop

if TYPE_CHECKING:
    import httpx

    from myonlinestore.config import ConnectConfig

# Seconds to wait for another loop to close a connection; one that is stuck must not stop a call.
_PATIENCE = 0.5

AsyncPool = tuple[EventLoop, _wire.AsyncTransport]


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
        self._permits = config.max_connections
        self._signer = _wire.Signer(config)
        self._given = transport
        self._given_async = async_transport
        self.forget()
        _all_pools.add(self)

    def forget(self) -> None:
        """Start over without connections and without touching those that were open."""
        self._lock = threading.Lock()
        self.gate = Gate(self._permits)
        self._blocking: _wire.BlockingTransport | None = None
        self._async: dict[object, AsyncPool] = {}

    def blocking(self) -> _wire.BlockingTransport:
        """The pool of sync calls, from whichever thread."""
        with self._lock:
            if self._blocking is None:
                self._blocking = _wire.open_blocking(self._signer, self._given)
            return self._blocking

    def of_running_loop(self) -> _wire.AsyncTransport:
        """The pool of the running event loop."""
        loop = running_loop()
        with self._lock:
            if loop.key not in self._async:
                self._drop_closed_loops()
                opened = _wire.open_async(self._signer, self._given_async)
                self._async[loop.key] = (loop, opened)
            return self._async[loop.key][1]

    def make_room(self, own: _wire.BlockingTransport | _wire.AsyncTransport) -> None:
        """Close idle connections of other pools, so that all together stay in `max_connections`.

        The gate bounds the requests in flight, and a pool bounds its own connections: only idle
        ones in several pools could add up to more.
        """
        with self._lock:
            self._drop_closed_loops()
            blocking = self._blocking if self._blocking is not own else None
            pools = [pair for pair in self._async.values() if pair[1] is not own]
        if blocking is None and not pools:
            return
        idle = sum(len(pool.idle()) for pool in (blocking, *(p for _, p in pools)) if pool)
        surplus = self.gate.in_flight + idle + max(0, len(own.idle()) - 1) - self._permits
        if surplus > 0 and blocking is not None:
            surplus -= blocking.close_idle(surplus)
        for loop, pool in pools:
            if surplus > 0 and pool.idle():
                surplus -= _close_idle(loop, pool, surplus)

    def close(self) -> None:
        """Close every connection; those of an event loop that runs are closed there, soon."""
        with self._lock:
            blocking, self._blocking = self._blocking, None
            pools, self._async = self._async, {}
        if blocking is not None:
            blocking.close()
        for loop, transport in pools.values():
            if not loop.is_closed():
                loop.spawn(transport.aclose)
        _abandon(pools)

    async def aclose(self) -> None:
        """Close every connection; those of the running event loop before this returns."""
        with self._lock:
            own = self._async.pop(running_loop().key, None)
        if own is not None:
            await own[1].aclose()
        self.close()

    def _drop_closed_loops(self) -> None:
        closed = [key for key, (loop, _) in self._async.items() if loop.is_closed()]
        if closed:
            _abandon({key: self._async.pop(key) for key in closed})


def _close_idle(loop: EventLoop, pool: _wire.AsyncTransport, most: int) -> int:
    """Have a loop close idle connections of its pool; wait for it, unless that would stop a loop."""
    closing = min(most, len(pool.idle()))
    done = threading.Event()

    async def close() -> None:
        await pool.close_idle(closing)
        done.set()

    loop.spawn(close)
    if not in_loop():
        done.wait(_PATIENCE)
    return closing


def _abandon(pools: dict[object, AsyncPool]) -> None:
    """Let go of pools. The sockets of a loop that is gone can only be closed by their destructors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gone = any(loop.is_closed() for loop, _ in pools.values())
        pools.clear()
        if gone:
            gc.collect()


_all_pools: weakref.WeakSet[Pools] = weakref.WeakSet()


def _forget_in_child() -> None:
    """A forked child must not use its parent's sockets, nor wait for a lock that a lost thread held."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for pools in list(_all_pools):
            pools.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
