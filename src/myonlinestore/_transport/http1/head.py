"""Parsing of a response head: the status line and the headers, by httptools."""

from __future__ import annotations

from typing import NamedTuple

import httptools

from myonlinestore._transport.http1.errors import ProtocolError

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 256


class ResponseHead(NamedTuple):
    """The status, and the headers by lower-case name; repeated headers are joined by commas."""

    status: int
    headers: dict[str, str]
    keeps_alive: bool


class _HeaderCollector:
    """The callbacks of the parser."""

    __slots__ = ("count", "headers", "is_complete")

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.count = 0
        self.is_complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store one header."""
        self.count += 1
        key, text = name.decode("latin-1").lower(), _decode_value(value)
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        """Record that the parser has found the end of the head."""
        self.is_complete = True


def parse_head(head: memoryview) -> ResponseHead:
    """Parse one head, up to and including its empty line. Raises ProtocolError.

    The parser gets this one head and nothing else, so it can never take a later message, or a
    body, into account.
    """
    data = bytes(head)
    if data.count(b"\n") != data.count(b"\r\n"):
        raise ProtocolError("a line of the headers ends without a carriage return")
    collector = _HeaderCollector()
    parser = httptools.HttpResponseParser(collector)
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        raise ProtocolError("the server switched to another protocol") from None
    except httptools.HttpParserCallbackError as error:
        # An interrupt in a callback must stay an interrupt.
        raise (error.__context__ or error) from None
    except httptools.HttpParserError as error:
        raise ProtocolError(str(error)) from None
    if not collector.is_complete:
        raise ProtocolError("the headers are incomplete")
    if collector.count > MAX_HEADERS:
        raise ProtocolError(f"the response has more than {MAX_HEADERS} headers")
    # The parser's own answer counts for messages with a body only.
    keeps_alive = _keeps_alive(data[:8], collector.headers.get("connection", ""))
    return ResponseHead(parser.get_status_code(), collector.headers, keeps_alive)


def _keeps_alive(version: bytes, connection: str) -> bool:
    options = [option.strip() for option in connection.lower().split(",")] if connection else []
    return "close" not in options and (version == b"HTTP/1.1" or "keep-alive" in options)


def _decode_value(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
