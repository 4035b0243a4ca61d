"""The ASGI application: who may ask, what was asked before, and which operation answers."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from myonlinestore.sandbox import admin
from myonlinestore.sandbox.api import OPERATIONS
from myonlinestore.sandbox.http.context import Call, Operation
from myonlinestore.sandbox.http.problems import Problem
from myonlinestore.sandbox.store.file import SandboxDataError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from myonlinestore.sandbox.control import Control
    from myonlinestore.sandbox.faults import Blow
    from myonlinestore.sandbox.store.store import Row

VERSIONS = ("v1", "v2-beta")
IDEMPOTENCY_KEY = "idempotency-key"


@dataclass(frozen=True)
class Gate:
    """What stands around every operation: tokens, rate limit, faults, idempotency keys, quirks."""

    control: Control
    store_token: str
    partner_token: str

    async def answer(self, operation: Operation, request: Request) -> Response:
        """The answer to one request, which is in the journal before it is sent."""
        raw = await request.body()
        blow: Blow | None = None
        try:
            self._admit(request)
            blow = self.control.faults.blow(operation.id)
            response = await self._answer(operation, request, raw, blow)
        except Problem as problem:
            response = problem.response()
        response = self._committed(response)
        self.control.note(request.scope, raw, operation.id, response, blow)
        return response

    def _committed(self, response: Response) -> Response:
        """The answer, once what it tells of is on disk, if there is a file."""
        try:
            self.control.store.commit()
        except SandboxDataError as error:
            return Problem(500, str(error)).response()
        return response

    def _admit(self, request: Request) -> None:
        """Both tokens come in the query; only the store's is always needed."""
        token = request.query_params.get("token", "")
        partner = request.query_params.get("partner_token", self.partner_token)
        if not (_equal(token, self.store_token) and _equal(partner, self.partner_token)):
            raise Problem(401, "The token is missing or wrong: send the store's token as `token`.")
        self.control.take_turn()
        if request.query_params.get("format", "json") != "json":
            raise Problem(422, "format: this sandbox answers in json only.")

    async def _answer(
        self, operation: Operation, request: Request, raw: bytes, blow: Blow | None
    ) -> Response:
        """What the operation answers, and what a fault makes of it."""
        if blow is None:
            return self.control.shaped(operation.id, self._once(operation, request, raw))
        await blow.delay(request.scope)
        # From here on nothing awaits, so nothing comes between a write and its answer.
        blow.change_rows(operation.id, self.control.store)
        refusal = blow.refusal()
        if refusal is not None:
            return refusal
        answer = self._once(operation, request, raw)
        return blow.spoilt(self.control.shaped(operation.id, answer))

    def _once(self, operation: Operation, request: Request, raw: bytes) -> Response:
        """A write whose key was used before gets the first answer, and changes nothing."""
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None or operation.method == "GET":
            return self._perform(operation, request, raw)
        answers = self.control.store.answers
        seen = f"{operation.method} {request.url.path} {key}"
        first = answers.find(seen)
        if first is None:
            first = answers[seen] = _kept(self._perform(operation, request, raw))
        return _as_kept(first)

    def _perform(self, operation: Operation, request: Request, raw: bytes) -> Response:
        """What the operation answers; of a refused write nothing stays done."""
        store = self.control.store
        host = request.headers.get("host", "")
        call = Call(store, request.path_params, request.query_params, raw, host)
        try:
            with store.all_or_nothing():
                return operation.answer(call)
        except Problem as problem:
            return problem.response()


def _kept(response: Response) -> Row:
    """An answer as a store keeps it beside its idempotency key."""
    return {
        "status": response.status_code,
        "kind": response.headers.get("content-type"),
        "body": bytes(response.body).decode(),
    }


def _as_kept(answer: Row) -> Response:
    return Response(answer["body"], answer["status"], media_type=answer["kind"])


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def build_app(control: Control, store_token: str, partner_token: str) -> Starlette:
    """The application that serves a store in every version of the API, and its admin endpoint."""
    gate = Gate(control, store_token, partner_token)
    routes = [
        Route(f"/{version}{operation.path}", _endpoint(gate, operation), methods=[operation.method])
        for version in VERSIONS
        for operation in OPERATIONS
    ]
    handlers = {HTTPException: _unknown(control), ClientDisconnect: _hung_up}
    return Starlette(routes=[*routes, *admin.routes(control)], exception_handlers=handlers)


def _endpoint(gate: Gate, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await gate.answer(operation, request)

    return endpoint


async def _hung_up(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """A client that went before it had sent all of its body: nobody reads this."""
    return Response(status_code=400)


def _unknown(control: Control) -> Callable[[Request, Exception], Awaitable[Response]]:
    """A path or a method that no operation has. Async, since Starlette threads what is not."""

    async def answer(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = f"There is no operation {request.method} {request.url.path}."
        response = Problem(status, detail).response()
        control.note(request.scope, await request.body(), None, response)
        return response

    return answer
