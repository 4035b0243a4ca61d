"""The head of a request: its bytes, and invalid values."""

from __future__ import annotations

from typing import Any

import pytest

from myonlinestore._transport.http1.errors import InvalidRequestError
from myonlinestore._transport.http1.request import (
    WireRequest,
    serialize_head,
    serialize_headers,
)

DEFAULTS = {"accept": "application/json", "user-agent": "x"}


def test_a_request_head() -> None:
    """Host, defaults and the caller's headers follow the request line."""
    lines = serialize_headers("h:1", DEFAULTS, {"X-A": "b", "Accept": "text/*"})
    assert serialize_head("GET", "/a?b=c", lines, None) == (
        b"GET /a?b=c HTTP/1.1\r\nHost: h:1\r\nAccept: text/*\r\nuser-agent: x\r\nX-A: b\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("method", "content", "length"),
    [("GET", b"xyz", 3), ("POST", None, 0), ("PUT", b"", 0), ("DELETE", None, None)],
)
def test_a_body_is_framed_by_its_length(
    method: str, content: bytes | None, length: int | None
) -> None:
    """The length is that of the body; the caller's length or transfer encoding is not sent."""
    lines = serialize_headers("h", {}, {"Content-Length": "7", "Transfer-Encoding": "chunked"})
    expected = b"" if length is None else b"Content-Length: %d\r\n" % length
    head = serialize_head(method, "/", lines, content)
    assert head.endswith(b"Host: h\r\n" + expected + b"\r\n")
    assert b"chunked" not in head


def test_a_caller_may_set_the_host() -> None:
    """A Host header of the caller replaces the one of the URL."""
    assert serialize_headers("h", {}, {"Host": "other"}) == b"Host: other\r\n"


INVALID: dict[str, dict[str, Any]] = {
    "two lines": {"X-A": "b\r\nX-C: d"},
    "a space at the end": {"X-A": "b "},
    "a NUL": {"X-A": "\0"},
    "not ASCII": {"X-A": "é"},
    "a name with a space": {"X A": "b"},
    "no name": {"": "b"},
}


@pytest.mark.parametrize("headers", INVALID.values(), ids=INVALID.keys())
def test_an_invalid_header_is_rejected(headers: dict[str, str]) -> None:
    """A header that would change the request's structure is not sent."""
    with pytest.raises(InvalidRequestError):
        serialize_headers("h", {}, headers)


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/a b"), ("GET", "/a\r\n"), ("G T", "/"), ("GET", "/é"), ("", "/")],
)
def test_an_invalid_request_line_is_rejected(method: str, target: str) -> None:
    """A method or a target with invalid characters is neither sent nor shown."""
    with pytest.raises(InvalidRequestError) as raised:
        serialize_head(method, target, b"", None)
    assert target not in str(raised.value) or target == "/"


def test_a_target_is_limited() -> None:
    """A target has at most the length that httpx allows."""
    with pytest.raises(InvalidRequestError, match="URL too long"):
        serialize_head("GET", "/" + "x" * 65_536, b"", None)


def test_a_request_does_not_show_its_head() -> None:
    """The repr of a request shows no token."""
    assert "t0ken" not in repr(WireRequest("GET", b"GET /?token=t0ken", b"t0ken"))
