"""What the fast engine builds on in httpcore and httpx, which promise it to nobody."""

from __future__ import annotations

import ssl
from operator import attrgetter

import httpcore
import httpx

_POOL = attrgetter("_pool.create_connection", "_pool._ssl_context", "_pool._keepalive_expiry")
_CONNECTION = attrgetter(
    "_connection", "_connect", "_connect_failed", "_origin", "_keepalive_expiry"
)
_OPEN = attrgetter(
    "_network_stream.read",
    "_network_stream.write",
    "_state.__class__.ACTIVE",
    "_state.__class__.IDLE",
    "_request_count",
    "_expire_at",
    "_keepalive_expiry",
    "_response_closed",
    "is_idle",
)
_LOCK = attrgetter("_state_lock.__enter__")  # That of threads.


def check() -> None:
    """Look once, before anything is sent. Raises ImportError where something is not there."""
    try:
        _look()
    except (AttributeError, TypeError) as error:
        raise ImportError(
            f'engine="fast" does not fit httpcore {httpcore.__version__} ({error}): '
            'use engine="httpx"'
        ) from error


def _look() -> None:
    origin, verify = httpcore.Origin(b"http", b"host", 80), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _POOL(httpx.HTTPTransport(verify=verify))
    _CONNECTION(httpcore.HTTPConnection(origin))
    opened = httpcore.HTTP11Connection(origin, httpcore.NetworkStream(), None)
    _OPEN(opened)
    _LOCK(opened)
    _POOL(httpx.AsyncHTTPTransport(verify=verify))
    _CONNECTION(httpcore.AsyncHTTPConnection(origin))
    _OPEN(httpcore.AsyncHTTP11Connection(origin, httpcore.AsyncNetworkStream(), None))
