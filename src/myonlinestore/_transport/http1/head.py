"""Parsing of a response head, the status line and the headers, with httptools or h11."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple, Protocol

from myonlinestore._transport.http1.errors import ProtocolError

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 256

_VERSIONS = frozenset({b"HTTP/1.0", b"HTTP/1.1"})
_MIN_STATUS = 100
_END = b"\r\n\r\n"
# Characters that no part of a head may contain.
_CONTROL_CHARACTERS = bytes({*range(32), 127} - {*b"\t\r\n"})
_find_fold = re.compile(rb"\r\n[ \t]").search


class ResponseHead(NamedTuple):
    """The status, and the headers by lower-case name; repeated headers are joined by commas."""

    status: int
    headers: dict[str, str]
    keeps_alive: bool


class HeadParser(Protocol):
    """A library that parses heads."""

    def parse_status(self, data: bytes) -> int:
        """Return the status of a head. Raises ProtocolError if any of its lines is invalid."""
        ...


class HttptoolsParser:
    """The parser of the extra `fast`, which is written in C.

    It calls no Python code: it would lose an interrupt that is raised there.
    """

    def __init__(self) -> None:
        import httptools  # noqa: PLC0415  an extra

        self._httptools = httptools

    def parse_status(self, data: bytes) -> int:
        """Return the status of a head. Raises ProtocolError if any of its lines is invalid."""
        parser = self._httptools.HttpResponseParser(None)
        try:
            parser.feed_data(data)
        except self._httptools.HttpParserUpgrade:
            raise ProtocolError("the server switched to another protocol") from None
        except self._httptools.HttpParserError as error:
            raise ProtocolError(str(error)) from None
        status: int = parser.get_status_code()
        return status


class H11Parser:
    """The parser that comes with httpx, in Python, where the extra `fast` is not installed."""

    def __init__(self) -> None:
        import h11  # noqa: PLC0415  not needed if httptools is there

        self._h11 = h11

    def parse_status(self, data: bytes) -> int:
        """Return the status of a head. Raises ProtocolError if any of its lines is invalid."""
        if _find_fold(data):  # Which only h11 accepts.
            raise ProtocolError("a header continues on a second line")
        h11 = self._h11
        connection = h11.Connection(h11.CLIENT)
        connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
        connection.receive_data(data)
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            # Its message may repeat a header's value.
            raise ProtocolError("the status line or a header is invalid") from None
        if not isinstance(event, (h11.InformationalResponse, h11.Response)):
            raise ProtocolError("the response has no complete head")
        status: int = event.status_code
        return status


@functools.cache
def get_parser() -> HeadParser:
    """Return httptools' parser, or h11's if the extra `fast` is not installed."""
    try:
        return HttptoolsParser()
    except ImportError:
        return H11Parser()


def parse_head(head: memoryview) -> ResponseHead:
    """Parse one head, up to and including its empty line. Raises ProtocolError.

    The parser gets this one head and nothing else, so it can never take a later message, or a
    body, into account. What only one of the parsers accepts is refused.
    """
    data = bytes(head)
    if data.find(_END) != len(data) - len(_END):
        raise ProtocolError("the headers are incomplete")
    if data.count(b"\n") != data.count(b"\r\n"):
        raise ProtocolError("a line of the headers ends without a carriage return")
    if len(data.translate(None, _CONTROL_CHARACTERS)) != len(data):
        raise ProtocolError("the headers contain a control character")
    status = get_parser().parse_status(data)
    version = data[:8]
    if status < _MIN_STATUS or version not in _VERSIONS:
        raise ProtocolError("the status line is invalid")
    headers = _split_headers(data)
    _check_framing(headers)
    return ResponseHead(status, headers, _keeps_alive(version, headers.get("connection")))


def _split_headers(data: bytes) -> dict[str, str]:
    """Return the headers of a head whose lines are valid."""
    # Each value is UTF-8 or Latin-1 on its own, but most heads are ASCII.
    is_ascii = data.isascii()
    lines = data.decode("latin-1").split("\r\n")[1:-2]
    if len(lines) > MAX_HEADERS:
        raise ProtocolError(f"the response has more than {MAX_HEADERS} headers")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key, text = name.lower(), value.strip(" \t")
        if not is_ascii:
            text = _decode_value(text.encode("latin-1"))
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _check_framing(headers: dict[str, str]) -> None:
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if length is not None and "," in length:
        raise ProtocolError("the response has more than one Content-Length")
    if coding is None:
        return
    if coding.lower() != "chunked":
        raise ProtocolError("the response has an unsupported transfer encoding")
    if length is not None:
        raise ProtocolError("the response has a length and a transfer encoding")


def _keeps_alive(version: bytes, connection: str | None) -> bool:
    options = [option.strip() for option in connection.lower().split(",")] if connection else []
    return "close" not in options and (version == b"HTTP/1.1" or "keep-alive" in options)


def _decode_value(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
