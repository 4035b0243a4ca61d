"""Errors of the HTTP/1.1 client; no message contains a request target or a header value."""

from __future__ import annotations

_PROXY_AUTHENTICATION = 407


class Http1Error(Exception):
    """The base of the errors below; the sender translates each into a ConnectError."""


class InvalidRequestError(Http1Error):
    """The request cannot be written as HTTP/1.1; nothing was sent."""


class ConnectFailedError(Http1Error):
    """No connection could be opened: name resolution, TCP or TLS failed."""


class ProxyRefusedError(Http1Error):
    """The proxy opened no tunnel to the server.

    Attributes:
        status: the status of its response.
    """

    def __init__(self, status: int, proxy: str = "proxy") -> None:
        advice = ": check its user and password" if status == _PROXY_AUTHENTICATION else ""
        super().__init__(f"the {proxy} refused with status {status}{advice}")
        self.status = status


class ProtocolError(Http1Error):
    """The server's bytes are not an HTTP/1.1 response, or end within one."""


class ContentDecodingError(Http1Error):
    """The body of the response could not be decompressed."""


class TooLargeError(Http1Error):
    """The response exceeds `max_response_bytes`."""


class TimedOutError(Http1Error):
    """The base of the timeouts, one for each phase."""


class PoolTimedOutError(TimedOutError):
    """No connection became free in time."""


class ConnectTimedOutError(TimedOutError):
    """The connection was not open in time."""


class WriteTimedOutError(TimedOutError):
    """The server accepted no more bytes of the request in time."""


class ReadTimedOutError(TimedOutError):
    """No more bytes of the response arrived in time."""


class CallTimedOutError(TimedOutError):
    """The time for the whole call is over."""


class BodyReadError(Exception):
    """A failure after the status of the response had arrived.

    Attributes:
        status: the status, which says whether the server has accepted the request.
        error: what failed.
    """

    def __init__(self, status: int, error: Exception) -> None:
        super().__init__(str(error))
        self.status = status
        self.error = error
