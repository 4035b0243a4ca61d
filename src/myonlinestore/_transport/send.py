"""Senders: they send one request and receive its response, synchronously or on an event loop."""

from __future__ import annotations

import abc
import sys
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, cast

import anyio

from myonlinestore._concurrency.event_loops import running_loop
from myonlinestore._redaction import scrub_exception
from myonlinestore._transport.errors import to_connect_error
from myonlinestore._transport.http1.errors import CallTimedOutError, PoolTimedOutError

if TYPE_CHECKING:
    from myonlinestore._concurrency.event_loops import EventLoop
    from myonlinestore._concurrency.semaphore import Permit
    from myonlinestore._response import RawResponse
    from myonlinestore._transport.deadline import Deadline
    from myonlinestore._transport.http1.client import Http1Client
    from myonlinestore._transport.pools import ConnectionPools
    from myonlinestore._transport.prepared_request import PreparedRequest
    from myonlinestore._transport.rate_limiter import Reservation
    from myonlinestore.config import ConnectConfig


class Sender(abc.ABC):
    """The base of all senders: permits, and the errors that they raise."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config

    async def send(self, prepared: PreparedRequest, reservation: Reservation) -> RawResponse:
        """Send when the rate limiter allows it. Raises ConnectError, without tokens below it."""
        outer_exception = sys.exc_info()[1]
        try:
            loop = self._get_loop()
            permit = self._pools.try_acquire_permit(reservation, loop)
            if permit is None:
                permit = await self.acquire_when_allowed(reservation, prepared.deadline)
            try:
                return await self._send(prepared, loop)
            finally:
                permit.release()
        except BaseException as error:
            self._scrub(error, outer_exception, prepared)
            failure = to_connect_error(self._normalize_error(error), prepared, self._config)
            if failure is None:
                raise error.with_traceback(None)  # noqa: B904
            raise failure from error

    async def acquire_when_allowed(
        self, reservation: Reservation, deadline: Deadline | None = None
    ) -> Permit:
        """Return a permit, once the rate limiter allows the request and a permit is free.

        Raises CallTimedOutError at the deadline, and PoolTimedOutError after `pool_timeout`.
        """

        async def sleep(seconds: float) -> None:
            if deadline is not None and not deadline.allows(seconds):
                raise CallTimedOutError
            await self.sleep(seconds)

        timeout = self._config.pool_timeout
        while True:
            await reservation.wait(sleep)
            permit = await self._acquire_permit(deadline.limit(timeout) if deadline else timeout)
            if permit is None:
                raise PoolTimedOutError("every connection is in use")
            if not reservation.is_stale:
                return permit
            permit.release()

    def _scrub(
        self,
        error: BaseException,
        outer_exception: BaseException | None,
        prepared: PreparedRequest,  # noqa: ARG002  an engine's exceptions may hold the request
    ) -> None:
        """Remove the tokens from an exception chain."""
        scrub_exception(error, outer_exception, self._config.redact)

    def _normalize_error(self, error: BaseException) -> BaseException:
        """Return the equivalent of an engine's own exception."""
        return error

    @abc.abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Wait for this many seconds."""

    @abc.abstractmethod
    def _get_loop(self) -> EventLoop | None:
        """Return the event loop of the call, or None for a sync one."""

    @abc.abstractmethod
    async def _acquire_permit(self, timeout: float) -> Permit | None:  # noqa: ASYNC109
        """Return a permit, or None after `timeout` seconds without one."""

    @abc.abstractmethod
    def _send(
        self, prepared: PreparedRequest, loop: EventLoop | None
    ) -> Coroutine[Any, Any, RawResponse]:
        """Send, and raise whatever the engine raises."""


class BaseSyncSender(Sender):
    """The part that all senders for sync calls share; its coroutines never suspend."""

    async def sleep(self, seconds: float) -> None:
        """Block the thread."""
        time.sleep(seconds)  # noqa: ASYNC251  sync calls do not run on an event loop

    def _get_loop(self) -> None:
        return None

    async def _acquire_permit(self, timeout: float) -> Permit | None:  # noqa: ASYNC109
        return self._pools.semaphore.acquire_sync(timeout)


class BaseAsyncSender(Sender):
    """The part that all senders for calls on an event loop, asyncio's or trio's, share."""

    async def sleep(self, seconds: float) -> None:
        """Suspend the task."""
        await anyio.sleep(seconds)

    def _get_loop(self) -> EventLoop:
        return running_loop()

    async def _acquire_permit(self, timeout: float) -> Permit | None:  # noqa: ASYNC109
        return await self._pools.semaphore.acquire(timeout)


class Http1Sender(Sender):
    """The part that senders on this package's own client share."""

    def _send(
        self, prepared: PreparedRequest, loop: EventLoop | None
    ) -> Coroutine[Any, Any, RawResponse]:
        pools = self._pools
        client = cast("Http1Client", pools.http1)
        return client.send(prepared, loop, pools.semaphore.in_flight)


class SyncHttp1Sender(Http1Sender, BaseSyncSender):
    """A sender on the calling thread, by this package's own client."""


class AsyncHttp1Sender(Http1Sender, BaseAsyncSender):
    """A sender on the running event loop, by this package's own client."""
