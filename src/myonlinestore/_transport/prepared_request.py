"""What goes out: a request without its tokens, its headers, its timeouts, a form's bytes."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import msgspec

from myonlinestore._codec.encode import encode_body
from myonlinestore._request import Request, encode_query
from myonlinestore._retry import IDEMPOTENCY_KEY_METHODS
from myonlinestore._transport.decompress import accept_encoding
from myonlinestore._version import __version__

if TYPE_CHECKING:
    from myonlinestore.config import ConnectConfig

logger: logging.Logger = logging.getLogger("myonlinestore")

HEADERS = {
    "accept": "application/json",
    "accept-encoding": accept_encoding(),
    "user-agent": f"myonlinestore-connect/{__version__} python-httpx/{httpx.__version__}",
}
# httpx tells the length of their body, also when there is none.
METHODS_WITH_CONTENT_LENGTH = frozenset({"POST", "PUT", "PATCH"})
_SECRET_PARAMS = frozenset({"token", "partner_token"})


class PreparedRequest(msgspec.Struct, gc=False):
    """A request without its tokens; `timeouts` in seconds, by phase.

    Path and query are quoted already, and follow a base such as ``https://host/v1``. An address
    that came from elsewhere is a base alone, without a query.
    """

    method: str
    base: str
    path: str
    query: str | None
    headers: Mapping[str, str] | None
    content: bytes | None
    timeouts: Mapping[str, float | None]

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.base}{self.path}" if self.query is None else self.base + self.target

    @property
    def target(self) -> str:
        """What follows the base."""
        return f"{self.path}?{self.query}"

    def redirected_to(self, url: str) -> PreparedRequest:
        """The same request to another place."""
        return PreparedRequest(
            self.method, url, "", None, self.headers, self.content, self.timeouts
        )

    def request(self) -> httpx.Request:
        """As httpx has it. Raises httpx.InvalidURL for what is no URL."""
        return self._with_body(self.url)

    def request_at(self, url: httpx.URL, stream: httpx.ByteStream) -> httpx.Request:
        """As `request`, at an URL that is parsed already."""
        request = self._with_body(url)
        request.stream = stream
        return request

    def _with_body(self, url: httpx.URL | str) -> httpx.Request:
        headers = httpx.Headers(HEADERS)
        headers.update(self.headers)
        headers.pop("content-length", None)  # httpx counts the body; another length ends in h11.
        return httpx.Request(
            self.method,
            url,
            headers=headers,
            content=self.content,
            extensions={"timeout": self.timeouts},
        )


class BareRequest(httpx.Request):
    """A request of parts that need no more work; httpx would go over each of them again."""

    def __init__(
        self,
        method: str,
        url: httpx.URL,
        headers: httpx.Headers,
        stream: httpx.ByteStream,
        timeouts: Mapping[str, float | None],
    ) -> None:
        self.method = method
        self.url = url
        self.headers = httpx.Headers(headers)
        self.stream = stream
        self.extensions = {"timeout": timeouts}

    @property
    def content(self) -> bytes:
        """Nothing, which need not be read first: httpx's client would have read it too."""
        return b""

    def read(self) -> bytes:
        """See httpx."""
        return b""

    async def aread(self) -> bytes:
        """See httpx."""
        return b""


class RequestDefaults(NamedTuple):
    """What the requests to one version have in common, as long as the configuration `said` so.

    `names` are those of the parameters in `query`, which is quoted already.
    """

    cache_key: tuple[str, ...]
    base: str
    names: frozenset[str]
    query: str


class RequestBuilder:
    """Makes what goes out; `timeouts` in seconds, by phase."""

    def __init__(self, config: ConnectConfig) -> None:
        self._config = config
        self._cached = RequestDefaults((), "", frozenset(), "")
        self.timeouts: Mapping[str, float | None] = timeouts_of(config)

    def build(self, request: Request[Any]) -> PreparedRequest:
        """A request without its tokens, the same one in every repetition."""
        common, asked = self._common(request.version), request.query
        query = common.query
        if not common.names.isdisjoint(asked):
            query = encode_query({**self._config.public_params(), **asked})
        elif own := encode_query(asked):
            query = f"{query}&{own}"
        headers, content = request.headers, request.content
        if request.body is not None or headers or request.method in IDEMPOTENCY_KEY_METHODS:
            headers = self._headers(request)
        if request.body is not None:
            content = encode_body(request.body)
        if logger.isEnabledFor(logging.DEBUG):
            self._log(request.method, common.base + request.path, request.query)
        return PreparedRequest(
            request.method,
            common.base,
            request.path,
            query,
            headers,
            content,
            self.timeouts,
        )

    def _common(self, version: str | None) -> RequestDefaults:
        """Made anew for another version than last time, or if the configuration has changed."""
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
        """The caller's headers win; a key is made once and stays the same in every repetition."""
        own: dict[str, str] = {}
        if request.body is not None:
            own["Content-Type"] = "application/json"
        key = self._config.idempotency_key_header
        if key and request.method in IDEMPOTENCY_KEY_METHODS:
            own[key] = str(uuid.uuid4())
        theirs = request.headers or {}
        given = {name.lower() for name in theirs}
        return {n: v for n, v in own.items() if n.lower() not in given} | dict(theirs)

    def _log(self, method: str, url: str, query: Mapping[str, object]) -> None:
        asked = {**self._config.public_params(), **query}
        shown = {name: value for name, value in asked.items() if value is not None}
        secret = [*self._config.auth_params(), *(n for n in shown if n in _SECRET_PARAMS)]
        logger.debug("%s %s params=%s", method, url, shown | dict.fromkeys(secret, "***"))


def timeouts_of(config: ConnectConfig) -> Mapping[str, float | None]:
    """Seconds for each phase of a request."""
    return httpx.Timeout(
        config.timeout,
        connect=config.connect_timeout or config.timeout,
        read=config.read_timeout or config.timeout,
        pool=config.pool_timeout,
    ).as_dict()


def encode_multipart(data: Any, files: Any) -> tuple[dict[str, str], bytes | None]:
    """A form's headers and bytes, so that a repeated request sends the same ones.

    Data that is text or bytes already is sent as it is, under the caller's own content type.
    """
    if files is None and (data is None or isinstance(data, bytes)):
        return {}, data
    if files is None and isinstance(data, str):
        return {}, data.encode()
    request = httpx.Request("POST", "http://form", data=data, files=files)
    content_type = request.headers.get("content-type")
    return {"Content-Type": content_type} if content_type else {}, request.read()
