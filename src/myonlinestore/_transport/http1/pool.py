"""The idle connections of a client, which sync calls and event loops share.

A caller holds one of the client's permits while it uses a connection, so the pool never has more
connections in use than permits. It opens a connection only when it has no idle one, and then
closes an idle one of another origin if the total would exceed `max_connections`.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections import deque
from collections.abc import Callable

from myonlinestore._transport.http1.connect import Server
from myonlinestore._transport.http1.connection import Connection, WireRequest
from myonlinestore._transport.http1.response import ResponseReader
from myonlinestore._transport.http1.timeouts import Timeouts
from myonlinestore._transport.http1.waiting import Waiter

# As httpx: many servers close connections after about this time.
KEEPALIVE_SECONDS = 5.0


class ConnectionPool:
    """A stack of idle connections: the one used last is reused first.

    No method takes a lock. Each change of the stack is one atomic operation, so an interrupt
    between two lines leaves every connection in the stack, or without a reference and closed.
    """

    def __init__(
        self,
        make_context: Callable[[], ssl.SSLContext],
        max_connections: int,
        max_keepalive: int,
        max_bytes: int,
    ) -> None:
        self._make_context = make_context
        self._max_connections = max_connections
        self._max_keepalive = max_keepalive
        self._max_bytes = max_bytes
        self._idle: deque[Connection] = deque()
        # Replaced when the pool is closed.
        self._generation = object()

    @property
    def idle_count(self) -> int:
        """The number of idle connections."""
        return len(self._idle)

    async def send(
        self,
        server: Server,
        request: WireRequest,
        timeouts: Timeouts,
        waiter: Waiter,
        in_use: int,
    ) -> ResponseReader:
        """Send a request and return its response; `in_use` counts permits, this call's included.

        Raises OSError or Http1Error. The connection is then closed.
        """
        generation = self._generation
        connection = self._pop(server)
        if connection is None:
            self._make_room(in_use)
            context = self._make_context() if server.is_tls else None
            connection = await Connection.open(server, context, timeouts, waiter)
        try:
            response = await connection.exchange(request, self._max_bytes, timeouts, waiter)
        except BaseException:
            connection.close()
            raise
        if response.reusable:
            self._push(connection)
        else:
            connection.close()
        if generation is not self._generation:  # Closed during the exchange.
            self.close_idle(len(self._idle))
        return response

    def _pop(self, server: Server) -> Connection | None:
        """Return an idle connection that is usable, and close those that are not."""
        expired = time.monotonic() - KEEPALIVE_SECONDS
        self._close_expired(expired)
        others: list[Connection] = []
        found = None
        while found is None:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if connection.server != server:
                others.append(connection)
            elif connection.idle_since > expired and connection.is_clean():
                found = connection
            else:
                connection.close()
        self._idle.extend(reversed(others))
        return found

    def _close_expired(self, expired: float) -> None:
        """Close the connections at the bottom of the stack, which have been idle longest."""
        with contextlib.suppress(IndexError):  # Another thread may take the last one.
            while self._idle[0].idle_since <= expired:
                self._idle.popleft().close()

    def _make_room(self, in_use: int) -> None:
        self.close_idle(len(self._idle) + in_use - self._max_connections)

    def _push(self, connection: Connection) -> None:
        connection.mark_idle()
        self._idle.append(connection)
        self.close_idle(len(self._idle) - self._max_keepalive)

    def close_idle(self, max_count: int) -> int:
        """Close up to `max_count` idle connections, the oldest first; return their number."""
        closed = 0
        with contextlib.suppress(IndexError):
            while closed < max_count:
                self._idle.popleft().close()
                closed += 1
        return closed

    def close(self) -> None:
        """Close the idle connections now, and those in use when their requests end."""
        self._generation = object()
        self.close_idle(len(self._idle))
