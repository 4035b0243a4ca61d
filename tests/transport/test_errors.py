"""Error responses, and success responses with an invalid body."""

from __future__ import annotations

import copy
import gzip
import pickle
import zlib
from typing import Any

import pytest

from myonlinestore import (
    AuthenticationError,
    ConnectError,
    DecodeError,
    NotFoundError,
    RateLimitError,
    RedirectError,
    ServerError,
    TransportError,
    ValidationError,
)
from myonlinestore.models import Article
from tests.support.calls import TOKEN, Call, Serve, connect
from tests.support.http_server import Script, ScriptedResponse, make_response

PROBLEM = {"type": "about:blank", "title": "Invalid", "detail": "name: must not be blank"}

CLASSES = {
    300: RedirectError,
    304: RedirectError,
    400: ConnectError,
    401: AuthenticationError,
    403: AuthenticationError,
    404: NotFoundError,
    418: ConnectError,
    422: ValidationError,
    429: RateLimitError,
    500: ServerError,
    501: ServerError,
    599: ServerError,
}


@pytest.mark.parametrize(("status", "kind"), CLASSES.items())
def test_each_status_has_its_exception(
    call: Call, serve: Serve, status: int, kind: type[ConnectError]
) -> None:
    """A status of 300 or more raises its class, whose message has status, method and path."""
    body = b"" if status == 304 else b'{"message": "Sorry"}'
    with pytest.raises(ConnectError) as raised:
        call(connect(serve(make_response(body, status))), "articles.get", article_id=5)
    assert type(raised.value) is kind
    assert raised.value.status_code == status
    assert str(raised.value).startswith(f"{status} GET /v1/articles/5: ")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (PROBLEM, "Invalid: name: must not be blank"),
        ({"title": "Bad Request", "detail": "D"}, "D"),
        ({"title": "bad request"}, "bad request"),
        ({"title": "T", "message": "M"}, "T"),
        ({"code": 3, "message": "M", "description": "more"}, "M: more"),
        ({"error": "E", "detail": ["one", "two "]}, "E: one; two"),
        ({"error": {"message": "E", "code": 4}}, "E"),
        ({"detail": "D"}, "D"),
        ({"title": "", "message": {"a": 1}, "detail": "D"}, "D"),
        (
            {"title": "T", "errors": {"name": ["too long"], "stock": "no"}},
            "T: name: too long; stock: no",
        ),
        ({"errors": [{"message": "M"}, {"price": {"detail": "P"}}]}, "M; price: P"),
        ({"code": 3}, "Bad Request"),
        (["x"], "Bad Request"),
        (None, "Bad Request"),
    ],
)
def test_the_message_has_the_vendors_words(call: Call, serve: Serve, body: Any, said: str) -> None:
    """A problem's title and detail, an error's message, or field errors; else the status' phrase."""
    with pytest.raises(ConnectError) as raised:
        call(connect(serve(make_response(body, 400))), "articles.list")
    assert str(raised.value) == f"400 GET /v1/articles: {said}"
    assert raised.value.body == body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"the shop\n  is closed", "the shop is closed"),
        (b"<html><head><title>\n502 Bad gateway </title></head></html>", "502 Bad gateway"),
        (b"<html><body>no title</body></html>", "Bad Gateway"),
        (b"", "Bad Gateway"),
    ],
)
def test_the_message_has_the_words_of_a_text(
    call: Call, serve: Serve, body: bytes, said: str
) -> None:
    """A plain text is the reason, and of a page of HTML its title."""
    with pytest.raises(ServerError) as raised:
        call(connect(serve(make_response(body, 502)), max_retries=0), "articles.list")
    assert str(raised.value) == f"502 GET /v1/articles: {said}"


def test_a_status_without_a_phrase(call: Call, serve: Serve) -> None:
    """A status that no standard names, such as one of Cloudflare's, has no phrase."""
    with pytest.raises(ServerError) as raised:
        call(connect(serve(make_response(b"", 520)), max_retries=0), "articles.list")
    assert str(raised.value) == "520 GET /v1/articles"


def test_a_401_names_the_place_of_the_token(
    call: Call, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says where the token came from, and a 403 does not."""
    client = connect(serve(make_response({"detail": "wrong token"}, 401)))
    with pytest.raises(AuthenticationError) as raised:
        call(client, "articles.list")
    said = "401 GET /v1/articles: wrong token (the token came from"
    assert str(raised.value) == f"{said} the argument store_token)"
    monkeypatch.setenv("MYONLINESTORE_TOKEN", f"{client.config.store_token}\n")
    with pytest.raises(AuthenticationError) as raised:
        call(client, "articles.list")
    assert str(raised.value) == f"{said} the variable MYONLINESTORE_TOKEN)"
    with pytest.raises(AuthenticationError) as raised:
        call(connect(serve(make_response({"detail": "no"}, 403))), "articles.list")
    assert str(raised.value) == "403 GET /v1/articles: no"


def test_an_error_describes_its_call(
    call: Call, serve: Serve, recorded_sleeps: list[float]
) -> None:
    """It has method, path, operation, attempts and time of the call, also after a pickle."""
    client = connect(serve(make_response({}, 503)), max_retries=2)
    with pytest.raises(ServerError) as raised:
        call(client, "articles.get", article_id=5)
    for error in (raised.value, pickle.loads(pickle.dumps(raised.value))):
        assert (error.method, error.path, error.operation) == ("GET", "/articles/5", "getArticle")
        assert error.attempts == 3
        assert 0 < error.elapsed < 60
    with pytest.raises(ServerError) as raised:
        call(client, "request", "GET", "/odd")
    assert (raised.value.path, raised.value.operation) == ("/odd", None)


def test_an_error_without_a_response_describes_its_call(call: Call) -> None:
    """A refused connection has the same attributes, and no headers."""
    with pytest.raises(TransportError) as raised:
        call(connect("http://127.0.0.1:1", max_retries=0), "articles.count")
    error = raised.value
    assert (error.method, error.path, error.operation) == (
        "GET",
        "/articles/count",
        "getArticleCount",
    )
    assert (error.attempts, dict(error.headers), error.request_id) == (1, {}, None)


def test_an_error_of_a_model_has_no_call() -> None:
    """A value that does not fit a model fails without a request."""
    with pytest.raises(DecodeError) as raised:
        Article.model_validate({"id": "x"})
    assert (raised.value.method, raised.value.attempts, raised.value.elapsed) == (None, 0, 0)


@pytest.mark.parametrize("status", [500, 200])
@pytest.mark.parametrize("name", ["X-Request-Id", "CF-Ray", "X-Correlation-ID"])
def test_an_error_has_the_headers_of_its_response(
    call: Call, serve: Serve, name: str, status: int
) -> None:
    """Headers are lower-case and redacted, and the one that identifies the request is found."""
    headers = {name: "8f2a", "X-Echo": TOKEN, "Set-Cookie": "session=9"}
    client = connect(serve(make_response(b"[1", status, headers=headers)), max_retries=0)
    with pytest.raises(ConnectError) as raised:
        call(client, "articles.list")
    error = pickle.loads(pickle.dumps(raised.value))
    assert error.request_id == error.headers[name.lower()] == "8f2a"
    assert (error.headers["x-echo"], error.headers["set-cookie"]) == ("***", "***")


def test_a_problem_has_its_detail(call: Call, serve: Serve) -> None:
    """The vendor's RFC 7807 problem is raised as ValidationError with `detail`."""
    with pytest.raises(ValidationError, match="Invalid") as raised:
        call(connect(serve(make_response(PROBLEM, 422))), "articles.create", body={"name": ""})
    assert raised.value.detail == PROBLEM["detail"]
    assert raised.value.body == PROBLEM


def test_a_validation_error_without_json_has_no_detail(call: Call, serve: Serve) -> None:
    """A 422 with plain text has that text as its body."""
    with pytest.raises(ValidationError) as raised:
        call(connect(serve(make_response(b"no", 422))), "articles.create", body={})
    assert (raised.value.detail, raised.value.body) == (None, "no")


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        (b"<h1>Bad gateway</h1>" * 99, ("<h1>Bad gateway</h1>" * 99)[:500]),
        (b"", None),
        (b"\xff", "\ufffd"),
    ],
)
def test_a_text_error_keeps_an_excerpt(
    call: Call, serve: Serve, body: bytes, excerpt: str | None
) -> None:
    """The first 500 characters of a body that is not JSON are kept."""
    with pytest.raises(ServerError) as raised:
        call(connect(serve(make_response(body, 502))), "articles.list")
    assert raised.value.body == excerpt


def test_a_deep_error_body_is_kept_as_text(call: Call, serve: Serve) -> None:
    """Deeply nested JSON is kept as text and does not crash."""
    for depth in (300, 600, 900, 100_000):
        deep = b"[" * depth + b"]" * depth
        with pytest.raises(ServerError) as raised:
            call(connect(serve(make_response(deep, 500))), "articles.list")
        assert raised.value.body


HTML = b"\n <!doctype html><html>Maintenance</html>"
BROKEN: dict[str, tuple[bytes, str]] = {
    "HTML": (HTML, "HTML"),
    "bad UTF-8": (b'[{"id": "\xc3\x28"}]', "not valid JSON"),
    "error": (b'{"error": "no rights"}', "error payload|got an object"),
    "vendor's Error": (b'{"code": 17, "message": "no"}', "error payload|got an object"),
    "ApiProblem": (
        b'{"type": "about:blank", "title": "No", "detail": "x"}',
        "error payload|got an object",
    ),
    "errors": (b'{"errors": ["x"]}', "error payload|got an object"),
    "text": (b'"text"', "[Ee]xpected|belongs"),
    "number": (b"12", "[Ee]xpected|belongs"),
    "null": (b"null", "[Ee]xpected|belongs|nothing"),
    "empty": (b"", "empty body"),
    "white space": (b" \r\n", "empty body"),
    "cut off": (b'[{"id": 1},', "not valid JSON"),
    "trailing bytes": (b"[] []", "not valid JSON"),
    "nested": (b"[" * 9_999 + b"]" * 9_999, "nested"),
}


@pytest.mark.parametrize("method", ["articles.list", "discount_codes.list", "articles.get"])
@pytest.mark.parametrize(("body", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_success_without_the_documented_value_raises(
    call: Call, serve: Serve, method: str, body: bytes, message: str
) -> None:
    """A 200 with another body never becomes an empty page or an empty item."""
    kwargs = {"article_id": 5} if method == "articles.get" else {}
    with pytest.raises(DecodeError, match=message) as raised:
        call(connect(serve(make_response(body))), method, **kwargs)
    error = raised.value
    path = {"articles.list": "/articles", "discount_codes.list": "/discountcodes"}
    assert f"GET {path.get(method, '/articles/5')} returned 200" in str(error)
    assert error.status_code == 200
    assert error.body == body.decode("utf-8", "replace")[:500]
    assert error.__cause__ is not None


@pytest.mark.parametrize("body", [b'{"error": "no"}', b"x", b"<html>", b'{"count": "many"}'])
def test_an_invalid_count_raises(call: Call, serve: Serve, body: bytes) -> None:
    """A response that is not a count raises DecodeError."""
    with pytest.raises(DecodeError):
        call(connect(serve(make_response(body))), "articles.count")


@pytest.mark.parametrize("body", [b'{"error": "no"}', b"<html>", b"{"])
def test_a_delete_with_an_error_payload_raises(call: Call, serve: Serve, body: bytes) -> None:
    """A 200 with an error payload does not count as a deletion."""
    with pytest.raises(DecodeError):
        call(connect(serve(make_response(body))), "articles.delete", article_id=5)


@pytest.mark.parametrize(
    "response",
    [make_response(b""), make_response(b"[]"), ScriptedResponse(b"HTTP/1.1 204 No\r\n\r\n")],
)
def test_a_delete_with_an_empty_response_succeeds(
    call: Call, serve: Serve, response: Script
) -> None:
    """The response to a deletion is empty."""
    assert call(connect(serve(response)), "articles.delete", article_id=5) is None


def test_an_invalid_row_names_its_index(call: Call, serve: Serve) -> None:
    """One invalid row in a page raises with its index and the path to the invalid value."""
    rows = [{"id": 1}, {"id": 2}, {"id": {"odd": 1}}]
    with pytest.raises(DecodeError, match="row 2 is not a valid Article") as raised:
        call(connect(serve(make_response(rows))), "articles.list")
    assert (raised.value.index, raised.value.json_path) == (2, "$[2].id")
    assert not raised.value.malformed


def test_a_gzip_response_is_decompressed(call: Call, serve: Serve) -> None:
    """Gzip is requested and decompressed."""
    packed = make_response(gzip.compress(b'[{"id": 7}]'), headers={"Content-Encoding": "gzip"})
    server = serve(packed)
    assert [a.id for a in call(connect(server), "articles.list")] == [7]
    assert "gzip" in server.received[0].headers["accept-encoding"]


GARBLED = {
    "garbled": b"\x1f\x8bnonsense that is no gzip",
    "cut off": gzip.compress(b'[{"id": 7}]' * 9)[:-20],
    "cut off at once": gzip.compress(b"[]")[:5],
    "damaged": gzip.compress(b"[]")[:-8] + b"\0" * 8,
}


@pytest.mark.parametrize("body", GARBLED.values(), ids=GARBLED.keys())
def test_damaged_gzip_is_a_transport_error(
    call: Call, serve: Serve, recorded_sleeps: list[float], body: bytes
) -> None:
    """Gzip that cannot be decompressed completely is retried, and then raises a typed error."""
    server = serve(make_response(body, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(TransportError, match="could not decompress the response") as raised:
        call(connect(server, max_retries=1), "request", "GET", "/articles")
    assert raised.value.__cause__ is not None
    assert len(server.received) == 2


def test_several_gzip_members_are_one_response(call: Call, serve: Serve) -> None:
    """Gzip may have several members, and padding."""
    body = gzip.compress(b'[{"id": 7},') + gzip.compress(b'{"id": 8}]') + b"\0\0"
    server = serve(make_response(body, headers={"Content-Encoding": "gzip"}))
    assert [a.id for a in call(connect(server), "articles.list")] == [7, 8]


def test_other_encodings_are_left_to_httpx(call: Call, serve: Serve) -> None:
    """An encoding that the caller's own header requests is decompressed by httpx."""
    packed = make_response(zlib.compress(b"[7]"), headers={"Content-Encoding": "Deflate"})
    headers = {"accept-encoding": "deflate"}
    server = serve(packed)
    assert call(connect(server), "request", "GET", "/articles", headers=headers) == [7]
    assert server.received[0].headers["accept-encoding"] == "deflate"


def test_an_empty_body_needs_no_decompression(call: Call, serve: Serve) -> None:
    """An empty response stays empty, whatever encoding its headers name."""
    server = serve(make_response(b"", headers={"Content-Encoding": "gzip"}))
    assert call(connect(server), "request", "GET", "/articles") is None


FAILING: dict[str, Script] = {
    "401": make_response({"message": "no"}, 401),
    "422": make_response(PROBLEM, 422),
    "429": make_response({"title": "Slow"}, 429, headers={"Retry-After": "9"}),
    "503": make_response({"title": "Down"}, 503, headers={"Retry-After": "9"}),
    "302": make_response(b"", 302, headers={"Location": "http://elsewhere.example/"}),
    "drop": ScriptedResponse(then="close"),
    "bad item": make_response([{"id": {"odd": 1}}]),
    "cut": make_response(b"["),
}


@pytest.mark.parametrize(
    "copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy]
)
@pytest.mark.parametrize("response", FAILING.values(), ids=FAILING.keys())
def test_errors_pickle_and_copy(call: Call, serve: Serve, response: Script, copied: Any) -> None:
    """A pickled or copied error keeps its class, its text and every attribute."""
    with pytest.raises(ConnectError) as raised:
        call(connect(serve(response)), "articles.list")
    error, other = raised.value, copied(raised.value)
    assert type(other) is type(error)
    assert (str(other), repr(other), vars(other)) == (str(error), repr(error), vars(error))


def test_non_ascii_header_bytes_are_ignored(call: Call, serve: Serve) -> None:
    """Bytes beyond ASCII in an unused header change nothing."""
    response = ScriptedResponse(
        b"HTTP/1.1 200 OK\r\nX-Odd: \xe9\xff\r\nContent-Length: 2\r\n\r\n[]"
    )
    assert list(call(connect(serve(response)), "articles.list")) == []


def test_informational_responses_are_skipped(call: Call, serve: Serve) -> None:
    """Informational responses (100, 103) may precede the final one."""
    real = make_response([{"id": 7}]).data
    response = ScriptedResponse(
        b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Go\r\n\r\n" + real
    )
    assert [a.id for a in call(connect(serve(response)), "articles.list")] == [7]


def test_a_response_may_end_with_the_connection(call: Call, serve: Serve) -> None:
    """An HTTP/1.0 server may mark the end of its response by closing."""
    response = ScriptedResponse(b'HTTP/1.0 200 OK\r\n\r\n[{"id": 7}]', then="close")
    assert [a.id for a in call(connect(serve(response)), "articles.list")] == [7]
