"""Decoding of a chunked body (RFC 9112, section 7.1), with bounds on everything around the data."""

from __future__ import annotations

import re

from myonlinestore._transport.http1.errors import ProtocolError, TooLargeError

# Bytes of one size line with its extensions, or of one trailer.
MAX_LINE_BYTES = 4 * 1024
# Bytes of all extensions and trailers of a body.
MAX_OVERHEAD_BYTES = 64 * 1024

_parse_size_line = re.compile(
    rb"([0-9A-Fa-f]{1,15})([ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?)"
).fullmatch
_parse_trailer = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*").fullmatch


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
