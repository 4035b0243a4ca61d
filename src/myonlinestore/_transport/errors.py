"""Mapping of a client's exceptions to typed errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from myonlinestore._retry import READ_METHODS, RETRY_STATUSES
from myonlinestore._transport.http1.errors import (
    BodyReadError,
    CallTimedOutError,
    ConnectFailedError,
    ConnectTimedOutError,
    ContentDecodingError,
    Http1Error,
    InvalidRequestError,
    PoolTimedOutError,
    ProxyRefusedError,
    TimedOutError,
    TooLargeError,
    WriteTimedOutError,
)
from myonlinestore.exceptions import (
    MIN_ERROR_STATUS,
    ConnectError,
    DeadlineExceededError,
    ResponseTooLargeError,
    TransportError,
)

if TYPE_CHECKING:
    from myonlinestore._transport.prepared_request import PreparedRequest
    from myonlinestore.config import ConnectConfig

# Errors of the request itself, which a retry would repeat. httpx raises ImportError for SOCKS
# without socksio, and ValueError for an unknown proxy scheme.
_UNSENDABLE = (ImportError, InvalidRequestError, ValueError)
_CONNECTION_ERRORS = (BodyReadError, OSError, Http1Error)


def to_connect_error(
    error: BaseException, prepared: PreparedRequest, config: ConnectConfig
) -> ConnectError | None:
    """Return a TransportError, or a ConnectError if the request cannot be sent at all.

    Return None for any other exception, such as an interrupt.
    """
    if isinstance(error, _UNSENDABLE):
        return ConnectError(_error_message("cannot be sent to", error, prepared, config))
    if _is_over(error, prepared):
        return make_deadline_error(prepared, config, getattr(error, "status", None))
    if isinstance(error, TooLargeError):
        limit = f"more than {config.max_response_bytes} bytes (max_response_bytes)"
        what = f"received a response of {limit} from"
        return ResponseTooLargeError(_error_message(what, error, prepared, config))
    if isinstance(error, ProxyRefusedError):
        kind = TransportError if error.status in RETRY_STATUSES else ConnectError
        return kind(_error_message("could not connect to", error, prepared, config))
    if isinstance(error, _CONNECTION_ERRORS):
        return _to_transport_error(error, prepared, config)
    return None


def _to_transport_error(
    error: Exception, prepared: PreparedRequest, config: ConnectConfig
) -> TransportError:
    failure, status = error, None
    if isinstance(error, BodyReadError):
        failure, status = error.error, error.status
    what = _describe(failure, prepared.timeouts)
    message = _error_message(what, failure, prepared, config)
    return TransportError(_explain_accepted(message, status, prepared), status)


def make_deadline_error(
    prepared: PreparedRequest, config: ConnectConfig, status: int | None = None
) -> DeadlineExceededError:
    """Return the error of a call that takes longer than its deadline."""
    deadline, address = prepared.deadline, urlsplit(prepared.url)
    assert deadline is not None  # noqa: S101
    attempts = "1 attempt" if deadline.attempts == 1 else f"{deadline.attempts} attempts"
    message = (
        f"{prepared.method} {address.path}: not completed within {deadline.seconds:g} s (deadline) "
        f"by {address.netloc}, in {attempts}"
    )
    if deadline.failure:
        message += f"; the last failure: {deadline.failure}"
    return DeadlineExceededError(
        config.redact(_explain_accepted(message, status, prepared)), status
    )


def _is_over(error: BaseException, prepared: PreparedRequest) -> bool:
    """Return True if the deadline ended a wait, of the call or of a phase."""
    if isinstance(error, BodyReadError):
        error = error.error
    if prepared.deadline is None or not isinstance(error, TimedOutError):
        return False
    return isinstance(error, CallTimedOutError) or prepared.deadline.is_over()


def _explain_accepted(message: str, status: int | None, prepared: PreparedRequest) -> str:
    """Return the message with what it means for a write that the server reports as done."""
    if prepared.method in READ_METHODS or status is None or status >= MIN_ERROR_STATUS:
        return message
    operation = f"{prepared.method} {urlsplit(prepared.url).path}"
    return (
        f"the server accepted {operation} ({status}), but its response could not be read "
        f"(check the result before you send the request again): {message}"
    )


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
    if isinstance(error, ConnectFailedError):
        return "could not connect to"
    if isinstance(error, ContentDecodingError):
        return "could not decompress the response from"
    return "lost the connection to"


# The last one includes the others.
_TIMEOUTS: tuple[tuple[type[Exception], str, str], ...] = (
    (ConnectTimedOutError, "no connection within {:g} s (connect_timeout) to", "connect"),
    (
        PoolTimedOutError,
        "no free connection within {:g} s (pool_timeout, max_connections) to",
        "pool",
    ),
    (WriteTimedOutError, "could not send within {:g} s (timeout) to", "write"),
    (TimedOutError, "no bytes within {:g} s (read_timeout) from", "read"),
)
