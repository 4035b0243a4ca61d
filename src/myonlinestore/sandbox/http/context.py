"""What an operation receives and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import Response

from myonlinestore._codec import decode as _codec
from myonlinestore.sandbox.http import body
from myonlinestore.sandbox.http.problems import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.datastructures import QueryParams

    from myonlinestore.sandbox.store.store import Record, Row, Store, Table

K = TypeVar("K")


@dataclass(frozen=True)
class Call:
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
            raise missing(name, text)
        return int(text)

    def body(self) -> Row:
        """The body, which is a JSON object."""
        return body.as_object(body.parsed(self.raw), "body")

    def items(self) -> list[Any]:
        """The body, which is a JSON array."""
        return body.as_list(body.parsed(self.raw), "body")


@dataclass(frozen=True)
class Operation:
    """One of the vendor's operations: its operationId, where it is, what it does."""

    id: str
    method: str
    path: str
    answer: Callable[[Call], Response]


def found(table: Table[K], key: K, what: str) -> Record:
    """The record of a key, or a 404."""
    record = table.find(key)
    if record is None:
        raise missing(what, key)
    return record


def reply(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(_codec.encode(value), status, media_type="application/json")


def one(record: Record) -> Response:
    """A record as it is, from its encoded bytes."""
    return Response(record.encoded, media_type="application/json")


def rows(table: Table[K], keys: Iterable[K]) -> Response:
    """A list of records, from their encoded bytes, which are copied once."""
    parts = table.encoded(keys)
    if not parts:
        return Response(b"[]", media_type="application/json")
    parts[0] = b"[" + parts[0]
    parts[-1] += b"]"
    return Response(b",".join(parts), media_type="application/json")


def count(number: int) -> Response:
    """The vendor's CountResponse."""
    return reply({"count": number})


def empty(status: int) -> Response:
    """An answer without a body."""
    return Response(status_code=status)
