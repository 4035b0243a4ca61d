"""The parsers of a response head accept and refuse the same."""

from __future__ import annotations

import sys

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from myonlinestore._transport.http1.errors import ProtocolError
from myonlinestore._transport.http1.head import (
    H11Parser,
    HttptoolsParser,
    ResponseHead,
    _decode_value,
    get_parser,
    parse_head,
)
from tests.transport.http1.conftest import PARSERS, use_parser

HEADS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\nx-a: c\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: <x>; rel=preload\r\n\r\n",
    b"HTTP/1.0 404\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive, upgrade\r\n\r\n",
    b"HTTP/1.1 503 Ver\xe9\r\nRetry-After:\r\nUpgrade: x\r\nA: \t\xe9t\xc3\xa9 \r\n\r\n",
]
PIECES = st.sampled_from(
    [
        *(bytes([code]) for code in b'\0\t\n\v\r\x1f "(),-/019:;@\x7f\x80\xff'),
        b"\r\n",
        b"\r\n ",
        b"HTTP/1.1 ",
        b"Content-Length: 2\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close\r\n",
        b"101",
    ]
)
POSITIONS = st.integers(0, 100)


@st.composite
def mutated_heads(draw: st.DrawFn) -> bytes:
    """Return a head with some bytes inserted, removed or replaced."""
    head = draw(st.sampled_from(HEADS))
    for _ in range(draw(st.integers(1, 4))):
        start = min(draw(POSITIONS), len(head) - 4)
        end = start + draw(st.sampled_from([0, 0, 1, 9]))
        head = head[:start] + draw(PIECES | st.binary(max_size=2)) + head[end:]
    # As the client cuts it: up to the first empty line.
    return (head + b"\r\n\r\n").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def parse(name: str, head: bytes) -> ResponseHead | None:
    """Return what a parser makes of a head, or None if it refuses it."""
    with use_parser(name):
        try:
            return parse_head(memoryview(head))
        except ProtocolError:
            return None


class Collector:
    """Names and values as httptools finds them."""

    def __init__(self) -> None:
        self.headers: dict[str, list[str]] = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store one header."""
        values = self.headers.setdefault(name.decode().lower(), [])
        values.append(_decode_value(value.strip(b" \t")))


@given(mutated_heads())
@example(HEADS[3].replace(b"Ver\xe9", b"\0"))
@example(HEADS[2].replace(b"1.0", b"1.2"))
@example(HEADS[0].replace(b"200", b"042"))
@example(HEADS[0].replace(b"X-A", b"Content-Length"))
@example(HEADS[0].replace(b"X-A: b", b"Transfer-Encoding: chunked"))
@example(HEADS[0].replace(b": 2", b": 2,2"))
@example(HEADS[2].replace(b"chunked", b"gzip"))
@example(HEADS[1].replace(b"rel", b"\r\n rel"))
def test_the_parsers_agree(head: bytes) -> None:
    """Whatever a server sends, both parsers return the same head, or both refuse it."""
    parsed = parse("httptools", head)
    assert parsed == parse("h11", head)
    if parsed is not None:
        collector = Collector()
        httptools.HttpResponseParser(collector).feed_data(head)
        found = {name: ", ".join(values) for name, values in collector.headers.items()}
        assert parsed.headers == found


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("name", PARSERS)
def test_a_head_is_parsed(name: str, head: bytes) -> None:
    """Status, names, values and the end of the connection are those that were sent."""
    parsed = parse(name, head)
    assert parsed is not None
    assert parsed.status == int(head[9:12])
    assert (
        parsed
        == {
            200: (200, {"content-length": "2", "x-a": "b, c"}, True),
            103: (103, {"link": "<x>; rel=preload"}, True),
            404: (404, {"transfer-encoding": "chunked", "connection": "keep-alive, upgrade"}, True),
            503: (503, {"retry-after": "", "upgrade": "x", "a": "\xe9t\xc3\xa9"}, True),
        }[parsed.status]
    )


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", HEADS[0] + HEADS[0], HEADS[0] + b"x"])
def test_a_head_ends_with_its_only_empty_line(name: str, head: bytes) -> None:
    """A head without its empty line, or with bytes after it, is an error."""
    with use_parser(name), pytest.raises(ProtocolError, match=r"^the headers are incomplete$"):
        parse_head(memoryview(head))


@pytest.mark.parametrize("name", PARSERS)
def test_a_status_of_100_is_the_lowest(name: str) -> None:
    """A status of 100 is accepted, and one of 99 is refused."""
    found = parse(name, b"HTTP/1.1 100 Continue\r\n\r\n")
    assert found is not None
    assert found.status == 100
    assert parse(name, b"HTTP/1.1 099 Continue\r\n\r\n") is None


@pytest.mark.parametrize("name", PARSERS)
def test_a_value_is_what_follows_the_first_colon(name: str) -> None:
    """A value may hold colons; only spaces and tabs around it are removed."""
    found = parse(name, b"HTTP/1.1 200 OK\r\nLocation: \tX://a:1/X \r\n\r\n")
    assert found is not None
    assert found.headers == {"location": "X://a:1/X"}


@pytest.mark.parametrize("name", PARSERS)
def test_a_head_has_up_to_256_headers(name: str) -> None:
    """256 headers are accepted, and one more is not."""
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(256))
    found = parse(name, b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n")
    assert found is not None
    assert len(found.headers) == 256
    assert parse(name, b"HTTP/1.1 200 OK\r\nY: y\r\n" + lines + b"\r\n") is None


SOME_LINE = "the status line or a header is invalid"
UPGRADE = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x"
REFUSED = [
    ("httptools", UPGRADE, "the server switched to another protocol"),
    ("httptools", b"HTTP/1.1 042 Oops\r\nA: b", "the status line is invalid"),
    ("httptools", b"HTTP/1.1 200 OK\r\nA : b", "Invalid header.*"),
    (
        "httptools",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
        "the response has an unsupported transfer encoding",
    ),
    ("h11", UPGRADE, SOME_LINE),
    ("h11", b"HTTP/1.1 200 OK\r\nA : b", SOME_LINE),
    ("h11", b"HTTP/1.2 200 OK\r\nA: b", "the status line is invalid"),
    ("h11", b"HTTP/1.1 200 OK\r\nA: b\r\n c", "a header continues on a second line"),
    (
        "h11",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2,2",
        "the response has more than one Content-Length",
    ),
    (
        "h11",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2",
        "the response has a length and a transfer encoding",
    ),
]


@pytest.mark.parametrize(("name", "lines", "reason"), REFUSED)
def test_a_refused_head_is_explained(name: str, lines: bytes, reason: str) -> None:
    """The error names what is wrong, in the words of httptools if it is the one that refuses."""
    with use_parser(name), pytest.raises(ProtocolError, match=f"^{reason}$"):
        parse_head(memoryview(lines + b"\r\n\r\n"))


def test_the_parser_in_c_is_taken_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heads are parsed by httptools, or by h11 where the extra `fast` is not installed."""
    get_parser.cache_clear()
    assert isinstance(get_parser(), HttptoolsParser)
    assert get_parser().parse_status(HEADS[0]) == 200
    get_parser.cache_clear()
    monkeypatch.setitem(sys.modules, "httptools", None)
    assert isinstance(get_parser(), H11Parser)
    assert get_parser().parse_status(HEADS[0]) == 200
    get_parser.cache_clear()


def test_h11_finds_no_response_in_a_part_of_a_head() -> None:
    """The parser of h11 raises for a head without its last line, rather than wait for more."""
    with pytest.raises(ProtocolError, match=r"^the response has no complete head$"):
        PARSERS["h11"].parse_status(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("name", PARSERS)
def test_a_message_shows_no_header(name: str) -> None:
    """The error for a malformed header does not repeat its value, which may be a token."""
    head = memoryview(b"HTTP/1.1 200 OK\r\nLocation : /?token=t0ken\r\n\r\n")
    with use_parser(name), pytest.raises(ProtocolError) as raised:
        parse_head(head)
    assert "t0ken" not in str(raised.value)
    assert raised.value.__cause__ is None
