"""Bytes that a server may send for a request, and the rule for the client's results."""

from __future__ import annotations

import gzip
import json
import re
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import brotli
import zstandard
from hypothesis import strategies as st

from myonlinestore import ConnectError

# The tag of messages that belong to no request.
FOREIGN = "foreign"
_MIN_FAILURE = 300
_WITHOUT_BODY = (204, 304)
_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@dataclass(frozen=True)
class Message:
    """A well-formed response; its body contains the id of its request."""

    status: int = 200
    version: str = "HTTP/1.1"
    framing: str = "length"
    encoding: str = ""
    filler: int = 0
    chunk_size: int = 100
    headers: tuple[str, ...] = ()
    interim: tuple[int, ...] = ()

    def body(self, request_id: str) -> dict[str, str]:
        """Return the JSON of the body."""
        return {"request": request_id, "filler": "x" * self.filler}

    def encode(self, request_id: str) -> tuple[bytes, int]:
        """Return the bytes, and the number of bytes up to the end of the final status line."""
        interim = b"".join(b"HTTP/1.1 %d Wait\r\nLink: x\r\n\r\n" % code for code in self.interim)
        status_line = f"{self.version} {self.status} Some Words\r\n".encode()
        head = "".join(f"{line}\r\n" for line in self.headers).encode("latin-1")
        start = interim + status_line
        if self.status in _WITHOUT_BODY:
            return start + head + b"\r\n", len(start)
        body = _COMPRESSORS[self.encoding](json.dumps(self.body(request_id)).encode())
        if self.encoding:
            head += f"Content-Encoding: {self.encoding}\r\n".encode()
        if self.framing == "chunked":
            head += b"Transfer-Encoding: chunked\r\n"
            body = self._chunk(body)
        elif self.framing == "length":
            head += b"content-length: %d\r\n" % len(body)
        return start + head + b"\r\n" + body, len(start)

    def _chunk(self, body: bytes) -> bytes:
        chunks = [body[i : i + self.chunk_size] for i in range(0, len(body), self.chunk_size)]
        encoded = [b"%X\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
        return b"".join([*encoded, b"0;name=value\r\nX-Trailer: 1\r\n\r\n"])


@dataclass(frozen=True)
class Change:
    """A change to the bytes of a message, at a position between 0 and 1."""

    kind: str
    position: float
    length: int
    data: bytes

    def apply(self, message: bytes, first: int) -> tuple[bytes, int]:
        """Return the changed bytes, and where the change is; `first` is the earliest position."""
        at = first + int(self.position * (len(message) - first))
        before, after = message[:at], message[at:]
        if self.kind == "cut":
            return before, at
        if self.kind == "flip":
            return before + bytes([after[0] ^ self.length % 255 + 1]) + after[1:], at
        if self.kind == "delete":
            return before + after[self.length :], at
        if self.kind == "repeat":
            return before + after[: self.length] + after, at
        return before + self.data + after, at


@dataclass
class Plan:
    """The pieces that the server sends for a request, and the results that are correct.

    Attributes:
        pieces: the bytes of each write, and the delay before it in seconds.
        closes: True if the server closes the connection after the last piece.
        value: what the client must return if `is_valid`.
        is_valid: True if the response is complete and successful.
        is_failure: True if it is an error, or certainly incomplete.
        is_sent: set after the last piece.
    """

    pieces: list[tuple[float, bytes]]
    closes: bool
    value: object
    is_valid: bool
    is_failure: bool
    is_sent: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Exchange:
    """A request, and the bytes that it is sent back."""

    method: str
    message: Message
    change: Change | None
    leftover: bytes
    leftover_delay: float | None
    cuts: tuple[float, ...]
    delays: tuple[float, ...]
    closes: bool

    def plan(self, request_id: str) -> Plan:
        """Return the plan for the request with this id."""
        message = self.message
        sent, status_end = message.encode(request_id)
        is_failure = message.status >= _MIN_FAILURE
        is_valid = not is_failure
        if self.change is not None:
            # A leftover after a changed status may become the response.
            size = len(sent)
            sent, at = self.change.apply(sent, status_end if self.leftover else 0)
            is_valid = sent == message.encode(request_id)[0] and is_valid
            is_failure = is_failure and at >= status_end
            if self.change.kind == "cut" and message.framing != "end":
                is_failure = is_failure or at < size
        pieces = self._split(sent)
        if self.leftover and self.leftover_delay is not None:
            pieces.append((self.leftover_delay, self.leftover))
        elif self.leftover:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + self.leftover)
        closes = self.closes or self.change is not None or message.framing == "end"
        has_body = message.status not in _WITHOUT_BODY
        value = message.body(request_id) if has_body else None
        return Plan(pieces, closes, value, is_valid, is_failure)

    def _split(self, sent: bytes) -> list[tuple[float, bytes]]:
        places = sorted({int(cut * len(sent)) for cut in self.cuts} - {0})
        bounds = zip([0, *places], [*places, len(sent)], strict=True)
        parts = [sent[start:end] for start, end in bounds]
        delays = (*self.delays, *[0.0] * len(parts))
        return list(zip(delays, parts, strict=False))


def find_violation(result: object, plan: Plan, others: set[str]) -> str | None:
    """Return how a result breaks the rule, if it does.

    A response is only ever given to its request, and a failure never becomes a success. A valid
    response is returned as it is, and each failure is a ConnectError.
    """
    if isinstance(result, BaseException):
        if not isinstance(result, ConnectError):
            return f"raised {result!r}"
        return f"refused a valid response: {result!r}" if plan.is_valid else None
    if plan.is_failure:
        return f"returned {result!r} for a failure"
    if others & set(re.findall(r"\w+", json.dumps(result))):
        return f"returned {result!r}, which belongs to another request"
    if plan.is_valid and result != plan.value:
        return f"returned {result!r} instead of {plan.value!r}"
    return None


def _messages() -> st.SearchStrategy[Message]:
    return st.builds(
        Message,
        status=st.sampled_from([200, 200, 200, 201, 204, 304, 302, 404, 422, 429, 500, 503]),
        version=st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"]),
        framing=st.sampled_from(["length", "chunked", "end"]),
        encoding=st.sampled_from(list(_COMPRESSORS)),
        filler=st.one_of(st.integers(0, 40), st.sampled_from([16_000, 70_000, 200_000])),
        chunk_size=st.sampled_from([7, 100, 16_384]),
        headers=st.lists(
            st.sampled_from(
                ["X-Odd: \xe9", "x-empty:", "Connection: close", "X-Long: " + "y" * 5000, "ETag: 1"]
            ),
            max_size=3,
            unique=True,
        ).map(tuple),
        interim=st.lists(st.sampled_from([100, 102, 103]), max_size=2).map(tuple),
    ).filter(lambda m: m.version == "HTTP/1.1" or m.framing != "chunked")


def _changes() -> st.SearchStrategy[Change]:
    return st.builds(
        Change,
        kind=st.sampled_from(["cut", "flip", "delete", "repeat", "insert"]),
        position=st.floats(0, 1, exclude_max=True),
        length=st.integers(1, 300),
        data=st.one_of(
            st.binary(min_size=1, max_size=20),
            st.sampled_from([b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"Content-Length: 2\r\n"]),
        ),
    )


def _leftovers() -> st.SearchStrategy[bytes]:
    foreign, _ = Message().encode(FOREIGN)
    chunked, _ = Message(framing="chunked").encode(FOREIGN)
    return st.sampled_from([foreign, chunked, foreign[:25], foreign * 2, b"\r\n", b"H", b"\0"])


def exchanges() -> st.SearchStrategy[Exchange]:
    """Generate exchanges: about a third of the responses are valid and leave nothing behind."""
    fractions = st.floats(0, 1, exclude_max=True)
    return st.builds(
        Exchange,
        method=st.sampled_from(["GET", "GET", "POST", "PUT", "DELETE"]),
        message=_messages(),
        change=st.one_of(st.none(), _changes()),
        leftover=st.one_of(st.just(b""), _leftovers()),
        leftover_delay=st.sampled_from([None, 0.0, 0.002]),
        cuts=st.lists(fractions, max_size=4).map(tuple),
        delays=st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.003]), max_size=5).map(tuple),
        closes=st.booleans(),
    ).filter(_is_exact)


def _is_exact(exchange: Exchange) -> bool:
    """Return True if the rule says what must happen.

    The server may send a leftover behind a body that ends with the connection: then it is a part
    of the body. A change of the length, with a leftover behind it, may do the same.
    """
    if not exchange.leftover:
        return True
    if exchange.message.framing == "end" and exchange.message.status not in _WITHOUT_BODY:
        return False
    return exchange.change is None or exchange.change.kind == "flip"
