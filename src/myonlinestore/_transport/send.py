"""Senders: they send one request and receive its response, synchronously or on an event loop."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol

import anyio
import httpx

from myonlinestore._transport.errors import MAPPED_EXCEPTIONS, scrub_error, to_connect_error

if TYPE_CHECKING:
    from myonlinestore._response import RawResponse
    from myonlinestore._transport.connections import AsyncTransport, SyncTransport
    from myonlinestore._transport.pools import ConnectionPools
    from myonlinestore._transport.prepared_request import PreparedRequest
    from myonlinestore._transport.rate_limiter import Reservation
    from myonlinestore.config import ConnectConfig


class Sender(Protocol):
    """The operations in which sync and async calls differ."""

    async def send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        """Send when the rate limiter allows it. Raises TransportError if there is no response."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for this many seconds."""
        ...


class SyncSender:
    """A sender on the calling thread; its coroutines never suspend."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config

    async def send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        """Send on the sync pool."""
        outer_exception = sys.exc_info()[1]
        try:
            pools = self._pools
            pool = pools.try_acquire(reservation) or await self._acquire_when_allowed(reservation)
            try:
                if pools.has_multiple:
                    pools.evict_idle(pool)
                return pool.send(prepared)
            finally:
                if pools.release(pool):
                    _close_and_release(pool)
        except MAPPED_EXCEPTIONS as error:
            raise to_connect_error(error, outer_exception, prepared, self._config) from error
        except BaseException as error:  # noqa: BLE001  it is raised again
            raise scrub_error(error, outer_exception, prepared, self._config)  # noqa: B904

    async def _acquire_when_allowed(self, reservation: Reservation) -> SyncTransport:
        """Return a pool, once the rate limiter allows it and a permit is free."""
        pool = None
        while pool is None:
            await reservation.wait(self.sleep)
            semaphore = self._pools.semaphore
            if not semaphore.acquire_sync(self._config.pool_timeout):
                raise httpx.PoolTimeout("every connection is in use")
            pool = self._pools.acquire(semaphore, reservation)
        return pool

    async def sleep(self, seconds: float) -> None:
        """Block the thread."""
        time.sleep(seconds)  # noqa: ASYNC251  sync calls do not run on an event loop


class AsyncSender:
    """A sender on the running event loop, asyncio's or trio's."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config

    async def send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        """Send on the pool of the running event loop."""
        outer_exception = sys.exc_info()[1]
        try:
            pool = self._pools.try_acquire_async(reservation) or await self._acquire_when_allowed(
                reservation
            )
            return await self._send_on_pool(prepared, pool)
        except MAPPED_EXCEPTIONS as error:
            raise to_connect_error(error, outer_exception, prepared, self._config) from error
        except BaseException as error:  # noqa: BLE001  it is raised again
            raise scrub_error(error, outer_exception, prepared, self._config)  # noqa: B904

    async def _send_on_pool(self, prepared: PreparedRequest, pool: AsyncTransport) -> RawResponse:
        pools, body = self._pools, httpx.ByteStream(prepared.content or b"")
        try:
            if pools.has_multiple:
                await pools.aevict_idle(pool)
            response = await pool.send(prepared, body)
        except GeneratorExit:  # The coroutine is being closed: nothing can be awaited.
            if pools.release(pool):
                pool.semaphore.release()
            raise
        except BaseException:
            try:
                await pool.close_orphaned(body)
            finally:
                if pools.release(pool):
                    await _close_and_release_async(pool)
            raise
        if pools.release(pool):
            await _close_and_release_async(pool)
        return response

    async def _acquire_when_allowed(self, reservation: Reservation) -> AsyncTransport:
        """Return a pool, as `SyncSender._acquire_when_allowed` does."""
        pool = None
        while pool is None:
            await reservation.wait(self.sleep)
            semaphore = self._pools.semaphore
            if not await semaphore.acquire(self._config.pool_timeout):
                raise httpx.PoolTimeout("every connection is in use")
            pool = self._pools.acquire_async(semaphore, reservation)
        return pool

    async def sleep(self, seconds: float) -> None:
        """Suspend the task."""
        await anyio.sleep(seconds)


def _close_and_release(pool: SyncTransport) -> None:
    try:
        pool.close()
    finally:
        pool.semaphore.release()


async def _close_and_release_async(pool: AsyncTransport) -> None:
    try:
        with anyio.CancelScope(shield=True):
            await pool.aclose()
    finally:
        pool.semaphore.release()
