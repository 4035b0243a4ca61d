"""Transports with httpx's interface on httpcore, which open a connection for each request.

The transports of httpx keep idle connections. Bytes may arrive on one, which no public name of
httpx or httpcore shows, and the next request would take them for its response. An idle connection
also belongs to one event loop, and does not survive a fork. And tools that record the requests of
httpx, such as OpenTelemetry's, replace the methods of its transports, where the tokens would be.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Generator, Iterator
from importlib.util import find_spec
from typing import Any

import httpcore
import httpx

from myonlinestore._transport.environment import find_proxy, load_ssl_context

_HTTPCORE_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


class HttpcoreTransport(httpx.BaseTransport):
    """A transport for sync requests; any thread may use it."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on a connection of its own."""
        kind, options = _pool_options(request)
        pool = _POOLS[kind](**options)
        try:
            with _raise_as_httpx():
                response = pool.handle_request(_to_httpcore(request))
        except BaseException:
            pool.close()
            raise
        return _to_httpx(response, _ResponseStream(response, pool))


class AsyncHttpcoreTransport(httpx.AsyncBaseTransport):
    """A transport for any event loop."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on a connection of its own."""
        kind, options = _pool_options(request)
        pool = _ASYNC_POOLS[kind](**options)
        try:
            with _raise_as_httpx():
                response = await pool.handle_async_request(_to_httpcore(request))
        except GeneratorExit:  # The coroutine is being closed: nothing can be awaited.
            raise
        except BaseException:
            await pool.aclose()
            raise
        return _to_httpx(response, _AsyncResponseStream(response, pool))


class _ResponseStream(httpx.SyncByteStream):
    """The body of a response, and the connection that it comes from."""

    def __init__(self, response: httpcore.Response, pool: httpcore.ConnectionPool) -> None:
        self._response = response
        self._pool = pool

    def __iter__(self) -> Iterator[bytes]:
        with _raise_as_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()


class _AsyncResponseStream(httpx.AsyncByteStream):
    """The body of a response on an event loop, and the connection that it comes from."""

    def __init__(self, response: httpcore.Response, pool: httpcore.AsyncConnectionPool) -> None:
        self._response = response
        self._pool = pool

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _raise_as_httpx():
            async for part in self._response.aiter_stream():
                yield part

    async def aclose(self) -> None:
        """Close the connection."""
        await self._pool.aclose()


_POOLS: dict[str, type[httpcore.ConnectionPool]] = {
    "direct": httpcore.ConnectionPool,
    "http": httpcore.HTTPProxy,
    "socks5": httpcore.SOCKSProxy,
}
_ASYNC_POOLS: dict[str, type[httpcore.AsyncConnectionPool]] = {
    "direct": httpcore.AsyncConnectionPool,
    "http": httpcore.AsyncHTTPProxy,
    "socks5": httpcore.AsyncSOCKSProxy,
}


def _pool_options(request: httpx.Request) -> tuple[str, dict[str, Any]]:
    """Return the kind of the pool for a request, and the arguments to open it.

    Raises ValueError for a proxy of an unknown scheme, and ImportError for a missing library.
    """
    options: dict[str, Any] = {
        "ssl_context": _context_for(request.url.scheme),
        "max_keepalive_connections": 0,
    }
    proxy_url = find_proxy(str(request.url))
    if proxy_url is None:
        return "direct", options
    proxy = httpx.Proxy(proxy_url)
    options["proxy_url"] = _to_httpcore_url(proxy.url)
    options["proxy_auth"] = proxy.raw_auth
    if proxy.url.scheme in ("socks5", "socks5h"):
        if find_spec("socksio") is None:
            raise ImportError('a SOCKS proxy needs socksio: pip install "httpx[socks]"')
        return "socks5", options
    if proxy.url.scheme == "https":
        options["proxy_ssl_context"] = _context_for("https")
    return "http", options


def _context_for(scheme: str) -> ssl.SSLContext | None:
    return load_ssl_context() if scheme == "https" else None


def _to_httpcore(request: httpx.Request) -> httpcore.Request:
    return httpcore.Request(
        request.method,
        _to_httpcore_url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def _to_httpcore_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _to_httpx(
    response: httpcore.Response, stream: httpx.SyncByteStream | httpx.AsyncByteStream
) -> httpx.Response:
    return httpx.Response(
        response.status, headers=response.headers, stream=stream, extensions=response.extensions
    )


@contextlib.contextmanager
def _raise_as_httpx() -> Generator[None]:
    """Raise the exceptions of httpcore as those of httpx, which have the same names."""
    try:
        yield
    except _HTTPCORE_ERRORS as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error
