"""What an operation receives and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import Response

from myonlinestore._codec.decode import encode
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.problems import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.datastructures import QueryParams

    from myonlinestore.sandbox.store.store import Record, Row, Store, Table

K = TypeVar("K")


@dataclass(frozen=True)
class RequestContext:
    """One request to one operation: path values, query, body, and the store that it is about."""

    store: Store
    path: Mapping[str, str]
    query: QueryParams
    raw: bytes
    host: str = ""
    """The sandbox's address, as the request has it."""

    def number(self, name: str) -> int:
        """A path value that is a number; anything else names nothing."""
        text = self.path[name]
        if not (text.isascii() and text.isdigit()):
            raise not_found(name, text)
        return int(text)

    def body(self) -> Row:
        """The body, which is a JSON object."""
        return validators.as_object(validators.parse_json(self.raw), "body")

    def items(self) -> list[Any]:
        """The body, which is a JSON array."""
        return validators.as_list(validators.parse_json(self.raw), "body")


@dataclass(frozen=True)
class Operation:
    """One of the vendor's operations: its operationId, where it is, what it does."""

    id: str
    method: str
    path: str
    handler: Callable[[RequestContext], Response]


def get_or_404(table: Table[K], key: K, kind: str) -> Record:
    """The record of a key, or a 404."""
    record = table.find(key)
    if record is None:
        raise not_found(kind, key)
    return record


def json_response(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(encode(value), status, media_type="application/json")


def record_response(record: Record) -> Response:
    """A record as it is, from its encoded bytes."""
    return Response(record.encoded, media_type="application/json")


def list_response(table: Table[K], keys: Iterable[K]) -> Response:
    """A list of records, from their encoded bytes, which are copied once."""
    encoded = table.encoded(keys)
    if not encoded:
        return Response(b"[]", media_type="application/json")
    encoded[0] = b"[" + encoded[0]
    encoded[-1] += b"]"
    return Response(b",".join(encoded), media_type="application/json")


def count_response(number: int) -> Response:
    """The vendor's CountResponse."""
    return json_response({"count": number})


def empty_response(status: int) -> Response:
    """An answer without a body."""
    return Response(status_code=status)
