"""Which connection a request gets, without a look at all of them each time.

Whenever a request comes or goes, httpcore 1.0 polls every idle socket, compares each connection
with each other, and may give one to several requests, all but one of which have to ask again
(encode/httpcore#1035). With 16 requests at once that is a sixth of a walk on an event loop.
"""

from __future__ import annotations

import time
import weakref
from operator import attrgetter
from typing import Any

# httpcore promises these to nobody.
_POOL = attrgetter(
    "_assign_requests_to_connections", "_connections", "_requests", "_max_keepalive_connections"
)
_REQUEST = attrgetter("connection", "is_queued", "assign_to_connection", "request.url.origin")
# Connections that nobody wants meanwhile wait so long for httpcore to close them.
_LOOK_AT_ALL_EVERY_SECONDS = 1.0


def install_fast_reuse(transport: object) -> None:
    """Have a transport's pool reuse an idle connection at once.

    All else is left to httpcore, as is a pool of another make.
    """
    pool: Any = getattr(transport, "_pool", None)
    try:
        _POOL(pool)
    except AttributeError:
        return
    pool._assign_requests_to_connections = _FastReuse(pool)  # noqa: SLF001


class _FastReuse:
    """In the place of a pool's own method, under the same lock."""

    def __init__(self, pool: Any) -> None:
        # A client that is dropped closes its sockets by that, which a cycle would put off.
        self._pool = weakref.ref(pool)
        self._look_at_all_at = 0.0

    def __call__(self) -> list[Any]:
        """Give each request that waits a connection. Returns those to be closed."""
        pool: Any = self._pool()
        now = time.monotonic()
        if now < self._look_at_all_at and _reused(pool):
            return []
        self._look_at_all_at = now + _LOOK_AT_ALL_EVERY_SECONDS
        closing: list[Any] = type(pool)._assign_requests_to_connections(pool)  # noqa: SLF001
        return closing


def _reused(pool: Any) -> bool:
    """Whether each request that waits has got an idle connection, and there is nothing to close."""
    connections, requests = pool._connections, pool._requests  # noqa: SLF001
    if not all(map(_is_known, requests)):
        return False
    taken = {id(request.connection) for request in requests}
    for request in requests:
        if request.is_queued():
            connection = _idle(connections, request.request.url.origin, taken)
            if connection is None:
                return False
            request.assign_to_connection(connection)
            taken.add(id(connection))
    too_many = len(connections) > pool._max_keepalive_connections  # noqa: SLF001
    return not (too_many or any(connection.is_closed() for connection in connections))


def _is_known(request: object) -> bool:
    """Whether httpcore still names what a pool knows of a request as it did."""
    try:
        _REQUEST(request)
    except AttributeError:
        return False
    return True


def _idle(connections: list[Any], origin: object, taken: set[int]) -> Any:
    """The first that no request has, if the other side has not closed it."""
    for connection in connections:
        free = id(connection) not in taken and connection.is_idle()
        if free and connection.can_handle_request(origin):
            return None if connection.has_expired() else connection
    return None
