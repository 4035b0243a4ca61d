"""Sending: one exchange and one wait, on a blocking or an async wire."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol, cast

import anyio
import httpx

from myonlinestore._wire.failures import FAILURES, typed
from myonlinestore._wire.unpacking import unpacked

if TYPE_CHECKING:
    from myonlinestore._answer import Answer
    from myonlinestore._pace import Place
    from myonlinestore._pools import Pools
    from myonlinestore._wire.outgoing import Outgoing
    from myonlinestore._wire.transports import AsyncTransport, BlockingTransport
    from myonlinestore.config import ConnectConfig


class Wire(Protocol):
    """The two things that a sync and an async call do differently."""

    async def send(self, outgoing: Outgoing, place: Place) -> Answer | None:
        """One exchange, or ``None`` if the place had become void when a connection was free.

        Raises TransportError when no usable answer came.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class BlockingWire:
    """Sends on the calling thread; its coroutines never suspend."""

    def __init__(self, pools: Pools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config

    async def send(self, outgoing: Outgoing, place: Place) -> Answer | None:
        """One exchange on the blocking pool."""
        handled = sys.exc_info()[1]
        try:
            return self._in_turn(outgoing, place)
        except FAILURES as error:
            raise typed(error, handled, outgoing, self._config) from error

    def _in_turn(self, outgoing: Outgoing, place: Place) -> Answer | None:
        gate = self._pools.gate
        if not (gate.take() or gate.enter(self._config.pool_timeout)):
            raise httpx.PoolTimeout("every connection is in use")
        try:
            return None if place.is_void else self._exchange(outgoing)
        finally:
            gate.leave()

    def _exchange(self, outgoing: Outgoing) -> Answer:
        pool = self._pools.take_blocking()
        try:
            self._pools.make_room(pool)
            return self._answer(pool, outgoing)
        finally:
            if self._pools.give_back(pool):
                pool.close()

    def _answer(self, pool: BlockingTransport, outgoing: Outgoing) -> Answer:
        response = pool.send(outgoing, httpx.ByteStream(outgoing.content or b""))
        stream = cast("httpx.SyncByteStream", response.stream)
        try:
            return unpacked(response, b"".join(stream))
        finally:
            stream.close()

    async def sleep(self, seconds: float) -> None:
        """Block the thread."""
        time.sleep(seconds)  # noqa: ASYNC251  this wire is never on an event loop's path


class AsyncWire:
    """Sends on the running event loop, asyncio's or trio's."""

    def __init__(self, pools: Pools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config

    async def send(self, outgoing: Outgoing, place: Place) -> Answer | None:
        """One exchange on this loop's pool."""
        handled = sys.exc_info()[1]
        try:
            return await self._in_turn(outgoing, place)
        except FAILURES as error:
            raise typed(error, handled, outgoing, self._config) from error

    async def _in_turn(self, outgoing: Outgoing, place: Place) -> Answer | None:
        gate = self._pools.gate
        if not (gate.take() or await gate.enter_async(self._config.pool_timeout)):
            raise httpx.PoolTimeout("every connection is in use")
        try:
            return None if place.is_void else await self._exchange(outgoing)
        finally:
            gate.leave()

    async def _exchange(self, outgoing: Outgoing) -> Answer:
        pool, body = self._pools.take_async(), httpx.ByteStream(outgoing.content or b"")
        try:
            if self._pools.are_several:
                await self._pools.amake_room(pool)
            answer = await self._answer(pool, outgoing, body)
        except GeneratorExit:  # The coroutine is thrown away: nothing can be awaited.
            self._pools.give_back(pool)
            raise
        except BaseException:
            try:
                await pool.close_stranded(body)
            finally:
                if self._pools.give_back(pool):
                    await _close(pool)
            raise
        if self._pools.give_back(pool):
            await _close(pool)
        return answer

    async def _answer(
        self, pool: AsyncTransport, outgoing: Outgoing, body: httpx.ByteStream
    ) -> Answer:
        response = await pool.send(outgoing, body)
        stream = cast("httpx.AsyncByteStream", response.stream)
        try:
            return unpacked(response, b"".join([part async for part in stream]))
        finally:
            await stream.aclose()

    async def sleep(self, seconds: float) -> None:
        """Suspend the task."""
        await anyio.sleep(seconds)


async def _close(pool: AsyncTransport) -> None:
    with anyio.CancelScope(shield=True):
        await pool.aclose()
