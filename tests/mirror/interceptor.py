"""A sandbox whose responses a test replaces, for faults that the sandbox's rules do not have."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl

from starlette.responses import Response

from myonlinestore.sandbox import Sandbox

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Respond: TypeAlias = Callable[[str, dict[str, str]], "Response | None"]
"""Returns a response to a request's path and query, or None for the sandbox's own."""

Rewrite: TypeAlias = Callable[[str, bytes], bytes]
"""Returns another body for a path and the body of the sandbox's response."""


def respond_normally(path: str, query: dict[str, str]) -> Response | None:
    """Leave every request to the sandbox."""


def make_json_response(body: str, status: int = 200) -> Response:
    """Return a response with a JSON body."""
    return Response(body, status, media_type="application/json")


@dataclass
class Interceptor:
    """An ASGI application in front of a sandbox.

    Attributes:
        app: the sandbox's application.
        respond: returns the responses that replace the sandbox's.
        rewrite: returns the body that replaces that of the sandbox's response.
    """

    app: ASGIApp
    respond: Respond = respond_normally
    rewrite: Rewrite | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""
        response = None
        if scope["type"] == "http":
            query = dict(parse_qsl(scope["query_string"].decode()))
            response = self.respond(scope["path"], query)
            if response is None and self.rewrite is not None:
                response = await self._rewrite_response(scope, receive, self.rewrite)
        await (response or self.app)(scope, receive, send)

    async def _rewrite_response(self, scope: Scope, receive: Receive, rewrite: Rewrite) -> Response:
        """Return the sandbox's response with another body."""
        status, body = 200, b""

        async def collect(message: Message) -> None:
            nonlocal status, body
            status = message.get("status", status)
            body += message.get("body", b"")

        plain = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        await self.app({**scope, "headers": plain}, receive, collect)
        return Response(rewrite(scope["path"], body), status, media_type="application/json")


@contextmanager
def run_intercepted_sandbox(
    articles: int = 40, seed: int = 5
) -> Generator[tuple[Sandbox, Interceptor], None, None]:
    """Serve a sandbox, and yield it with the interceptor of its responses."""
    sandbox = Sandbox(articles=articles, seed=seed)
    interceptor = Interceptor(sandbox.app)
    sandbox.app = interceptor  # type: ignore[assignment]
    with sandbox:
        yield sandbox, interceptor
