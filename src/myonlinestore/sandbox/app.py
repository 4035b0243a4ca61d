"""The ASGI application: authentication, idempotency keys and routes."""

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
from myonlinestore.sandbox.http.context import Operation, Problem, RequestContext
from myonlinestore.sandbox.store.file import SandboxDataError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from myonlinestore.sandbox.faults import AppliedFaults
    from myonlinestore.sandbox.state import SandboxState
    from myonlinestore.sandbox.store.store import Row

VERSIONS = ("v1", "v2-beta")
IDEMPOTENCY_KEY = "idempotency-key"


@dataclass(frozen=True)
class RequestHandler:
    """Request handling around each operation: tokens, rate limit, faults, idempotency, quirks."""

    state: SandboxState
    store_token: str
    partner_token: str

    async def handle(self, operation: Operation, request: Request) -> Response:
        """Handle a request and record it in the journal before the response is sent."""
        body = await request.body()
        applied: AppliedFaults | None = None
        try:
            self._authenticate(request)
            applied = self.state.faults.match(operation.id)
            response = await self._respond(operation, request, body, applied)
        except Problem as problem:
            response = problem.response()
        response = self._commit(response)
        self.state.record_request(request.scope, body, operation.id, response, applied)
        return response

    def _commit(self, response: Response) -> Response:
        """Commit the changes and return the response, or a 500 if the file cannot be written."""
        try:
            self.state.store.commit()
        except SandboxDataError as error:
            return Problem(500, str(error)).response()
        return response

    def _authenticate(self, request: Request) -> None:
        """Check both tokens, which come in the query; only the store's is required."""
        token = request.query_params.get("token", "")
        partner = request.query_params.get("partner_token", self.partner_token)
        if not (_equal(token, self.store_token) and _equal(partner, self.partner_token)):
            raise Problem(401, "The token is missing or wrong: send the store's token as `token`.")
        self.state.check_rate_limit()
        if request.query_params.get("format", "json") != "json":
            raise Problem(422, "format: the sandbox supports only json.")

    async def _respond(
        self, operation: Operation, request: Request, body: bytes, applied: AppliedFaults | None
    ) -> Response:
        """Run the operation and apply the faults to its response."""
        if applied is None:
            return self.state.apply_quirks(
                operation.id, self._with_idempotency(operation, request, body)
            )
        await applied.delay(request.scope)
        # There is no await from here on, so no other request runs between a write and its response.
        applied.change_rows(operation.id, self.state.store)
        error = applied.error_response()
        if error is not None:
            return error
        response = self._with_idempotency(operation, request, body)
        return applied.corrupt(self.state.apply_quirks(operation.id, response))

    def _with_idempotency(self, operation: Operation, request: Request, body: bytes) -> Response:
        """Run the operation, or return the stored response of a repeated idempotency key."""
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None or operation.method == "GET":
            return self._execute(operation, request, body)
        stored = self.state.store.idempotent_responses
        request_key = f"{operation.method} {request.url.path} {key}"
        original = stored.find(request_key)
        if original is None:
            original = stored[request_key] = _serialize_response(
                self._execute(operation, request, body)
            )
        return _deserialize_response(original)

    def _execute(self, operation: Operation, request: Request, body: bytes) -> Response:
        """Run the operation in a transaction, which is rolled back if it fails."""
        store = self.state.store
        host = request.headers.get("host", "")
        context = RequestContext(store, request.path_params, request.query_params, body, host)
        try:
            with store.transaction():
                return operation.handler(context)
        except Problem as problem:
            return problem.response()


def _serialize_response(response: Response) -> Row:
    """Convert a response to the form stored with its idempotency key."""
    return {
        "status": response.status_code,
        "kind": response.headers.get("content-type"),
        "body": bytes(response.body).decode(),
    }


def _deserialize_response(response: Row) -> Response:
    return Response(response["body"], response["status"], media_type=response["kind"])


def _equal(actual: str, expected: str) -> bool:
    return hmac.compare_digest(actual.encode(), expected.encode())


def build_app(state: SandboxState, store_token: str, partner_token: str) -> Starlette:
    """Return the application: all operations in every API version, and the admin endpoint."""
    handler = RequestHandler(state, store_token, partner_token)
    routes = [
        Route(
            f"/{version}{operation.path}", _endpoint(handler, operation), methods=[operation.method]
        )
        for version in VERSIONS
        for operation in OPERATIONS
    ]
    handlers = {HTTPException: _not_found_handler(state), ClientDisconnect: _client_disconnected}
    return Starlette(routes=[*routes, *admin.routes(state)], exception_handlers=handlers)


def _endpoint(
    handler: RequestHandler, operation: Operation
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await handler.handle(operation, request)

    return endpoint


async def _client_disconnected(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Return a response that is never read: the client closed before sending its whole body."""
    return Response(status_code=400)


def _not_found_handler(state: SandboxState) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return the handler of unknown paths and methods; async, so Starlette uses no thread."""

    async def not_found(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = f"There is no operation {request.method} {request.url.path}."
        response = Problem(status, detail).response()
        state.record_request(request.scope, await request.body(), None, response)
        return response

    return not_found
