"""Requests by httpx: on `engine="httpx"`, by the caller's transports, and by raw clients.

It is loaded only when one of these is used.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, TypeVar

import anyio
import httpx

from myonlinestore._redaction import iter_exception_chain, scrub_exception
from myonlinestore._transport.http1.client import finish_response, get_waiter
from myonlinestore._transport.http1.errors import (
    BodyReadError,
    ConnectFailedError,
    ConnectTimedOutError,
    ContentDecodingError,
    InvalidRequestError,
    PoolTimedOutError,
    ProtocolError,
    ReadTimedOutError,
    TooLargeError,
    WriteTimedOutError,
)
from myonlinestore._transport.prepared_request import HEADERS, make_timeouts
from myonlinestore._transport.send import AsyncCaller, BaseSender, SyncCaller

if TYPE_CHECKING:
    from myonlinestore._concurrency.event_loops import EventLoop
    from myonlinestore._concurrency.semaphore import Permit
    from myonlinestore._response import RawResponse
    from myonlinestore._transport.auth import TokenAuth
    from myonlinestore._transport.pools import ConnectionPools
    from myonlinestore._transport.prepared_request import PreparedRequest
    from myonlinestore.config import ConnectConfig

E = TypeVar("E", bound=BaseException)

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
# More than h11 and httpcore keep in memory.
_MAX_BUFFERED_BYTES = 1024 * 1024
_BODY_ERRORS = (httpx.HTTPError, httpx.StreamError, OSError)


def normalize_error(error: E) -> E | Exception:
    """Return the equivalent of an exception of httpx; others are returned unchanged."""
    for kinds, equivalent in _EQUIVALENTS:
        if isinstance(error, kinds):
            return equivalent(str(error))
    return error


class HttpxSender(BaseSender):
    """The part that senders by httpx share."""

    def _scrub(
        self,
        error: BaseException,
        outer_exception: BaseException | None,
        prepared: PreparedRequest,
    ) -> None:
        """Remove the tokens from an exception chain, whose exceptions may hold the request."""
        super()._scrub(error, outer_exception, prepared)
        for failure in iter_exception_chain(error, outer_exception):
            if isinstance(failure, httpx.RequestError):
                failure.request = make_request(prepared, prepared.url)

    def _normalize_error(self, error: BaseException) -> BaseException:
        return normalize_error(error)

    def _sign(self, prepared: PreparedRequest, transport: object) -> httpx.Request:
        """Return the request to send, with tokens. Only the transport may see it."""
        self._pools.make_room()
        unsigned = make_request(prepared, prepared.url)
        return sign_request(unsigned, self._pools.auth, transport)

    async def _finish(
        self, response: httpx.Response, sent: bytearray, loop: EventLoop | None
    ) -> RawResponse:
        headers = dict(response.headers)
        auth, waiter = self._pools.auth, get_waiter(loop)
        return await finish_response(response.status_code, headers, sent, auth, waiter)


class SyncHttpxSender(HttpxSender, SyncCaller):
    """A sender on the calling thread, by httpx."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        super().__init__(pools, config)
        self._transport = pools.transport or _open_transport()

    async def _send(self, prepared: PreparedRequest, loop: EventLoop | None) -> RawResponse:
        users, transport = self._pools.transport_users, self._transport
        users.enter()
        try:
            response = transport.handle_request(self._sign(prepared, transport))
            with _body_errors(response), contextlib.closing(_sync_stream(response)) as stream:
                sent = _read_body(stream, self._config.max_response_bytes)
        finally:
            if users.leave():
                transport.close()
        return await self._finish(response, sent, loop)


class AsyncHttpxSender(HttpxSender, AsyncCaller):
    """A sender on the running event loop, by httpx."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        super().__init__(pools, config)
        self._transport = pools.async_transport or _open_async_transport()

    async def _send(self, prepared: PreparedRequest, loop: EventLoop | None) -> RawResponse:
        users = self._pools.async_transport_users
        users.enter()
        try:
            response, sent = await self._exchange(prepared)
        except GeneratorExit:  # The coroutine is being closed: nothing can be awaited.
            users.leave()
            raise
        except BaseException:
            await self._leave()
            raise
        await self._leave()
        return await self._finish(response, sent, loop)

    async def _exchange(self, prepared: PreparedRequest) -> tuple[httpx.Response, bytearray]:
        request = self._sign(prepared, self._transport)
        response = await self._transport.handle_async_request(request)
        stream = _async_stream(response)
        with _body_errors(response):
            try:
                sent = await _read_body_async(stream, self._config.max_response_bytes)
            finally:
                await stream.aclose()
        return response, sent

    async def _leave(self) -> None:
        if self._pools.async_transport_users.leave():
            with anyio.CancelScope(shield=True):
                await self._transport.aclose()


def _open_transport() -> httpx.BaseTransport:
    from myonlinestore._transport import httpcore_transports  # noqa: PLC0415  it loads trio

    return httpcore_transports.HttpcoreTransport()


def _open_async_transport() -> httpx.AsyncBaseTransport:
    from myonlinestore._transport import httpcore_transports  # noqa: PLC0415  it loads trio

    return httpcore_transports.AsyncHttpcoreTransport()


def _sync_stream(response: httpx.Response) -> httpx.SyncByteStream:
    assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101
    return response.stream


def _async_stream(response: httpx.Response) -> httpx.AsyncByteStream:
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101
    return response.stream


def _read_body(stream: httpx.SyncByteStream, max_bytes: int) -> bytearray:
    """Return the whole body, still compressed. Raises TooLargeError."""
    sent = bytearray()
    for part in stream:
        sent += part
        if len(sent) > max_bytes:
            raise TooLargeError
    return sent


async def _read_body_async(stream: httpx.AsyncByteStream, max_bytes: int) -> bytearray:
    """Return the whole body, as `_read_body` does.

    Of a body that is too large a little more is read, after its connection was closed: this ends
    the generators of httpcore, which trio and asyncio would otherwise have to end.
    """
    sent = bytearray()
    try:
        async for part in stream:
            sent += part
            if len(sent) > max_bytes:
                await stream.aclose()
            if len(sent) > max_bytes + _MAX_BUFFERED_BYTES:
                raise TooLargeError
    except _BODY_ERRORS:
        if len(sent) <= max_bytes:
            raise
    if len(sent) > max_bytes:
        raise TooLargeError
    return sent


@contextlib.contextmanager
def _body_errors(response: httpx.Response) -> Iterator[None]:
    """Raise BodyReadError for a failure after the status of the response had arrived."""
    try:
        yield
    except _BODY_ERRORS as error:
        raise BodyReadError(response.status_code, normalize_error(error)) from error


def make_request(prepared: PreparedRequest, url: str) -> httpx.Request:
    """Return a request to a URL. Raises httpx.InvalidURL."""
    headers = httpx.Headers(HEADERS)
    headers.update(prepared.headers)
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

    def __init__(self, url: httpx.URL, signed: str) -> None:
        super().__init__(url)
        self._signed_raw_path = httpx.URL(signed).raw_path

    @property
    def raw_path(self) -> bytes:
        """Path and query, with the tokens."""
        return self._signed_raw_path


def sign_request(request: httpx.Request, auth: TokenAuth, transport: object) -> httpx.Request:
    """Return a copy with the tokens, if it goes to the configured origin.

    The transports of httpx send `raw_path`; any other one may read the whole URL.

    The copy asks for the end of the connection: no public name of httpx shows if bytes have arrived
    behind a response, and the next request would take them for its own. HTTP/2 leaves the header
    out, as it numbers its responses.
    """
    copy = httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )
    if (request.url.scheme, request.url.raw_host.decode(), request.url.port) == auth.origin:
        signed = auth.add_tokens(str(request.url))
        hides_tokens = isinstance(transport, (httpx.HTTPTransport, httpx.AsyncHTTPTransport))
        copy.url = SignedUrl(request.url, signed) if hides_tokens else httpx.URL(signed)
    copy.headers["Connection"] = "close"
    if isinstance(request.stream, httpx.ByteStream):
        copy.read()
    return copy


def make_client(pools: ConnectionPools, config: ConnectConfig) -> httpx.Client:
    """Return an httpx.Client that adds the tokens to requests to the API."""
    return httpx.Client(
        transport=RawTransport(pools, config), timeout=_timeout(config), follow_redirects=True
    )


def make_async_client(pools: ConnectionPools, config: ConnectConfig) -> httpx.AsyncClient:
    """Return an httpx.AsyncClient that adds the tokens to requests to the API."""
    return httpx.AsyncClient(
        transport=AsyncRawTransport(pools, config), timeout=_timeout(config), follow_redirects=True
    )


def _timeout(config: ConnectConfig) -> httpx.Timeout:
    return httpx.Timeout(**make_timeouts(config))


class RawTransport(httpx.BaseTransport):
    """The transport of an httpx.Client: adds the tokens below it, within `max_connections`."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config
        self._inner = pools.transport or _open_transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy with the tokens."""
        outer_exception = sys.exc_info()[1]
        permit = self._pools.semaphore.acquire_sync(self._config.pool_timeout)
        if permit is None:
            raise httpx.PoolTimeout("every connection is in use", request=request)
        try:
            self._pools.make_room()
            response = self._inner.handle_request(
                sign_request(request, self._pools.auth, self._inner)
            )
        except BaseException as error:  # noqa: BLE001  it is raised again
            permit.release()
            raise _scrub_raw(error, outer_exception, request, self._config)  # noqa: B904
        stream = _PermitStream(_sync_stream(response), permit)
        return _strip_response(response, stream, self._pools.auth)


class AsyncRawTransport(httpx.AsyncBaseTransport):
    """The transport of an httpx.AsyncClient, as `RawTransport`."""

    def __init__(self, pools: ConnectionPools, config: ConnectConfig) -> None:
        self._pools = pools
        self._config = config
        self._inner = pools.async_transport or _open_async_transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy with the tokens."""
        outer_exception = sys.exc_info()[1]
        permit = await self._pools.semaphore.acquire(self._config.pool_timeout)
        if permit is None:
            raise httpx.PoolTimeout("every connection is in use", request=request)
        try:
            self._pools.make_room()
            signed = sign_request(request, self._pools.auth, self._inner)
            response = await self._inner.handle_async_request(signed)
        except BaseException as error:  # noqa: BLE001  it is raised again
            permit.release()
            raise _scrub_raw(error, outer_exception, request, self._config)  # noqa: B904
        stream = _AsyncPermitStream(_async_stream(response), permit)
        return _strip_response(response, stream, self._pools.auth)


def _scrub_raw(
    error: BaseException,
    outer_exception: BaseException | None,
    request: httpx.Request,
    config: ConnectConfig,
) -> BaseException:
    """Return a transport's exception, for raising again, without tokens in its chain."""
    scrub_exception(error, outer_exception, config.redact)
    for failure in iter_exception_chain(error, outer_exception):
        if isinstance(failure, httpx.RequestError):
            failure.request = request
    return error.with_traceback(None)


def _strip_response(
    response: httpx.Response,
    stream: httpx.SyncByteStream | httpx.AsyncByteStream,
    auth: TokenAuth,
) -> httpx.Response:
    """Return the response with this stream, and without tokens in its Location."""
    auth.strip_location(response.headers)
    return httpx.Response(
        response.status_code,
        headers=response.headers,
        stream=stream,
        extensions=response.extensions,
    )


class _PermitStream(httpx.SyncByteStream):
    """The body of a response, and the permit to release after it."""

    def __init__(self, stream: httpx.SyncByteStream, permit: Permit) -> None:
        self._stream = stream
        self._permit = permit

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        """Close the stream, and release the permit."""
        try:
            self._stream.close()
        finally:
            self._permit.release()


class _AsyncPermitStream(httpx.AsyncByteStream):
    """The body of a response on an event loop, and the permit to release after it."""

    def __init__(self, stream: httpx.AsyncByteStream, permit: Permit) -> None:
        self._stream = stream
        self._permit = permit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        """Close the stream, and release the permit."""
        try:
            await self._stream.aclose()
        finally:
            self._permit.release()
