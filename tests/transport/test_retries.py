"""Retries: which failures are retried, how often, and after which delay."""

from __future__ import annotations

import random
import socket
import threading
import time
import uuid
from email.utils import formatdate
from typing import Any

import pytest

from myonlinestore import (
    ConnectError,
    DecodeError,
    RateLimitError,
    ServerError,
    TransportError,
)
from myonlinestore._transport import send
from tests.support.calls import Call, Serve, connect
from tests.support.http_server import Script, ScriptedResponse, Server, make_response

GZIP = {"Content-Encoding": "gzip"}

TRANSIENT: dict[str, Script] = {
    **{
        str(status): make_response({"title": "Busy"}, status)
        for status in (408, 429, 500, 502, 503, 504)
    },
    **{
        str(status): make_response({"title": "Origin down"}, status)
        for status in (520, 521, 522, 523, 524, 530)
    },
    "reset": ScriptedResponse(then="reset"),
    "dropped before the headers": ScriptedResponse(then="close"),
    "dropped in the status line": ScriptedResponse(b"HTTP/1.1 2", then="close"),
    "dropped in the headers": ScriptedResponse(b"HTTP/1.1 200 OK\r\nContent-Le", then="close"),
    "dropped before the body": ScriptedResponse(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", then="close"
    ),
    "dropped in the body": ScriptedResponse(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", then="close"
    ),
    "dropped between chunks": ScriptedResponse(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n", then="close"
    ),
    "no HTTP": ScriptedResponse(b"\x00\xff\r\n\r\n", then="close"),
    "no chunk": ScriptedResponse(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", then="close"
    ),
    "no gzip": make_response(b"[]", headers=GZIP),
    "malformed JSON": make_response(b'[{"id": 1}, {"id":'),
    "bad UTF-8": make_response(b'[{"name": "\xff"}]'),
    "empty body": make_response(b""),
}


@pytest.mark.parametrize("failure", TRANSIENT.values(), ids=TRANSIENT.keys())
def test_transient_failures_are_retried(
    call: Call, serve: Serve, recorded_sleeps: list[float], failure: Script
) -> None:
    """After a transient failure the same request is sent again and its response returned."""
    server = serve(failure, make_response([{"id": 7}]))
    page = call(connect(server, max_retries=1), "articles.list")
    assert [article.id for article in page] == [7]
    first, second = server.received
    assert (first.method, first.target) == (second.method, second.target)
    assert len(recorded_sleeps) == 1


@pytest.mark.parametrize("failure", TRANSIENT.values(), ids=TRANSIENT.keys())
def test_a_lasting_failure_raises(
    call: Call, serve: Serve, recorded_sleeps: list[float], failure: Script
) -> None:
    """A failure that does not pass raises ConnectError after `max_retries` retries."""
    server = serve(failure)
    with pytest.raises(ConnectError):
        call(connect(server, max_retries=2), "articles.list")
    assert len(server.received) == 3
    assert len(recorded_sleeps) == 2


@pytest.mark.parametrize("failure", TRANSIENT.values(), ids=TRANSIENT.keys())
def test_without_retries_nothing_is_retried(
    call: Call, serve: Serve, recorded_sleeps: list[float], failure: Script
) -> None:
    """With `max_retries=0` the first failure is raised."""
    server = serve(failure)
    with pytest.raises(ConnectError):
        call(connect(server, max_retries=0), "articles.list")
    assert len(server.received) == 1
    assert recorded_sleeps == []


def test_a_read_timeout_is_retried(call: Call, serve: Serve, recorded_sleeps: list[float]) -> None:
    """A read that times out is retried."""
    never = threading.Event()
    server = serve(make_response(wait_for=never), make_response([{"id": 7}]))
    page = call(connect(server, max_retries=1, read_timeout=1), "articles.list")
    never.set()
    assert [article.id for article in page] == [7]


def test_a_refused_connection_is_retried(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is retried, and succeeds once the server listens."""
    server = Server(make_response([{"id": 7}]))

    async def listen(self: object, seconds: float) -> None:
        server.listen()

    monkeypatch.setattr(send.BaseSyncSender, "sleep", listen)
    monkeypatch.setattr(send.BaseAsyncSender, "sleep", listen)
    page = call(connect(server, max_retries=1), "articles.list")
    server.stop()
    assert [article.id for article in page] == [7]


PERMANENT: dict[str, Script] = {
    **{str(status): make_response({}, status) for status in (400, 401, 403, 404, 409, 422, 451)},
    "501": make_response({}, 501),
    "304": make_response(b"", 304),
    "HTML": make_response(b"<!doctype html><title>Maintenance</title>"),
    "error payload": make_response({"error": "no rights"}),
    "wrong shape": make_response("text"),
    "bad item": make_response([{"id": {"odd": 1}}]),
}


@pytest.mark.parametrize("failure", PERMANENT.values(), ids=PERMANENT.keys())
def test_permanent_failures_are_not_retried(
    call: Call, serve: Serve, recorded_sleeps: list[float], failure: Script
) -> None:
    """A rejected request, an HTML page and an invalid structure are not retried."""
    server = serve(failure)
    with pytest.raises(ConnectError):
        call(connect(server, max_retries=3), "articles.list")
    assert len(server.received) == 1
    assert recorded_sleeps == []


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    "failure", [make_response({}, 503), ScriptedResponse(then="close")], ids=["503", "drop"]
)
def test_a_write_is_retried_with_one_key(
    call: Call, serve: Serve, recorded_sleeps: list[float], method: str, failure: Script
) -> None:
    """With idempotency keys a write is retried, with the same key and body each time."""
    server = serve(failure, failure, make_response({}))
    call(connect(server, max_retries=2), "request", method, "/articles", json={"name": "x"})
    sent = {(request.headers["idempotency-key"], request.body) for request in server.received}
    assert len(server.received) == 3
    ((key, body),) = sent
    assert (uuid.UUID(key).version, body) == (4, b'{"name":"x"}')


def test_each_write_has_its_own_key(call: Call, serve: Serve) -> None:
    """Two calls have different keys."""
    server = serve(make_response({}))
    client = connect(server)
    call(client, "request", "POST", "/articles", json={})
    call(client, "request", "POST", "/articles", json={})
    first, second = (request.headers["idempotency-key"] for request in server.received)
    assert first != second


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    "failure",
    [make_response({}, 503), ScriptedResponse(then="close"), make_response(b'{"id":')],
    ids=["503", "drop", "cut"],
)
def test_a_write_without_key_is_sent_once(
    call: Call, serve: Serve, recorded_sleeps: list[float], method: str, failure: Script
) -> None:
    """Without idempotency keys a write is never retried."""
    server = serve(failure)
    client = connect(server, max_retries=3, idempotency_key_header=None)
    with pytest.raises(ConnectError):
        call(client, "request", method, "/articles", json={})
    (request,) = server.received
    assert "idempotency-key" not in request.headers


@pytest.mark.parametrize(("method", "times"), [("PUT", 2), ("DELETE", 2), ("HEAD", 2), ("LINK", 1)])
def test_only_idempotent_methods_are_retried(
    call: Call, serve: Serve, recorded_sleeps: list[float], method: str, times: int
) -> None:
    """PUT and DELETE are retried without a key; other methods are not."""
    server = serve(make_response(b"", 503))
    with pytest.raises(ServerError):
        call(connect(server, max_retries=1), "request", method, "/articles/1")
    assert len(server.received) == times
    assert all("idempotency-key" not in request.headers for request in server.received)


def test_the_key_has_the_configured_name(call: Call, serve: Serve) -> None:
    """`idempotency_key_header` names the header."""
    server = serve(make_response({}))
    client = connect(server, idempotency_key_header="X-Once")
    call(client, "request", "POST", "/articles", json={})
    assert uuid.UUID(server.received[0].headers["x-once"])
    assert "idempotency-key" not in server.received[0].headers


def test_the_callers_own_key_is_kept(call: Call, serve: Serve) -> None:
    """The caller's key takes precedence over a generated one, in any spelling."""
    server = serve(make_response({}))
    headers = {"IDEMPOTENCY-KEY": "mine"}
    call(connect(server), "request", "POST", "/articles", json={}, headers=headers)
    assert server.received[0].headers["idempotency-key"] == "mine"


def test_delays_have_the_documented_limits(
    call: Call, serve: Serve, recorded_sleeps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th delay is between 0 and min(max_retry_delay, 0.5 * 2^n) seconds."""
    monkeypatch.setattr(random, "uniform", lambda low, high: (low, high)[1])
    server = serve(make_response({}, 503))
    with pytest.raises(ServerError):
        call(connect(server, max_retries=9), "articles.list")
    assert recorded_sleeps == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]


def _format_http_date(seconds: float) -> str:
    return formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("header", "wait"), [("7", 7), ("0.25", 0.25), ("0", 0), ("-1", 0)])
def test_retry_after_replaces_the_backoff(
    call: Call, serve: Serve, recorded_sleeps: list[float], status: int, header: str, wait: float
) -> None:
    """The delay that the server requests replaces the backoff."""
    server = serve(make_response({}, status, headers={"Retry-After": header}), make_response())
    call(connect(server, max_retries=1), "articles.list")
    assert recorded_sleeps == [wait]


def test_retry_after_may_be_a_date(call: Call, serve: Serve, recorded_sleeps: list[float]) -> None:
    """A Retry-After date is respected."""
    server = serve(
        make_response({}, 429, headers={"Retry-After": _format_http_date(30)}), make_response()
    )
    call(connect(server, max_retries=1), "articles.list")
    assert 25 < recorded_sleeps[0] <= 31


def test_a_past_date_means_no_delay(call: Call, serve: Serve, recorded_sleeps: list[float]) -> None:
    """A date in the past allows an immediate retry."""
    server = serve(
        make_response({}, 429, headers={"Retry-After": _format_http_date(-30)}), make_response()
    )
    call(connect(server, max_retries=1), "articles.list")
    assert recorded_sleeps == [0]


@pytest.mark.parametrize(
    "header", ["nan", "soon", "inf", "1e99", "1_0", "Wed, 99 Foo 2030 99:99:99 GMT", ""]
)
def test_an_invalid_retry_after_is_ignored(
    call: Call,
    serve: Serve,
    recorded_sleeps: list[float],
    monkeypatch: pytest.MonkeyPatch,
    header: str,
) -> None:
    """An invalid Retry-After leaves the backoff unchanged."""
    monkeypatch.setattr(random, "uniform", lambda low, high: 0.123)
    server = serve(make_response({}, 429, headers={"Retry-After": header}), make_response())
    call(connect(server, max_retries=1), "articles.list")
    assert recorded_sleeps == [0.123]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["61", "3600.5", "9" * 20])
def test_a_delay_that_is_too_long_raises_immediately(
    call: Call, serve: Serve, recorded_sleeps: list[float], status: int, header: str
) -> None:
    """A Retry-After beyond `max_retry_delay` raises without a retry."""
    server = serve(make_response({}, status, headers={"Retry-After": header}))
    with pytest.raises((RateLimitError, ServerError)) as raised:
        call(connect(server, max_retries=3, max_retry_delay=60), "articles.list")
    assert vars(raised.value)["retry_after"] == float(header)
    assert (len(server.received), recorded_sleeps) == (1, [])


@pytest.mark.parametrize("values", [{"max_retries": 0}, {"max_retries": 1}, {"max_retry_delay": 1}])
def test_retry_after_is_on_the_error(
    call: Call, serve: Serve, recorded_sleeps: list[float], values: dict[str, Any]
) -> None:
    """The error has `retry_after` if the response had the header, retried or not."""
    server = serve(make_response({"title": "Slow down"}, 429, headers={"Retry-After": "2"}))
    with pytest.raises(RateLimitError, match="Slow down") as raised:
        call(connect(server, **values), "articles.list")
    assert raised.value.retry_after == 2


def test_an_unretried_write_has_retry_after_too(call: Call, serve: Serve) -> None:
    """The error of a POST that is not retried has `retry_after` as well."""
    server = serve(make_response({}, 429, headers={"Retry-After": "2"}))
    client = connect(server, max_retries=3, idempotency_key_header=None)
    with pytest.raises(RateLimitError) as raised:
        call(client, "request", "POST", "/orders", json={})
    assert raised.value.retry_after == 2


def test_delays_pass_in_real_time(call: Call, serve: Serve) -> None:
    """No request is sent before the end of the delay."""
    server = serve(make_response({}, 429, headers={"Retry-After": "0.2"}), make_response())
    before = time.monotonic()
    call(connect(server, max_retries=1), "articles.list")
    assert time.monotonic() - before >= 0.2


def test_the_last_error_is_raised(call: Call, serve: Serve, recorded_sleeps: list[float]) -> None:
    """The error of the last attempt is raised."""
    server = serve(
        make_response({}, 503),
        ScriptedResponse(then="close"),
        make_response({"title": "Oops"}, 500),
    )
    with pytest.raises(ServerError, match="Oops"):
        call(connect(server, max_retries=2), "articles.list")


def test_a_failed_redirect_starts_over(
    call: Call, serve: Serve, recorded_sleeps: list[float]
) -> None:
    """If the target of a redirect fails, the retry requests the original URL."""
    hop = make_response(b"", 307, headers={"Location": "/elsewhere"})
    server = serve(hop, make_response({}, 503), hop, make_response([{"id": 7}]))
    page = call(connect(server, max_retries=1), "articles.list")
    assert [article.id for article in page] == [7]
    assert [request.path for request in server.received] == ["/v1/articles", "/elsewhere"] * 2


def test_an_unresolvable_host_is_a_connect_error(call: Call, recorded_sleeps: list[float]) -> None:
    """A host with a label of 64 letters fails in the resolver, in each engine differently."""
    client = connect(f"http://{'a' * 64}.example")
    with pytest.raises(ConnectError, match=r"aaa\.example") as raised:
        call(client, "articles.list")
    assert raised.value.__cause__ is not None


def test_an_unsendable_request_is_not_retried(
    call: Call, serve: Serve, recorded_sleeps: list[float]
) -> None:
    """A header or a URL that HTTP forbids raises ConnectError without a retry."""
    client = connect(serve(), max_retries=3)
    with pytest.raises(ConnectError, match="cannot be sent"):
        call(client, "request", "GET", "/articles", headers={"X-Odd": "a\r\nb"})
    with pytest.raises(ConnectError, match="cannot be sent"):
        call(client, "request", "GET", "/articles", params={"ids": list(range(20_000))})
    assert recorded_sleeps == []


def test_a_failed_connection_is_a_transport_error(call: Call, recorded_sleeps: list[float]) -> None:
    """The error of a failed connection has the host, a remedy and its cause."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(
            TransportError, match=f"could not connect to 127.0.0.1:{port}"
        ) as raised:
            call(connect(f"http://127.0.0.1:{port}"), "articles.list")
    assert raised.value.__cause__ is not None
    assert raised.value.status_code is None


def test_malformed_json_ends_as_decode_error(
    call: Call, serve: Serve, recorded_sleeps: list[float]
) -> None:
    """A response that stays truncated raises DecodeError."""
    with pytest.raises(DecodeError, match="not valid JSON") as raised:
        call(connect(serve(make_response(b'[{"id":')), max_retries=1), "articles.list")
    assert raised.value.malformed
