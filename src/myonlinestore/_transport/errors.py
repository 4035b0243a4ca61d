"""Failures: whatever a transport raises becomes one typed error, with no token below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from myonlinestore._redaction import chained, hide
from myonlinestore.exceptions import ConnectError, TransportError

if TYPE_CHECKING:
    from myonlinestore._transport.prepared_request import Outgoing
    from myonlinestore.config import ConnectConfig

# What the request is to blame for; sending it again would end in the same way.
# ImportError is SOCKS without socksio; ValueError a proxy, or a host, of no known kind.
_UNSENDABLE = (
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    ImportError,
    ValueError,
)
_BROKEN = (httpx.HTTPError, httpx.StreamError, OSError)
FAILURES = (*_UNSENDABLE, *_BROKEN)


def typed(
    error: Exception, handled: BaseException | None, outgoing: Outgoing, config: ConnectConfig
) -> ConnectError:
    """One of FAILURES as a TransportError, or ConnectError for what cannot be sent.

    `handled` is what the caller was handling before the call.
    """
    cleanse(error, handled, config.redact, outgoing.request)
    if isinstance(error, _UNSENDABLE):
        return ConnectError(_sentence("cannot be sent to", error, outgoing, config))
    what = _what_happened(error, outgoing.timeouts)
    return TransportError(_sentence(what, error, outgoing, config))


def cleansed(
    error: BaseException,
    handled: BaseException | None,
    outgoing: Outgoing,
    config: ConnectConfig,
) -> BaseException:
    """What is none of FAILURES, to be raised again, without the signed request below it."""
    cleanse(error, handled, config.redact, outgoing.request)
    return error.with_traceback(None)


def cleanse(
    error: BaseException,
    handled: BaseException | None,
    redact: Callable[[str], str],
    unsigned: Callable[[], httpx.Request],
) -> None:
    """Hide what may show a token: frames, texts, and the signed request, for the one without."""
    hide(error, handled, redact)
    for each in chained(error, handled):
        if isinstance(each, httpx.RequestError):
            each.request = unsigned()


def _sentence(what: str, error: Exception, outgoing: Outgoing, config: ConnectConfig) -> str:
    address = urlsplit(outgoing.url)
    said = f" ({error})" if str(error) else ""
    return config.redact(f"{outgoing.method} {address.path}: {what} {address.netloc}{said}")


def _what_happened(error: Exception, seconds: Mapping[str, float | None]) -> str:
    for kind, sentence, phase in _TIMEOUTS:
        if isinstance(error, kind):
            return sentence.format(seconds[phase])
    if isinstance(error, httpx.ConnectError):
        return "could not connect to"
    if isinstance(error, httpx.DecodingError):
        return "an answer that cannot be unpacked from"
    return "the connection broke off to"


_TIMEOUTS = (
    (httpx.ConnectTimeout, "no connection within {:g} s (connect_timeout) to", "connect"),
    (
        httpx.PoolTimeout,
        "no free connection within {:g} s (pool_timeout, max_connections) to",
        "pool",
    ),
    (httpx.WriteTimeout, "could not send within {:g} s (timeout) to", "write"),
    (httpx.TimeoutException, "no bytes within {:g} s (read_timeout) from", "read"),
)
