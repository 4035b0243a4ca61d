"""Transports of the pools: they add the tokens, and give access to idle connections."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from myonlinestore._transport.decompress import decode_content
from myonlinestore._transport.http1.errors import BodyReadError, ContentDecodingError
from myonlinestore.exceptions import MIN_ERROR_STATUS

if TYPE_CHECKING:
    from myonlinestore._response import RawResponse
    from myonlinestore._transport.auth import TokenAuth
    from myonlinestore._transport.prepared_request import PreparedRequest

_EMPTY_STREAM = httpx.ByteStream(b"")


class SyncTransport(httpx.BaseTransport):
    """A pool for sync calls that adds the tokens.

    `semaphore` bounds the requests in flight; each of the pool's users holds a permit.
    """

    def __init__(self, inner: httpx.BaseTransport, auth: TokenAuth) -> None:
        self.users = 0
        self.retired = False
        self._inner = inner
        self._auth = auth

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy with the tokens."""
        outer_exception = sys.exc_info()[1]
        try:
            response = self._inner.handle_request(self._auth.with_tokens(request))
        except BaseException as error:  # noqa: BLE001  it is raised again
            raise self._auth.scrub_error(error, outer_exception, lambda: request)  # noqa: B904
        return self._auth.strip_tokens(response)

    def send(self, prepared: PreparedRequest) -> RawResponse:
        """Send a request with the tokens and read its response. The caller scrubs exceptions."""
        body = _EMPTY_STREAM if prepared.content is None else httpx.ByteStream(prepared.content)
        response = self._inner.handle_request(self._auth.request(prepared, body))
        stream: Any = response.stream
        try:
            try:
                sent = b"".join(stream)
            finally:
                stream.close()
            if response.status_code >= MIN_ERROR_STATUS:
                self._auth.strip_tokens(response)
            return decode_content(response, sent, self._auth.config.max_response_bytes)
        except (httpx.HTTPError, ContentDecodingError) as error:
            raise BodyReadError(response.status_code, error) from error

    def idle(self) -> list[Any]:
        """Return the connections that no request uses."""
        return [c for c in connections(self._inner) if c.is_idle()]

    def close_idle(self, max_count: int) -> int:
        """Close at most `max_count` idle connections; return their number."""
        return sum(_close_if_idle(connection) for connection in self.idle()[:max_count])

    def close_when_idle(self) -> None:
        """Close idle connections; the last request in flight closes the rest."""
        if self.users:
            self.close_idle(len(self.idle()))
        else:
            self.close()

    def close(self) -> None:
        """Close the pool's connections."""
        self._inner.close()


class AsyncTransport(httpx.AsyncBaseTransport):
    """A pool for one event loop that adds the tokens, as `SyncTransport` does."""

    def __init__(self, inner: httpx.AsyncBaseTransport, auth: TokenAuth) -> None:
        self.users = 0
        self.retired = False
        self._inner = inner
        self._auth = auth

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy with the tokens."""
        outer_exception = sys.exc_info()[1]
        try:
            response = await self._inner.handle_async_request(self._auth.with_tokens(request))
        except BaseException as error:  # noqa: BLE001  it is raised again
            raise self._auth.scrub_error(error, outer_exception, lambda: request)  # noqa: B904
        return self._auth.strip_tokens(response)

    async def send(self, prepared: PreparedRequest, body: httpx.ByteStream) -> RawResponse:
        """Send a request with the tokens and these bytes, and read its response."""
        response = await self._inner.handle_async_request(self._auth.request(prepared, body))
        stream: Any = response.stream
        try:
            try:
                sent = b"".join([part async for part in stream])
            finally:
                await stream.aclose()
            if response.status_code >= MIN_ERROR_STATUS:
                self._auth.strip_tokens(response)
            return decode_content(response, sent, self._auth.config.max_response_bytes)
        except (httpx.HTTPError, ContentDecodingError) as error:
            raise BodyReadError(response.status_code, error) from error

    def idle(self) -> list[Any]:
        """Return the connections that no request uses."""
        return [c for c in connections(self._inner) if c.is_idle()]

    async def close_idle(self, max_count: int) -> None:
        """Close at most `max_count` idle connections. Call it on the pool's own loop."""
        for connection in self.idle()[:max_count]:
            if connection.is_idle():  # A request may have taken it during an earlier close.
                await connection.aclose()

    def close_tasks(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """Return independent coroutine functions that together close the pool."""
        if self.users:
            return [self.close_when_idle]
        return [*(c.aclose for c in connections(self._inner)), self._inner.aclose]

    async def close_when_idle(self) -> None:
        """Close idle connections; the last request in flight closes the rest."""
        if self.users:
            await self.close_idle(len(self.idle()))
        else:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the pool's connections."""
        await self._inner.aclose()

    def forget(self) -> None:
        """Drop the connections of a closed loop, even if the pool is still referenced."""
        abandon_connections(self._inner)

    async def close_orphaned(self, stream: httpx.ByteStream) -> None:
        """Close the connections that a failed request leaves behind in httpcore's pool.

        A request that is cancelled between acquiring and using a connection, or while it releases
        it, leaves it neither in use nor available. It would count against the pool's limit forever.
        """
        with anyio.CancelScope(shield=True):
            for connection in _pop_orphaned(_pool_of(self._inner), stream):
                await connection.aclose()


def connections(transport: object) -> list[Any]:
    """Return the connections of an httpx transport; other transports have none to inspect."""
    return list(getattr(getattr(transport, "_pool", None), "connections", ()))


def _pool_of(transport: object) -> Any:
    """Return the transport's pool if it is that of httpcore 1.0.3 or later, otherwise None."""
    pool = getattr(transport, "_pool", None)
    return pool if hasattr(pool, "_optional_thread_lock") else None


def abandon_connections(transport: object) -> None:
    """Reset a transport without closing the sockets that it has open."""
    pool = _pool_of(transport)
    if pool is not None:
        pool._connections, pool._requests = [], []  # noqa: SLF001
        # A thread that does not exist in this process may hold it.
        pool._optional_thread_lock = type(pool._optional_thread_lock)()  # noqa: SLF001


def _pop_orphaned(pool: Any, failed: httpx.ByteStream) -> list[Any]:
    """Remove the failed request, and each connection that no request uses or can use.

    Return those connections.
    """
    if pool is None:
        return []
    requests = [each for each in pool._requests if each.request.stream is not failed]  # noqa: SLF001
    used = {id(each.connection) for each in requests}
    orphaned = [
        connection
        for connection in pool.connections
        if not (id(connection) in used or connection.is_idle() or connection.is_closed())
    ]
    kept = [connection for connection in pool.connections if connection not in orphaned]
    pool._requests, pool._connections = requests, kept  # noqa: SLF001
    return orphaned


def _close_if_idle(connection: Any) -> bool:
    """Close the connection if it is idle, under the lock with which a request acquires it.

    A request that finds its connection closed acquires another one.
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
