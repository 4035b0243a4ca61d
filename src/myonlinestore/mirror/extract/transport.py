"""MirrorTransport: the client's transport, with a limit, counters, and tolerance for odd rows."""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import replace
from http import HTTPStatus
from operator import attrgetter
from typing import Any, TypeVar, cast, get_args, get_origin

import anyio
import msgspec

from myonlinestore._codec.decode import decode
from myonlinestore._codec.encode import encode
from myonlinestore._request import Request, encode_query
from myonlinestore._response import RawResponse
from myonlinestore.config import ConnectConfig
from myonlinestore.exceptions import ConnectError, DecodeError
from myonlinestore.http import HttpTransport
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.deep_json import split_rows
from myonlinestore.mirror.extract.outage import OutageHandler
from myonlinestore.mirror.extract.streams import Stream
from myonlinestore.mirror.records import MISSING_KEYS, RawRow, decode_row, unwrap
from myonlinestore.mirror.report import Traffic
from myonlinestore.models import Model

T = TypeVar("T")

# A token that is revoked, and a rate limit, fail all requests.
_GENERAL_FAILURES = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)


class FailedReadError(Exception):
    """A request that failed alone, while others may succeed.

    Attributes:
        error: the failure.
        request: the request, such as ``GET /articles?limit=100``.
    """

    def __init__(self, error: ConnectError, request: str) -> None:
        super().__init__(str(error))
        self.error = error
        self.request = request


class MirrorTransport(HttpTransport):
    """A transport that returns a Reject for each row of a page that cannot be decoded.

    Args:
        transport: the client's transport, whose connections and configuration it shares.
        streams: the streams to read. A row without their key is a Reject, and the rows of a stream
            with `raw` are RawRows.
        concurrency: the maximum number of requests in flight.
        traffic: the counters to add to.
        outages: repeats requests during an outage.
        repeats: False to raise FailedReadError for a request that has failed after its retries,
            instead of repeating it as in an outage. Rate limits are always waited for.
    """

    def __init__(
        self,
        transport: HttpTransport,
        streams: Collection[Stream],
        concurrency: int,
        traffic: Traffic,
        outages: OutageHandler,
        *,
        repeats: bool = True,
    ) -> None:
        self._share_connections(transport)
        self._keys = {stream.model: stream.key for stream in streams}
        self._raw_models = {stream.model for stream in streams if stream.raw}
        self._limit = anyio.Semaphore(concurrency)
        self._traffic = traffic
        traffic.max_rate = self.config.max_rate
        self._outages = outages
        self._repeats = repeats

    async def send(self, request: Request[T]) -> T:
        """Send a request as `HttpTransport` does, at most `concurrency` at once.

        During an outage, it is sent until the store responds. After a rate limit, the run continues
        at the rate that was learned from it.
        """
        send = functools.partial(self._send_once, request)
        try:
            result = await self._outages.run(send, self._sender.sleep, repeats=self._repeats)
        except ConnectError as error:
            if self._repeats or error.status_code in _GENERAL_FAILURES:
                raise
            raise FailedReadError(error, format_request(request)) from error
        finally:
            # Not before, so that requests which the rate limiter delays do not count yet.
            self._traffic.requests += 1
        learned, rate = self._outages.learned_rate, self.config.max_rate
        if learned is not None and (rate is None or learned < rate):
            self.config: ConnectConfig = replace(self.config, max_rate=learned)
            self._traffic.max_rate = learned
        return result

    async def _send_once(self, request: Request[T]) -> T:
        async with self._limit:
            return await super().send(request)

    def _parse_response(self, request: Request[T], response: RawResponse) -> T:
        self._traffic.received += response.wire_size
        self._traffic.store_time = timestamps.parse_http_date(response.headers.get("date"))
        if get_origin(request.response_type) is list:
            return cast("T", self._parse_rows(request, response))
        value = super()._parse_response(request, response)
        if request.response_type in self._raw_models:
            return cast("T", RawRow(cast("Model", value), response.body))
        return value

    def _parse_rows(self, request: Request[Any], response: RawResponse) -> list[Any]:
        (model,) = get_args(request.response_type)
        if model in self._raw_models:
            return self._decode_rows_individually(request, response, model)
        try:
            rows: list[Any] = super()._parse_response(request, response)
        except DecodeError as error:
            if error.index is None and not _is_too_deep(error):
                raise
            return self._decode_rows_individually(request, response, model)
        key = self._keys.get(model)
        if key is None or frozenset(MISSING_KEYS).isdisjoint(map(attrgetter(key), rows)):
            return rows
        return self._decode_rows_individually(request, response, model)

    def _decode_rows_individually(
        self, request: Request[Any], response: RawResponse, model: type[Model]
    ) -> list[Any]:
        """Decode each row from its own JSON, or from normalized JSON if the page is not a list."""
        _check_utf8(request, response.body)
        try:
            raw_rows = decode(response.body, list[msgspec.Raw], request.envelope)
            bodies = [bytes(row) for row in raw_rows]
        except DecodeError as error:
            bodies = split_rows(response.body, request.envelope) if _is_too_deep(error) else []
            if not bodies:
                normalized: list[Any] = super()._parse_response(request, response)
                bodies = [encode(row) for row in normalized]
        description, key = format_request(request), self._keys.get(model)
        rows = [decode_row(body, model, key, description) for body in bodies]
        return rows if model in self._raw_models else [unwrap(row) for row in rows]


def _is_too_deep(error: DecodeError) -> bool:
    """Return True if one row is nested too deeply, which makes a decoder refuse the whole page."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, RecursionError):
        cause = cause.__cause__
    return cause is not None


def _check_utf8(request: Request[Any], body: bytes) -> None:
    """Raise DecodeError if a body is not UTF-8.

    Such a body was damaged in transfer, so the request is retried instead of rejecting the row.
    """
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise DecodeError(
            f"{request.method} {request.path} returned a body that is not UTF-8 ({error})",
            malformed=True,
        ) from error


def format_request(request: Request[Any]) -> str:
    """Return a request's method, path and query, such as ``GET /articles?limit=100``."""
    query = {name: value for name, value in request.query.items() if value is not None}
    return f"{request.method} {request.path}?{encode_query(query)}".rstrip("?")
