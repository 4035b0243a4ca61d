"""Building: what goes out for a request, of what a configuration says of all requests."""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from myonlinestore import _codec
from myonlinestore._request import Request, encode_query
from myonlinestore._retry import KEYED_METHODS
from myonlinestore._wire.outgoing import Outgoing, timeouts_of

if TYPE_CHECKING:
    from myonlinestore.config import ConnectConfig

logger: logging.Logger = logging.getLogger("myonlinestore")

_SECRET_PARAMS = frozenset({"token", "partner_token"})


class Builder:
    """Makes what goes out; `timeouts` in seconds, by phase."""

    def __init__(self, config: ConnectConfig) -> None:
        self._config = config
        self.timeouts: Mapping[str, float | None] = timeouts_of(config)

    def outgoing(self, request: Request[Any]) -> Outgoing:
        """A request without its tokens, the same one in every repetition."""
        base = self._config.versioned_url("", request.version)
        content = request.content if request.body is None else _codec.encode_body(request.body)
        self._log(request.method, base + request.path, request.query)
        return Outgoing(
            request.method,
            base,
            request.path,
            self._query(request.query),
            self._headers(request),
            content,
            self.timeouts,
        )

    def _query(self, given: Mapping[str, object]) -> str:
        """What all requests have, unless the caller gave it, and the request's own.

        What is the same in every request is not written anew for each.
        """
        common = self._config.public_params()
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
        key = self._config.idempotency_key_header
        if key and request.method in KEYED_METHODS:
            own[key] = str(uuid.uuid4())
        given = {name.lower() for name in request.headers}
        return {n: v for n, v in own.items() if n.lower() not in given} | dict(request.headers)

    def _log(self, method: str, url: str, query: Mapping[str, object]) -> None:
        if logger.isEnabledFor(logging.DEBUG):
            asked = {**self._config.public_params(), **query}
            shown = {name: value for name, value in asked.items() if value is not None}
            secret = [*self._config.auth_params(), *(n for n in shown if n in _SECRET_PARAMS)]
            logger.debug("%s %s params=%s", method, url, shown | dict.fromkeys(secret, "***"))


@functools.lru_cache(maxsize=64)
def _written(*pairs: tuple[str, str]) -> str:
    return encode_query(dict(pairs))
