"""Exceptions for failed calls.

ConnectError
├── AuthenticationError   401, 403: the token is missing, wrong or lacks a right
├── NotFoundError         404
├── ValidationError       422: the API rejected the body or a parameter (RFC 7807)
├── RateLimitError        429, with ``retry_after`` in seconds
├── ServerError           5xx, with ``retry_after`` in seconds if the API sent it
├── RedirectError         3xx that is not followed: a write, or another origin
├── TransportError        no usable response: refused, reset, timed out, truncated, corrupt
│   └── DeadlineExceededError  the call took longer than `deadline`
├── ResponseTooLargeError a response beyond `max_response_bytes`
└── DecodeError           a response (or a value) that does not match the API documentation
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from myonlinestore._redaction import escape_control_characters

# A redirect that is not followed is an error, too.
MIN_ERROR_STATUS = 300
# The vendor documents none; Cloudflare, which serves the API, sends the last one.
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "x-trace-id", "cf-ray")


class ConnectError(Exception):
    """The base of every error of this package. Its message is one line.

    Attributes:
        status_code: HTTP status of the response, or ``None`` without a response.
        body: the response's JSON, or an excerpt of its text; tokens are redacted. If the JSON
            exceeds 64 KiB, its large fields are left out.
        method: HTTP method of the call, or ``None`` if no call failed.
        path: path of the call below the version, such as ``/articles/12``.
        operation: the vendor's name of the operation, such as ``getArticle``, or ``None`` for a
            path of your own.
        headers: headers of the response, by names in lower case; tokens are redacted.
        attempts: the number of times that the request was sent, or was tried to be sent.
        elapsed: seconds from the start of the call to this error, waits included.
    """

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    attempts: int = 0
    elapsed: float = 0.0

    def __init__(self, message: str, status_code: int | None = None, body: Any = None) -> None:
        super().__init__(escape_control_characters(message))
        self.status_code = status_code
        self.body = body

    @property
    def request_id(self) -> str | None:
        """The id of the request in the logs of the server, which its support can look up."""
        return next((self.headers[n] for n in _REQUEST_ID_HEADERS if n in self.headers), None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(message={str(self)!r}, status_code={self.status_code!r})"


class AuthenticationError(ConnectError):
    """401 or 403: the token is missing or wrong, or does not permit this operation."""


class NotFoundError(ConnectError):
    """404: the store does not have this record."""


class ValidationError(ConnectError):
    """422: the API rejected the request's body or parameters.

    Attributes:
        detail: the ``detail`` of the API's RFC 7807 problem, or ``None``.
    """

    def __init__(
        self, message: str, status_code: int = 422, body: Any = None, detail: str | None = None
    ) -> None:
        super().__init__(message, status_code, body)
        self.detail = detail

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, detail={self.detail!r})"


class RateLimitError(ConnectError):
    """429: too many requests for this partner and store.

    Attributes:
        retry_after: seconds from the ``Retry-After`` header, or ``None``.
    """

    def __init__(
        self,
        message: str,
        status_code: int = 429,
        body: Any = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status_code, body)
        self.retry_after = retry_after


class ServerError(ConnectError):
    """5xx: the server failed.

    Attributes:
        retry_after: seconds from the ``Retry-After`` header, or ``None``.
    """

    def __init__(
        self,
        message: str,
        status_code: int | None = None,
        body: Any = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status_code, body)
        self.retry_after = retry_after


class RedirectError(ConnectError):
    """3xx that is not followed: it would repeat a write, or send tokens to another origin."""


class TransportError(ConnectError):
    """No usable response: refused, reset, timed out, truncated or corrupt; the cause is chained."""


class DeadlineExceededError(TransportError):
    """A call that took longer than `deadline`, over all its attempts; it is not repeated.

    The message says how many attempts there were, and how the last one failed.
    """


class ResponseTooLargeError(ConnectError):
    """A response whose body, decompressed, exceeds `max_response_bytes`."""


class DecodeError(ConnectError, ValueError):
    """A response, or a value passed to a model, that does not have the documented shape.

    Attributes:
        reason: the message without the JSON path.
        json_path: path of the invalid value, such as ``$[3].stock``, or ``None``.
        index: position of the invalid row in its page, from 0, or ``None``.
        malformed: True if the bytes are not valid JSON (truncated, HTML, bad UTF-8).
    """

    def __init__(
        self,
        message: str,
        status_code: int | None = None,
        body: Any = None,
        *,
        json_path: str | None = None,
        index: int | None = None,
        malformed: bool = False,
    ) -> None:
        location = f" at {json_path}" if json_path and json_path != "$" else ""
        super().__init__(message + location, status_code, body)
        self.reason = message
        self.json_path = json_path
        self.index = index
        self.malformed = malformed


_BY_STATUS: dict[int, type[ConnectError]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    404: NotFoundError,
}


def error_for_status(
    message: str, status_code: int, body: Any, retry_after: float | None
) -> ConnectError:
    """Return the typed error for a response with a status of 300 or more."""
    if status_code == 422:  # noqa: PLR2004
        detail = body.get("detail") if isinstance(body, dict) else None
        return ValidationError(message, status_code, body, detail=detail)
    if status_code == 429:  # noqa: PLR2004
        return RateLimitError(message, status_code, body, retry_after=retry_after)
    if status_code >= 500:  # noqa: PLR2004
        return ServerError(message, status_code, body, retry_after=retry_after)
    if status_code < 400:  # noqa: PLR2004
        return RedirectError(message, status_code, body)
    return _BY_STATUS.get(status_code, ConnectError)(message, status_code, body)
