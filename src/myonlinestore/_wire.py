"""The only file that touches httpx: requests out, answers in, on a blocking or an async wire.

Requests go to the httpx transport directly. The tokens are added to a copy of the request beneath
everything that logs, chains or shows one, and only for the configured origin.
"""

from __future__ import annotations

import functools
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urlsplit

import anyio
import httpx

from myonlinestore import __version__
from myonlinestore._answer import Answer
from myonlinestore._request import origin, without_params
from myonlinestore.exceptions import TransportError

if TYPE_CHECKING:
    import ssl

    from myonlinestore._pools import Pools
    from myonlinestore.config import ConnectConfig

HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "user-agent": f"myonlinestore-connect/{__version__} python-httpx/{httpx.__version__}",
}


@dataclass(frozen=True)
class Outgoing:
    """A request without its tokens; `timeouts` in seconds, by phase."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None
    timeouts: Mapping[str, float | None]

    def to(self, url: str) -> Outgoing:
        """The same request to another place."""
        return replace(self, url=url)


class Wire(Protocol):
    """The two things that a sync and an async call do differently."""

    async def send(self, outgoing: Outgoing) -> Answer:
        """One exchange. Raises TransportError when no usable answer came."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Signer:
    """Puts the tokens into the query of requests to the configured origin, and of no others."""

    def __init__(self, config: ConnectConfig) -> None:
        self.config = config
        self._origin = origin(config.base_url)

    def signed(self, request: httpx.Request) -> httpx.Request:
        """A copy with tokens; the request itself stays without."""
        url = str(request.url)
        if origin(url) != self._origin:
            return request
        tokens = self.config.auth_params()
        if "token=" in url:
            url = without_params(url, tokens)
        return httpx.Request(
            request.method,
            f"{url}{'&' if '?' in url else '?'}{urlencode(tokens)}",
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )


class BlockingTransport(httpx.BaseTransport):
    """A pool for sync calls that signs what passes."""

    def __init__(self, inner: httpx.BaseTransport, signer: Signer) -> None:
        self._inner = inner
        self._signer = signer
        self._starting = 0
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the signed copy."""
        self._count(1)
        try:
            return self._inner.handle_request(self._signer.signed(request))
        finally:
            self._count(-1)

    def idle(self) -> list[Any]:
        """The connections that wait for a request."""
        return _idle(self._inner)

    def close_idle(self, most: int) -> int:
        """Close up to so many idle connections, unless a request is about to take one."""
        with self._lock:
            closing = [] if self._starting else self.idle()[:most]
            for connection in closing:
                connection.close()
        return len(closing)

    def close(self) -> None:
        """Close the pool's connections."""
        self._inner.close()

    def _count(self, change: int) -> None:
        with self._lock:
            self._starting += change


class AsyncTransport(httpx.AsyncBaseTransport):
    """A pool for one event loop that signs what passes."""

    def __init__(self, inner: httpx.AsyncBaseTransport, signer: Signer) -> None:
        self._inner = inner
        self._signer = signer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the signed copy."""
        return await self._inner.handle_async_request(self._signer.signed(request))

    def idle(self) -> list[Any]:
        """The connections that wait for a request."""
        return _idle(self._inner)

    async def close_idle(self, most: int) -> None:
        """Close up to so many idle connections; to be run on the pool's own loop."""
        for connection in self.idle()[:most]:
            await connection.aclose()

    async def aclose(self) -> None:
        """Close the pool's connections."""
        await self._inner.aclose()


def _idle(transport: object) -> list[Any]:
    """httpx gives no way to its pool's connections; a transport of another make has none to see."""
    pool = getattr(transport, "_pool", None)
    return [c for c in getattr(pool, "connections", ()) if c.is_idle()]


def open_blocking(signer: Signer, given: httpx.BaseTransport | None) -> BlockingTransport:
    """A pool for sync calls, on the caller's own transport if one was given."""
    return BlockingTransport(given or httpx.HTTPTransport(**_options(signer.config)), signer)


def open_async(signer: Signer, given: httpx.AsyncBaseTransport | None) -> AsyncTransport:
    """A pool for one event loop, on the caller's own transport if one was given."""
    return AsyncTransport(given or httpx.AsyncHTTPTransport(**_options(signer.config)), signer)


def _options(config: ConnectConfig) -> dict[str, Any]:
    limits = httpx.Limits(
        max_connections=config.max_connections, max_keepalive_connections=config.max_keepalive
    )
    return {"verify": _ssl_context(), "proxy": _proxy(config.base_url), "limits": limits}


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    """One for the process: making one takes longer than many a request."""
    return httpx.create_ssl_context()


def _proxy(base_url: str) -> str | None:
    """The environment's proxy for this origin, as the standard library reads it."""
    address = urlsplit(base_url)
    if urllib.request.proxy_bypass(address.hostname or ""):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(address.scheme) or proxies.get("all")


def timeouts_of(config: ConnectConfig) -> Mapping[str, float | None]:
    """Seconds for each phase of a request."""
    return httpx.Timeout(
        config.timeout,
        connect=config.connect_timeout or config.timeout,
        read=config.read_timeout or config.timeout,
        pool=config.pool_timeout,
    ).as_dict()


def form(data: Any, files: Any) -> tuple[dict[str, str], bytes | None]:
    """A form's headers and bytes, so that a repeated request sends the same ones."""
    if data is None and files is None:
        return {}, None
    request = httpx.Request("POST", "http://form", data=data, files=files)
    return {"content-type": request.headers.get("content-type", "")}, request.read()


def client_on(transport: BlockingTransport, config: ConnectConfig) -> httpx.Client:
    """An httpx.Client on the same pool; requests to the API's origin are signed beneath it."""
    timeout = httpx.Timeout(**timeouts_of(config))
    return httpx.Client(transport=transport, timeout=timeout, follow_redirects=True)


def async_client_on(transport: AsyncTransport, config: ConnectConfig) -> httpx.AsyncClient:
    """An httpx.AsyncClient on the same pool; requests to the API's origin are signed beneath it."""
    timeout = httpx.Timeout(**timeouts_of(config))
    return httpx.AsyncClient(transport=transport, timeout=timeout, follow_redirects=True)


class BlockingWire:
    """Sends on the calling thread; its coroutines never suspend."""

    def __init__(self, pools: Pools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config

    async def send(self, outgoing: Outgoing) -> Answer:
        """One exchange on the blocking pool."""
        with _failures(outgoing, self._config):
            gate = self._pools.gate
            if not gate.enter(self._config.pool_timeout):
                raise httpx.PoolTimeout("every connection is in use")
            try:
                return self._exchange(outgoing)
            finally:
                gate.leave()

    def _exchange(self, outgoing: Outgoing) -> Answer:
        transport = self._pools.blocking()
        self._pools.make_room(transport)
        response = transport.handle_request(_request(outgoing))
        try:
            return Answer(response.status_code, response.headers, response.read())
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

    async def send(self, outgoing: Outgoing) -> Answer:
        """One exchange on this loop's pool."""
        with _failures(outgoing, self._config):
            gate = self._pools.gate
            if not await gate.enter_async(self._config.pool_timeout):
                raise httpx.PoolTimeout("every connection is in use")
            try:
                return await self._exchange(outgoing)
            finally:
                gate.leave()

    async def _exchange(self, outgoing: Outgoing) -> Answer:
        transport = self._pools.of_running_loop()
        self._pools.make_room(transport)
        response = await transport.handle_async_request(_request(outgoing))
        try:
            return Answer(response.status_code, response.headers, await response.aread())
        finally:
            await response.aclose()

    async def sleep(self, seconds: float) -> None:
        """Suspend the task."""
        await anyio.sleep(seconds)


def _request(outgoing: Outgoing) -> httpx.Request:
    return httpx.Request(
        outgoing.method,
        outgoing.url,
        headers={**HEADERS, **outgoing.headers},
        content=outgoing.content,
        extensions={"timeout": outgoing.timeouts},
    )


_FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)


@contextmanager
def _failures(outgoing: Outgoing, config: ConnectConfig) -> Iterator[None]:
    """Turns what a transport raises into one typed error, and keeps tokens out of what is chained."""
    try:
        yield
    except _FAILURES as error:
        _cleanse(error, outgoing, config)
        raise TransportError(_sentence(error, outgoing, config)) from error
    except BaseException as error:
        _cleanse(error, outgoing, config)
        raise


def _cleanse(error: BaseException | None, outgoing: Outgoing, config: ConnectConfig) -> None:
    """Drops the frames and the request of a failure below: both hold the signed URL."""
    if error is None:
        return
    error.__traceback__ = None
    error.args = tuple(config.redact(a) if isinstance(a, str) else a for a in error.args)
    if isinstance(error, httpx.RequestError):
        error.request = _request(outgoing)
    for inner in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        _cleanse(inner, outgoing, config)


def _sentence(error: Exception, outgoing: Outgoing, config: ConnectConfig) -> str:
    host = urlsplit(outgoing.url).netloc
    what = _what_happened(error, outgoing.timeouts)
    said = f" ({error})" if str(error) else ""
    return config.redact(f"{outgoing.method} {urlsplit(outgoing.url).path}: {what} {host}{said}")


def _what_happened(error: Exception, seconds: Mapping[str, float | None]) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {seconds['connect']:g} s (connect_timeout) to"
    if isinstance(error, httpx.PoolTimeout):
        return f"no free connection within {seconds['pool']:g} s (pool_timeout, max_connections) to"
    if isinstance(error, httpx.TimeoutException):
        return f"no bytes within {seconds['read']:g} s (read_timeout) from"
    if isinstance(error, httpx.ConnectError):
        return "could not connect to"
    if isinstance(error, httpx.DecodingError):
        return "an answer that cannot be unpacked from"
    return "the connection broke off to"
