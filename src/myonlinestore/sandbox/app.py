"""The ASGI application: authentication, idempotency keys and routes."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from myonlinestore.sandbox import admin
from myonlinestore.sandbox.api import OPERATIONS
from myonlinestore.sandbox.http.context import (
    Operation,
    Problem,
    RequestContext,
    is_loopback_origin,
    read_body,
)
from myonlinestore.sandbox.store.file import SandboxDataError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.requests import Request

    from myonlinestore.sandbox.faults import AppliedFaults
    from myonlinestore.sandbox.state import SandboxState
    from myonlinestore.sandbox.store.store import Row
    from myonlinestore.sandbox.stores import SandboxStore, Stores

VERSIONS = ("v1", "v2-beta")
IDEMPOTENCY_KEY = "idempotency-key"
READS = ("GET", "HEAD")


@dataclass(frozen=True)
class RequestHandler:
    """Request handling around each operation: tokens, rate limits, faults, idempotency, quirks."""

    stores: Stores
    allowed_origins: frozenset[str]

    async def handle(self, operation: Operation, request: Request) -> Response:
        """Handle a request and record it in its store's journal before the response is sent.

        A request without the token of a store is in the journal of the first one.
        """
        store = self.stores.find(request.query_params.get("token", ""))
        state = (store or self.stores[0]).state
        applied: AppliedFaults | None = None
        body = b""
        try:
            body = await read_body(request)
            self._check_origin(request)
            self._authenticate(request, store)
            applied = state.faults.match(operation.id)
            response = await self._respond(state, operation, request, body, applied)
        except Problem as problem:
            response = problem.response()
        response = _with_date(state, _commit(state, response))
        state.record_request(request.scope, body, operation.id, response, applied)
        return response

    def _check_origin(self, request: Request) -> None:
        """Raise a 403 for a write by a web page that is not of this machine.

        Any page in a developer's browser can send requests to this machine, and the default token
        is public.
        """
        if request.method in READS or "*" in self.allowed_origins:
            return
        for origin in request.headers.getlist("origin"):
            if origin not in self.allowed_origins and not is_loopback_origin(origin):
                raise Problem(403, f"Writes from {origin} are refused: allow this origin first.")

    def _authenticate(self, request: Request, store: SandboxStore | None) -> None:
        """Check both tokens, which come in the query; only the store's is required."""
        partner = request.query_params.get("partner_token")
        if store is None or (partner is not None and not self.stores.is_partner(partner)):
            raise Problem(401, "The token is missing or wrong: send the store's token as `token`.")
        store.state.check_rate_limit()
        if partner is not None:
            self.stores.check_partner_limit()
        if request.query_params.get("format", "json") != "json":
            raise Problem(422, "format: the sandbox supports only json.")

    async def _respond(
        self,
        state: SandboxState,
        operation: Operation,
        request: Request,
        body: bytes,
        applied: AppliedFaults | None,
    ) -> Response:
        """Run the operation and apply the faults to its response."""
        if applied is None:
            response = _with_idempotency(state, operation, request, body)
            return state.apply_quirks(operation.id, response)
        await applied.delay(request.scope)
        # There is no await from here on, so no other request runs between a write and its response.
        applied.change_rows(operation.id, state.store)
        error = applied.error_response()
        if error is not None:
            return error
        response = _with_idempotency(state, operation, request, body)
        return applied.corrupt(state.apply_quirks(operation.id, response))


def _with_idempotency(
    state: SandboxState, operation: Operation, request: Request, body: bytes
) -> Response:
    """Run the operation, or return the stored response of a repeated idempotency key."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None or operation.method == "GET":
        return _execute(state, operation, request, body)
    stored = state.store.idempotent_responses
    request_key = f"{operation.method} {request.url.path} {key}"
    original = stored.find(request_key)
    if original is None:
        original = stored[request_key] = _serialize_response(
            _execute(state, operation, request, body)
        )
    return _deserialize_response(original)


def _execute(state: SandboxState, operation: Operation, request: Request, body: bytes) -> Response:
    """Run the operation in a transaction, which is rolled back if it fails."""
    store, host = state.store, request.headers.get("host", "")
    context = RequestContext(
        store, request.path_params, request.query_params, body, host, state.number
    )
    try:
        with store.transaction():
            return operation.handler(context)
    except Problem as problem:
        return problem.response()


def _commit(state: SandboxState, response: Response) -> Response:
    """Commit the changes and return the response, or a 500 if the file cannot be written."""
    try:
        state.store.commit()
    except SandboxDataError as error:
        return Problem(500, str(error)).response()
    return response


def _with_date(state: SandboxState, response: Response) -> Response:
    """Add the Date header, by the store's clock."""
    response.headers["date"] = format_datetime(state.clock(), usegmt=True)
    return response


def _serialize_response(response: Response) -> Row:
    """Convert a response to the form stored with its idempotency key."""
    return {
        "status": response.status_code,
        "kind": response.headers.get("content-type"),
        "body": bytes(response.body).decode(),
    }


def _deserialize_response(response: Row) -> Response:
    return Response(response["body"], response["status"], media_type=response["kind"])


def build_app(stores: Stores, allowed_origins: Iterable[str] = ()) -> Starlette:
    """Return the application: all operations in every API version, and the admin endpoint."""
    handler = RequestHandler(stores, frozenset(allowed_origins))
    routes = [
        Route(
            f"/{version}{operation.path}", _endpoint(handler, operation), methods=[operation.method]
        )
        for version in VERSIONS
        for operation in OPERATIONS
    ]
    handlers = {HTTPException: _not_found_handler(stores), ClientDisconnect: _client_disconnected}
    return Starlette(routes=[*routes, *admin.routes(stores)], exception_handlers=handlers)


def _endpoint(
    handler: RequestHandler, operation: Operation
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await handler.handle(operation, request)

    return endpoint


async def _client_disconnected(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Return a response that is never read: the client closed before sending its whole body."""
    return Response(status_code=400)


def _not_found_handler(
    stores: Stores,
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return the handler of unknown paths and methods; async, so Starlette uses no thread."""

    async def not_found(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        problem = Problem(status, f"There is no operation {request.method} {request.url.path}.")
        state = (stores.find(request.query_params.get("token", "")) or stores[0]).state
        body = b""
        try:
            body = await read_body(request)
        except Problem as too_large:
            problem = too_large
        response = _with_date(state, problem.response())
        state.record_request(request.scope, body, None, response)
        return response

    return not_found
