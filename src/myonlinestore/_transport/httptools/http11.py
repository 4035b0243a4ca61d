"""Messages of HTTP/1.1: the bytes of a request, and a reply that fills as its bytes come."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast

import httpcore
import httptools
import httpx

READ_FIRST = 1 << 16  # Bytes to ask for at once, while the headers are among them,
READ = 1 << 18  # and after them: so that few reads bring a page.
_LONGEST_HEAD = 100 * 1024  # h11's limit.
_FINAL = 200

# RFC 9110, 5.5 and 5.6.2. Whatever else there is goes to h11, which knows what to do with these
# headers, and says what is wrong with others.
_ORDINARY = re.compile(
    rb"[!#$%&'*+.^_`|~0-9A-Z-]+ [!-~]+ HTTP/1\.1\r\n"
    rb"(?:(?!(?:transfer-encoding|connection|upgrade|expect):)[!#$%&'*+.^_`|~0-9A-Z-]+: "
    rb"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?\r\n)*",
    re.IGNORECASE,
).fullmatch
_LENGTHS = re.compile(rb"\r\ncontent-length: ([^\r]*)", re.IGNORECASE).findall


def serialize_simple_request(request: httpcore.Request) -> bytes | None:
    """All of a request, as it is sent; ``None`` for one that is out of the ordinary."""
    if not isinstance(request.stream, httpx.ByteStream) or "trace" in request.extensions:
        return None
    body = b"".join(request.stream)
    lines = [b"%b: %b\r\n" % header for header in request.headers]
    head = b"%b %b HTTP/1.1\r\n%b" % (request.method, request.url.target, b"".join(lines))
    if head.count(b"\r\n") != 1 + len(lines) or not _ORDINARY(head):
        return None
    lengths = _LENGTHS(head)
    if (lengths or body) and lengths != [b"%d" % len(body)]:
        return None
    return b"%b\r\n%b" % (head, body)


def seconds(request: httpcore.Request, phase: str) -> float | None:
    """How long a phase of a request may take."""
    return cast("dict[str, float | None]", request.extensions.get("timeout", {})).get(phase)


class Reply:
    """What comes back; the parser calls the ``on_`` methods while it is fed."""

    def __init__(self, *, to_head: bool) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.reason = b""
        self.status = 0
        self.begun = False
        self.complete = False
        self._to_head = to_head
        self._left: int | None = None
        self._ends_with_connection = False
        self._stays_open = False
        self._fed = 0
        self._parts: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)

    @property
    def leaves_open(self) -> bool:
        """Whether the connection can be used again: all was as it should be, and no more came."""
        return self.complete and self._stays_open

    def feed(self, data: bytes) -> None:
        """More bytes; none at all for the connection's end. Raises RemoteProtocolError."""
        if not data:
            self._end()
        elif self._left:
            self._take(data, self._left)
        else:
            self._parse(data)

    def _take(self, data: bytes, left: int) -> None:
        """The rest of a body of known length needs no parser, and no copy."""
        if len(data) > left:
            data, self._stays_open = data[:left], False
        self._parts.append(data)
        self._left = left - len(data)
        self.complete = not self._left

    def _parse(self, data: bytes) -> None:
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._stays_open = False
            if not self.complete:
                raise httpcore.RemoteProtocolError(str(error)) from error
        if not self.begun and self._fed > _LONGEST_HEAD:
            raise httpcore.RemoteProtocolError("the headers are too long")

    def parts(self) -> Iterable[bytes]:
        """What has come of the body since this was asked before."""
        parts, self._parts = self._parts, []
        return parts

    def _end(self) -> None:
        self._stays_open = False
        if not self.begun:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if not self._ends_with_connection:
            raise httpcore.RemoteProtocolError(
                "peer closed connection without sending complete message body"
            )
        self.complete = True

    def on_status(self, reason: bytes) -> None:
        """The text beside the status, or some of it."""
        self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; one that comes after the body is left out."""
        if not self.begun:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The end of the headers: now it is clear how long the body is."""
        self.status = self._parser.get_status_code()
        if self.complete or self.status < _FINAL:
            self._stays_open = False
            return
        self._stays_open = self._parser.should_keep_alive()
        self.begun = True
        self.complete = self._to_head
        told = {name.lower(): value for name, value in self.headers}
        if b"transfer-encoding" not in told:
            self._ends_with_connection = b"content-length" not in told
            self._left = int(told.get(b"content-length", 0))

    def on_body(self, part: bytes) -> None:
        """Some of the body."""
        if self.complete:
            self._stays_open = False
        else:
            self._parts.append(part)
            self._left = self._left and self._left - len(part)

    def on_message_complete(self) -> None:
        """The end of this reply, or of one that only told that another would follow."""
        if self.begun:
            self.complete = True
        else:
            self.reason = b""
            self.headers.clear()
