"""The admin endpoint, /_sandbox/: control of a sandbox over HTTP.

It requires no token, so it accepts requests from this machine only: the client's address and the
Host and Origin headers must be loopback, which keeps out web pages under other host names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from myonlinestore.sandbox.api.orders import payments
from myonlinestore.sandbox.faults import Fault
from myonlinestore.sandbox.http import query, validators
from myonlinestore.sandbox.http.context import (
    Problem,
    as_object,
    empty_response,
    get_or_404,
    invalid,
    is_loopback,
    is_loopback_origin,
    is_number,
    json_response,
    not_found,
    parse_json,
    read_body,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from myonlinestore.sandbox.store.store import Row
    from myonlinestore.sandbox.stores import SandboxStore, Stores

PREFIX = "/_sandbox"
URL_SIGNS = ":/?#[]@!$&'()*+,;=%"
"""The signs of a URL that are not quoted (RFC 3986, 2.2)."""
MAX_ENTRIES = 1_000
MAX_ARTICLES = 1_000_000


@dataclass(frozen=True)
class AdminRequest:
    """A request to the admin endpoint: its stores, the one selected, the request, the JSON sent."""

    stores: Stores
    store: SandboxStore
    http: Request
    body: Row


def get_stores(request: AdminRequest) -> Response:
    """Return the number, the token and the size of each store."""
    return json_response({"stores": [store.to_dict() for store in request.stores]})


def post_store(request: AdminRequest) -> Response:
    """Add a store, ``{"token": "…", "articles": 50, "seed": 3}``; each value has a default."""
    _reject_unknown_keys(request.body, "token", "articles", "seed")
    token = validators.optional_text(request.body.get("token"), "token")
    numbers = _read_sizes({name: n for name, n in request.body.items() if name != "token"})
    return json_response(request.stores.add(token, **numbers).to_dict(), 201)


def get_state(request: AdminRequest) -> Response:
    """Return the counts, the seed and the clock."""
    return json_response(request.store.state.summary())


def post_reset(request: AdminRequest) -> Response:
    """Restore the initial state."""
    request.store.state.reset()
    return json_response(request.store.state.summary())


def post_seed(request: AdminRequest) -> Response:
    """Build another store, ``{"articles": 50, "seed": 3}``; omitted values keep their setting."""
    _reject_unknown_keys(request.body, "articles", "seed")
    request.store.state.reseed(**_read_sizes(request.body))
    return json_response(request.store.state.summary())


def _read_sizes(body: Row) -> dict[str, int]:
    sizes = {name: validators.whole_number(value, name) for name, value in body.items()}
    if not 0 <= sizes.get("articles", 0) <= MAX_ARTICLES:
        raise invalid("articles", f"it must be 0 or more, and at most {MAX_ARTICLES}.")
    return sizes


def get_clock(request: AdminRequest) -> Response:
    """Return the time and whether the clock is frozen."""
    return json_response(
        {"now": request.store.state.clock().isoformat(), "frozen": request.store.state.clock.frozen}
    )


def post_clock(request: AdminRequest) -> Response:
    """Apply ``freeze`` (true or a timestamp), ``set`` (a timestamp), ``advance`` or ``run``."""
    _reject_unknown_keys(request.body, "set", "freeze", "advance", "run")
    if "set" in request.body:
        request.store.state.clock.set(validators.text(request.body["set"], "set"))
    if "freeze" in request.body:
        timestamp = request.body["freeze"]
        request.store.state.clock.freeze(
            None if timestamp is True else validators.text(timestamp, "freeze")
        )
    if "advance" in request.body:
        request.store.state.clock.advance(_read_seconds(request.body["advance"]))
    if request.body.get("run"):
        request.store.state.clock.run()
    return get_clock(request)


def _read_seconds(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise invalid("advance", "expected an amount of seconds such as 60 or 0.5.") from None


def get_faults(request: AdminRequest) -> Response:
    """Return the fault rules with their numbers of matched and triggered requests."""
    return json_response(
        {"faults": [fault.to_dict() for fault in request.store.state.faults.active()]}
    )


def post_fault(request: AdminRequest) -> Response:
    """Add a rule, given by its fields or as ``{"text": "getArticles nth=3 status=503"}``."""
    text = request.body.get("text")
    fault = (
        Fault.from_dict(request.body)
        if text is None
        else Fault.parse(validators.text(text, "text"))
    )
    return json_response(request.store.state.faults.activate(fault).to_dict(), 201)


def delete_faults(request: AdminRequest) -> Response:
    """Remove all rules."""
    request.store.state.faults.clear()
    return empty_response(204)


def delete_fault(request: AdminRequest) -> Response:
    """Remove the rule with this id."""
    text = request.http.path_params["id"]
    try:
        request.store.state.faults.remove(int(text) if is_number(text) else 0)
    except KeyError:
        raise not_found("fault", text) from None
    return empty_response(204)


def get_journal(request: AdminRequest) -> Response:
    """Return the last `limit` requests, oldest first, optionally of one `operation`."""
    limit = query.integer(request.http.query_params, "limit", MAX_ENTRIES)
    entries = request.store.state.journal.requests(request.http.query_params.get("operation"))
    latest = entries[max(len(entries) - limit, 0) :]
    return json_response({"requests": [entry.to_dict() for entry in latest]})


def delete_journal(request: AdminRequest) -> Response:
    """Clear the journal."""
    request.store.state.journal.clear()
    return empty_response(204)


def get_pay(request: AdminRequest) -> Response:
    """Pay, or end the payment with another `outcome`, and redirect to the store.

    The vendor's API starts payments and shows their outcome; the payment itself happens between the
    customer and the gateway. In the sandbox, a GET of this page, the `url` of a postOrderPayment
    response, is the payment.
    """
    store = request.store.state.store
    record = get_or_404(store.payments, request.http.path_params["payment"], "payment")
    payments.pay(store, record.body, request.http.query_params.get("outcome", "captured"))
    store.commit()
    return Response(
        status_code=303, headers={"location": quote(record.body["referrerUrl"], URL_SIGNS)}
    )


_ROUTES: tuple[tuple[str, str, Callable[[AdminRequest], Response]], ...] = (
    ("GET", "/stores", get_stores),
    ("POST", "/stores", post_store),
    ("GET", "/state", get_state),
    ("POST", "/reset", post_reset),
    ("POST", "/seed", post_seed),
    ("GET", "/clock", get_clock),
    ("POST", "/clock", post_clock),
    ("GET", "/faults", get_faults),
    ("POST", "/faults", post_fault),
    ("DELETE", "/faults", delete_faults),
    ("DELETE", "/faults/{id}", delete_fault),
    ("GET", "/journal", get_journal),
    ("DELETE", "/journal", delete_journal),
    ("GET", "/pay/{payment}", get_pay),
)


def routes(stores: Stores) -> list[Route]:
    """Return the routes of the admin endpoint."""
    return [
        Route(PREFIX + path, _endpoint(stores, do), methods=[method])
        for method, path, do in _ROUTES
    ]


def _endpoint(
    stores: Stores, do: Callable[[AdminRequest], Response]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            raw = await read_body(request)
            _require_loopback(request)
            store = _select_store(stores, request)
            sent = as_object(parse_json(raw or b"{}"), "body")
            return do(AdminRequest(stores, store, request, sent))
        except ValueError as error:
            return invalid("body", str(error)).response()
        except Problem as problem:
            return problem.response()

    return endpoint


def _select_store(stores: Stores, request: Request) -> SandboxStore:
    """Return the store with the number in `store`, by default the first."""
    text = request.query_params.get("store", "1")
    number = int(text) if is_number(text) else 0
    if not 1 <= number <= len(stores):
        raise not_found("store", text)
    return stores[number - 1]


def _require_loopback(request: Request) -> None:
    """Raise a 403 unless the request came from a loopback address."""
    address = request.client.host if request.client else ""
    names = all(map(is_loopback, (address, request.url.hostname or "")))
    if not names or not all(map(is_loopback_origin, request.headers.getlist("origin"))):
        raise Problem(403, "The sandbox's admin endpoint accepts requests from this machine only.")


def _reject_unknown_keys(sent: Row, *names: str) -> None:
    unknown: list[Any] = sorted(set(sent).difference(names))
    if unknown:
        raise invalid(unknown[0], f"unknown field; known fields are {', '.join(names)}.")
