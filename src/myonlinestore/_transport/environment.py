"""The environment's settings for connections: trusted certificates and proxies."""

from __future__ import annotations

import base64
import functools
import os
import ssl
import urllib.request
from pathlib import Path
from urllib.parse import unquote, urlsplit

from myonlinestore._transport.http1.request import Proxy
from myonlinestore._transport.url import parse_url


@functools.cache
def load_ssl_context() -> ssl.SSLContext:
    """Return a context that trusts the same authorities as httpx.

    There is one per process, because loading the certificates takes longer than a request. Raises
    ValueError, which is not retried, if the environment names certificates that cannot be read.
    """
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if path := os.environ.get(variable):
            return _load_certificates(variable, path)
    import certifi  # noqa: PLC0415  calls over plain HTTP do not need it

    return ssl.create_default_context(cafile=certifi.where())


def _load_certificates(variable: str, path: str) -> ssl.SSLContext:
    try:
        if variable == "SSL_CERT_FILE":
            return ssl.create_default_context(cafile=path)
        Path(path).stat()  # OpenSSL ignores a directory that does not exist.
        return ssl.create_default_context(capath=path)
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"{variable}={path} cannot be read: {reason}") from error


def find_http_proxy(url: str) -> Proxy | None:
    """Return the HTTP proxy for an origin, or None for none or one of another kind.

    Raises ValueError, whose message does not contain the proxy's password.
    """
    proxy_url = find_proxy(url)
    if proxy_url is None or not is_http(proxy_url):
        return None
    try:
        server, parts = parse_url(proxy_url).server, urlsplit(proxy_url)
    except ValueError as error:
        raise ValueError(f"the proxy in the environment is not a valid URL: {error}") from None
    header_line = b""
    if parts.username is not None:
        userpass = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        header_line = b"Proxy-Authorization: Basic %b\r\n" % base64.b64encode(userpass)
    return Proxy(server.host, server.port, header_line)


def is_http(proxy_url: str) -> bool:
    """Return True for a proxy that is reached without TLS, and speaks HTTP."""
    return proxy_url.lower().startswith("http://")


def find_proxy(url: str) -> str | None:
    """Return the URL of the proxy for an origin, as the standard library finds it, or None."""
    address = urlsplit(url)
    if urllib.request.proxy_bypass(address.netloc):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
