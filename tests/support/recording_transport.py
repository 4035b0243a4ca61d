"""A transport that records requests and sends a given response."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from myonlinestore import ConnectClient

Handler = Callable[[httpx.Request], httpx.Response]


class RecordingTransport:
    """A transport with its requests in order; `response` is JSON, a response, or a function."""

    def __init__(self, response: object = None) -> None:
        self.response = response
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Record a request and respond."""
        self.requests.append(request)
        if isinstance(self.response, httpx.Response):
            return httpx.Response(
                self.response.status_code,
                content=self.response.content,
                headers=self.response.headers,
            )
        if callable(self.response):
            response: httpx.Response = self.response(request)
            return response
        return httpx.Response(200, content=json.dumps(self.response))

    @property
    def last(self) -> httpx.Request:
        """The last request."""
        return self.requests[-1]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query of the last request, without the parameters of every request."""
        own = ("token", "partner_token", "language", "format")
        return [pair for pair in self.last.url.params.multi_items() if pair[0] not in own]

    @property
    def body(self) -> Any:
        """The JSON of the last request."""
        return json.loads(self.last.content)

    def make_client(self, **options: Any) -> ConnectClient:
        """Return a client on this transport, sync and async, without retries."""
        transport = httpx.MockTransport(self)
        token = None if "config" in options else "secret-store-token"
        client = ConnectClient(token, transport=transport, async_transport=transport, **options)
        return client.with_options(max_retries=0)


async def call_method(method: Callable[..., Any], /, **keywords: Any) -> Any:
    """Call a sync or an async method, and return its result."""
    result = method(**keywords)
    return await result if hasattr(result, "__await__") else result
