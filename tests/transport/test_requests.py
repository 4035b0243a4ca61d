"""Requests: tokens, headers, parameters, bodies and forms."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from myonlinestore import ConnectConfig, __version__
from myonlinestore._transport.deadline import Deadline
from myonlinestore._transport.prepared_request import (
    PreparedRequest,
    encode_multipart,
    make_timeouts,
)
from tests.support.calls import PARTNER_TOKEN, TOKEN, Call, Serve, connect
from tests.support.http_server import make_response

OWN = {"token": TOKEN, "language": "nl_NL", "format": "json"}


def test_every_request_has_tokens_language_and_format(call: Call, serve: Serve) -> None:
    """Tokens, language and format are in the query of each request."""
    server = serve(make_response())
    client = connect(server, partner_token=PARTNER_TOKEN, language="en_GB")
    call(client, "articles.list", limit=3)
    (request,) = server.received
    assert (request.method, request.path) == ("GET", "/v1/articles")
    assert dict(request.query) == {
        "token": TOKEN,
        "partner_token": PARTNER_TOKEN,
        "language": "en_GB",
        "format": "json",
        "limit": "3",
    }


def test_every_request_has_accept_and_user_agent(call: Call, serve: Serve) -> None:
    """JSON is accepted, the client is named, and a GET has no body."""
    server = serve(make_response())
    call(connect(server), "articles.list")
    headers = server.received[0].headers
    assert headers["accept"] == "application/json"
    assert headers["user-agent"] == f"myonlinestore-connect/{__version__}"
    assert "content-type" not in headers
    assert "content-length" not in headers


@pytest.mark.parametrize("method", ["get", "POST", "Patch", "PUT", "DELETE", "OPTIONS"])
def test_any_request_can_be_made(call: Call, serve: Serve, method: str) -> None:
    """`client.request` sends any method to any path below the version, and returns plain JSON."""
    server = serve(make_response({"a": [1, {"b": None}]}))
    client = connect(server, partner_token=PARTNER_TOKEN)
    params = {"flag": True, "none": None, "ids": [1, 2], "q": "a b&c"}
    response = call(client, "request", method, "new/thing", params=params, json={"name": "x"})
    assert response == {"a": [1, {"b": None}]}
    (request,) = server.received
    assert (request.method, request.path) == (method.upper(), "/v1/new/thing")
    assert [pair for pair in request.query if pair[0] not in (*OWN, "partner_token")] == [
        ("flag", "true"),
        ("ids", "1"),
        ("ids", "2"),
        ("q", "a b&c"),
    ]
    assert json.loads(request.body) == {"name": "x"}
    assert request.headers["content-type"] == "application/json"


def test_a_request_may_have_its_version(call: Call, serve: Serve) -> None:
    """`version` takes precedence over the configured one."""
    server = serve(make_response({}))
    call(connect(server), "request", "GET", "/articles", version="2-beta")
    assert server.received[0].path == "/v2-beta/articles"


def test_api_version_is_part_of_the_path(call: Call, serve: Serve) -> None:
    """`api_version` of the configuration is the version of every path."""
    server = serve(make_response())
    call(connect(server, api_version="2-beta"), "articles.list")
    assert server.received[0].path == "/v2-beta/articles"


def test_base_url_may_have_a_path(call: Call, serve: Serve) -> None:
    """A base URL keeps its path, such as that of a reverse proxy."""
    server = serve(make_response())
    call(connect(f"{server.url}/gate/way/"), "articles.list")
    assert server.received[0].path == "/gate/way/v1/articles"


def test_a_callers_header_replaces_the_clients(call: Call, serve: Serve) -> None:
    """A header of the caller replaces the client's own in any spelling, and is sent once."""
    server = serve(make_response({}))
    headers = {"Accept": "text/csv", "USER-AGENT": "mine", "X-More": "1", "content-Type": "text/x"}
    call(connect(server), "request", "POST", "/x", json={}, headers=headers)
    sent = server.received[0].headers
    assert sent["accept"] == "text/csv"
    assert (sent["user-agent"], sent["x-more"], sent["content-type"]) == ("mine", "1", "text/x")


def test_a_form_can_be_sent(call: Call, serve: Serve, recorded_sleeps: list[float]) -> None:
    """`data` is sent as a form, unchanged in each retry."""
    server = serve(make_response({}, 503), make_response({}))
    client = connect(server, max_retries=1)
    call(client, "request", "POST", "/form", data={"a": "1 2", "b": ["x", "y"]})
    first, second = server.received
    assert first.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(first.body.decode()) == {"a": ["1 2"], "b": ["x", "y"]}
    assert first.body == second.body


@pytest.mark.parametrize("data", ["é=1", "é=1".encode()])
def test_encoded_data_can_be_sent(call: Call, serve: Serve, data: object) -> None:
    """Text and bytes are sent as they are, under the caller's content type."""
    server = serve(make_response({}))
    headers = {"Content-Type": "text/plain"}
    call(connect(server), "request", "POST", "/x", data=data, headers=headers)
    call(connect(server), "request", "POST", "/x", data=data)
    first, second = server.received
    assert first.body == second.body == "é=1".encode()
    assert first.headers["content-type"] == "text/plain"
    assert "content-type" not in second.headers


def test_files_can_be_sent(call: Call, serve: Serve, recorded_sleeps: list[float]) -> None:
    """`files` are read once and sent as a multipart form, unchanged in each retry."""
    server = serve(make_response({}, 503), make_response({"ok": True}))
    client = connect(server, max_retries=1)
    files = {"file": ("a.txt", io.BytesIO(b"content"), "text/plain")}
    response = call(client, "request", "POST", "/files", data={"a": "1"}, files=files)
    assert response == {"ok": True}
    first, second = server.received
    assert first.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert first.headers["content-type"] == second.headers["content-type"]
    assert b'filename="a.txt"' in first.body
    assert b"content" in first.body
    assert b'name="a"' in first.body
    assert first.body == second.body


@pytest.mark.parametrize("data", [{"data": {}}, {"files": {}}, {"data": ""}, {"json": None}])
def test_an_empty_form_has_no_body(call: Call, serve: Serve, data: dict[str, Any]) -> None:
    """An empty form sends no body and no content type."""
    server = serve(make_response({}))
    call(connect(server), "request", "POST", "/x", **data)
    assert server.received[0].body == b""
    assert "content-type" not in server.received[0].headers


@pytest.mark.parametrize("other", [{"data": {"a": 1}}, {"files": {"f": b"x"}}, {"data": ""}])
def test_a_request_has_one_body(call: Call, serve: Serve, other: dict[str, Any]) -> None:
    """JSON and a form together are rejected, and nothing is sent."""
    server = serve()
    with pytest.raises(ValueError, match="one body"):
        call(connect(server), "request", "POST", "/x", json={}, **other)
    assert server.received == []


def test_an_empty_response_is_returned_as_none(call: Call, serve: Serve) -> None:
    """`request` returns None for an empty response."""
    assert call(connect(serve(make_response(b"", 204))), "request", "DELETE", "/x") is None


def test_each_phase_has_its_timeout() -> None:
    """Connecting and reading have timeouts of their own, or the general one."""
    general = make_timeouts(ConnectConfig(TOKEN, timeout=3, pool_timeout=9))
    assert general == {"connect": 3, "read": 3, "write": 3, "pool": 9}
    own = make_timeouts(ConnectConfig(TOKEN, timeout=3, connect_timeout=5, read_timeout=7))
    assert (own["connect"], own["read"], own["write"]) == (5, 7, 3)


@pytest.mark.parametrize(
    ("data", "content"), [(None, None), (b"\xff", b"\xff"), ("é", b"\xc3\xa9")]
)
def test_encoded_data_is_not_encoded_again(data: str | bytes | None, content: bytes | None) -> None:
    """Text and bytes are the body, and the caller names its type."""
    assert encode_multipart(data, None) == ({}, content)


def test_a_redirected_request_keeps_all_but_its_url() -> None:
    """Method, headers, body, timeouts and deadline are those of the first request."""
    timeouts, deadline = {"read": 3.0}, Deadline(5)
    first = PreparedRequest(
        "HEAD", "http://h/v1", "/a", "b=c", {"X-A": "d"}, b"e", timeouts, deadline
    )
    second = first.redirected_to("http://h/v2/a?b=f")
    assert (first.url, second.url) == ("http://h/v1/a?b=c", "http://h/v2/a?b=f")
    assert (second.method, second.headers, second.content) == ("HEAD", {"X-A": "d"}, b"e")
    assert (second.timeouts, second.deadline) == (timeouts, deadline)
