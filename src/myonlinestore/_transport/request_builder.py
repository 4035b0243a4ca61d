"""Building: what goes out for a request, of what a configuration says of all requests."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from myonlinestore._codec import decode as _codec
from myonlinestore._request import Request, encode_query
from myonlinestore._retry import IDEMPOTENCY_KEY_METHODS
from myonlinestore._transport.prepared_request import PreparedRequest, timeouts_of

if TYPE_CHECKING:
    from myonlinestore.config import ConnectConfig

logger: logging.Logger = logging.getLogger("myonlinestore")

_SECRET_PARAMS = frozenset({"token", "partner_token"})


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
            content = _codec.encode_body(request.body)
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
