"""HttpTransport, the pipeline of every call: build, sign, send, retry, raise, decode."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict, TypeVar, cast

from myonlinestore._concurrency.sync import sync_method
from myonlinestore._request import Request, validate_path
from myonlinestore._response import (
    RawResponse,
    error_from_response,
    parse_response,
    redirect_target,
)
from myonlinestore._retry import OnRetry, Retry, RetryPolicy, log_retry
from myonlinestore._transport.errors import make_deadline_error
from myonlinestore._transport.pools import ConnectionPools
from myonlinestore._transport.prepared_request import (
    PreparedRequest,
    RequestBuilder,
    encode_multipart,
)
from myonlinestore._transport.rate_limiter import Reservation
from myonlinestore._transport.send import AsyncHttp1Sender, Sender, SyncHttp1Sender
from myonlinestore.config import ConnectConfig
from myonlinestore.exceptions import (
    MIN_ERROR_STATUS,
    AuthenticationError,
    ConnectError,
    NotFoundError,
    RateLimitError,
    ServerError,
    ValidationError,
)

if TYPE_CHECKING:
    import httpx
    from typing_extensions import Self, Unpack

T = TypeVar("T")
# What an error says about its call.
_CALL_ATTRIBUTES = ("method", "path", "operation", "attempts", "elapsed")

logger: logging.Logger = logging.getLogger("myonlinestore")

# The published client also exports the errors from this module.
__all__ = [
    "AuthenticationError",
    "ConnectConfig",
    "ConnectError",
    "HttpTransport",
    "NotFoundError",
    "RateLimitError",
    "ServerError",
    "ValidationError",
    "logger",
]

_MAX_REDIRECTS = 5
_IDEMPOTENCY_KEY = "Idempotency-Key"


class CallOptions(TypedDict, total=False):
    """The options of `with_options`, of clients and of resources; None leaves a value unchanged.

    Attributes:
        timeout: seconds for each phase of a request, connecting and reading included.
        deadline: seconds for a whole call, with its retries and everything that it waits for.
        max_retries: maximum retries of a failed request.
        language: language of the store's texts.
        max_rate: maximum requests per second, including those of the other clients.
        on_retry: a function that is called with a `Retry` before each wait, in the thread or event
            loop of the call. Its exceptions propagate to the caller.
        headers: headers in addition to the client's.
        idempotency_key: the key of the next POST or PATCH, instead of a random one. The API must
            not execute a second request with the same key, so use it for one call only.
    """

    timeout: float | None
    deadline: float | None
    max_retries: int | None
    language: str | None
    max_rate: float | None
    on_retry: OnRetry | None
    headers: Mapping[str, str] | None
    idempotency_key: str | None


class HttpTransport:
    """The pipeline that sends the resources' requests, with raw access to any path.

    `transport` and `async_transport` are httpx transports to use instead of its own pools.
    """

    def __init__(
        self,
        config: ConnectConfig,
        *,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._headers: Mapping[str, str] = {}
        self._setup(
            config, ConnectionPools(config, transport, async_transport), None, is_sync=False
        )

    def _setup(
        self,
        config: ConnectConfig,
        pools: ConnectionPools,
        on_retry: OnRetry | None,
        *,
        is_sync: bool,
    ) -> None:
        self.config = config
        self._on_retry = on_retry
        self._pools = pools
        self._is_sync = is_sync
        self._sender = _make_sender(pools, config, is_sync=is_sync)
        self._policy = RetryPolicy.from_config(config)
        self._builder = RequestBuilder(config)
        self._sync_view: Self | None = None

    def _share_connections(self, other: HttpTransport) -> None:
        """Set up this transport on the connections and with the configuration of another one.

        A subclass calls it in its ``__init__``, instead of the inherited one.
        """
        self._headers = other._headers
        self._setup(other.config, other._pools, other._on_retry, is_sync=other._is_sync)

    def _derive(self, config: ConnectConfig, on_retry: OnRetry | None, *, is_sync: bool) -> Self:
        """Return a copy of this transport, with the attributes of a subclass, for other calls."""
        derived = object.__new__(type(self))
        derived.__dict__ |= vars(self)
        derived._setup(config, self._pools, on_retry, is_sync=is_sync)
        return derived

    def with_config(self, config: ConnectConfig, on_retry: OnRetry | None = None) -> Self:
        """Return a transport with another configuration on the same connections."""
        return self._derive(config, on_retry or self._on_retry, is_sync=self._is_sync)

    def with_options(self, **options: Unpack[CallOptions]) -> Self:
        """Return a transport with other options on the same connections."""
        changes = {name: value for name, value in options.items() if value is not None}
        on_retry = cast("OnRetry | None", changes.pop("on_retry", None))
        headers = cast("Mapping[str, str]", changes.pop("headers", {}))
        if key := changes.pop("idempotency_key", None):
            name = self.config.idempotency_key_header or _IDEMPOTENCY_KEY
            headers = {**headers, name: str(key)}
        if "timeout" in changes:
            changes |= {"connect_timeout": None, "read_timeout": None}
        derived = self.with_config(replace(self.config, **cast("Any", changes)), on_retry)
        derived._headers = {**self._headers, **headers}  # noqa: SLF001 - it is of the same class
        return derived

    @property
    def sync_view(self) -> Self:
        """The same transport for sync calls, whose coroutines never suspend."""
        if self._sync_view is None:
            self._sync_view = self._derive(self.config, self._on_retry, is_sync=True)
        return self._sync_view

    async def send(self, request: Request[T]) -> T:
        """Send a request, retry by the policy, and decode. Raises ConnectError on failure."""
        if self._headers:
            request = request.with_headers(self._headers)
        prepared = self._builder.build(request)
        reservation = Reservation(self._pools.limiter, self.config.max_rate)
        started, attempt = time.perf_counter(), 0
        while True:
            try:
                response = await self._sender.send(prepared, reservation)
                if response.status >= MIN_ERROR_STATUS:
                    response = await self._follow_redirects(prepared, response, reservation)
                return self._parse_response(request, response)
            except ConnectError as error:
                self._add_context(error, request, attempt + 1, time.perf_counter() - started)
                wait = self._policy.delay_before_retry(
                    request.method, attempt, error, prepared.headers
                )
                pause = self._policy.pause(error, wait)
                reservation.on_failure(pause)
                if wait is None:
                    raise
                attempt += 1
                retry = Retry(
                    request.method, error.path or "", attempt, self.config.max_retries, wait, error
                )
                seconds = self._schedule_retry(retry, pause, prepared, reservation)
            await reservation.sleep(seconds, self._sender.sleep)

    def _add_context(
        self, error: ConnectError, request: Request[Any], attempts: int, elapsed: float
    ) -> None:
        """Add to an error what its call was."""
        error.method = request.method
        error.path = self.config.redact(request.path)
        error.operation = request.operation
        error.attempts = attempts
        error.elapsed = elapsed

    def _schedule_retry(
        self, retry: Retry, pause: float | None, prepared: PreparedRequest, reservation: Reservation
    ) -> float:
        """Return the seconds until a retry. Raises DeadlineExceededError if they are too many."""
        seconds = reservation.schedule_retry(retry.wait, pause)
        try:
            self._check_deadline(prepared, seconds, retry.error)
            self._notify_retry(retry)
        except BaseException:
            reservation.cancel()
            raise
        return seconds

    def _check_deadline(
        self, prepared: PreparedRequest, seconds: float, failure: ConnectError
    ) -> None:
        """Raise DeadlineExceededError if a retry in this many seconds would be too late."""
        deadline = prepared.deadline
        if deadline is None:
            return
        deadline.failure = str(failure)
        if not deadline.allows(seconds):
            error = make_deadline_error(prepared, self.config)
            vars(error).update({name: getattr(failure, name) for name in _CALL_ATTRIBUTES})
            raise error from failure
        deadline.attempts += 1

    async def _follow_redirects(
        self, prepared: PreparedRequest, response: RawResponse, reservation: Reservation
    ) -> RawResponse:
        """Return the response that redirects lead to. Raises for a status of 300 or more."""
        for _ in range(_MAX_REDIRECTS):
            target = redirect_target(prepared.method, prepared.url, response)
            if target is None:
                break
            prepared = prepared.redirected_to(target)
            response = await self._sender.send(prepared, reservation)
        if response.is_error:
            raise error_from_response(prepared.method, prepared.url, response, self.config)
        return response

    def _parse_response(self, request: Request[T], response: RawResponse) -> T:
        return parse_response(request, response, self.config)

    def _notify_retry(self, retry: Retry) -> None:
        log_retry(logger, retry)
        if self._on_retry is not None:
            self._on_retry(retry)

    @property
    def sync_client(self) -> httpx.Client:
        """An httpx.Client that adds the tokens to API requests below everything that shows them."""
        from myonlinestore._transport import raw_clients  # noqa: PLC0415  it loads httpx

        return raw_clients.make_client(self._pools, self.config)

    @property
    def async_client(self) -> httpx.AsyncClient:
        """An httpx.AsyncClient, as `sync_client`."""
        from myonlinestore._transport import raw_clients  # noqa: PLC0415  it loads httpx

        return raw_clients.make_async_client(self._pools, self.config)

    def close(self) -> None:
        """Close every connection, and the caller's `transport`, but not its `async_transport`."""
        self._pools.close()

    async def aclose(self) -> None:
        """Close every connection and both of the caller's transports."""
        await self._pools.aclose()

    async def arequest(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        json: Any = None,
        data: Any = None,
        files: Any = None,
        version: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send any request. Returns plain JSON, or None for an empty response."""
        if json is not None and not (data is None and files is None):
            raise ValueError("a request has one body: pass json, or data and files")
        form_headers, content = encode_multipart(data, files)
        request: Request[Any] = Request(
            method.upper(),
            validate_path(path),
            cast("Any", Any),
            params or {},
            json,
            version=version,
            headers={**form_headers, **(headers or {})},
            content=content,
        )
        return await self.send(request)

    async def aget(
        self, path: str, *, params: Mapping[str, object] | None = None, version: str | None = None
    ) -> Any:
        """Send a GET request, as `arequest` does."""
        return await self.arequest("GET", path, params=params, version=version)

    async def apost(
        self,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, object] | None = None,
        files: Any = None,
        version: str | None = None,
    ) -> Any:
        """Send a POST request, as `arequest` does."""
        return await self.arequest(
            "POST", path, json=json, params=params, files=files, version=version
        )

    async def apatch(
        self,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, object] | None = None,
        version: str | None = None,
    ) -> Any:
        """Send a PATCH request, as `arequest` does."""
        return await self.arequest("PATCH", path, json=json, params=params, version=version)

    async def adelete(
        self, path: str, *, params: Mapping[str, object] | None = None, version: str | None = None
    ) -> Any:
        """Send a DELETE request, as `arequest` does."""
        return await self.arequest("DELETE", path, params=params, version=version)

    @sync_method(arequest)
    def request(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...

    @sync_method(apost)
    def post(self) -> None: ...

    @sync_method(apatch)
    def patch(self) -> None: ...

    @sync_method(adelete)
    def delete(self) -> None: ...

    def __getstate__(self) -> NoReturn:
        raise TypeError("an HttpTransport holds tokens and connections and cannot be pickled")


def _make_sender(pools: ConnectionPools, config: ConnectConfig, *, is_sync: bool) -> Sender:
    """Return the sender of sync or async calls."""
    if pools.uses_http1(is_sync=is_sync):
        return (SyncHttp1Sender if is_sync else AsyncHttp1Sender)(pools, config)
    from myonlinestore._transport import httpx_engine  # noqa: PLC0415  it loads httpx

    sender = httpx_engine.SyncHttpxSender if is_sync else httpx_engine.AsyncHttpxSender
    return sender(pools, config)
