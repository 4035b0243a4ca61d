"""Writes that the server has accepted are never sent a second time."""

from __future__ import annotations

import gzip

import pytest

from myonlinestore import ConnectError, DecodeError, TransportError
from tests.support.calls import Call, Serve, connect
from tests.support.http_server import Script, ScriptedResponse, make_response

CREATED = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"

UNREADABLE: dict[str, Script] = {
    "empty": make_response(b"", 201),
    "no content": ScriptedResponse(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "broken JSON": make_response(b'{"id":', 201),
    "HTML": make_response(b"<!doctype html>", 200),
    "cut off": ScriptedResponse(CREATED + b'Content-Length: 9\r\n\r\n{"id"', then="close"),
    "reset": ScriptedResponse(CREATED + b'Content-Length: 9\r\n\r\n{"id"', then="reset"),
    "cut off between chunks": ScriptedResponse(
        CREATED + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", then="close"
    ),
    "broken gzip": make_response(
        gzip.compress(b"{}")[:-9], 201, headers={"Content-Encoding": "gzip"}
    ),
}


@pytest.mark.parametrize("response", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("method", ["articles.create", "articles.update"])
def test_an_accepted_write_is_sent_once(
    call: Call, serve: Serve, recorded_sleeps: list[float], method: str, response: Script
) -> None:
    """A write raises after a 2xx response that cannot be read, and is not retried."""
    server = serve(response)
    target = {} if method == "articles.create" else {"article_id": 1}
    with pytest.raises(ConnectError, match="accepted") as raised:
        call(connect(server, max_retries=3), method, **target, body={"name": "x"})
    assert len(server.received) == 1
    assert recorded_sleeps == []
    assert raised.value.status_code in (200, 201, 204)
    assert isinstance(raised.value, (DecodeError, TransportError))


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_accepted_put_or_delete_is_sent_once(
    call: Call, serve: Serve, recorded_sleeps: list[float], method: str
) -> None:
    """PUT and DELETE, which are idempotent, are not retried after a 2xx status either."""
    server = serve(make_response(b'{"id":'))
    with pytest.raises(DecodeError, match="accepted"):
        call(connect(server, max_retries=3), "request", method, "/articles/1")
    assert len(server.received) == 1


def test_the_error_of_an_accepted_write_says_what_to_do(call: Call, serve: Serve) -> None:
    """The message names the operation and the status, and advises to look before sending again."""
    server = serve(ScriptedResponse(CREATED + b"Content-Length: 9\r\n\r\n{", then="close"))
    with pytest.raises(TransportError) as raised:
        call(connect(server), "articles.create", body={"name": "x"})
    message = str(raised.value)
    assert message.startswith("the server accepted POST /v1/articles (201), but ")
    assert "before you send the request again" in message
    assert raised.value.__cause__ is not None


def test_a_failed_write_is_retried(call: Call, serve: Serve, recorded_sleeps: list[float]) -> None:
    """A write whose error response is truncated is retried under its idempotency key."""
    failed = ScriptedResponse(b"HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\n{", then="close")
    server = serve(failed, make_response({"id": 7}, 201))
    article = call(connect(server, max_retries=1), "articles.create", body={"name": "x"})
    assert article.id == 7
    assert len(server.received) == 2


def test_an_empty_key_of_the_caller_means_no_key(
    call: Call, serve: Serve, recorded_sleeps: list[float]
) -> None:
    """A write with an empty idempotency key from the caller is not retried."""
    server = serve(make_response({}, 503))
    headers = {"idempotency-KEY": ""}
    with pytest.raises(ConnectError):
        call(connect(server, max_retries=3), "request", "POST", "/x", json={}, headers=headers)
    assert len(server.received) == 1


def test_a_callers_key_makes_a_write_retryable(
    call: Call, serve: Serve, recorded_sleeps: list[float]
) -> None:
    """A write is retried under the caller's own idempotency key."""
    server = serve(make_response({}, 503), make_response({}))
    headers = {"Idempotency-Key": "mine"}
    call(connect(server, max_retries=3), "request", "POST", "/x", json={}, headers=headers)
    assert [request.headers["idempotency-key"] for request in server.received] == ["mine"] * 2
