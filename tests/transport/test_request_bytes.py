"""The bytes of each request, and its URL."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myonlinestore import ConnectClient, ConnectError, __version__
from myonlinestore._request import build_path, encode_query, validate_path
from myonlinestore._transport import auth
from myonlinestore._transport.decompress import accept_encoding
from tests.support.calls import Call, connect

OWN_HEADERS = [
    "accept: application/json",
    f"accept-encoding: {accept_encoding()}",
    f"user-agent: myonlinestore-connect/{__version__}",
    "Connection: close",
]
JSON = "Content-Type: application/json"
SIGNED = "token=t+k%2B%C3%A9&partner_token=p%2F4%26"


class RecordingTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that records the lines of each request and responds immediately."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Record a request."""
        assert request.url == httpx.URL(str(request.url))
        lines = [f"{request.method} {request.url.raw_path.decode()}"]
        lines += [f"{name.decode()}: {value.decode()}" for name, value in request.headers.raw]
        self.sent.append([*lines, request.content.decode()])
        return httpx.Response(200, json={})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Record a request."""
        return self.handle_request(request)


def make_recording_client() -> tuple[ConnectClient, RecordingTransport]:
    """Return a client whose tokens need quoting, and its recording transport."""
    transport = RecordingTransport()
    tokens = {"store_token": "t k+é", "partner_token": "p/4&"}
    return connect(
        "http://x:8080", transport=transport, async_transport=transport, **tokens
    ), transport


SENT = {
    "GET": (("GET", "/a"), {"params": {"q": "a b/ü~", "ids": [1, 2]}}, [*OWN_HEADERS, ""]),
    "a header": (("GET", "/a"), {"headers": {"X-A": "b"}}, [*OWN_HEADERS, "X-A: b", ""]),
    "a Host header": (("GET", "/a"), {"headers": {"Host": "h"}}, [*OWN_HEADERS, "Host: h", ""]),
    "a Connection header": (
        ("GET", "/a"),
        {"headers": {"connection": "keep-alive"}},
        [*OWN_HEADERS, ""],
    ),
    "DELETE": (("DELETE", "/a"), {}, [*OWN_HEADERS, ""]),
    "an empty PUT": (("PUT", "/a"), {}, ["Content-Length: 0", *OWN_HEADERS, ""]),
    "a body": (
        ("PUT", "/a"),
        {"json": {"a": 1}},
        [*OWN_HEADERS, JSON, "Content-Length: 7", '{"a":1}'],
    ),
}


@pytest.mark.parametrize(("args", "kwargs", "rest"), SENT.values(), ids=SENT.keys())
def test_request_bytes(call: Call, args: Any, kwargs: dict[str, Any], rest: list[str]) -> None:
    """A request has exactly this request line, these headers in this order, and this body."""
    client, transport = make_recording_client()
    call(client, "request", *args, **kwargs)
    own = "&q=a%20b%2F%C3%BC~&ids=1&ids=2" if "params" in kwargs else ""
    line = f"{args[0]} /v1/a?language=nl_NL&format=json{own}&{SIGNED}"
    host = [] if "Host: h" in rest else ["Host: x:8080"]
    assert transport.sent == [[line, *host, *rest]]


@pytest.mark.parametrize("data", [None, b"", b"x"])
def test_a_transport_can_read_the_content(call: Call, data: bytes | None) -> None:
    """A custom transport can read a request as under httpx's own client."""
    client, transport = make_recording_client()
    call(client, "request", "PUT", "/a", data=data, params={"token": "given"})
    with client._transport.sync_client as raw:
        raw.put("http://x:8080/a", content=data)
    assert [lines[-1] for lines in transport.sent] == [(data or b"").decode()] * 2


def test_a_transport_can_read_and_change_a_request(call: Call) -> None:
    """A transport can read a request, and a header that it adds is not sent later."""
    seen: list[tuple[bytes, bytes, int]] = []

    class HeaderTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return self._handle(request, request.read())

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return self._handle(request, await request.aread())

        def _handle(self, request: httpx.Request, body: bytes) -> httpx.Response:
            seen.append((body, request.content, len(request.headers)))
            request.headers["X-Mine"] = "1"
            return httpx.Response(200, json={})

    transport = HeaderTransport()
    client = connect("http://x", transport=transport, async_transport=transport)
    for _ in range(2):
        call(client, "request", "GET", "/a")
    assert seen == [(b"", b"", len(["Host", *OWN_HEADERS]))] * 2


def test_a_callers_parameter_replaces_a_common_one(call: Call) -> None:
    """Language and format are sent once, with the caller's value."""
    client, transport = make_recording_client()
    call(client, "request", "GET", "/a", params={"language": "x", "b": 1})
    assert " /v1/a?language=x&format=json&b=1&token=" in transport.sent[0][0]


def test_a_changed_origin_gets_no_token(call: Call) -> None:
    """The tokens are sent only to the origin of the client's creation."""
    client, transport = make_recording_client()
    client.config.base_url = "http://elsewhere"
    call(client, "request", "GET", "/a")
    assert transport.sent[0][:2] == ["GET /v1/a?language=nl_NL&format=json", "Host: elsewhere"]


def test_a_changed_token_is_sent(call: Call) -> None:
    """A changed token is sent from the next request on."""
    client, transport = make_recording_client()
    client.request("GET", "/a")
    client.config.store_token = "another"
    call(client, "request", "GET", "/a")
    assert "&token=another&" in transport.sent[1][0]


@pytest.mark.parametrize("length", [59_000, 61_000])
def test_a_long_url_is_sent(call: Call, length: int) -> None:
    """A long query is sent completely, whichever function joins its URL."""
    client, transport = make_recording_client()
    call(client, "request", "GET", "/a", params={"q": "x" * length})
    assert "x" * length in transport.sent[0][0]


def test_a_url_beyond_httpxs_limit_is_a_connect_error(call: Call) -> None:
    """A URL that is too long for httpx raises ConnectError, and is not sent."""
    client, transport = make_recording_client()
    with pytest.raises(ConnectError, match="cannot be sent"):
        call(client, "request", "GET", "/a", params={"q": "x" * 70_000})
    assert transport.sent == []


_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
_bases = st.sampled_from(
    [
        "http://x/v1",
        "https://Ä.example:443/v1",
        "http://[::1]:80/gäte%way/../a b/v1",
        "http://x:8/%",
    ]
)


@given(base=_bases, segments=st.lists(_texts), query=st.dictionaries(_texts, _texts, max_size=3))
def test_a_joined_url_equals_httpxs_own(
    base: str, segments: list[str], query: dict[str, str]
) -> None:
    """A joined URL equals the one that httpx parses from the whole text."""
    named = [segment for segment in segments if segment not in (".", "..")]
    _check_joins(base, build_path(*named), encode_query(query))


@given(base=_bases, given_path=_texts, query=st.dictionaries(_texts, _texts, max_size=3))
def test_a_callers_path_equals_httpxs_own(
    base: str, given_path: str, query: dict[str, str]
) -> None:
    """A path from the caller gives the URL that httpx parses from the whole text."""
    try:
        checked = validate_path(given_path)
    except ValueError:
        return
    _check_joins(base, checked, encode_query(query))


def _check_joins(base: str, path: str, query: str) -> None:
    url = httpx.URL(f"{base}{path}?{query}")
    parsed = auth.parse_base_url(base)
    assert f"{parsed.prefix}{path}?{query}" == url.raw_path.decode()
    assert parsed.host == url.netloc.decode()
