"""HttpTransport: the one pipeline of every call: build, sign, send, retry, raise, decode."""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from myonlinestore import _codec, _wire
from myonlinestore._answer import Answer, error_of, redirect_target, value_of
from myonlinestore._blocking import blocking
from myonlinestore._pools import Pools
from myonlinestore._request import Request, checked_path, encode_query
from myonlinestore._retry import KEYED_METHODS, RetryPolicy
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
_SECRET_PARAMS = frozenset({"token", "partner_token"})


@functools.lru_cache(maxsize=64)
def _written(*pairs: tuple[str, str]) -> str:
    return encode_query(dict(pairs))


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
        self._use(config, Pools(config, transport, async_transport), blocks=False)

    def _use(self, config: ConnectConfig, pools: Pools, *, blocks: bool) -> None:
        self.config = config
        self._pools = pools
        self._blocks = blocks
        wire = _wire.BlockingWire if blocks else _wire.AsyncWire
        self._wire: _wire.Wire = wire(pools, config)
        self._policy = RetryPolicy.of(config)
        self._timeouts = _wire.timeouts_of(config)
        self._twin: Self | None = None

    def with_config(self, config: ConnectConfig) -> Self:
        """A pipeline with other values on the same connections."""
        derived = object.__new__(type(self))
        derived._use(config, self._pools, blocks=self._blocks)
        return derived

    @property
    def blocking_twin(self) -> Self:
        """The same pipeline on the blocking wire, where no coroutine suspends."""
        if self._twin is None:
            twin = object.__new__(type(self))
            twin._use(self.config, self._pools, blocks=True)
            self._twin = twin
        return self._twin

    async def send(self, request: Request[T]) -> T:
        """Send until an answer decodes or the retry policy says stop; then raise ConnectError."""
        outgoing = self._outgoing(request)
        attempt = 0
        while True:
            try:
                answer = await self._exchange(outgoing)
                return value_of(request, answer, self.config)
            except ConnectError as error:
                wait = self._policy.wait(request.method, attempt, error)
                if wait is None:
                    raise
                self._log_retry(request, attempt, wait, error)
            await self._wire.sleep(wait)
            attempt += 1

    async def _exchange(self, outgoing: _wire.Outgoing) -> Answer:
        """The answer, redirects followed where they may be. Raises for a status of 300 or more."""
        answer = await self._wire.send(outgoing)
        return await self._redirected(outgoing, answer) if answer.failed else answer

    async def _redirected(self, outgoing: _wire.Outgoing, answer: Answer) -> Answer:
        for _ in range(_MOST_REDIRECTS):
            target = redirect_target(outgoing.method, outgoing.url, answer)
            if target is None:
                break
            outgoing = outgoing.to(target)
            answer = await self._wire.send(outgoing)
        if answer.failed:
            raise error_of(outgoing.method, outgoing.url, answer, self.config)
        return answer

    def _outgoing(self, request: Request[Any]) -> _wire.Outgoing:
        base = self.config.versioned_url("", request.version)
        content = request.content if request.body is None else _codec.encode_body(request.body)
        self._log_request(request.method, base + request.path, request.query)
        return _wire.Outgoing(
            request.method,
            base,
            request.path,
            self._query(request.query),
            self._headers(request),
            content,
            self._timeouts,
        )

    def _query(self, given: Mapping[str, object]) -> str:
        """As it is sent: what all requests have, unless the caller gave it, and the request's own.

        What is the same in every request is not written anew for each.
        """
        common = self.config.public_params()
        if not common.keys().isdisjoint(given):
            return encode_query({**common, **given})
        own = encode_query(given)
        written = _written(*common.items())
        return f"{written}&{own}" if own else written

    def _headers(self, request: Request[Any]) -> dict[str, str]:
        """The caller's headers win; a key is made once and stays the same in every repetition."""
        own: dict[str, str] = {}
        if request.body is None and not request.headers and request.method not in KEYED_METHODS:
            return own
        if request.body is not None:
            own["Content-Type"] = "application/json"
        key = self.config.idempotency_key_header
        if key and request.method in KEYED_METHODS:
            own[key] = str(uuid.uuid4())
        given = {name.lower() for name in request.headers}
        return {n: v for n, v in own.items() if n.lower() not in given} | dict(request.headers)

    def _log_request(self, method: str, url: str, query: Mapping[str, object]) -> None:
        if logger.isEnabledFor(logging.DEBUG):
            asked = {**self.config.public_params(), **query}
            shown = {name: value for name, value in asked.items() if value is not None}
            secret = [*self.config.auth_params(), *(n for n in shown if n in _SECRET_PARAMS)]
            logger.debug("%s %s params=%s", method, url, shown | dict.fromkeys(secret, "***"))

    def _log_retry(
        self, request: Request[Any], attempt: int, wait: float, error: ConnectError
    ) -> None:
        asked = "" if getattr(error, "retry_after", None) is None else ", as Retry-After asks"
        logger.info(
            "Retry %d/%d for %s %s (delay=%.2fs%s) after: %s",
            attempt + 1,
            self.config.max_retries,
            request.method,
            request.path,
            wait,
            asked,
            error,
        )

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
