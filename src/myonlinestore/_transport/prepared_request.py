"""Prepared requests: everything that is sent except the tokens."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from myonlinestore._codec.encode import encode_body
from myonlinestore._request import Request, encode_query
from myonlinestore._retry import IDEMPOTENCY_KEY_METHODS
from myonlinestore._transport.deadline import Deadline
from myonlinestore._transport.decompress import accept_encoding
from myonlinestore._version import __version__

if TYPE_CHECKING:
    from myonlinestore.config import ConnectConfig

logger: logging.Logger = logging.getLogger("myonlinestore")

HEADERS = {
    "accept": "application/json",
    "accept-encoding": accept_encoding(),
    "user-agent": f"myonlinestore-connect/{__version__}",
}
_SECRET_PARAMS = frozenset({"token", "partner_token"})


class PreparedRequest(msgspec.Struct, gc=False):
    """A request without its tokens.

    Attributes:
        base: the start of the URL, such as ``https://host/v1``, or a whole URL.
        path: the quoted path below `base`.
        query: the quoted query, or None if `base` is a whole URL.
        headers: headers in addition to `HEADERS`.
        content: the encoded body.
        timeouts: seconds for each phase.
        deadline: the end of the call, or None.
    """

    method: str
    base: str
    path: str
    query: str | None
    headers: Mapping[str, str] | None
    content: bytes | None
    timeouts: Mapping[str, float | None]
    deadline: Deadline | None = None

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.base}{self.path}" if self.query is None else self.base + self.target

    @property
    def target(self) -> str:
        """The path and query."""
        return f"{self.path}?{self.query}"

    def redirected_to(self, url: str) -> PreparedRequest:
        """Return the same request to another URL."""
        return PreparedRequest(
            self.method, url, "", None, self.headers, self.content, self.timeouts, self.deadline
        )


class RequestDefaults(NamedTuple):
    """The parts that all requests to one API version share.

    Attributes:
        cache_key: the configuration's values from which they were built.
        base: the start of the URL.
        names: the names of the parameters in `query`.
        query: the encoded query.
    """

    cache_key: tuple[str, ...]
    base: str
    names: frozenset[str]
    query: str


class RequestBuilder:
    """A builder of prepared requests.

    Attributes:
        timeouts: seconds for each phase.
    """

    def __init__(self, config: ConnectConfig) -> None:
        self._config = config
        self._cached = RequestDefaults((), "", frozenset(), "")
        self.timeouts: Mapping[str, float | None] = make_timeouts(config)

    def build(self, request: Request[Any]) -> PreparedRequest:
        """Build the request, which all retries send unchanged."""
        defaults, params = self._defaults(request.version), request.query
        query = defaults.query
        if not defaults.names.isdisjoint(params):
            query = encode_query({**self._config.public_params(), **params})
        elif own := encode_query(params):
            query = f"{query}&{own}"
        headers, content = request.headers, request.content
        if request.body is not None or headers or request.method in IDEMPOTENCY_KEY_METHODS:
            headers = self._headers(request)
        if request.body is not None:
            content = encode_body(request.body)
        if logger.isEnabledFor(logging.DEBUG):
            self._log(request.method, defaults.base + request.path, request.query)
        return PreparedRequest(
            request.method,
            defaults.base,
            request.path,
            query,
            headers,
            content,
            self.timeouts,
            None if self._config.deadline is None else Deadline(self._config.deadline),
        )

    def _defaults(self, version: str | None) -> RequestDefaults:
        """Return the cached defaults; rebuild them for another version or configuration."""
        config, cached = self._config, self._cached
        version = version or config.api_version
        cache_key = (config.base_url, version, config.language, config.response_format)
        if cache_key != cached.cache_key:
            params = config.public_params()
            base = config.versioned_url("", version)
            cached = self._cached = RequestDefaults(
                cache_key, base, frozenset(params), encode_query(params)
            )
        return cached

    def _headers(self, request: Request[Any]) -> dict[str, str]:
        """Return the headers, of which the caller's take precedence.

        All retries of a request send the same idempotency key.
        """
        own: dict[str, str] = {}
        if request.body is not None:
            own["Content-Type"] = "application/json"
        key = self._config.idempotency_key_header
        if key and request.method in IDEMPOTENCY_KEY_METHODS:
            own[key] = str(uuid.uuid4())
        given = request.headers or {}
        names = {name.lower() for name in given}
        return {n: v for n, v in own.items() if n.lower() not in names} | dict(given)

    def _log(self, method: str, url: str, query: Mapping[str, object]) -> None:
        params = {**self._config.public_params(), **query}
        sent = {name: value for name, value in params.items() if value is not None}
        secret = [*self._config.auth_params(), *(name for name in sent if name in _SECRET_PARAMS)]
        shown = str(sent | dict.fromkeys(secret, "***"))
        redact = self._config.redact  # A caller may pass a token under another name.
        logger.debug("%s %s params=%s", method, redact(url), redact(shown))


def make_timeouts(config: ConnectConfig) -> Mapping[str, float | None]:
    """Return the seconds for each phase of a request, by the names that httpx has for them."""
    return {
        "connect": config.connect_timeout or config.timeout,
        "read": config.read_timeout or config.timeout,
        "write": config.timeout,
        "pool": config.pool_timeout,
    }


def encode_multipart(data: Any, files: Any) -> tuple[dict[str, str], bytes | None]:
    """Return a form's headers and bytes, so that all retries send the same ones.

    Data that is text or bytes is sent unchanged, with the caller's own content type.
    """
    if files is None and (data is None or isinstance(data, bytes)):
        return {}, data
    if files is None and isinstance(data, str):
        return {}, data.encode()
    import httpx  # noqa: PLC0415  its formats are documented, and few calls have a form

    request = httpx.Request("POST", "http://form", data=data, files=files)
    content_type = request.headers.get("content-type")
    return {"Content-Type": content_type} if content_type else {}, request.read()
