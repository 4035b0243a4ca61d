"""Transports of httpx that answer at once, with bytes that are ready."""

from __future__ import annotations

from collections.abc import Callable

import httpx


class Canned(httpx.BaseTransport):
    """Answers sync calls.

    Args:
        body: gives an answer's bytes.
    """

    def __init__(self, body: Callable[[httpx.Request], bytes]) -> None:
        self._body = body

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self._body(request))


class AsyncCanned(httpx.AsyncBaseTransport):
    """Its async twin."""

    def __init__(self, body: Callable[[httpx.Request], bytes]) -> None:
        self._body = body

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self._body(request))
