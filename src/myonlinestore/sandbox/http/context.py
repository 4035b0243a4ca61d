"""Requests, responses and problems of operations."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from starlette.responses import Response

from myonlinestore._codec.decode import decode_any
from myonlinestore._codec.encode import encode
from myonlinestore.exceptions import ConnectError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from myonlinestore.sandbox.store.store import Record, Row, Store, Table

K = TypeVar("K")

MAX_DIGITS = 18
"""The maximum number of digits of a whole number, which then fits in 64 bits."""
MAX_DEPTH = 100
MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_DISCARDED_BYTES = 64 * 1024 * 1024
"""The part of a larger body that is read before its 413, so that the client can read that."""


class Problem(Exception):  # noqa: N818 - the RFC's word
    """An error response: HTTP status, one sentence of detail, optional Retry-After."""

    def __init__(self, status: int, detail: str, *, retry_after: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after

    def response(self) -> Response:
        """Return the response for this problem."""
        body = {
            "type": "about:blank",
            "title": _reason_phrase(self.status),
            "detail": self.detail,
            "status": self.status,
        }
        headers = None if self.retry_after is None else {"Retry-After": self.retry_after}
        media_type = "application/problem+json"
        return Response(encode(body), self.status, headers, media_type=media_type)


def _reason_phrase(status: int) -> str:
    """Return the reason phrase of a status; some, such as 520, are not in any standard."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def not_found(kind: str, key: object) -> Problem:
    """Return a 404 for an unknown key."""
    return Problem(404, f"There is no {kind} {key!r} in this store.")


def invalid(where: str, reason: str) -> Problem:
    """Return a 422 for an invalid field or parameter."""
    return Problem(422, f"{where}: {reason}")


async def read_body(request: Request) -> bytes:
    """Return the body of a request, or raise a 413 if it is too large."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            body += chunk
        elif size > MAX_BODY_BYTES + MAX_DISCARDED_BYTES:
            break
    if size > MAX_BODY_BYTES:
        raise Problem(413, f"The body is larger than {MAX_BODY_BYTES} bytes.")
    return bytes(body)


def is_loopback_origin(origin: str) -> bool:
    """Return True if the value of an Origin header is a page of this machine."""
    try:
        return is_loopback(urlsplit(origin).hostname or "")
    except ValueError:
        return False


def is_loopback(name: str) -> bool:
    """Return True if a host name or address is that of this machine."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def parse_json(raw: bytes) -> object:
    """Parse the JSON of a body; malformed or deeply nested JSON is a 400."""
    try:
        value = cast("object", decode_any(raw))
    except ConnectError as error:
        raise Problem(400, "The body is not valid JSON.") from error
    if _is_deeper(value, MAX_DEPTH):
        raise Problem(400, f"The body is nested deeper than {MAX_DEPTH} levels.")
    return value


def _is_deeper(value: object, depth: int) -> bool:
    """Return True if lists and objects are nested deeper than `depth` levels."""
    level = _containers([value])
    for _ in range(depth):
        level = [child for parent in level for child in _containers(parent)]
    return bool(level)


def _containers(parent: Iterable[object]) -> list[Iterable[object]]:
    """Return the lists, and the values of the objects, in a list or in an object's values."""
    return [
        cast("Row", child).values() if isinstance(child, dict) else cast("list[object]", child)
        for child in parent
        if isinstance(child, (dict, list))
    ]


def is_number(text: str) -> bool:
    """Return True if a text is a whole number of zero or more, of at most 18 digits."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def as_object(value: object, where: str) -> Row:
    """Return a JSON object. PHP encodes an empty one as `[]`, which is accepted."""
    if isinstance(value, dict):
        return cast("Row", value)
    if value == []:
        return {}
    raise invalid(where, "expected a JSON object.")


def as_list(value: object, where: str) -> list[Any]:
    """Return a JSON array."""
    if isinstance(value, list):
        return value
    raise invalid(where, "expected a JSON array.")


@dataclass(frozen=True)
class RequestContext:
    """A request to an operation: path values, query, body, and the store."""

    store: Store
    path: Mapping[str, str]
    query: QueryParams
    raw: bytes
    host: str = ""
    """The Host header of the request."""
    store_number: int = 1
    """The number of the store in the sandbox."""

    def number(self, name: str) -> int:
        """Return a numeric path value; any other value is a 404."""
        text = self.path[name]
        if not is_number(text):
            raise not_found(name, text)
        return int(text)

    def body(self) -> Row:
        """Return the body, a JSON object."""
        return as_object(parse_json(self.raw), "body")

    def items(self) -> list[Any]:
        """Return the body, a JSON array."""
        return as_list(parse_json(self.raw), "body")


@dataclass(frozen=True)
class Operation:
    """One of the vendor's operations: operationId, method, path, handler."""

    id: str
    method: str
    path: str
    handler: Callable[[RequestContext], Response]


def get_or_404(table: Table[K], key: K, kind: str) -> Record:
    """Return the record with a key, or raise a 404."""
    record = table.find(key)
    if record is None:
        raise not_found(kind, key)
    return record


def json_response(value: object, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(encode(value), status, media_type="application/json")


def record_response(record: Record) -> Response:
    """Return a record's encoded bytes as a response."""
    return Response(record.encoded, media_type="application/json")


def list_response(table: Table[K], keys: Iterable[K]) -> Response:
    """Return the records' encoded bytes as a JSON list, copied once."""
    encoded = table.encoded(keys)
    if not encoded:
        return Response(b"[]", media_type="application/json")
    encoded[0] = b"[" + encoded[0]
    encoded[-1] += b"]"
    return Response(b",".join(encoded), media_type="application/json")


def count_response(number: int) -> Response:
    """Return the vendor's CountResponse."""
    return json_response({"count": number})


def empty_response(status: int) -> Response:
    """Return a response without a body."""
    return Response(status_code=status)
