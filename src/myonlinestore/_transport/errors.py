"""Mapping of a transport's exceptions to typed errors without tokens in their chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from myonlinestore._redaction import iter_exception_chain, scrub_exception
from myonlinestore._retry import READ_METHODS
from myonlinestore._transport.http1.errors import (
    BodyReadError,
    ConnectFailedError,
    ConnectTimedOutError,
    ContentDecodingError,
    Http1Error,
    InvalidRequestError,
    PoolTimedOutError,
    TimedOutError,
    TooLargeError,
    WriteTimedOutError,
)
from myonlinestore.exceptions import (
    MIN_ERROR_STATUS,
    ConnectError,
    ResponseTooLargeError,
    TransportError,
)

if TYPE_CHECKING:
    from myonlinestore._transport.prepared_request import PreparedRequest
    from myonlinestore.config import ConnectConfig

# Errors of the request itself, which a retry would repeat. httpx raises ImportError for SOCKS
# without socksio, and ValueError for an unknown proxy scheme or an invalid host.
_UNSENDABLE = (
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    ImportError,
    InvalidRequestError,
    ValueError,
)
_CONNECTION_ERRORS = (BodyReadError, httpx.HTTPError, httpx.StreamError, OSError, Http1Error)
MAPPED_EXCEPTIONS = (*_UNSENDABLE, *_CONNECTION_ERRORS)


def to_connect_error(
    error: Exception,
    outer_exception: BaseException | None,
    prepared: PreparedRequest,
    config: ConnectConfig,
) -> ConnectError:
    """Return a TransportError, or a ConnectError if the request cannot be sent at all.

    `error` is one of MAPPED_EXCEPTIONS. `outer_exception` is the exception that the caller was
    handling before the call.
    """
    scrub_request(error, outer_exception, config.redact, prepared.request)
    if isinstance(error, _UNSENDABLE):
        return ConnectError(_error_message("cannot be sent to", error, prepared, config))
    if isinstance(error, BodyReadError):
        what = _describe(error.error, prepared.timeouts)
        message = _error_message(what, error.error, prepared, config)
        return TransportError(_accepted(message, error.status, prepared), error.status)
    if isinstance(error, TooLargeError):
        limit = f"more than {config.max_response_bytes} bytes (max_response_bytes)"
        what = f"received a response of {limit} from"
        return ResponseTooLargeError(_error_message(what, error, prepared, config))
    what = _describe(error, prepared.timeouts)
    return TransportError(_error_message(what, error, prepared, config))


def _accepted(message: str, status: int, prepared: PreparedRequest) -> str:
    """Return the message with what it means for a write that the server reports as done."""
    if prepared.method in READ_METHODS or status >= MIN_ERROR_STATUS:
        return message
    operation = f"{prepared.method} {urlsplit(prepared.url).path}"
    return (
        f"the server accepted {operation} ({status}), but its response could not be read "
        f"(check the result before you send the request again): {message}"
    )


def scrub_error(
    error: BaseException,
    outer_exception: BaseException | None,
    prepared: PreparedRequest,
    config: ConnectConfig,
) -> BaseException:
    """Return any other exception, for raising again, without tokens in its chain."""
    scrub_request(error, outer_exception, config.redact, prepared.request)
    return error.with_traceback(None)


def scrub_request(
    error: BaseException,
    outer_exception: BaseException | None,
    redact: Callable[[str], str],
    make_unsigned_request: Callable[[], httpx.Request],
) -> None:
    """Remove tokens from an exception chain: from its frames, messages and requests."""
    scrub_exception(error, outer_exception, redact)
    for failure in iter_exception_chain(error, outer_exception):
        if isinstance(failure, httpx.RequestError):
            failure.request = make_unsigned_request()


def _error_message(
    what: str, error: Exception, prepared: PreparedRequest, config: ConnectConfig
) -> str:
    address = urlsplit(prepared.url)
    reason = f" ({error})" if str(error) else ""
    return config.redact(f"{prepared.method} {address.path}: {what} {address.netloc}{reason}")


def _describe(error: Exception, seconds: Mapping[str, float | None]) -> str:
    for kind, sentence, phase in _TIMEOUTS:
        if isinstance(error, kind):
            return sentence.format(seconds[phase])
    if isinstance(error, (httpx.ConnectError, ConnectFailedError)):
        return "could not connect to"
    if isinstance(error, (httpx.DecodingError, ContentDecodingError)):
        return "could not decompress the response from"
    return "lost the connection to"


_TIMEOUTS: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (httpx.ConnectTimeout, ConnectTimedOutError),
        "no connection within {:g} s (connect_timeout) to",
        "connect",
    ),
    (
        (httpx.PoolTimeout, PoolTimedOutError),
        "no free connection within {:g} s (pool_timeout, max_connections) to",
        "pool",
    ),
    (
        (httpx.WriteTimeout, WriteTimedOutError),
        "could not send within {:g} s (timeout) to",
        "write",
    ),
    (
        (httpx.TimeoutException, TimedOutError),
        "no bytes within {:g} s (read_timeout) from",
        "read",
    ),
)
