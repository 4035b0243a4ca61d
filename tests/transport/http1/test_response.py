"""The parser of responses: any pieces give the same response, and each size is limited."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myonlinestore._transport.http1.errors import Http1Error, ProtocolError, TooLargeError
from myonlinestore._transport.http1.head import MAX_HEADERS
from myonlinestore._transport.http1.response import ReadBuffer, ResponseReader

pytestmark = pytest.mark.usefixtures("parser")

MAX_BYTES = 1_000_000


def read(
    message: bytes,
    *cuts: int,
    method: str = "GET",
    ended: bool = False,
    scratch: ReadBuffer | None = None,
    max_bytes: int = MAX_BYTES,
) -> ResponseReader:
    """Return the response that these bytes give in pieces; `ended` closes the stream."""
    reader = ResponseReader(method, scratch or ReadBuffer(), max_bytes)
    for start, end in zip([0, *cuts], [*cuts, len(message)], strict=True):
        piece = message[start:end]
        while piece and not reader.complete:
            buffer = reader.buffer
            assert buffer
            count = min(len(buffer), len(piece))
            buffer[:count] = piece[:count]
            reader.advance(count)
            piece = piece[count:]
    if ended and not reader.complete:
        reader.finish()
    return reader


def make_message(*lines: str, body: bytes = b"") -> bytes:
    """Return a message with these header lines and this body."""
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


CHUNKED = ("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")

_headers = st.lists(
    st.tuples(
        st.from_regex(r"X-[a-z]{1,5}", fullmatch=True),
        st.from_regex(r"[!-~]{0,9}", fullmatch=True),
    ),
    max_size=4,
)


@given(
    headers=_headers,
    body=st.binary(max_size=60),
    framing=st.sampled_from(["length", "chunked", "end"]),
    interim=st.integers(0, 2),
    data=st.data(),
)
def test_a_response_may_arrive_in_any_pieces(
    headers: list[tuple[str, str]], body: bytes, framing: str, interim: int, data: st.DataObject
) -> None:
    """Status, headers and body are the same wherever the network splits a response."""
    lines = ["HTTP/1.1 206 Some", *(f"{name}: {value}" for name, value in headers)]
    if framing == "chunked":
        lines.append("Transfer-Encoding: chunked")
        chunks = [b"%x;a=b\r\n%b\r\n" % (1, body[i : i + 1]) for i in range(len(body))]
        sent = make_message(*lines, body=b"".join(chunks) + b"0\r\nX-Sum: 1\r\n\r\n")
    elif framing == "length":
        sent = make_message(*lines, f"Content-Length: {len(body)}", body=body)
    else:
        sent = make_message(*lines, body=body)
    sent = make_message("HTTP/1.1 103 Early Hints", "Link: x") * interim + sent
    cuts = data.draw(st.lists(st.integers(1, len(sent) - 1), unique=True).map(sorted))
    reader = read(sent, *cuts, ended=framing == "end")
    assert (reader.status, reader.body) == (206, body)
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name.lower()] = (
            f"{joined[name.lower()]}, {value}" if name.lower() in joined else value
        )
    assert {name: value for name, value in reader.headers.items() if name[:2] == "x-"} == joined
    assert (reader.complete, reader.reusable) == (True, framing != "end")


@given(noise=st.binary(max_size=200), begin=st.booleans(), data=st.data())
def test_noise_is_an_error_or_a_response(noise: bytes, begin: bool, data: st.DataObject) -> None:
    """Any bytes are a response or an Http1Error, and never another error."""
    sent = b"HTTP/1.1 200 OK\r\n" * begin + noise
    cut = data.draw(st.integers(0, len(sent)))
    try:
        reader = read(sent, cut, ended=True)
    except Http1Error:
        return
    assert reader.complete
    assert 200 <= reader.status <= 999


SECOND = make_message("HTTP/1.1 200 OK", "Content-Length: 2", body=b"[]")
FIRST = {
    "a length": make_message("HTTP/1.1 500 Oops", "Content-Length: 2", body=b"{}"),
    "chunks": make_message("HTTP/1.1 500 Oops", *CHUNKED[1:], body=b"2\r\n{}\r\n0\r\n\r\n"),
    "no content": make_message("HTTP/1.1 204 No Content"),
    "not modified": make_message("HTTP/1.1 304 Not Modified", "Content-Length: 9"),
}


@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST.keys())
@pytest.mark.parametrize("second", [SECOND, b"\r\n", b"H", b"more"])
@pytest.mark.parametrize("at_once", [True, False])
def test_bytes_after_a_response_are_not_part_of_it(
    first: bytes, second: bytes, at_once: bool
) -> None:
    """Only the first message is the response, and the connection is not used again."""
    reader = read(first + second) if at_once else read(first + second, len(first) - 1)
    assert reader.status == int(first[9:12])
    assert reader.body in (b"", b"{}")
    assert not (at_once and reader.reusable)


def test_a_body_of_known_length_is_read_up_to_its_end() -> None:
    """The buffer ends with the body, so it cannot contain a byte of a next message."""
    reader = read(make_message("HTTP/1.1 200 OK", "Content-Length: 9", body=b"123"))
    assert len(reader.buffer) == 6


def test_a_response_to_head_has_no_body() -> None:
    """The Content-Length of a response to HEAD is that of the response to GET."""
    assert read(make_message("HTTP/1.1 200 OK", "Content-Length: 99"), method="HEAD").complete


NO_RESPONSE = "the server disconnected without sending a response"
OTHER = "the server sent something other than an HTTP/1.1 response"
BARE = "a line of the headers ends without a carriage return"
CUT = "the connection ended within the body of the response"
SIZE = "a chunk has an invalid size"
CONTROL = "the headers contain a control character"
OVERHEAD = "chunk extensions and trailers exceed 65536 bytes"
OF_PARSER = ".+"  # test_head.py has the reasons of each parser.
MALFORMED = {
    "nothing": (b"", NO_RESPONSE),
    "another protocol": (b"SSH-2.0-OpenSSH", OTHER),
    "line breaks": (b"\r\n", OTHER),
    "another version": (make_message("HTTP/2.0 200 OK", "Content-Length: 0"), OTHER),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Le", NO_RESPONSE),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", BARE),
    "a bare line feed": (b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", BARE),
    "a name with a space": (make_message("HTTP/1.1 200 OK", "Content-Length : 0"), OF_PARSER),
    "two lengths": (
        make_message("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3"),
        OF_PARSER,
    ),
    "no number": (make_message("HTTP/1.1 200 OK", "Content-Length: 1x"), OF_PARSER),
    "a negative length": (make_message("HTTP/1.1 200 OK", "Content-Length: -1"), OF_PARSER),
    "a length of 19 digits": (
        make_message("HTTP/1.1 200 OK", f"Content-Length: 1{'0' * 18}"),
        "the response has an invalid Content-Length",
    ),
    "a length beyond all": (
        make_message("HTTP/1.1 200 OK", f"Content-Length: {'9' * 30}"),
        OF_PARSER,
    ),
    "a length and chunks": (
        make_message(*CHUNKED, "Content-Length: 2", body=b"0\r\n\r\n"),
        OF_PARSER,
    ),
    "compressed transfer": (
        make_message("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked"),
        OF_PARSER,
    ),
    "half a body": (make_message("HTTP/1.1 200 OK", "Content-Length: 9", body=b"["), CUT),
    "half a chunk": (make_message(*CHUNKED, body=b"9\r\n["), CUT),
    "no size": (make_message(*CHUNKED, body=b"x\r\n"), SIZE),
    "an empty size": (make_message(*CHUNKED, body=b"\r\n"), SIZE),
    "a signed size": (make_message(*CHUNKED, body=b"+1\r\n"), SIZE),
    "a long chunk": (
        make_message(*CHUNKED, body=b"1\r\n[]\r\n"),
        "a chunk is longer than its size",
    ),
    "a bad trailer": (
        make_message(*CHUNKED, body=b"0\r\nno trailer\r\n\r\n"),
        "a trailer is invalid",
    ),
    "two equal lengths": (
        make_message("HTTP/1.1 200 OK", "Content-Length: 2", "content-length: 2"),
        OF_PARSER,
    ),
    "a list of lengths": (make_message("HTTP/1.1 200 OK", "Content-Length: 2, 2"), OF_PARSER),
    "chunks twice": (
        make_message(*CHUNKED, "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        OF_PARSER,
    ),
    "another coding without a body": (
        make_message("HTTP/1.1 204 No", "Transfer-Encoding: gzip"),
        OF_PARSER,
    ),
    "a folded header": (
        make_message("HTTP/1.1 200 OK", "X-A: b", " c", "Content-Length: 0"),
        OF_PARSER,
    ),
    "a control character": (
        make_message("HTTP/1.1 200 OK", "X-A: \x1f", "Content-Length: 0"),
        CONTROL,
    ),
    "a NUL in the reason": (make_message("HTTP/1.1 200 \0", "Content-Length: 0"), CONTROL),
    "a status below 100": (make_message("HTTP/1.1 042 Oops", "Content-Length: 0"), OF_PARSER),
    "HTTP/1.2": (make_message("HTTP/1.2 200 OK", "Content-Length: 0"), OF_PARSER),
    "an upgrade": (make_message("HTTP/1.1 101 Go", "Connection: upgrade", "Upgrade: x"), OF_PARSER),
    "a long head": (
        make_message("HTTP/1.1 200 OK", f"X: {'y' * 70_000}"),
        "the headers exceed 65536 bytes",
    ),
    "many headers": (
        make_message("HTTP/1.1 200 OK", *["X: y"] * (MAX_HEADERS + 1)),
        "the response has more than 256 headers",
    ),
    "a long extension": (
        make_message(*CHUNKED, body=b"2;" + b"y" * 5_000),
        "a chunk header exceeds 4096 bytes",
    ),
    "long extensions": (
        make_message(*CHUNKED, body=(b"1;" + b"y" * 4_000 + b"\r\n \r\n") * 20),
        OVERHEAD,
    ),
    "endless trailers": (make_message(*CHUNKED, body=b"0\r\n" + b"X: y\r\n" * 20_000), OVERHEAD),
    "endless interim responses": (
        make_message("HTTP/1.1 103 E", "X: y") * 20,
        "more than 16 interim responses",
    ),
}


@pytest.mark.parametrize(("sent", "reason"), MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("pieces", [1, 7])
def test_a_malformed_response_is_an_error(sent: bytes, reason: str, pieces: int) -> None:
    """A malformed, unlimited or truncated response raises ProtocolError with the reason."""
    cuts = range(len(sent) // pieces, len(sent), len(sent) // pieces) if len(sent) > pieces else []
    with pytest.raises(ProtocolError, match=f"^{reason}$"):
        read(sent, *(cuts if pieces > 1 else []), ended=True)


TOO_LARGE = {
    "a length": make_message("HTTP/1.1 200 OK", f"Content-Length: {MAX_BYTES + 1}"),
    "a chunk": make_message(*CHUNKED, body=b"%x\r\n" % (MAX_BYTES + 1)),
    "chunks": make_message(*CHUNKED, body=(b"4000\r\n" + b" " * 0x4000 + b"\r\n") * 70),
    "the end": make_message("HTTP/1.1 200 OK", body=b" " * (MAX_BYTES + 1)),
}


@pytest.mark.parametrize("sent", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_body_is_limited(sent: bytes) -> None:
    """A body beyond the limit is rejected before it is stored."""
    with pytest.raises(TooLargeError):
        read(sent)


NOT_REUSABLE = {
    "asked to close": make_message("HTTP/1.1 200 OK", "Content-Length: 0", "Connection: close"),
    "HTTP/1.0": make_message("HTTP/1.0 200 OK", "Content-Length: 0"),
}


@pytest.mark.parametrize("sent", NOT_REUSABLE.values(), ids=NOT_REUSABLE.keys())
def test_a_response_may_end_its_connection(sent: bytes) -> None:
    """A response with "Connection: close" ends its connection."""
    reader = read(sent)
    assert (reader.complete, reader.reusable) == (True, False)


def test_header_values_are_text() -> None:
    """A value is UTF-8, or else Latin-1."""
    lines = ("HTTP/1.1 204 No Content", "A: \xe9t\xe9", "B: \xc3\xa9t\xc3\xa9")
    assert read(make_message(*lines)).headers == {"a": "été", "b": "été"}


OK = ("HTTP/1.1 200 OK", "Content-Length: 9")
ENDS = {
    b"": NO_RESPONSE,
    make_message(*OK, body=b"{}"): CUT,
    make_message(*CHUNKED, body=b"2\r\n{"): CUT,
}


@pytest.mark.parametrize(("sent", "reason"), ENDS.items())
def test_the_end_of_a_connection_is_explained(sent: bytes, reason: str) -> None:
    """The error says whether the connection ended before the response or within its body."""
    with pytest.raises(ProtocolError, match=f"^{reason}$"):
        read(sent, ended=True)


def test_interim_responses_are_counted() -> None:
    """A response follows up to 16 interim responses."""
    interim = make_message("HTTP/1.1 103 Early Hints")
    assert read(interim * 16 + make_message("HTTP/1.1 204 No Content")).status == 204
    with pytest.raises(ProtocolError, match=r"^more than 16 interim responses$"):
        read(interim * 17 + make_message("HTTP/1.1 204 No Content"))


@pytest.mark.parametrize("before", [b"", make_message("HTTP/1.1 103 Early Hints")])
def test_a_head_with_bare_line_feeds_is_an_error(before: bytes) -> None:
    """An empty line without carriage returns raises at once, also after an interim response."""
    with pytest.raises(ProtocolError, match=f"^{BARE}$"):
        read(before + b"HTTP/1.1 200 OK\nContent-Length: 0\n\n")


WHOLE_BODIES = {
    "a length": make_message("HTTP/1.1 200 OK", "Content-Length: 10", body=b"0123456789"),
    "chunks": make_message(*CHUNKED, body=b"4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"),
    "the end": make_message("HTTP/1.1 200 OK", body=b"0123456789"),
}


@pytest.mark.parametrize("sent", WHOLE_BODIES.values(), ids=WHOLE_BODIES.keys())
def test_a_body_may_have_exactly_the_limit(sent: bytes) -> None:
    """A body of as many bytes as are allowed is read, and one of a byte more is not."""
    assert read(sent, ended=True, max_bytes=10).body == b"0123456789"
    with pytest.raises(TooLargeError):
        read(sent, ended=True, max_bytes=9)


def test_a_request_that_was_not_sent_completely_ends_its_connection() -> None:
    """An early response can be used, but not the connection that it came by."""
    reader = read(make_message("HTTP/1.1 413 Too Large", "Content-Length: 0"))
    assert reader.reusable
    reader.forbid_reuse()
    assert (reader.complete, reader.reusable) == (True, False)


def test_each_head_may_fill_the_buffer() -> None:
    """The limit of a head holds for each one, also after an interim response."""
    interim = make_message("HTTP/1.1 103 Early Hints", f"Link: {'x' * 40_000}")
    final = make_message("HTTP/1.1 204 No Content", f"X: {'y' * 40_000}")
    assert read(interim + final, len(interim) + 9).status == 204


@pytest.mark.parametrize("left", [b"\n\n", b"\r\n\r\n"])
@pytest.mark.parametrize("sent", WHOLE_BODIES.values(), ids=WHOLE_BODIES.keys())
def test_the_bytes_of_an_earlier_response_are_not_read_again(sent: bytes, left: bytes) -> None:
    """Bytes that an earlier response has left in the buffer are not part of the next one."""
    scratch = ReadBuffer()
    read(
        make_message(*CHUNKED, body=b"190\r\n%b\r\n0\r\n\r\n" % (left * 200)[:400]), scratch=scratch
    )
    reader = read(sent, *range(1, len(sent)), scratch=scratch, ended=True)
    assert (reader.status, reader.body) == (200, b"0123456789")


def test_a_chunk_header_may_have_4096_bytes() -> None:
    """The line of a chunk's size may arrive in parts, and is limited wherever it begins."""
    body = b"1000\r\n" + b"x" * 4_096 + b"\r\n1;" + b"y" * 4_094
    sent = make_message(*CHUNKED, body=body + b"\r\nz\r\n0\r\n\r\n")
    reader = read(sent, sent.index(b"\r\nz"))
    assert reader.body == b"x" * 4_096 + b"z"


@pytest.mark.parametrize(("count", "is_accepted"), [(65_536, True), (65_537, False)])
def test_extensions_and_trailers_are_counted_together(count: int, is_accepted: bool) -> None:
    """A body may have 64 KiB of them in all."""
    extension, trailer = b";" + b"y" * 999, b"X: " + b"y" * 997
    trailers = (trailer + b"\r\n") * 64 + trailer[: count - 65_000] + b"\r\n"
    sent = make_message(*CHUNKED, body=b"0" + extension + b"\r\n" + trailers + b"\r\n")
    if is_accepted:
        assert read(sent).complete
    else:
        with pytest.raises(ProtocolError, match=f"^{OVERHEAD}$"):
            read(sent)
