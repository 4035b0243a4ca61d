"""Raw clients: an httpx.Client and an httpx.AsyncClient, below which the tokens are added."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import httpx

from myonlinestore._redaction import scrub_exception
from myonlinestore._transport.httpx_engine import (
    get_async_stream,
    get_stream,
    open_async_transport,
    open_transport,
    replace_requests,
    sign_request,
)
from myonlinestore._transport.prepared_request import make_timeouts

if TYPE_CHECKING:
    from myonlinestore._concurrency.semaphore import Permit
    from myonlinestore._transport.pools import ConnectionPools
    from myonlinestore.config import ConnectConfig


def make_client(pools: ConnectionPools, config: ConnectConfig) -> httpx.Client:
    """Return an httpx.Client that adds the tokens to requests to the API."""
    return httpx.Client(
        transport=RawTransport(pools, config), timeout=_timeout(config), follow_redirects=True
    )


def make_async_client(pools: ConnectionPools, config: ConnectConfig) -> httpx.AsyncClient:
    """Return an httpx.AsyncClient that adds the tokens to requests to the API."""
    return httpx.AsyncClient(
        transport=AsyncRawTransport(pools, config), timeout=_timeout(config), follow_redirects=True
    )


def _timeout(config: ConnectConfig) -> httpx.Timeout:
    return httpx.Timeout(**make_timeouts(config))


class RawTransport(httpx.BaseTransport):
    """The transport of an httpx.Client: adds the tokens below it, within `max_connections`."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config
        self._inner = pools.transport or open_transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy with the tokens."""
        scrubber = _Scrubber(request, self._pools)
        permit = self._pools.semaphore.acquire_sync(self._config.pool_timeout)
        if permit is None:
            raise httpx.PoolTimeout("every connection is in use", request=request)
        self._pools.transport_users.mark_used()
        try:
            signed = sign_request(request, self._pools.auth, self._inner)
            self._pools.make_room()
            response = self._inner.handle_request(signed)
        except BaseException as error:  # noqa: BLE001  it is raised again
            permit.release()
            raise scrubber.scrub(error)  # noqa: B904
        return scrubber.strip(response, _RawStream(get_stream(response), permit, scrubber))


class AsyncRawTransport(httpx.AsyncBaseTransport):
    """The transport of an httpx.AsyncClient, as `RawTransport`."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config
        self._inner = pools.async_transport or open_async_transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy with the tokens."""
        scrubber = _Scrubber(request, self._pools)
        permit = await self._pools.semaphore.acquire(self._config.pool_timeout)
        if permit is None:
            raise httpx.PoolTimeout("every connection is in use", request=request)
        self._pools.async_transport_users.mark_used()
        try:
            signed = sign_request(request, self._pools.auth, self._inner)
            self._pools.make_room()
            response = await self._inner.handle_async_request(signed)
        except BaseException as error:  # noqa: BLE001  it is raised again
            permit.release()
            raise scrubber.scrub(error)  # noqa: B904
        stream = _AsyncRawStream(get_async_stream(response), permit, scrubber)
        return scrubber.strip(response, stream)


class _Scrubber:
    """Removes the tokens from what a request leads to: exceptions and the response."""

    def __init__(self, request: httpx.Request, pools: ConnectionPools) -> None:
        self._request = request
        self._auth = pools.auth
        # The exception that the caller is handling, which belongs to the caller.
        self._outer_exception = sys.exc_info()[1]

    def scrub(self, error: BaseException) -> BaseException:
        """Return a transport's exception, for raising again, without tokens in its chain."""
        scrub_exception(error, self._outer_exception, self._auth.redact)
        replace_requests(error, self._outer_exception, lambda: self._request)
        return error.with_traceback(None)

    def strip(
        self, response: httpx.Response, stream: httpx.SyncByteStream | httpx.AsyncByteStream
    ) -> httpx.Response:
        """Return the response with this stream, and without tokens in its Location."""
        self._auth.strip_location(response.headers)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=stream,
            extensions=response.extensions,
        )


class _RawStream(httpx.SyncByteStream):
    """The body of a response, and the permit to release after it."""

    def __init__(self, stream: httpx.SyncByteStream, permit: Permit, scrubber: _Scrubber) -> None:
        self._stream = stream
        self._permit = permit
        self._scrubber = scrubber

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except Exception as error:  # noqa: BLE001  it is raised again
            raise self._scrubber.scrub(error)  # noqa: B904

    def close(self) -> None:
        """Close the stream, and release the permit."""
        try:
            self._stream.close()
        finally:
            self._permit.release()


class _AsyncRawStream(httpx.AsyncByteStream):
    """The body of a response on an event loop, and the permit to release after it."""

    def __init__(self, stream: httpx.AsyncByteStream, permit: Permit, scrubber: _Scrubber) -> None:
        self._stream = stream
        self._permit = permit
        self._scrubber = scrubber

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except Exception as error:  # noqa: BLE001  it is raised again
            raise self._scrubber.scrub(error)  # noqa: B904

    async def aclose(self) -> None:
        """Close the stream, and release the permit."""
        try:
            await self._stream.aclose()
        finally:
            self._permit.release()
