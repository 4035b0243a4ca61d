"""The environment's settings for connections: trusted certificates and proxies."""

from __future__ import annotations

import functools
import os
import ssl
import urllib.request
from urllib.parse import urlsplit


@functools.cache
def load_ssl_context() -> ssl.SSLContext:
    """Return a context that trusts the same authorities as httpx.

    There is one per process, because loading the certificates takes longer than a request.
    """
    if file := os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context(cafile=file)
    if directory := os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=directory)
    import certifi  # noqa: PLC0415  calls over plain HTTP do not need it

    return ssl.create_default_context(cafile=certifi.where())


def find_proxy(url: str) -> str | None:
    """Return the URL of the proxy for an origin, as the standard library finds it, or None."""
    address = urlsplit(url)
    if urllib.request.proxy_bypass(address.netloc):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
