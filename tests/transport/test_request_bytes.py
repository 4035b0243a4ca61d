"""The very bytes that go out, and the addresses that they are made of."""

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

OURS = [
    "accept: application/json",
    f"accept-encoding: {accept_encoding()}",
    f"user-agent: myonlinestore-connect/{__version__} python-httpx/{httpx.__version__}",
]
JSON = "Content-Type: application/json"
SIGNED = "token=t+k%2B%C3%A9&partner_token=p%2F4%26"


class Kept(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Keeps what it is to send, line by line, and answers at once."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Keep it."""
        assert request.url == httpx.URL(str(request.url))
        lines = [f"{request.method} {request.url.raw_path.decode()}"]
        lines += [f"{name.decode()}: {value.decode()}" for name, value in request.headers.raw]
        self.sent.append([*lines, request.content.decode()])
        return httpx.Response(200, json={})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Keep it, on a loop."""
        return self.handle_request(request)


def keeping() -> tuple[ConnectClient, Kept]:
    """A client with tokens that need quoting, and what keeps its requests."""
    kept = Kept()
    tokens = {"store_token": "t k+é", "partner_token": "p/4&"}
    return connect("http://x:8080", transport=kept, async_transport=kept, **tokens), kept


SENT = {
    "a read": (("GET", "/a"), {"params": {"q": "a b/ü~", "ids": [1, 2]}}, [*OURS, ""]),
    "a header": (("GET", "/a"), {"headers": {"X-A": "b"}}, [*OURS, "X-A: b", ""]),
    "an own host": (("GET", "/a"), {"headers": {"Host": "h"}}, [*OURS, "Host: h", ""]),
    "a delete": (("DELETE", "/a"), {}, [*OURS, ""]),
    "nothing put": (("PUT", "/a"), {}, ["Content-Length: 0", *OURS, ""]),
    "a body": (("PUT", "/a"), {"json": {"a": 1}}, [*OURS, JSON, "Content-Length: 7", '{"a":1}']),
}


@pytest.mark.parametrize(("args", "kwargs", "rest"), SENT.values(), ids=SENT.keys())
def test_what_goes_out(call: Call, args: Any, kwargs: dict[str, Any], rest: list[str]) -> None:
    """Request line, headers in their order and body are just these."""
    client, kept = keeping()
    call(client, "request", *args, **kwargs)
    own = "&q=a%20b%2F%C3%BC~&ids=1&ids=2" if "params" in kwargs else ""
    line = f"{args[0]} /v1/a?language=nl_NL&format=json{own}&{SIGNED}"
    host = [] if "Host: h" in rest else ["Host: x:8080"]
    assert kept.sent == [[line, *host, *rest]]


@pytest.mark.parametrize("data", [None, b"", b"x"])
def test_a_transport_finds_the_content(call: Call, data: bytes | None) -> None:
    """A transport of the caller's can read a request as it can under httpx's own client."""
    client, kept = keeping()
    call(client, "request", "PUT", "/a", data=data, params={"token": "given"})
    with client._transport.sync_client as raw:
        raw.put("http://x:8080/a", content=data)
    assert [lines[-1] for lines in kept.sent] == [(data or b"").decode()] * 2


def test_a_transport_may_read_and_change_a_request(call: Call) -> None:
    """What a transport reads is there, and what it adds goes to no later request."""
    seen: list[tuple[bytes, bytes, int]] = []

    class Adding(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return self._handled(request, request.read())

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return self._handled(request, await request.aread())

        def _handled(self, request: httpx.Request, body: bytes) -> httpx.Response:
            seen.append((body, request.content, len(request.headers)))
            request.headers["X-Mine"] = "1"
            return httpx.Response(200, json={})

    adding = Adding()
    client = connect("http://x", transport=adding, async_transport=adding)
    for _ in range(2):
        call(client, "request", "GET", "/a")
    assert seen == [(b"", b"", len(OURS) + 1)] * 2


def test_a_parameter_of_the_caller_replaces_a_common_one(call: Call) -> None:
    """Language and format are sent once, as the caller has them."""
    client, kept = keeping()
    call(client, "request", "GET", "/a", params={"language": "x", "b": 1})
    assert " /v1/a?language=x&format=json&b=1&token=" in kept.sent[0][0]


def test_a_changed_origin_gets_no_token(call: Call) -> None:
    """The tokens stay with the origin that the client was made for."""
    client, kept = keeping()
    client.config.base_url = "http://elsewhere"
    call(client, "request", "GET", "/a")
    assert kept.sent[0][:2] == ["GET /v1/a?language=nl_NL&format=json", "Host: elsewhere"]


def test_a_changed_token_is_sent(call: Call) -> None:
    """What was written out for one token does not outlive it."""
    client, kept = keeping()
    client.request("GET", "/a")
    client.config.store_token = "another"
    call(client, "request", "GET", "/a")
    assert "&token=another&" in kept.sent[1][0]


@pytest.mark.parametrize("length", [59_000, 61_000])
def test_an_address_of_any_length(call: Call, length: int) -> None:
    """A long query is sent whole, in whichever way its address is made."""
    client, kept = keeping()
    call(client, "request", "GET", "/a", params={"q": "x" * length})
    assert "x" * length in kept.sent[0][0]


def test_an_address_beyond_what_httpx_takes(call: Call) -> None:
    """What httpx calls too long is a ConnectError, and nothing is sent."""
    client, kept = keeping()
    with pytest.raises(ConnectError, match="cannot be sent"):
        call(client, "request", "GET", "/a", params={"q": "x" * 70_000})
    assert kept.sent == []


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
def test_an_address_is_as_httpx_would_have_it(
    base: str, segments: list[str], query: dict[str, str]
) -> None:
    """An address that is added to is the one that httpx makes of the whole text."""
    named = [segment for segment in segments if segment not in (".", "..")]
    _check(base, build_path(*named), encode_query(query))


@given(base=_bases, given_path=_texts, query=st.dictionaries(_texts, _texts, max_size=3))
def test_so_is_one_of_a_whole_path(base: str, given_path: str, query: dict[str, str]) -> None:
    """Nor does a path that the caller wrote as a whole differ."""
    try:
        checked = validate_path(given_path)
    except ValueError:
        return
    _check(base, checked, encode_query(query))


def _check(base: str, below: str, query: str) -> None:
    whole = httpx.URL(f"{base}{below}?{query}")
    for join in (auth._join_url_fast, auth._join_url, auth.join_url):
        made = join(auth.parse_base_url(base).url, below, query)
        assert (made, made.raw_path, str(made)) == (whole, whole.raw_path, str(whole))
        assert (made.netloc, made.port, made.raw_host) == (whole.netloc, whole.port, whole.raw_host)


def test_another_httpx_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where httpx is made in another way than is known, it parses every address itself."""
    assert auth._select_join() is auth._join_url_fast

    def other(base: object, path: str, query: str) -> httpx.URL:
        raise AttributeError("_uri_reference")

    monkeypatch.setattr(auth, "_join_url_fast", other)
    assert auth._select_join() is auth._join_url
    monkeypatch.setattr(auth, "_join_url_fast", lambda *_: httpx.URL("http://x:1/other"))
    assert auth._select_join() is auth._join_url
