"""The head of a request: its bytes, and invalid values."""

from __future__ import annotations

from typing import Any

import pytest

from myonlinestore._transport.http1.errors import InvalidRequestError
from myonlinestore._transport.http1.request import (
    Proxy,
    Server,
    WireRequest,
    serialize_connect,
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
    with pytest.raises(InvalidRequestError, match=r"^a header has an invalid name or value$"):
        serialize_headers("h", {}, headers)


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/a b"), ("GET", "/a\r\n"), ("G T", "/"), ("GET", "/é"), ("", "/")],
)
def test_an_invalid_request_line_is_rejected(method: str, target: str) -> None:
    """A method or a target with invalid characters is neither sent nor shown."""
    with pytest.raises(InvalidRequestError) as raised:
        serialize_head(method, target, b"", None)
    assert str(raised.value) == "the method or the path has an invalid character"


def test_a_target_is_limited() -> None:
    """A target has at most the length that httpx allows."""
    target = "/" + "x" * 65_535
    assert serialize_head("GET", target, b"", None) == f"GET {target} HTTP/1.1\r\n\r\n".encode()
    with pytest.raises(InvalidRequestError, match=r"^URL too long$"):
        serialize_head("GET", f"{target}x", b"", None)


def test_a_request_does_not_show_its_head() -> None:
    """The repr of a request shows the method, and no token."""
    request = WireRequest("GET", b"GET /?token=t0ken", b"t0ken")
    assert repr(request) == "WireRequest(method='GET')"


@pytest.mark.parametrize(
    ("host", "address"), [("proxy.example", "proxy.example:8080"), ("::1", "[::1]:8080")]
)
def test_a_proxy_shows_its_address_only(host: str, address: str) -> None:
    """The repr of a proxy shows host and port, and no password."""
    assert repr(Proxy(host, 8080, b"Proxy-Authorization: Basic t0ken\r\n")) == f"Proxy('{address}')"


@pytest.mark.parametrize("line", [b"", b"Proxy-Authorization: Basic t0ken\r\n"])
def test_a_tunnel_is_requested_from_a_proxy(line: bytes) -> None:
    """The request names the server twice, and has the proxy's own header, if it has one."""
    proxy = Proxy("proxy.example", 8080, line)
    assert serialize_connect(Server("::1", 443, is_tls=True, proxy=proxy), proxy) == (
        b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n" + line + b"\r\n"
    )
