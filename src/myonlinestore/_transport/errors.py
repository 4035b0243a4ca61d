"""Failures: whatever a transport raises becomes one typed error, with no token below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from myonlinestore._redaction import iter_exception_chain, scrub_exception
from myonlinestore.exceptions import ConnectError, TransportError

if TYPE_CHECKING:
    from myonlinestore._transport.prepared_request import PreparedRequest
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
_CONNECTION_ERRORS = (httpx.HTTPError, httpx.StreamError, OSError)
MAPPED_EXCEPTIONS = (*_UNSENDABLE, *_CONNECTION_ERRORS)


def to_connect_error(
    error: Exception,
    outer_exception: BaseException | None,
    prepared: PreparedRequest,
    config: ConnectConfig,
) -> ConnectError:
    """One of FAILURES as a TransportError, or ConnectError for what cannot be sent.

    `handled` is what the caller was handling before the call.
    """
    scrub_request(error, outer_exception, config.redact, prepared.request)
    if isinstance(error, _UNSENDABLE):
        return ConnectError(_error_message("cannot be sent to", error, prepared, config))
    what = _describe(error, prepared.timeouts)
    return TransportError(_error_message(what, error, prepared, config))


def scrubbed(
    error: BaseException,
    outer_exception: BaseException | None,
    prepared: PreparedRequest,
    config: ConnectConfig,
) -> BaseException:
    """What is none of FAILURES, to be raised again, without the signed request below it."""
    scrub_request(error, outer_exception, config.redact, prepared.request)
    return error.with_traceback(None)


def scrub_request(
    error: BaseException,
    outer_exception: BaseException | None,
    redact: Callable[[str], str],
    make_unsigned_request: Callable[[], httpx.Request],
) -> None:
    """Hide what may show a token: frames, texts, and the signed request, for the one without."""
    scrub_exception(error, outer_exception, redact)
    for failure in iter_exception_chain(error, outer_exception):
        if isinstance(failure, httpx.RequestError):
            failure.request = make_unsigned_request()


def _error_message(
    what: str, error: Exception, prepared: PreparedRequest, config: ConnectConfig
) -> str:
    address = urlsplit(prepared.url)
    said = f" ({error})" if str(error) else ""
    return config.redact(f"{prepared.method} {address.path}: {what} {address.netloc}{said}")


def _describe(error: Exception, seconds: Mapping[str, float | None]) -> str:
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
