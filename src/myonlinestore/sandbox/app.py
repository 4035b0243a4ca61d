"""The ASGI application: who may ask, what was asked before, and which operation answers."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from myonlinestore.sandbox.call import Call, Operation
from myonlinestore.sandbox.operations import OPERATIONS
from myonlinestore.sandbox.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from myonlinestore.sandbox.store import Store

VERSIONS = ("v1", "v2-beta")
IDEMPOTENCY_KEY = "idempotency-key"
Seen: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True)
class Gate:
    """What stands before every operation: the tokens, and the answers by idempotency key."""

    store: Store
    store_token: str
    partner_token: str
    answers: dict[Seen, Response] = field(default_factory=dict)

    async def answer(self, operation: Operation, request: Request) -> Response:
        """The answer to one request. Past the body nothing awaits, so nothing interleaves."""
        raw = await request.body()
        try:
            self._admit(request)
            return self._once(operation, request, raw)
        except Problem as problem:
            return problem.response()

    def _admit(self, request: Request) -> None:
        """Both tokens come in the query; only the store's is always needed."""
        token = request.query_params.get("token", "")
        partner = request.query_params.get("partner_token", self.partner_token)
        if not (_equal(token, self.store_token) and _equal(partner, self.partner_token)):
            raise Problem(401, "The token is missing or wrong: send the store's token as `token`.")
        if request.query_params.get("format", "json") != "json":
            raise Problem(422, "format: this sandbox answers in json only.")

    def _once(self, operation: Operation, request: Request, raw: bytes) -> Response:
        """A write whose key was used before gets the first answer, and changes nothing."""
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None or operation.method == "GET":
            return self._perform(operation, request, raw)
        seen = (operation.method, request.url.path, key)
        if seen not in self.answers:
            self.answers[seen] = self._perform(operation, request, raw)
        return self.answers[seen]

    def _perform(self, operation: Operation, request: Request, raw: bytes) -> Response:
        call = Call(self.store, request.path_params, request.query_params, raw)
        try:
            return operation.answer(call)
        except Problem as problem:
            return problem.response()


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def build_app(store: Store, store_token: str, partner_token: str) -> Starlette:
    """The application that serves a store, in every version of the API."""
    gate = Gate(store, store_token, partner_token)
    routes = [
        Route(f"/{version}{operation.path}", _endpoint(gate, operation), methods=[operation.method])
        for version in VERSIONS
        for operation in OPERATIONS
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _as_problem})


def _endpoint(gate: Gate, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await gate.answer(operation, request)

    return endpoint


async def _as_problem(request: Request, error: Exception) -> Response:
    """A path or a method that no operation has. Async, since Starlette threads what is not."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = f"There is no operation {request.method} {request.url.path}."
    return Problem(status, detail).response()
