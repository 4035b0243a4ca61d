"""No request gives a 500, whatever is in its path, query, headers and body."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.admin import MAX_ARTICLES
from tests.sandbox.valid_requests import Request, capture_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKENS = (("token", "sandbox-store-token"),)
DIGITS = "9" * 5000
NUMBERS = (0, -1, 10**18, -(10**18), 2**63, 2**64, 10**300, 1e300, 1e-300, 0.1, int("9" * 40))
TEXTS = (
    "", " ", "0", "-1", "1e999999999", "1e-999999999", "-1e999999999", "NaN", "sNaN", "Infinity",
    "1_0", "٣", "\x00", "\n", "é", "�", "a" * 300, DIGITS, f"0.{DIGITS}", "2025-02-30",
    "0000-00-00", "9999-12-31 23:59:59", "https://é.example/\r\nX: y", "true", "desc", "me",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"id": []}, [{"id": {}}])
ODD = st.one_of(
    st.sampled_from([*NUMBERS, *TEXTS, *OTHERS]),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=6,
    ),
)
RAW = st.binary(max_size=40) | st.sampled_from(
    [b"[" * 100_000, b'{"a":' * 2000, b"1e999999999", b'"\\ud800"', b"9" * 5000, b"\xff\xfe{\x00"]
)
HAS_A_STORE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=300,
)


def find_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value within a JSON value, itself included."""
    yield path
    children = value.items() if isinstance(value, dict) else ()
    children = enumerate(value) if isinstance(value, list) else children
    for key, child in children:
        yield from find_paths(child, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return the JSON value with another value at a path."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@pytest.fixture(scope="module")
def store() -> Iterator[Sandbox]:
    """Yield a store that is damaged as far as its API allows."""
    with Sandbox(articles=24) as sandbox:
        sandbox.store.minimum_order_total = "0.00"
        yield sandbox


@pytest.fixture(scope="module")
def requests(store: Sandbox) -> list[Request]:
    """Return valid requests of all operations."""
    return capture_requests(store)


@pytest.fixture(scope="module")
def http(store: Sandbox) -> Iterator[httpx.Client]:
    """Yield a plain client of the store."""
    with httpx.Client(base_url=store.url) as client:
        yield client


@pytest.fixture(scope="module")
def admin() -> Iterator[httpx.Client]:
    """Yield a plain client of the admin endpoint of another store."""
    with Sandbox(articles=5) as sandbox, httpx.Client(base_url=sandbox.url) as client:
        yield client


def send(http: httpx.Client, request: Request, raw: bytes | None = None) -> httpx.Response:
    """Send a request and check that its response is not a 500."""
    path = "/".join(request.segments)
    query = "&".join(f"{name}={quote(v, safe='')}" for name, v in (*TOKENS, *request.query))
    content = json.dumps(request.body).encode() if raw is None and request.body else raw
    response = http.request(request.method, f"/v1/{path}?{query}", content=content)
    assert response.status_code < 500, (request, raw, response.text)
    return response


@settings(parent=HAS_A_STORE, max_examples=1000)
@given(data=st.data())
def test_any_value_in_a_body(
    http: httpx.Client, requests: list[Request], data: st.DataObject
) -> None:
    """Any JSON value in place of a body, or of any value in it, is accepted or a 4xx."""
    request = data.draw(st.sampled_from([each for each in requests if each.body is not None]))
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(list(find_paths(request.body))))
        request = replace(request, body=put(request.body, path, data.draw(ODD)))
        if not isinstance(request.body, (dict, list)):
            break
    send(http, request)


@HAS_A_STORE
@given(data=st.data())
def test_any_text_in_a_query(
    http: httpx.Client, requests: list[Request], data: st.DataObject
) -> None:
    """Any text as the value of a parameter is accepted, ignored or a 4xx."""
    request = data.draw(
        st.sampled_from([each for each in requests if each.query and each.method != "DELETE"])
    )
    name = data.draw(st.sampled_from([name for name, _ in request.query]))
    text = data.draw(st.sampled_from(TEXTS) | st.text(max_size=20).filter(_is_encodable))
    send(http, replace(request, query=((name, text),)))


@HAS_A_STORE
@given(data=st.data())
def test_any_text_in_a_path(
    http: httpx.Client, requests: list[Request], data: st.DataObject
) -> None:
    """Any text as a segment of a path is a 4xx, or the request that it happens to name."""
    request = data.draw(st.sampled_from(requests))
    position = data.draw(st.integers(0, len(request.segments) - 1))
    text = data.draw(st.sampled_from(TEXTS) | st.text(max_size=20).filter(_is_encodable))
    segments = (
        *request.segments[:position],
        quote(text, safe=""),
        *request.segments[position + 1 :],
    )
    send(http, replace(request, segments=segments))


@HAS_A_STORE
@given(data=st.data(), raw=RAW)
def test_any_bytes_as_a_body(
    http: httpx.Client, requests: list[Request], data: st.DataObject, raw: bytes
) -> None:
    """Any bytes as a body are accepted or a 4xx."""
    request = data.draw(st.sampled_from([each for each in requests if each.method != "DELETE"]))
    send(http, request, raw)


@HAS_A_STORE
@given(raw=st.binary(max_size=60), known=st.booleans())
def test_any_bytes_as_a_request(store: Sandbox, raw: bytes, known: bool) -> None:
    """Any bytes on a connection get a 4xx, or no response."""
    head = b"GET /v1/articles?token=sandbox-store-token&" if known else b""
    with socket.create_connection(("127.0.0.1", store.port), timeout=10) as connection:
        received = b""
        # The server may close the connection before it has read everything.
        with suppress(ConnectionError):
            connection.sendall(head + raw + b"\r\n\r\n")
            with suppress(OSError):  # not connected any more
                connection.shutdown(socket.SHUT_WR)
            received = connection.recv(100)
        assert not received.startswith(b"HTTP/1.1 5")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "path", ["faults/{}", "pay/{}", "{}", "journal?limit={}", "state?store={}"]
)
@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_any_text_in_the_admin_endpoint(
    admin: httpx.Client, method: str, path: str, text: str
) -> None:
    """Any text in a path or query of the admin endpoint is a 4xx, or the request it names."""
    url = "/_sandbox/" + path.format(quote(text, safe=""))
    assert admin.request(method, url).status_code < 500


def is_large_store(text: str) -> bool:
    """Return True for a number of articles that is valid, but takes long to seed."""
    return text.isdecimal() and len(text) < 8 and 50 < int(text) <= MAX_ARTICLES


@settings(parent=HAS_A_STORE, max_examples=200)
@given(
    value=ODD,
    name=st.sampled_from(["advance", "freeze", "set", "articles", "seed", "text", "token"]),
)
def test_any_value_in_the_admin_endpoint(admin: httpx.Client, name: str, value: Any) -> None:
    """Any value in a body of the admin endpoint is accepted or a 4xx."""
    path = {"text": "faults", "articles": "seed", "seed": "seed", "token": "stores"}.get(
        name, "clock"
    )
    assume(not (name == "articles" and is_large_store(str(value))))
    body = json.dumps({name: value})
    assert admin.post(f"/_sandbox/{path}", content=body).status_code < 500
    assert admin.delete("/_sandbox/faults").status_code == 204
    assert admin.post("/_sandbox/clock", json={"set": "2025-06-01"}).status_code == 200


def _is_encodable(text: str) -> bool:
    return not any(0xD800 <= ord(sign) < 0xE000 for sign in text)
