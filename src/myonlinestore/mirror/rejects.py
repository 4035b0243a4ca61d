"""Rows that cannot be decoded: kept with their exact bytes, so that one does not stop a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar, cast, get_args, get_origin

import msgspec

from myonlinestore import _codec
from myonlinestore._request import Request, encode_query
from myonlinestore.client import ConnectClient
from myonlinestore.exceptions import DecodeError
from myonlinestore.http import HttpTransport
from myonlinestore.models import Model

T = TypeVar("T")


@dataclass(frozen=True)
class Reject:
    """A row in the place where it stood on its page.

    Attributes:
        body: its bytes as they were sent.
        reason: why it is no row.
        request: the call that it came with, such as ``GET /articles?limit=100``.
        key: what it is known by, if that can be read.
    """

    body: bytes
    reason: str
    request: str
    key: int | str | None = None

    row_keys: ClassVar[tuple[str, ...]] = ("key",)


def tolerant(client: ConnectClient, keys: dict[type[Model], str]) -> ConnectClient:
    """The client, on the same connections, with a Reject in a list for each row that is none.

    Args:
        client: the store.
        keys: what tells the rows of a model apart.
    """
    # The resources and their pages stay as they are: only what becomes of an answer differs.
    transport = object.__new__(_TolerantTransport)
    transport.__dict__ |= vars(client._transport)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    transport.keys = keys
    return client._on(transport)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


class _TolerantTransport(HttpTransport):
    """A pipeline that takes a page apart when it cannot be decoded as a whole."""

    keys: dict[type[Model], str]

    async def send(self, request: Request[T]) -> T:
        """See `HttpTransport`."""
        try:
            return await super().send(request)
        except DecodeError as error:
            if error.index is None or get_origin(request.reply) is not list:
                raise
            return cast("T", await self._row_by_row(request, error))

    async def _row_by_row(self, request: Request[Any], error: DecodeError) -> list[Any]:
        """The page once more, as bytes: a client's error holds no more than an excerpt of it."""
        sent = await super().send(replace(request, reply=msgspec.Raw, envelope=None))
        try:
            rows = _codec.decode(bytes(sent), list[msgspec.Raw], request.envelope)
        except DecodeError:
            raise error from None
        (model,) = get_args(request.reply)
        query = {n: v for n, v in request.query.items() if v is not None}
        called = f"{request.method} {request.path}?{encode_query(query)}".rstrip("?")
        return [row_of(bytes(row), model, self.keys.get(model), called) for row in rows]


def row_of(body: bytes, model: type[Model], key: str | None, request: str) -> Model | Reject:
    """The row that these bytes are, or why they are none."""
    try:
        return _codec.decode(body, model)
    except DecodeError as error:
        return Reject(body, str(error), request, _key_in(body, model, key))


def _key_in(body: bytes, model: type[Model], key: str | None) -> int | str | None:
    """What a row is known by, where that much of it can be read."""
    try:
        sent = _codec.decode_any(body)
        (field,) = (f for f in msgspec.structs.fields(model) if f.name == key)
        found = msgspec.convert(sent[field.encode_name], field.type, strict=False)
    except (DecodeError, msgspec.ValidationError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, (int, str)) else None


def sorted_out(rows: Sequence[Any]) -> tuple[list[Model], list[Reject]]:
    """The rows, and those that are none."""
    rejects = [row for row in rows if isinstance(row, Reject)]
    return [row for row in rows if not isinstance(row, Reject)], rejects
