"""Engines, and the pools and httpx clients that are opened with them."""

from __future__ import annotations

import functools
import ssl
import urllib.request
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import httpx

from myonlinestore._transport.connections import AsyncTransport, SyncTransport
from myonlinestore._transport.prepared_request import timeouts_of

if TYPE_CHECKING:
    from myonlinestore._transport.auth import TokenAuth
    from myonlinestore._transport.http1.client import Http1Client
    from myonlinestore.config import ConnectConfig

_MMAP_BLOCK_BYTES = 4 << 20


def resolve_engine(config: ConnectConfig) -> Literal["fast", "httpx"]:
    """Return the engine of a configuration. Raises ImportError if its extra is missing."""
    if config.engine == "httpx":
        return "httpx"
    if config.engine == "fast" and not _is_importable("httptools"):
        raise ImportError(
            'engine="fast" needs httptools: pip install "myonlinestore-connect[fast]"'
        )
    return "fast" if _proxy(config.base_url) is None else "httpx"


def _is_importable(name: str) -> bool:
    try:
        import_module(name)
    except ImportError:
        return False
    return True


def open_http1(auth: TokenAuth) -> Http1Client:
    """Return the fast engine's client."""
    from myonlinestore._transport.http1.client import Http1Client  # noqa: PLC0415  perhaps unused

    _raise_mmap_threshold()
    return Http1Client(auth, _ssl_context)


def open_sync(auth: TokenAuth, given: httpx.BaseTransport | None) -> SyncTransport:
    """Open the pool for sync calls, on the caller's own transport if given."""
    _raise_mmap_threshold()
    if given is None:
        given = httpx.HTTPTransport(**_options(auth.config))
    return SyncTransport(given, auth)


def open_async(auth: TokenAuth, given: httpx.AsyncBaseTransport | None) -> AsyncTransport:
    """Open the pool for one event loop, on the caller's own transport if given."""
    _raise_mmap_threshold()
    if given is None:
        given = httpx.AsyncHTTPTransport(**_options(auth.config))
    return AsyncTransport(given, auth)


def client_on(transport: SyncTransport, config: ConnectConfig) -> httpx.Client:
    """Return an httpx.Client on a pool, which adds the tokens to requests to the API."""
    timeout = httpx.Timeout(**timeouts_of(config))
    return httpx.Client(transport=transport, timeout=timeout, follow_redirects=True)


def async_client_on(transport: AsyncTransport, config: ConnectConfig) -> httpx.AsyncClient:
    """Return an httpx.AsyncClient on a pool, which adds the tokens to requests to the API."""
    timeout = httpx.Timeout(**timeouts_of(config))
    return httpx.AsyncClient(transport=transport, timeout=timeout, follow_redirects=True)


@functools.cache
def _raise_mmap_threshold() -> None:
    """Make glibc keep freed memory, by freeing a block larger than any page of rows once.

    Otherwise glibc returns memory to the system after each page and requests it again for the
    next, which takes longer than reading the page. It keeps less than twice the largest block that
    was ever freed (mallopt(3), M_TRIM_THRESHOLD). The block is never written to.
    """
    bytes(_MMAP_BLOCK_BYTES)


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
    """Return the SSL context, which checks certificates as httpx does.

    With an ``http://`` base URL it is created when needed: only an httpx client on the pool can
    need it, if it follows a redirect to ``https://``.
    """
    # Not for https too: on an event loop, anyio handles a context of another class in a thread.
    return _LazySSLContext(ssl.PROTOCOL_TLS_CLIENT) if _is_plain(base_url) else _ssl_context()


def _is_plain(base_url: str) -> bool:
    return urlsplit(base_url).scheme == "http"


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    """Create one context per process: loading the certificates takes longer than a request."""
    return httpx.create_ssl_context()


class _LazySSLContext(ssl.SSLContext):
    """A context that delegates to that of the process, and trusts no certificate itself."""

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """Set the protocols that a connection offers."""
        _ssl_context().set_alpn_protocols(alpn_protocols)

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """Start TLS on a blocking socket."""
        return _ssl_context().wrap_socket(*args, **kwargs)

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """Start TLS on an event loop."""
        return _ssl_context().wrap_bio(*args, **kwargs)


def _proxy(base_url: str) -> str | None:
    """Return the environment's proxy for this origin, as the standard library finds it."""
    address = urlsplit(base_url)
    if urllib.request.proxy_bypass(address.netloc):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
