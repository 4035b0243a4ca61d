"""HttpTransport: the one pipeline of every call: build, sign, send, retry, raise, decode."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from myonlinestore import _transport as _wire
from myonlinestore._concurrency.sync import blocking
from myonlinestore._request import Request, checked_path
from myonlinestore._response import FIRST_FAILURE, Answer, error_of, redirect_target, value_of
from myonlinestore._retry import OnRetry, Retry, RetryPolicy, log_retry
from myonlinestore._transport.pools import Pools
from myonlinestore._transport.rate_limiter import Place
from myonlinestore.config import ConnectConfig
from myonlinestore.exceptions import (
    AuthenticationError,
    ConnectError,
    NotFoundError,
    RateLimitError,
    ServerError,
    ValidationError,
)

if TYPE_CHECKING:
    import httpx
    from typing_extensions import Self

T = TypeVar("T")
logger: logging.Logger = logging.getLogger("myonlinestore")

# The published client has the errors under this module's name too.
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

_MOST_REDIRECTS = 5


class HttpTransport:
    """Sends requests for the resources: each call's pipeline, and raw access to any path.

    `transport` and `async_transport` are httpx transports to send on instead of its own pools.
    """

    def __init__(
        self,
        config: ConnectConfig,
        *,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._use(config, Pools(config, transport, async_transport), None, blocks=False)

    def _use(
        self, config: ConnectConfig, pools: Pools, on_retry: OnRetry | None, *, blocks: bool
    ) -> None:
        self.config = config
        self._on_retry = on_retry
        self._pools = pools
        self._blocks = blocks
        wire = _wire.BlockingWire if blocks else _wire.AsyncWire
        self._wire: _wire.Wire = wire(pools, config)
        self._policy = RetryPolicy.of(config)
        self._builder = _wire.Builder(config)
        self._twin: Self | None = None

    def with_config(self, config: ConnectConfig, on_retry: OnRetry | None = None) -> Self:
        """A pipeline with other values on the same connections."""
        derived = object.__new__(type(self))
        derived._use(config, self._pools, on_retry or self._on_retry, blocks=self._blocks)
        return derived

    @property
    def blocking_twin(self) -> Self:
        """The same pipeline on the blocking wire, where no coroutine suspends."""
        if self._twin is None:
            twin = object.__new__(type(self))
            twin._use(self.config, self._pools, self._on_retry, blocks=True)
            self._twin = twin
        return self._twin

    async def send(self, request: Request[T]) -> T:
        """Send until an answer decodes or the retry policy says stop; then raise ConnectError."""
        outgoing = self._builder.outgoing(request)
        place = Place(self._pools.pace, self.config.max_rate)
        attempt = 0
        while True:
            try:
                answer = await self._wire.send(outgoing, place)
                if answer.status >= FIRST_FAILURE:
                    answer = await self._redirected(outgoing, answer, place)
                return self._value_of(request, answer)
            except ConnectError as error:
                wait = self._policy.wait(request.method, attempt, error)
                pause = self._policy.pause(error, wait)
                place.failed(pause)
                if wait is None:
                    raise
                attempt += 1
                most = self.config.max_retries
                self._tell(Retry(request.method, request.path, attempt, most, wait, error))
            await place.rest(wait, pause, self._wire.sleep)

    async def _redirected(self, outgoing: _wire.Outgoing, answer: Answer, place: Place) -> Answer:
        """The answer elsewhere, if redirects lead to one. Raises for a status of 300 or more."""
        for _ in range(_MOST_REDIRECTS):
            target = redirect_target(outgoing.method, outgoing.url, answer)
            if target is None:
                break
            outgoing = outgoing.to(target)
            answer = await self._wire.send(outgoing, place)
        if answer.failed:
            raise error_of(outgoing.method, outgoing.url, answer, self.config)
        return answer

    def _value_of(self, request: Request[T], answer: Answer) -> T:
        return value_of(request, answer, self.config)

    def _tell(self, retry: Retry) -> None:
        log_retry(logger, retry)
        if self._on_retry is not None:
            self._on_retry(retry)

    @property
    def sync_client(self) -> httpx.Client:
        """An httpx.Client on the pool of sync calls; requests to the API are signed beneath it."""
        return _wire.client_on(self._pools.blocking(), self.config)

    @property
    def async_client(self) -> httpx.AsyncClient:
        """An httpx.AsyncClient on the running event loop's pool, signed as `sync_client` is."""
        return _wire.async_client_on(self._pools.of_running_loop(), self.config)

    def close(self) -> None:
        """Close every connection; those of the running event loop are closed there, soon."""
        self._pools.close()

    async def aclose(self) -> None:
        """Close every connection before this returns."""
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
        """Any request below the API's version; returns plain JSON, ``None`` for an empty answer."""
        if json is not None and not (data is None and files is None):
            raise ValueError("a request has one body: pass json, or data and files")
        form_headers, content = _wire.form(data, files)
        request = Request[Any](
            method.upper(),
            checked_path(path),
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
        """GET, as `arequest`."""
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
        """POST, as `arequest`."""
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
        """PATCH, as `arequest`."""
        return await self.arequest("PATCH", path, json=json, params=params, version=version)

    async def adelete(
        self, path: str, *, params: Mapping[str, object] | None = None, version: str | None = None
    ) -> Any:
        """DELETE, as `arequest`."""
        return await self.arequest("DELETE", path, params=params, version=version)

    @blocking(arequest)
    def request(self) -> None: ...

    @blocking(aget)
    def get(self) -> None: ...

    @blocking(apost)
    def post(self) -> None: ...

    @blocking(apatch)
    def patch(self) -> None: ...

    @blocking(adelete)
    def delete(self) -> None: ...

    def __getstate__(self) -> NoReturn:
        raise TypeError("an HttpTransport holds tokens and connections and is not pickled")
