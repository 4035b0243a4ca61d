"""Senders: they send one request and receive its response, synchronously or on an event loop."""

from __future__ import annotations

import abc
import sys
import time
from typing import TYPE_CHECKING, Protocol, cast

import anyio
import httpx

from myonlinestore._concurrency.event_loops import running_loop
from myonlinestore._transport.errors import MAPPED_EXCEPTIONS, scrub_error, to_connect_error
from myonlinestore._transport.http1.errors import PoolTimedOutError

if TYPE_CHECKING:
    from myonlinestore._concurrency.semaphore import Permit
    from myonlinestore._response import RawResponse
    from myonlinestore._transport.connections import AsyncTransport, SyncTransport
    from myonlinestore._transport.http1.client import Http1Client
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


def make_sender(pools: ConnectionPools, config: ConnectConfig, *, is_sync: bool) -> Sender:
    """Return the sender of sync or async calls, on the engine of the pools."""
    if pools.http1_for(is_sync=is_sync):
        return (SyncHttp1Sender if is_sync else AsyncHttp1Sender)(pools, config)
    return (SyncSender if is_sync else AsyncSender)(pools, config)


class BaseSender(abc.ABC):
    """The part that all senders share: the errors that they raise."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config

    async def send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        """Send when the rate limiter allows it. Raises ConnectError, without tokens below it."""
        outer_exception = sys.exc_info()[1]
        try:
            return await self._send(prepared, reservation)
        except MAPPED_EXCEPTIONS as error:
            raise to_connect_error(error, outer_exception, prepared, self._config) from error
        except BaseException as error:  # noqa: BLE001  it is raised again
            raise scrub_error(error, outer_exception, prepared, self._config)  # noqa: B904

    @abc.abstractmethod
    async def _send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        """Send, and raise whatever the engine raises."""


class SyncCaller(BaseSender):
    """The operations of sync calls; its coroutines never suspend."""

    async def sleep(self, seconds: float) -> None:
        """Block the thread."""
        time.sleep(seconds)  # noqa: ASYNC251  sync calls do not run on an event loop

    async def acquire_when_allowed(self, reservation: Reservation) -> Permit:
        """Return a permit, once the rate limiter allows it and one is free."""
        while True:
            await reservation.wait(self.sleep)
            permit = self._pools.semaphore.acquire_sync(self._config.pool_timeout)
            if permit is None:
                raise PoolTimedOutError("every connection is in use")
            if not reservation.is_stale:
                return permit
            permit.release()


class AsyncCaller(BaseSender):
    """The operations of calls on an event loop, asyncio's or trio's."""

    async def sleep(self, seconds: float) -> None:
        """Suspend the task."""
        await anyio.sleep(seconds)

    async def acquire_when_allowed(self, reservation: Reservation) -> Permit:
        """Return a permit, as `SyncCaller.acquire_when_allowed` does."""
        while True:
            await reservation.wait(self.sleep)
            permit = await self._pools.semaphore.acquire(self._config.pool_timeout)
            if permit is None:
                raise PoolTimedOutError("every connection is in use")
            if not reservation.is_stale:
                return permit
            permit.release()


class SyncSender(SyncCaller):
    """A sender on the calling thread, by httpx."""

    async def _send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        pools = self._pools
        acquired = pools.try_acquire(reservation)
        if acquired is None:
            permit = await self.acquire_when_allowed(reservation)
            pool = pools.acquire()
        else:
            pool, permit = acquired
        try:
            if pools.has_multiple:
                pools.evict_idle(pool)
            return pool.send(prepared)
        finally:
            _leave(pools, pool, permit)


class AsyncSender(AsyncCaller):
    """A sender on the running event loop, by httpx."""

    async def _send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        acquired = self._pools.try_acquire_async(reservation)
        if acquired is None:
            permit = await self.acquire_when_allowed(reservation)
            acquired = self._pools.acquire_async(), permit
        return await self._send_on_pool(prepared, *acquired)

    async def _send_on_pool(
        self, prepared: PreparedRequest, pool: AsyncTransport, permit: Permit
    ) -> RawResponse:
        pools, body = self._pools, httpx.ByteStream(prepared.content or b"")
        try:
            if pools.has_multiple:
                await pools.aevict_idle(pool)
            response = await pool.send(prepared, body)
        except GeneratorExit:  # The coroutine is being closed: nothing can be awaited.
            pools.release(pool)
            permit.release()
            raise
        except BaseException:
            try:
                await pool.close_orphaned(body)
            finally:
                await _leave_async(pools, pool, permit)
            raise
        await _leave_async(pools, pool, permit)
        return response


class SyncHttp1Sender(SyncCaller):
    """A sender on the calling thread, by the fast engine."""

    async def _send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        pools = self._pools
        permit = pools.try_acquire_permit(reservation) or await self.acquire_when_allowed(
            reservation
        )
        try:
            if pools.has_multiple:
                pools.evict_idle(None)
            client = cast("Http1Client", pools.http1)
            return await client.send(prepared, None, pools.semaphore.in_flight)
        finally:
            permit.release()


class AsyncHttp1Sender(AsyncCaller):
    """A sender on the running event loop, by the fast engine."""

    async def _send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        pools, loop = self._pools, running_loop()
        permit = pools.try_acquire_permit(reservation, loop) or await self.acquire_when_allowed(
            reservation
        )
        try:
            if pools.has_multiple:
                await pools.aevict_idle(None)
            client = cast("Http1Client", pools.http1)
            return await client.send(prepared, loop, pools.semaphore.in_flight)
        finally:
            permit.release()


def _leave(pools: ConnectionPools, pool: SyncTransport, permit: Permit) -> None:
    """Release pool and permit; close the pool first if it was retired."""
    try:
        if pools.release(pool):
            pool.close()
    finally:
        permit.release()


async def _leave_async(pools: ConnectionPools, pool: AsyncTransport, permit: Permit) -> None:
    """Do as `_leave` on an event loop."""
    try:
        if pools.release(pool):
            with anyio.CancelScope(shield=True):
                await pool.aclose()
    finally:
        permit.release()
