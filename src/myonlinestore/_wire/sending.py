"""Sending: one exchange and one wait, on a blocking or an async wire."""

from __future__ import annotations

import gzip
import time
import zlib
from typing import TYPE_CHECKING, Protocol, cast

import anyio
import httpx

from myonlinestore._answer import Answer
from myonlinestore._wire.failures import failures

if TYPE_CHECKING:
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
        with failures(outgoing, self._config):
            request, gate = outgoing.request(), self._pools.gate
            if not gate.enter(self._config.pool_timeout):
                raise httpx.PoolTimeout("every connection is in use")
            try:
                return None if place.is_void else self._exchange(request)
            finally:
                gate.leave()

    def _exchange(self, request: httpx.Request) -> Answer:
        pool = self._pools.take_blocking()
        try:
            self._pools.make_room(pool)
            return self._answer(pool, request)
        finally:
            if self._pools.give_back(pool):
                pool.close()

    def _answer(self, pool: BlockingTransport, request: httpx.Request) -> Answer:
        response = pool.handle_request(request)
        try:
            stream = cast("httpx.SyncByteStream", response.stream)
            return _unpacked(response, b"".join(stream))
        finally:
            response.close()

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
        with failures(outgoing, self._config):
            request, gate = outgoing.request(), self._pools.gate
            if not await gate.enter_async(self._config.pool_timeout):
                raise httpx.PoolTimeout("every connection is in use")
            try:
                return None if place.is_void else await self._exchange(request)
            finally:
                gate.leave()

    async def _exchange(self, request: httpx.Request) -> Answer:
        pool = self._pools.take_async()
        try:
            await self._pools.amake_room(pool)
            answer = await self._answer(pool, request)
        except GeneratorExit:  # The coroutine is thrown away: nothing can be awaited.
            self._pools.give_back(pool)
            raise
        except BaseException:
            try:
                await pool.close_stranded(request)
            finally:
                await self._give_back(pool)
            raise
        await self._give_back(pool)
        return answer

    async def _answer(self, pool: AsyncTransport, request: httpx.Request) -> Answer:
        response = await pool.handle_async_request(request)
        try:
            stream = cast("httpx.AsyncByteStream", response.stream)
            return _unpacked(response, b"".join([part async for part in stream]))
        finally:
            await response.aclose()

    async def _give_back(self, pool: AsyncTransport) -> None:
        if self._pools.give_back(pool):
            with anyio.CancelScope(shield=True):
                await pool.aclose()

    async def sleep(self, seconds: float) -> None:
        """Suspend the task."""
        await anyio.sleep(seconds)


def _unpacked(response: httpx.Response, sent: bytes) -> Answer:
    """The answer, unpacked once all of it is there.

    httpx would unpack while it reads, and on garbled bytes leave its generators half-way, of which
    trio complains; and it takes packed bytes that are cut off for the whole.
    """
    encoding = response.headers.get("content-encoding", "identity").lower()
    if not sent or encoding == "identity":
        body = sent
    elif encoding == "gzip":
        body = _gunzipped(sent)
    else:
        body = httpx.Response(200, headers=response.headers, content=sent).content
    return Answer(response.status_code, response.headers, body, received=len(sent))


def _gunzipped(sent: bytes) -> bytes:
    try:
        return gzip.decompress(sent)
    except (OSError, EOFError, zlib.error) as error:
        raise httpx.DecodingError(str(error)) from error
