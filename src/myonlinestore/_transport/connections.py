"""The pools' transports: they sign what passes, and know their idle connections."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from myonlinestore._response import MIN_ERROR_STATUS
from myonlinestore._transport.decompress import decode_content

if TYPE_CHECKING:
    from myonlinestore._concurrency.semaphore import FairSemaphore
    from myonlinestore._response import RawResponse
    from myonlinestore._transport.auth import TokenAuth
    from myonlinestore._transport.prepared_request import PreparedRequest

_EMPTY_STREAM = httpx.ByteStream(b"")


class SyncTransport(httpx.BaseTransport):
    """A pool for sync calls that signs what passes; `gate` is whose permits its users have."""

    semaphore: FairSemaphore

    def __init__(self, inner: httpx.BaseTransport, auth: TokenAuth) -> None:
        self.users = 0
        self.retired = False
        self._inner = inner
        self._auth = auth

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the signed copy."""
        outer_exception = sys.exc_info()[1]
        try:
            response = self._inner.handle_request(self._auth.with_tokens(request))
        except BaseException as error:  # noqa: BLE001  it is raised again
            raise self._auth.scrub_error(error, outer_exception, lambda: request)  # noqa: B904
        return self._auth.strip_tokens(response)

    def send(self, prepared: PreparedRequest) -> RawResponse:
        """The answer to what is sent, signed. Whoever calls cleanses what this raises."""
        body = _EMPTY_STREAM if prepared.content is None else httpx.ByteStream(prepared.content)
        response = self._inner.handle_request(self._auth.request(prepared, body))
        stream: Any = response.stream
        try:
            sent = b"".join(stream)
        finally:
            stream.close()
        if response.status_code >= MIN_ERROR_STATUS:
            self._auth.strip_tokens(response)
        return decode_content(response, sent)

    def idle(self) -> list[Any]:
        """The connections that wait for a request."""
        return [c for c in connections(self._inner) if c.is_idle()]

    def close_idle(self, max_count: int) -> int:
        """Close up to so many idle connections; the number of those that were."""
        return sum(_closed_if_idle(connection) for connection in self.idle()[:max_count])

    def close_when_idle(self) -> None:
        """Close what no request uses; the last request to end closes the rest."""
        if self.users:
            self.close_idle(len(self.idle()))
        else:
            self.close()

    def close(self) -> None:
        """Close the pool's connections."""
        self._inner.close()


class AsyncTransport(httpx.AsyncBaseTransport):
    """A pool for one event loop that signs what passes; `gate` as of the other."""

    semaphore: FairSemaphore

    def __init__(self, inner: httpx.AsyncBaseTransport, auth: TokenAuth) -> None:
        self.users = 0
        self.retired = False
        self._inner = inner
        self._auth = auth

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the signed copy."""
        outer_exception = sys.exc_info()[1]
        try:
            response = await self._inner.handle_async_request(self._auth.with_tokens(request))
        except BaseException as error:  # noqa: BLE001  it is raised again
            raise self._auth.scrub_error(error, outer_exception, lambda: request)  # noqa: B904
        return self._auth.strip_tokens(response)

    async def send(self, prepared: PreparedRequest, body: httpx.ByteStream) -> RawResponse:
        """As of the other pool, with the bytes of this stream."""
        response = await self._inner.handle_async_request(self._auth.request(prepared, body))
        stream: Any = response.stream
        try:
            sent = b"".join([part async for part in stream])
        finally:
            await stream.aclose()
        if response.status_code >= MIN_ERROR_STATUS:
            self._auth.strip_tokens(response)
        return decode_content(response, sent)

    def idle(self) -> list[Any]:
        """The connections that wait for a request."""
        return [c for c in connections(self._inner) if c.is_idle()]

    async def close_idle(self, max_count: int) -> None:
        """Close up to so many idle connections; to be run on the pool's own loop."""
        for connection in self.idle()[:max_count]:
            if connection.is_idle():  # Still: a request may have taken it meanwhile.
                await connection.aclose()

    def close_tasks(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """As `retire` of a pool for sync calls: steps of which none waits for another."""
        if self.users:
            return [self.close_when_idle]
        return [*(c.aclose for c in connections(self._inner)), self._inner.aclose]

    async def close_when_idle(self) -> None:
        """Close what no request uses; the last request to end closes the rest."""
        if self.users:
            await self.close_idle(len(self.idle()))
        else:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the pool's connections."""
        await self._inner.aclose()

    def forget(self) -> None:
        """Let go of the connections of a loop that is gone, whoever still holds the pool."""
        abandon_connections(self._inner)

    async def close_orphaned(self, stream: httpx.ByteStream) -> None:
        """Close what a request that failed leaves behind in httpcore's pool.

        One that is cancelled between taking a connection and using it, or while it gives it back,
        leaves it neither in use nor on offer: it would take up its place for ever.
        """
        with anyio.CancelScope(shield=True):
            for connection in _pop_orphaned(_pool_of(self._inner), stream):
                await connection.aclose()


def connections(transport: object) -> list[Any]:
    """What httpx gives no way to; a transport of another make has none to see."""
    return list(getattr(getattr(transport, "_pool", None), "connections", ()))


def _pool_of(transport: object) -> Any:
    """The pool of httpcore as it is since 1.0.3; older ones keep their state in another way."""
    pool = getattr(transport, "_pool", None)
    return pool if hasattr(pool, "_optional_thread_lock") else None


def abandon_connections(transport: object) -> None:
    """Have a transport start over without touching the sockets that it had open."""
    pool = _pool_of(transport)
    if pool is not None:
        pool._connections, pool._requests = [], []  # noqa: SLF001
        # A thread that this process no longer has may have held it.
        pool._optional_thread_lock = type(pool._optional_thread_lock)()  # noqa: SLF001


def _pop_orphaned(pool: Any, failed: httpx.ByteStream) -> list[Any]:
    """Out of the pool, the failed request and each connection that no request has or can get."""
    if pool is None:
        return []
    requests = [each for each in pool._requests if each.request.stream is not failed]  # noqa: SLF001
    taken = {id(each.connection) for each in requests}
    stranded = [
        connection
        for connection in pool.connections
        if not (id(connection) in taken or connection.is_idle() or connection.is_closed())
    ]
    kept = [connection for connection in pool.connections if connection not in stranded]
    pool._requests, pool._connections = requests, kept  # noqa: SLF001
    return stranded


def _closed_if_idle(connection: Any) -> bool:
    """Close it under the lock with which a request takes it: either it goes, or the request has it.

    A request that finds its connection closed takes another.
    """
    innermost = connection
    while (inner := getattr(innermost, "_connection", None)) is not None:
        innermost = inner
    lock = getattr(innermost, "_state_lock", None)
    if lock is None:
        return False
    with lock:
        idle: bool = connection.is_idle()
        if idle:
            connection.close()
    return idle
