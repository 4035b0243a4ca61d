"""Opening: a pool, or an httpx client on one, as a configuration and the environment ask."""

from __future__ import annotations

import functools
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from myonlinestore._wire.outgoing import timeouts_of
from myonlinestore._wire.transports import AsyncTransport, BlockingTransport

if TYPE_CHECKING:
    import ssl

    from myonlinestore._wire.signing import Signer
    from myonlinestore.config import ConnectConfig


def open_blocking(signer: Signer, given: httpx.BaseTransport | None) -> BlockingTransport:
    """A pool for sync calls, on the caller's own transport if one was given."""
    return BlockingTransport(given or httpx.HTTPTransport(**_options(signer.config)), signer)


def open_async(signer: Signer, given: httpx.AsyncBaseTransport | None) -> AsyncTransport:
    """A pool for one event loop, on the caller's own transport if one was given."""
    return AsyncTransport(given or httpx.AsyncHTTPTransport(**_options(signer.config)), signer)


def client_on(transport: BlockingTransport, config: ConnectConfig) -> httpx.Client:
    """An httpx.Client on the same pool; requests to the API's origin are signed beneath it."""
    timeout = httpx.Timeout(**timeouts_of(config))
    return httpx.Client(transport=transport, timeout=timeout, follow_redirects=True)


def async_client_on(transport: AsyncTransport, config: ConnectConfig) -> httpx.AsyncClient:
    """An httpx.AsyncClient on the same pool; requests to the API's origin are signed beneath it."""
    timeout = httpx.Timeout(**timeouts_of(config))
    return httpx.AsyncClient(transport=transport, timeout=timeout, follow_redirects=True)


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
    if urllib.request.proxy_bypass(address.netloc):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
