"""Sending: one exchange and one wait, on a blocking or an async wire."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol

import anyio
import httpx

from myonlinestore._transport.errors import FAILURES, cleansed, typed

if TYPE_CHECKING:
    from myonlinestore._response import Answer
    from myonlinestore._transport.connections import AsyncTransport, BlockingTransport
    from myonlinestore._transport.pools import Pools
    from myonlinestore._transport.prepared_request import Outgoing
    from myonlinestore._transport.rate_limiter import Place
    from myonlinestore.config import ConnectConfig


class Wire(Protocol):
    """The two things that a sync and an async call do differently."""

    async def send(self, outgoing: Outgoing, place: Place) -> Answer:
        """One exchange, when the pace allows. Raises TransportError if no usable answer came."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class BlockingWire:
    """Sends on the calling thread; its coroutines never suspend."""

    def __init__(self, pools: Pools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config

    async def send(self, outgoing: Outgoing, place: Place) -> Answer:
        """One exchange on the blocking pool."""
        handled = sys.exc_info()[1]
        try:
            pools = self._pools
            pool = pools.start_blocking(place) or await self._waited_for(place)
            try:
                if pools.are_several:
                    pools.make_room(pool)
                return pool.send(outgoing)
            finally:
                if pools.leave(pool):
                    _close_and_leave(pool)
        except FAILURES as error:
            raise typed(error, handled, outgoing, self._config) from error
        except BaseException as error:  # noqa: BLE001  it is raised again
            raise cleansed(error, handled, outgoing, self._config)  # noqa: B904

    async def _waited_for(self, place: Place) -> BlockingTransport:
        """A pool, once the pace allows it and a permit is free."""
        pool = None
        while pool is None:
            await place.come(self.sleep)
            gate = self._pools.gate
            if not gate.enter(self._config.pool_timeout):
                raise httpx.PoolTimeout("every connection is in use")
            pool = self._pools.take_blocking(gate, place)
        return pool

    async def sleep(self, seconds: float) -> None:
        """Block the thread."""
        time.sleep(seconds)  # noqa: ASYNC251  this wire is never on an event loop's path


class AsyncWire:
    """Sends on the running event loop, asyncio's or trio's."""

    def __init__(self, pools: Pools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config

    async def send(self, outgoing: Outgoing, place: Place) -> Answer:
        """One exchange on this loop's pool."""
        handled = sys.exc_info()[1]
        try:
            pool = self._pools.start_async(place) or await self._waited_for(place)
            return await self._exchange(outgoing, pool)
        except FAILURES as error:
            raise typed(error, handled, outgoing, self._config) from error
        except BaseException as error:  # noqa: BLE001  it is raised again
            raise cleansed(error, handled, outgoing, self._config)  # noqa: B904

    async def _exchange(self, outgoing: Outgoing, pool: AsyncTransport) -> Answer:
        pools, body = self._pools, httpx.ByteStream(outgoing.content or b"")
        try:
            if pools.are_several:
                await pools.amake_room(pool)
            answer = await pool.send(outgoing, body)
        except GeneratorExit:  # The coroutine is thrown away: nothing can be awaited.
            if pools.leave(pool):
                pool.gate.leave()
            raise
        except BaseException:
            try:
                await pool.close_stranded(body)
            finally:
                if pools.leave(pool):
                    await _close_and_leave_async(pool)
            raise
        if pools.leave(pool):
            await _close_and_leave_async(pool)
        return answer

    async def _waited_for(self, place: Place) -> AsyncTransport:
        """As of the other wire."""
        pool = None
        while pool is None:
            await place.come(self.sleep)
            gate = self._pools.gate
            if not await gate.enter_async(self._config.pool_timeout):
                raise httpx.PoolTimeout("every connection is in use")
            pool = self._pools.take_async(gate, place)
        return pool

    async def sleep(self, seconds: float) -> None:
        """Suspend the task."""
        await anyio.sleep(seconds)


def _close_and_leave(pool: BlockingTransport) -> None:
    try:
        pool.close()
    finally:
        pool.gate.leave()


async def _close_and_leave_async(pool: AsyncTransport) -> None:
    try:
        with anyio.CancelScope(shield=True):
            await pool.aclose()
    finally:
        pool.gate.leave()
