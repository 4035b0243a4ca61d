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
    from starlette.types import ASGIApp, Receive, Scope, Send

Respond: TypeAlias = Callable[[str, dict[str, str]], "Response | None"]
"""Returns a response to a request's path and query, or None for the sandbox's own."""


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
    """

    app: ASGIApp
    respond: Respond = respond_normally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""
        response = None
        if scope["type"] == "http":
            query = dict(parse_qsl(scope["query_string"].decode()))
            response = self.respond(scope["path"], query)
        await (response or self.app)(scope, receive, send)


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
