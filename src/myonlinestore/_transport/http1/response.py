"""A response without I/O: where its next bytes go, and what they mean (RFC 9112)."""

from __future__ import annotations

import re

from myonlinestore._transport.http1.errors import ProtocolError, TooLargeError
from myonlinestore._transport.http1.head import MAX_HEAD_BYTES, ResponseHead, parse_head

MAX_INTERIM_RESPONSES = 16
# Bytes of one size line with its extensions, or of one trailer.
MAX_LINE_BYTES = 4 * 1024
# Bytes of all extensions and trailers of a body.
MAX_OVERHEAD_BYTES = 64 * 1024

_PREFIX = b"HTTP/1."
_MIN_FINAL_STATUS = 200
_BODILESS_STATUSES = frozenset({204, 304})
_parse_length = re.compile(r"[0-9]{1,18}").fullmatch
_parse_size_line = re.compile(
    rb"([0-9A-Fa-f]{1,15})([ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?)"
).fullmatch
_parse_trailer = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*").fullmatch


class ReadBuffer:
    """The memory of one connection for everything but bodies of known length."""

    __slots__ = ("data", "view")

    def __init__(self) -> None:
        self.data = bytearray(MAX_HEAD_BYTES)
        self.view = memoryview(self.data)


class ResponseReader:
    """One response, filled by a connection.

    The connection writes bytes into `buffer`, then calls `advance` with their number, or
    `finish` at the end of the stream, until `complete` is True.

    Attributes:
        status: the final status; interim (1xx) responses are skipped.
        headers: the headers by lower-case name.
        body: the body as it was sent, still compressed.
        complete: True once the whole response has arrived.
        reusable: True if the connection may carry another request: the response says so, its
            end is known, and no byte followed it.
    """

    __slots__ = (
        "_chunked",
        "_end",
        "_filled",
        "_interim",
        "_keeps_alive",
        "_max_bytes",
        "_method",
        "_rest",
        "_scratch",
        "_start",
        "body",
        "complete",
        "headers",
        "status",
    )

    def __init__(self, method: str, scratch: ReadBuffer, max_bytes: int) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body: bytes | bytearray = b""
        self.complete = False
        self._method = method
        self._scratch = scratch
        self._max_bytes = max_bytes
        # The bytes of the scratch buffer that are not consumed yet.
        self._start = self._end = 0
        self._interim = 0
        self._keeps_alive = False
        self._chunked: ChunkedBody | None = None
        # The memory of a body of known length, and how much of it is filled.
        self._rest: memoryview | None = None
        self._filled = 0

    @property
    def reusable(self) -> bool:
        """True if the connection may carry another request."""
        return self.complete and self._keeps_alive and not self.has_surplus

    @property
    def has_surplus(self) -> bool:
        """True if bytes have arrived that do not belong to the response."""
        return self._start != self._end

    def forbid_reuse(self) -> None:
        """Mark the connection as not reusable, because the request was not sent completely."""
        self._keeps_alive = False

    @property
    def buffer(self) -> memoryview:
        """The memory for the next bytes, never empty before the response is complete."""
        if self._rest is not None:
            return self._rest[self._filled :]
        return self._scratch.view[self._end :]

    def advance(self, count: int) -> None:
        """Process `count` new bytes. Raises ProtocolError or TooLargeError."""
        if self._rest is not None:
            self._filled += count
            if self._filled == len(self._rest):
                self._rest, self.complete = None, True
            return
        self._end += count
        if not self.status:
            self._read_head()
        if self.status and not self.complete and self._rest is None:
            self._read_body()

    def finish(self) -> None:
        """End the response where the stream ended. Raises ProtocolError if it is incomplete."""
        if not self.status:
            raise ProtocolError("the server disconnected without sending a response")
        if self._chunked is not None or self._rest is not None:
            raise ProtocolError("the connection ended within the body of the response")
        self.complete = True

    def _read_head(self) -> None:
        data = self._scratch.data
        while not self.status:
            if not _PREFIX.startswith(data[self._start : min(self._end, self._start + 7)]):
                raise ProtocolError("the server sent something other than an HTTP/1.1 response")
            found = data.find(b"\r\n\r\n", self._start, self._end)
            if found < 0:
                self._check_incomplete_head()
                return
            head = parse_head(self._scratch.view[self._start : found + 4])
            self._start = found + 4
            if head.status < _MIN_FINAL_STATUS:
                self._skip_interim()
            else:
                self._begin_body(head)

    def _check_incomplete_head(self) -> None:
        data = self._scratch.data
        if data.find(b"\n\n", self._start, self._end) >= 0:
            raise ProtocolError("a line of the headers ends without a carriage return")
        self._compact()
        if self._end == len(data):
            raise ProtocolError(f"the headers exceed {MAX_HEAD_BYTES} bytes")

    def _skip_interim(self) -> None:
        self._interim += 1
        if self._interim > MAX_INTERIM_RESPONSES:
            raise ProtocolError(f"more than {MAX_INTERIM_RESPONSES} interim responses")

    def _begin_body(self, head: ResponseHead) -> None:
        self.status, self.headers, self._keeps_alive = head
        length = _content_length(head, self._method)
        if length is not None:
            self._begin_sized_body(length)
        elif "transfer-encoding" in head.headers:
            self._chunked = ChunkedBody(self._max_bytes)
            self.body = self._chunked.data
        else:
            self._keeps_alive = False
            self.body = bytearray()

    def _begin_sized_body(self, length: int) -> None:
        if length > self._max_bytes:
            raise TooLargeError
        view, start = self._scratch.view, self._start
        present = min(length, self._end - start)
        self._start += present
        if present == length:
            self.body, self.complete = bytes(view[start : start + length]), True
            return
        self.body = bytearray(length)
        self._rest = memoryview(self.body)
        self._rest[:present] = view[start : start + present]
        self._filled = present

    def _read_body(self) -> None:
        data = self._scratch.data
        if self._chunked is None:
            if len(self.body) + self._end - self._start > self._max_bytes:
                raise TooLargeError
            self.body += data[self._start : self._end]
            self._start = self._end
        else:
            self._start = self._chunked.feed(data, self._start, self._end)
            self.complete = self._chunked.ended
        if not self.complete:
            self._compact()

    def _compact(self) -> None:
        """Move the bytes that are not consumed to the front of the scratch buffer."""
        if self._start:
            left = self._end - self._start
            view = self._scratch.view
            view[:left] = bytes(view[self._start : self._end])
            self._start, self._end = 0, left


def _content_length(head: ResponseHead, method: str) -> int | None:
    """Return the length of the body, or None if chunks or the end of the stream delimit it."""
    if method == "HEAD" or head.status in _BODILESS_STATUSES:
        return 0
    length = head.headers.get("content-length")
    if length is None:
        return None
    if not _parse_length(length):
        raise ProtocolError("the response has an invalid Content-Length")
    return int(length)


class ChunkedBody:
    """A chunked body; `data` grows as bytes are fed. Trailers are discarded."""

    __slots__ = (
        "_in_trailers",
        "_left",
        "_max_bytes",
        "_overhead",
        "_within_chunk",
        "data",
        "ended",
    )

    def __init__(self, max_bytes: int) -> None:
        self.data = bytearray()
        self.ended = False
        self._max_bytes = max_bytes
        self._left = 0
        # True from the size line of a chunk to the line break after its data.
        self._within_chunk = False
        self._in_trailers = False
        self._overhead = 0

    def feed(self, buffer: bytearray, start: int, end: int) -> int:
        """Decode ``buffer[start:end]``; return the position of the first byte not consumed.

        Raises ProtocolError, or TooLargeError before more than the limit is stored.
        """
        while not self.ended:
            if self._left:
                taken = min(self._left, end - start)
                self.data += buffer[start : start + taken]
                start += taken
                self._left -= taken
                if self._left:
                    break
            line_end = buffer.find(b"\r\n", start, end)
            if line_end < 0:
                if end - start > MAX_LINE_BYTES:
                    raise ProtocolError(f"a chunk header exceeds {MAX_LINE_BYTES} bytes")
                break
            self._read_line(bytes(buffer[start:line_end]))
            start = line_end + 2
        return start

    def _read_line(self, line: bytes) -> None:
        if self._within_chunk:
            if line:
                raise ProtocolError("a chunk is longer than its size")
            self._within_chunk = False
        elif self._in_trailers:
            self._read_trailer(line)
        else:
            self._read_size(line)

    def _read_size(self, line: bytes) -> None:
        match = _parse_size_line(line)
        if match is None:
            raise ProtocolError("a chunk has an invalid size")
        self._count_overhead(len(match[2]))
        self._left = int(match[1], 16)
        if len(self.data) + self._left > self._max_bytes:
            raise TooLargeError
        self._in_trailers = not self._left
        self._within_chunk = not self._in_trailers

    def _read_trailer(self, line: bytes) -> None:
        if not line:
            self.ended = True
            return
        if not _parse_trailer(line):
            raise ProtocolError("a trailer is invalid")
        self._count_overhead(len(line))

    def _count_overhead(self, count: int) -> None:
        self._overhead += count
        if self._overhead > MAX_OVERHEAD_BYTES:
            raise ProtocolError(f"chunk extensions and trailers exceed {MAX_OVERHEAD_BYTES} bytes")
