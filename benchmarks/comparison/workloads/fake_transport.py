"""httpx transports that return prepared bytes immediately."""

from __future__ import annotations

from collections.abc import Callable

import httpx


class FakeTransport(httpx.BaseTransport):
    """A sync transport.

    Args:
        body: returns the body of a response.
    """

    def __init__(self, body: Callable[[httpx.Request], bytes]) -> None:
        self._body = body

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self._body(request))


class AsyncFakeTransport(httpx.AsyncBaseTransport):
    """The async counterpart."""

    def __init__(self, body: Callable[[httpx.Request], bytes]) -> None:
        self._body = body

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self._body(request))
