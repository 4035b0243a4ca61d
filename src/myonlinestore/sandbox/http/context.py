"""Arguments and results of operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import Response

from myonlinestore._codec.encode import encode
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.problems import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.datastructures import QueryParams

    from myonlinestore.sandbox.store.store import Record, Row, Store, Table

K = TypeVar("K")


@dataclass(frozen=True)
class RequestContext:
    """A request to an operation: path values, query, body, and the store."""

    store: Store
    path: Mapping[str, str]
    query: QueryParams
    raw: bytes
    host: str = ""
    """The Host header of the request."""

    def number(self, name: str) -> int:
        """Return a numeric path value; any other value is a 404."""
        text = self.path[name]
        if not (text.isascii() and text.isdigit()):
            raise not_found(name, text)
        return int(text)

    def body(self) -> Row:
        """Return the body, a JSON object."""
        return validators.as_object(validators.parse_json(self.raw), "body")

    def items(self) -> list[Any]:
        """Return the body, a JSON array."""
        return validators.as_list(validators.parse_json(self.raw), "body")


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
