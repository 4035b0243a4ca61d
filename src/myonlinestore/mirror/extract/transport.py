"""The client's transport as a mirror needs it: a bound, counts, and odd rows that stop nothing."""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter
from typing import Any, TypeVar, cast, get_args, get_origin

import anyio
import msgspec

from myonlinestore._codec.decode import decode
from myonlinestore._codec.encode import encode
from myonlinestore._request import Request, encode_query
from myonlinestore._response import RawResponse
from myonlinestore.client import ConnectClient
from myonlinestore.exceptions import DecodeError
from myonlinestore.http import HttpTransport
from myonlinestore.mirror.extract.streams import Stream
from myonlinestore.mirror.records import RawRow, decode_row, unwrap
from myonlinestore.models import Model

T = TypeVar("T")


class MirrorTransport(HttpTransport):
    """Sends at most so many requests at once, and takes a page apart that is odd as a whole.

    Attributes:
        requests: calls that were made, repetitions not counted.
        received: bytes of their answers, as they came.
    """

    requests: int
    received: int

    @classmethod
    def of(
        cls, client: ConnectClient, streams: Collection[Stream], concurrency: int
    ) -> MirrorTransport:
        """A transport on the client's connections.

        Args:
            client: the store.
            streams: what is read: rows without their key are odd, and those of a stream with `raw`
                come with their bytes.
            concurrency: how many requests may be in flight.
        """
        transport = object.__new__(cls)
        transport.__dict__ |= vars(client._transport)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        transport._keys = {stream.model: stream.key for stream in streams}
        transport._raw = {stream.model for stream in streams if stream.raw}
        transport._limit = anyio.Semaphore(concurrency)
        transport.requests = transport.received = 0
        return transport

    _keys: dict[type[Model], str]
    _raw: set[type[Model]]
    _limit: anyio.Semaphore

    def client(self, client: ConnectClient) -> ConnectClient:
        """The client on this transport: its resources and their pages stay as they are."""
        return client._copy_with_transport(self)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    async def send(self, request: Request[T]) -> T:
        """See `HttpTransport`. In a list of rows, a Reject stands where one is odd."""
        self.requests += 1
        async with self._limit:
            return await super().send(request)

    def _parse_response(self, request: Request[T], response: RawResponse) -> T:
        self.received += response.wire_size
        if get_origin(request.response_type) is list:
            return cast("T", self._rows(request, response))
        value = super()._parse_response(request, response)
        if request.response_type in self._raw:
            return cast("T", RawRow(cast("Model", value), response.body))
        return value

    def _rows(self, request: Request[Any], response: RawResponse) -> list[Any]:
        (model,) = get_args(request.response_type)
        if model in self._raw:
            return self._decode_rows_individually(request, response, model)
        try:
            rows: list[Any] = super()._parse_response(request, response)
        except DecodeError as error:
            if error.index is None:
                raise
            return self._decode_rows_individually(request, response, model)
        key = self._keys.get(model)
        odd = key is not None and None in map(attrgetter(key), rows)
        return self._decode_rows_individually(request, response, model) if odd else rows

    def _decode_rows_individually(
        self, request: Request[Any], response: RawResponse, model: type[Model]
    ) -> list[Any]:
        """Each row from its own bytes; for a page that is no list, from what it was read as."""
        _check_utf8(request, response.body)
        try:
            sent = decode(response.body, list[msgspec.Raw], request.envelope)
            bodies = [bytes(row) for row in sent]
        except DecodeError:
            rows: list[Any] = super()._parse_response(request, response)
            bodies = [encode(row) for row in rows]
        called, key = format_request(request), self._keys.get(model)
        found = [decode_row(body, model, key, called) for body in bodies]
        return found if model in self._raw else [unwrap(row) for row in found]


def _check_utf8(request: Request[Any], body: bytes) -> None:
    """Bytes that are no text came over a bad line, and are asked for again: no row is to blame."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise DecodeError(
            f"{request.method} {request.path} answered with what is no text ({error})",
            malformed=True,
        ) from error


def format_request(request: Request[Any]) -> str:
    """The call as a person would write it down, such as ``GET /articles?limit=100``."""
    query = {name: value for name, value in request.query.items() if value is not None}
    return f"{request.method} {request.path}?{encode_query(query)}".rstrip("?")
