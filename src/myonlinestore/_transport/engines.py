"""Opening: a pool, or an httpx client on one, as a configuration and the environment ask."""

from __future__ import annotations

import functools
import ssl
import urllib.request
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from myonlinestore._transport.connections import AsyncTransport, SyncTransport
from myonlinestore._transport.prepared_request import timeouts_of
from myonlinestore._transport.private_apis import install_fast_reuse

if TYPE_CHECKING:
    from myonlinestore._transport.auth import TokenAuth
    from myonlinestore.config import ConnectConfig

_MORE_THAN_A_PAGE = 4 << 20


class Engine(NamedTuple):
    """The transports that open connections."""

    sync_transport: Callable[..., httpx.BaseTransport]
    async_transport: Callable[..., httpx.AsyncBaseTransport]


def resolve_engine(config: ConnectConfig) -> Engine:
    """What speaks HTTP. Raises ImportError where its extra is missing, or does not fit httpcore."""
    if config.engine == "httpx":
        return Engine(httpx.HTTPTransport, httpx.AsyncHTTPTransport)
    try:
        from myonlinestore._transport import httptools  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise ImportError(
            'engine="fast" needs httptools: pip install "myonlinestore-connect[fast]"'
        ) from error
    return Engine(httptools.FastTransport, httptools.AsyncFastTransport)


def open_sync(auth: TokenAuth, given: httpx.BaseTransport | None) -> SyncTransport:
    """A pool for sync calls, on the caller's own transport if one was given."""
    _raise_mmap_threshold()
    if given is None:
        given = resolve_engine(auth.config).sync_transport(**_options(auth.config))
        install_fast_reuse(given)
    return SyncTransport(given, auth)


def open_async(auth: TokenAuth, given: httpx.AsyncBaseTransport | None) -> AsyncTransport:
    """A pool for one event loop, on the caller's own transport if one was given."""
    _raise_mmap_threshold()
    if given is None:
        given = resolve_engine(auth.config).async_transport(**_options(auth.config))
        install_fast_reuse(given)
    return AsyncTransport(given, auth)


def client_on(transport: SyncTransport, config: ConnectConfig) -> httpx.Client:
    """An httpx.Client on the same pool; requests to the API's origin are signed beneath it."""
    timeout = httpx.Timeout(**timeouts_of(config))
    return httpx.Client(transport=transport, timeout=timeout, follow_redirects=True)


def async_client_on(transport: AsyncTransport, config: ConnectConfig) -> httpx.AsyncClient:
    """An httpx.AsyncClient on the same pool; requests to the API's origin are signed beneath it."""
    timeout = httpx.Timeout(**timeouts_of(config))
    return httpx.AsyncClient(transport=transport, timeout=timeout, follow_redirects=True)


@functools.cache
def _raise_mmap_threshold() -> None:
    """Free a block larger than any page, and never written to, before the first page is read.

    glibc hands memory back to the system as soon as some pages' worth of it is free, and asks for
    it again for the next page, which takes longer than reading that page does; but it keeps what
    is less than twice the largest block that was ever freed (mallopt(3), M_TRIM_THRESHOLD).
    """
    bytes(_MORE_THAN_A_PAGE)


def _options(config: ConnectConfig) -> dict[str, Any]:
    limits = httpx.Limits(
        max_connections=config.max_connections, max_keepalive_connections=config.max_keepalive
    )
    return {
        "verify": _ssl_verify(config.base_url),
        "proxy": _proxy(config.base_url),
        "limits": limits,
    }


def _ssl_verify(base_url: str) -> ssl.SSLContext:
    """What checks certificates, as httpx does it.

    Calls go to the API's own origin alone: over ``http://`` only an httpx client of the same pool
    can come to need one, when it is sent on to ``https://``.
    """
    # Not for https as well: in a loop anyio wraps with another class's context in a thread.
    return _LazySSLContext(ssl.PROTOCOL_TLS_CLIENT) if _is_plain(base_url) else _ssl_context()


def _is_plain(base_url: str) -> bool:
    return urlsplit(base_url).scheme == "http"


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    """One for the process: loading the authorities takes longer than many a request."""
    return httpx.create_ssl_context()


class _LazySSLContext(ssl.SSLContext):
    """Leaves it to the process's context, made when a connection needs it; trusts nobody itself."""

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """What the connection may speak."""
        _ssl_context().set_alpn_protocols(alpn_protocols)

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """TLS of a thread."""
        return _ssl_context().wrap_socket(*args, **kwargs)

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """TLS of an event loop."""
        return _ssl_context().wrap_bio(*args, **kwargs)


def _proxy(base_url: str) -> str | None:
    """The environment's proxy for this origin, as the standard library reads it."""
    address = urlsplit(base_url)
    if urllib.request.proxy_bypass(address.netloc):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
