"""The admin endpoint, /_sandbox/: what Python can do to a sandbox, over HTTP.

It asks for no token, so it answers this machine only: by the address that a request comes from, and
by the host (and origin) that it names, lest a page in a browser reach it under another name.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.routing import Route

from myonlinestore.sandbox.checkout import get_pay
from myonlinestore.sandbox.faults import Fault
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http import query
from myonlinestore.sandbox.http.context import empty, reply
from myonlinestore.sandbox.http.problems import Problem, invalid, missing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from myonlinestore.sandbox.control import Control
    from myonlinestore.sandbox.store.store import Row

PREFIX = "/_sandbox"
MOST_ENTRIES = 1_000


@dataclass(frozen=True)
class Asked:
    """One request: of which sandbox, and the JSON object that was sent."""

    control: Control
    request: Request
    sent: Row


def get_state(asked: Asked) -> Response:
    """What there is: counts, seed, clock."""
    return reply(asked.control.state())


def post_reset(asked: Asked) -> Response:
    """Everything as it was at the start."""
    asked.control.reset()
    return reply(asked.control.state())


def post_seed(asked: Asked) -> Response:
    """``{"articles": 50, "seed": 3}``: another store; what is left out stays as it was."""
    _know(asked.sent, "articles", "seed")
    numbers = {name: b.whole_number(value, name) for name, value in asked.sent.items()}
    asked.control.reseed(**numbers)
    return reply(asked.control.state())


def get_clock(asked: Asked) -> Response:
    """The time, and whether it stands still."""
    return reply({"now": asked.control.clock().isoformat(), "frozen": asked.control.clock.frozen})


def post_clock(asked: Asked) -> Response:
    """One or more of ``freeze`` (true or a moment), ``set`` (a moment), ``advance``, ``run``."""
    _know(asked.sent, "set", "freeze", "advance", "run")
    if "set" in asked.sent:
        asked.control.clock.set(b.text(asked.sent["set"], "set"))
    if "freeze" in asked.sent:
        moment = asked.sent["freeze"]
        asked.control.clock.freeze(None if moment is True else b.text(moment, "freeze"))
    if "advance" in asked.sent:
        asked.control.clock.advance(float(b.decimal(asked.sent["advance"], "advance")))
    if asked.sent.get("run"):
        asked.control.clock.run()
    return get_clock(asked)


def get_faults(asked: Asked) -> Response:
    """The rules, with how many requests each concerned and struck."""
    return reply({"faults": [live.as_json() for live in asked.control.faults.live()]})


def post_fault(asked: Asked) -> Response:
    """A rule: its parts, or ``{"text": "getArticles nth=3 status=503"}``."""
    text = asked.sent.get("text")
    fault = Fault.of(asked.sent) if text is None else Fault.parse(b.text(text, "text"))
    return reply(asked.control.faults.put(fault).as_json(), 201)


def delete_faults(asked: Asked) -> Response:
    """Take every rule away."""
    asked.control.faults.clear()
    return empty(204)


def delete_fault(asked: Asked) -> Response:
    """Take the rule with this number away."""
    try:
        asked.control.faults.remove(int(asked.request.path_params["id"]))
    except KeyError:
        raise missing("fault", asked.request.path_params["id"]) from None
    return empty(204)


def get_journal(asked: Asked) -> Response:
    """The last `limit` requests, the oldest first; of one `operation` if that is given."""
    limit = query.whole(asked.request.query_params, "limit", MOST_ENTRIES)
    entries = asked.control.journal.requests(asked.request.query_params.get("operation"))
    latest = entries[max(len(entries) - limit, 0) :]
    return reply({"requests": [entry.as_json() for entry in latest]})


def delete_journal(asked: Asked) -> Response:
    """Forget the requests so far."""
    asked.control.journal.clear()
    return empty(204)


_ROUTES: tuple[tuple[str, str, Callable[[Asked], Response]], ...] = (
    ("GET", "/state", get_state),
    ("POST", "/reset", post_reset),
    ("POST", "/seed", post_seed),
    ("GET", "/clock", get_clock),
    ("POST", "/clock", post_clock),
    ("GET", "/faults", get_faults),
    ("POST", "/faults", post_fault),
    ("DELETE", "/faults", delete_faults),
    ("DELETE", "/faults/{id:int}", delete_fault),
    ("GET", "/journal", get_journal),
    ("DELETE", "/journal", delete_journal),
    ("GET", "/pay/{payment}", get_pay),
)


def routes(control: Control) -> list[Route]:
    """The routes of the admin endpoint."""
    return [
        Route(PREFIX + path, _endpoint(control, do), methods=[method])
        for method, path, do in _ROUTES
    ]


def _endpoint(
    control: Control, do: Callable[[Asked], Response]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            _admit(request)
            sent = b.as_object(b.parsed(raw or b"{}"), "body")
            return do(Asked(control, request, sent))
        except ValueError as error:
            return invalid("body", str(error)).response()
        except Problem as problem:
            return problem.response()

    return endpoint


def _admit(request: Request) -> None:
    """Loopback only."""
    address = request.client.host if request.client else ""
    origin = urlsplit(request.headers.get("origin", "")).hostname
    names = [address, request.url.hostname or "", *([origin] if origin is not None else [])]
    if not all(map(_is_loopback, names)) or request.headers.get("origin") == "null":
        raise Problem(403, "The sandbox's admin endpoint answers its own machine only.")


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _know(sent: Row, *names: str) -> None:
    unknown: list[Any] = sorted(set(sent).difference(names))
    if unknown:
        raise invalid(unknown[0], f"there is no such field; there are {', '.join(names)}.")
