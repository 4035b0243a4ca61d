"""Requests by httpx: with `engine="httpx"`, and by the caller's transports.

It is loaded only when one of these is used.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeVar, cast

import anyio
import httpx

from myonlinestore._redaction import iter_exception_chain
from myonlinestore._transport.http1.client import finish_response, get_waiter
from myonlinestore._transport.http1.errors import (
    BodyReadError,
    CallTimedOutError,
    ConnectFailedError,
    ConnectTimedOutError,
    ContentDecodingError,
    InvalidRequestError,
    PoolTimedOutError,
    ProtocolError,
    ProxyRefusedError,
    ReadTimedOutError,
    TooLargeError,
    WriteTimedOutError,
)
from myonlinestore._transport.prepared_request import HEADERS
from myonlinestore._transport.send import BaseAsyncSender, BaseSyncSender, Sender

if TYPE_CHECKING:
    from myonlinestore._concurrency.event_loops import EventLoop
    from myonlinestore._response import RawResponse
    from myonlinestore._transport.auth import TokenAuth
    from myonlinestore._transport.pools import ConnectionPools, TransportUse
    from myonlinestore._transport.prepared_request import PreparedRequest
    from myonlinestore.config import ConnectConfig

E = TypeVar("E", bound=BaseException)
logger = logging.getLogger("myonlinestore")

# The message of httpcore for a response to CONNECT: the status and its reason.
_parse_refusal = re.compile(r"([0-9]{3}) ").match
# The equivalent of each exception, the first one that matches.
_EQUIVALENTS: tuple[tuple[tuple[type[Exception], ...], type[Exception]], ...] = (
    (
        (httpx.InvalidURL, httpx.LocalProtocolError, httpx.UnsupportedProtocol),
        InvalidRequestError,
    ),
    ((httpx.ConnectTimeout,), ConnectTimedOutError),
    ((httpx.PoolTimeout,), PoolTimedOutError),
    ((httpx.WriteTimeout,), WriteTimedOutError),
    ((httpx.TimeoutException,), ReadTimedOutError),
    ((httpx.ConnectError,), ConnectFailedError),
    ((httpx.DecodingError,), ContentDecodingError),
    ((httpx.HTTPError, httpx.StreamError), ProtocolError),
)
_HTTPX_TRANSPORTS = (httpx.HTTPTransport, httpx.AsyncHTTPTransport)
# A request asks for the end of its connection: no public name of httpx shows if bytes have arrived
# behind a response, and the next request would take them for its own. HTTP/2 leaves the header
# out, as it numbers its responses.
_CONNECTION = "Connection"
_HEADERS = httpx.Headers({**HEADERS, _CONNECTION: "close"})
# More than h11 and httpcore keep in memory.
_MAX_BUFFERED_BYTES = 1024 * 1024
_BODY_ERRORS = (httpx.HTTPError, httpx.StreamError, OSError)


def normalize_error(error: E) -> E | Exception:
    """Return the equivalent of an exception of httpx; others are returned unchanged."""
    refusal = _parse_refusal(str(error)) if isinstance(error, httpx.ProxyError) else None
    if refusal is not None:
        return ProxyRefusedError(int(refusal[1]))
    for kinds, equivalent in _EQUIVALENTS:
        if isinstance(error, kinds):
            return equivalent(str(error))
    return error


class HttpxSender(Sender):
    """The part that senders by httpx share."""

    def _scrub(
        self,
        error: BaseException,
        outer_exception: BaseException | None,
        prepared: PreparedRequest,
    ) -> None:
        """Remove the tokens from an exception chain, whose exceptions may hold the request."""
        super()._scrub(error, outer_exception, prepared)
        url = self._config.redact(prepared.url)
        replace_requests(error, outer_exception, lambda: make_request(prepared, url))

    def _normalize_error(self, error: BaseException) -> BaseException:
        return normalize_error(error)

    def _sign(self, prepared: PreparedRequest, transport: object) -> httpx.Request:
        """Return the request to send, with tokens. Only the transport may see it."""
        base, target = self._pools.auth.sign_target(prepared)
        if isinstance(transport, _HTTPX_TRANSPORTS):
            request = make_request(prepared, prepared.url)
            request.url = SignedUrl(request.url, target.encode())
        else:
            request = make_request(prepared, f"{base.origin[0]}://{base.host}{target}")
        if prepared.deadline is not None:
            request.extensions["timeout"] = prepared.deadline.limit_all(prepared.timeouts)
        return request

    async def _finish(
        self, response: httpx.Response, raw_body: bytearray, loop: EventLoop | None
    ) -> RawResponse:
        auth, waiter = self._pools.auth, get_waiter(loop)
        return await finish_response(response.status_code, response.headers, raw_body, auth, waiter)


class SyncHttpxSender(HttpxSender, BaseSyncSender):
    """A sender on the calling thread, by httpx."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        super().__init__(pools, config)
        self._transport = pools.transport or open_transport()

    async def _send(self, prepared: PreparedRequest, loop: EventLoop | None) -> RawResponse:
        users, transport = self._pools.transport_users, self._transport
        use = users.enter()
        try:
            self._pools.make_room()
            response = transport.handle_request(self._sign(prepared, transport))
            with _body_errors(response), contextlib.closing(get_stream(response)) as stream:
                raw_body = _read_body(stream, self._config.max_response_bytes)
        finally:
            if users.leave(use):
                transport.close()
        return await self._finish(response, raw_body, loop)


class AsyncHttpxSender(HttpxSender, BaseAsyncSender):
    """A sender on the running event loop, by httpx."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        super().__init__(pools, config)
        self._transport = pools.async_transport or open_async_transport()
        self._closing_task: object = None  # The event loop itself has only a weak reference.

    async def _send(self, prepared: PreparedRequest, loop: EventLoop | None) -> RawResponse:
        users = self._pools.async_transport_users
        use = users.enter()
        try:
            response, raw_body = await self._exchange_in_time(prepared)
        except GeneratorExit:  # The coroutine is being closed: nothing can be awaited.
            if users.leave(use):
                self._close_soon(cast("EventLoop", loop))
            raise
        except BaseException:
            await self._leave(use)
            raise
        await self._leave(use)
        return await self._finish(response, raw_body, loop)

    async def _exchange_in_time(
        self, prepared: PreparedRequest
    ) -> tuple[httpx.Response, bytearray]:
        """Do as `_exchange`; raise CallTimedOutError at the deadline."""
        if prepared.deadline is None:
            return await self._exchange(prepared)
        with anyio.move_on_after(prepared.deadline.left()):
            return await self._exchange(prepared)
        raise CallTimedOutError

    async def _exchange(self, prepared: PreparedRequest) -> tuple[httpx.Response, bytearray]:
        self._pools.make_room()
        request = self._sign(prepared, self._transport)
        response = await self._transport.handle_async_request(request)
        stream = get_async_stream(response)
        with _body_errors(response):
            try:
                raw_body = await _read_body_async(stream, self._config.max_response_bytes)
            finally:
                await stream.aclose()
        return response, raw_body

    async def _leave(self, use: TransportUse) -> None:
        if self._pools.async_transport_users.leave(use):
            await self._close()

    async def _close(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._transport.aclose()

    def _close_soon(self, loop: EventLoop) -> None:
        """Close the transport in a task, or at the next `aclose` if the event loop is closed."""
        users = self._pools.async_transport_users
        users.mark_used()

        async def close_unless_in_use() -> None:
            try:
                if users.retire():
                    await self._close()
            except Exception as error:  # noqa: BLE001  trio ends with an error of such a task
                logger.warning(
                    "a transport could not be closed: %s", self._config.redact(str(error))
                )

        def spawn() -> None:
            self._closing_task = loop.spawn(close_unless_in_use)

        loop.call_soon(spawn)


def open_transport() -> httpx.BaseTransport:
    """Return a transport for sync requests."""
    from myonlinestore._transport import httpcore_transports  # noqa: PLC0415  it loads trio

    return httpcore_transports.HttpcoreTransport()


def open_async_transport() -> httpx.AsyncBaseTransport:
    """Return a transport for requests on event loops."""
    from myonlinestore._transport import httpcore_transports  # noqa: PLC0415  it loads trio

    return httpcore_transports.AsyncHttpcoreTransport()


def get_stream(response: httpx.Response) -> httpx.SyncByteStream:
    """Return the body of a response to a sync request."""
    assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101
    return response.stream


def get_async_stream(response: httpx.Response) -> httpx.AsyncByteStream:
    """Return the body of a response on an event loop."""
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101
    return response.stream


def _read_body(stream: httpx.SyncByteStream, max_bytes: int) -> bytearray:
    """Return the whole body, still compressed. Raises TooLargeError."""
    body = bytearray()
    for part in stream:
        body += part
        if len(body) > max_bytes:
            raise TooLargeError
    return body


async def _read_body_async(stream: httpx.AsyncByteStream, max_bytes: int) -> bytearray:
    """Return the whole body, as `_read_body` does.

    The connection of a body that is too large is closed, and what httpcore has in memory is read:
    its generators end here, and leave none to asyncio and trio, which warn of those.
    """
    body = bytearray()
    try:
        async for part in stream:
            body += part
            if len(body) > max_bytes:
                await stream.aclose()
            if len(body) > max_bytes + _MAX_BUFFERED_BYTES:
                raise TooLargeError
    except _BODY_ERRORS:
        if len(body) <= max_bytes:
            raise
    if len(body) > max_bytes:
        raise TooLargeError
    return body


@contextlib.contextmanager
def _body_errors(response: httpx.Response) -> Generator[None]:
    """Raise BodyReadError for a failure after the status of the response had arrived."""
    try:
        yield
    except _BODY_ERRORS as error:
        raise BodyReadError(response.status_code, normalize_error(error)) from error


def replace_requests(
    error: BaseException,
    outer_exception: BaseException | None,
    make_unsigned: Callable[[], httpx.Request],
) -> None:
    """Replace the signed requests that exceptions of httpx hold."""
    for failure in iter_exception_chain(error, outer_exception):
        if isinstance(failure, httpx.RequestError):
            failure.request = make_unsigned()


def make_request(prepared: PreparedRequest, url: str) -> httpx.Request:
    """Return a request to a URL. Raises httpx.InvalidURL."""
    headers = httpx.Headers(_HEADERS)
    if prepared.headers:
        headers.update(prepared.headers)
        headers[_CONNECTION] = "close"
        headers.pop("content-length", None)  # httpx sets it; h11 rejects a wrong length.
    return httpx.Request(
        prepared.method,
        url,
        headers=headers,
        content=prepared.content,
        extensions={"timeout": prepared.timeouts},
    )


class SignedUrl(httpx.URL):
    """A URL that shows no tokens: only `raw_path`, the target of a request, contains them.

    OpenTelemetry's instrumentor replaces a method of httpx's transports, where it records the URL.
    """

    def __init__(self, url: httpx.URL, signed_raw_path: bytes) -> None:
        super().__init__(url)
        self._signed_raw_path = signed_raw_path

    @property
    def raw_path(self) -> bytes:
        """Path and query, with the tokens."""
        return self._signed_raw_path


def sign_request(request: httpx.Request, auth: TokenAuth, transport: object) -> httpx.Request:
    """Return a copy with the tokens, if it goes to the configured origin.

    The transports of httpx send `raw_path`; any other one may read the whole URL.
    """
    copy = httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )
    if auth.trusts((request.url.scheme, request.url.raw_host.decode(), request.url.port)):
        signed = httpx.URL(auth.add_tokens(str(request.url)))
        hides_tokens = isinstance(transport, _HTTPX_TRANSPORTS)
        copy.url = SignedUrl(request.url, signed.raw_path) if hides_tokens else signed
    copy.headers[_CONNECTION] = "close"
    if isinstance(request.stream, httpx.ByteStream):
        copy.read()
    return copy
