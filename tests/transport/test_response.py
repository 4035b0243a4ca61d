"""Responses, read by pure functions: a value, an error, or a redirect."""

from __future__ import annotations

import json
import logging
from typing import Any, Literal, cast

import msgspec
import pytest

from myonlinestore import ConnectConfig, ConnectError, DecodeError, NotFoundError
from myonlinestore._request import Request
from myonlinestore._response import (
    RawResponse,
    error_from_response,
    parse_response,
    redirect_target,
)
from myonlinestore._retry import Retry, log_retry
from myonlinestore.models import Article
from tests.support.calls import TOKEN

CONFIG = ConnectConfig(TOKEN)
URL = "https://api.myonlinestore.com/v1/articles?limit=3"


def _make_response(status: int = 200, body: bytes = b"", **headers: str) -> RawResponse:
    return RawResponse(status, headers, body)


def _make_error(body: bytes, status: int = 404) -> Any:
    return error_from_response("GET", URL, _make_response(status, body), CONFIG)


def test_the_repr_shows_neither_body_nor_headers() -> None:
    """The repr of a response shows no body and no headers, which may contain a token."""
    response = _make_response(200, TOKEN.encode(), location=TOKEN)
    assert repr(response) == "RawResponse(status=200)"
    assert response.__rich_repr__() == [("status", 200)]


@pytest.mark.parametrize(
    ("status", "failed"), [(200, False), (299, False), (300, True), (500, True)]
)
def test_errors_start_at_300(status: int, failed: bool) -> None:
    """Every status of 300 or more is an error."""
    assert _make_response(status).is_error is failed


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/v1/b?x=1", "https://api.myonlinestore.com/v1/b?x=1"),
        ("b", "https://api.myonlinestore.com/v1/b"),
        ("https://api.myonlinestore.com:443/b", "https://api.myonlinestore.com:443/b"),
        ("HTTPS://API.MyOnlineStore.com/b", "HTTPS://API.MyOnlineStore.com/b"),
        ("http://api.myonlinestore.com/b", None),
        ("https://api.myonlinestore.com:444/b", None),
        ("https://api.myonlinestore.com.evil.example/b", None),
        ("https://api.myonlinestore.com@evil.example/b", None),
        ("https://evil.example\\@api.myonlinestore.com.evil/", None),
        ("//evil.example/", None),
        ("javascript:x", None),
        ("https://[", None),
        ("https://api.myonlinestore.com:x/", None),
        ("", None),
    ],
)
def test_a_redirect_stays_within_the_origin(location: str, target: str | None) -> None:
    """Scheme, host and port must be the same; a default port may be explicit."""
    found = redirect_target("GET", URL, _make_response(302, location=location))
    assert found is None if target is None else str(found).lower() == target.lower()


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE", "OPTIONS"])
def test_only_reads_are_redirected(method: str) -> None:
    """A write is not redirected."""
    assert redirect_target(method, URL, _make_response(307, location="/b")) is None


def test_head_is_redirected() -> None:
    """HEAD is redirected as GET is."""
    assert redirect_target("HEAD", URL, _make_response(308, location="/b"))


@pytest.mark.parametrize("status", [200, 300, 304, 305, 306, 399, 404])
def test_only_redirects_redirect(status: int) -> None:
    """A Location in another response is ignored."""
    assert redirect_target("GET", URL, _make_response(status, location="/b")) is None


def test_tokens_are_redacted_anywhere_in_json() -> None:
    """Keys, texts, lists and numbers of an error's body are redacted."""
    body = f'{{"{TOKEN}": ["a {TOKEN}", {{"x": "{TOKEN}"}}, 1, 2.5, true, null]}}'
    assert _make_error(body.encode()).body == {"***": ["a ***", {"x": "***"}, 1, 2.5, True, None]}


def test_a_numeric_token_is_redacted() -> None:
    """A token that comes back as a number is redacted, and other numbers are not."""
    error = error_from_response(
        "GET", URL, _make_response(404, b'{"a": 1234567890, "b": 12}'), ConnectConfig("1234567890")
    )
    assert error.body == {"a": "***", "b": 12}


def test_the_reason_may_be_missing() -> None:
    """Without a reason the message has that of the status, and no query."""
    error = _make_error(b"[]")
    assert isinstance(error, NotFoundError)
    assert str(error) == "404 GET /v1/articles: Not Found"
    assert error.body == []


@pytest.mark.parametrize("body", [b"false", b"0", b'""', b"null"])
def test_falsy_json_is_kept(body: bytes) -> None:
    """A body of falsy JSON is kept as it is."""
    assert _make_error(body).body == {b"false": False, b"0": 0, b'""': "", b"null": None}[body]


def test_an_excerpt_is_redacted_before_it_is_cut() -> None:
    """A token across the end of the excerpt is not cut in half."""
    request = Request("GET", "/articles", list[Article])
    for status, before in ((200, 495), (500, 495)):
        body = b"<" + b"." * (before - 1) + TOKEN.encode()
        with pytest.raises(ConnectError) as raised:
            _raise(status, body, request)
        assert raised.value.body == "<" + "." * (before - 1) + "***"


def _raise(status: int, body: bytes, request: Request[Any]) -> None:
    response = _make_response(status, body)
    if response.is_error:
        raise error_from_response("GET", URL, response, CONFIG)
    parse_response(request, response, CONFIG)


def test_a_rejected_location_is_redacted() -> None:
    """A token in the URL of an error message is redacted."""
    error = error_from_response(
        "GET", URL, _make_response(302, location=f"/x?token={TOKEN}"), CONFIG
    )
    assert str(error) == (
        "302 GET /v1/articles: a redirect to '/x?token=***' is not followed: check base_url"
    )


def test_the_reason_of_a_decode_error_is_redacted() -> None:
    """A value that msgspec repeats in its message is redacted."""
    request: Request[Any] = Request("GET", "/x", cast("Any", Literal["a"]))
    with pytest.raises(DecodeError, match=r"Invalid enum value '\*\*\*'"):
        parse_response(request, _make_response(200, f'"{TOKEN}"'.encode()), CONFIG)


def test_a_decode_error_and_its_cause_are_redacted() -> None:
    """Neither the error nor its cause shows a token, and the cause has no traceback."""
    request = Request("GET", "/articles", list[Article])
    with pytest.raises(DecodeError) as raised:
        parse_response(
            request, _make_response(200, f'[{{"id": {{"{TOKEN}": 1}}}}]'.encode()), CONFIG
        )
    assert TOKEN not in f"{raised.value} {vars(raised.value)} {raised.value.__cause__}"
    assert raised.value.__cause__ is not None
    assert raised.value.__cause__.__traceback__ is None


BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize("body", [b'[{"id": 7}]', b' [{"id": 7}]'])
def test_a_byte_order_mark_before_json_is_skipped(body: bytes) -> None:
    """A response that begins with the byte order mark of UTF-8 decodes as without."""
    response = RawResponse(200, {}, BOM + body)
    (article,) = parse_response(Request("GET", "/articles", list[Article]), response, CONFIG)
    assert article.id == 7


@pytest.mark.parametrize("prefix", [b"", b" \r\n", BOM])
def test_an_envelope_is_removed_after_any_start(prefix: bytes) -> None:
    """White space or a byte order mark before the JSON does not change what the envelope holds."""
    request = Request("GET", "/articles", list[Article], envelope="articles")
    response = RawResponse(200, {}, prefix + b'{"articles": [{"id": 7}]}')
    assert [article.id for article in parse_response(request, response, CONFIG)] == [7]


DECODE_ERRORS = {
    "GET": "GET /articles returned 200 with a body that does not match the API documentation: "
    "expected JSON, got HTML or XML",
    "POST": "the server accepted POST /articles (200), but its response does not match the API "
    "documentation (check the result before you send the request again): "
    "expected JSON, got HTML or XML",
}


@pytest.mark.parametrize(("method", "message"), DECODE_ERRORS.items())
def test_a_decode_error_says_what_happened(method: str, message: str) -> None:
    """The message names the operation and the status, and advises after a write."""
    with pytest.raises(DecodeError) as raised:
        parse_response(Request(method, "/articles", Article), _make_response(200, b" <p>"), CONFIG)
    assert str(raised.value) == message


def test_texts_of_a_server_are_cut() -> None:
    """A long location, and a long value in a decode error, are shown in part."""
    redirect = error_from_response("GET", URL, _make_response(302, location="x" * 9000), CONFIG)
    assert str(redirect).count("x") == 500
    missing = error_from_response("GET", URL, _make_response(302), CONFIG)
    assert str(missing).startswith("302 GET /v1/articles: a redirect to '' is not followed")
    request: Request[Any] = Request("GET", "/x", cast("Any", Literal["a"]))
    with pytest.raises(DecodeError) as raised:
        parse_response(request, _make_response(200, b'"' + b"x" * 9000 + b'"'), CONFIG)
    assert 200 < str(raised.value).count("x") <= 301


def test_a_byte_order_mark_alone_is_an_empty_body() -> None:
    """A response that holds nothing but a byte order mark is empty."""
    request = Request("DELETE", "/articles/1", type(None))
    assert parse_response(request, RawResponse(200, {}, BOM), CONFIG) is None


def test_a_byte_order_mark_before_an_error_is_skipped() -> None:
    """An error response that begins with a byte order mark keeps its title."""
    response = RawResponse(404, {}, BOM + b'{"title": "No such article"}')
    error = error_from_response("GET", "http://host/v1/articles/1", response, CONFIG)
    assert "No such article" in str(error)
    assert error.body == {"title": "No such article"}


@pytest.mark.parametrize(
    "body",
    [
        b'[{"id": 7}]',
        b' {"articles": [{"id": 7}]}',
        BOM + b'{"12": {"name": "Bike"}}',
        b'[{"id": "7.0", "name": "\\ud800"}]',
        b'[{"id": {}}]',
        b'[{"error": "no"}]',
        b'{"error": "no"}',
        b" <p>",
        b" ",
        b"[",
        b"\xff",
    ],
)
def test_a_bytearray_is_decoded_as_bytes_are(body: bytes) -> None:
    """A large body, which stays where the connection wrote it, leads to the same result."""
    request = Request("GET", "/articles", list[Article], envelope="articles")
    results = list[object]()
    for buffer in (body, bytearray(body)):
        response = RawResponse(200, {}, buffer)
        try:
            results.append(parse_response(request, response, CONFIG))
        except DecodeError as error:
            results.append((str(error), vars(error)))
        results.append(vars(error_from_response("GET", URL, response, CONFIG)))
        assert type(response.body) is bytes
        assert response.body == body
    assert results[:2] == results[2:]


class Refusing(msgspec.Struct):
    """A row type of the caller's that accepts no row."""

    id: int

    def __post_init__(self) -> None:
        raise LookupError("no such id: " + TOKEN)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'[{"id": 1}]', id="one pass"),
        pytest.param(b'[{"id": "1 "}]', id="a normalized row"),
        pytest.param(b'{"0": {"id": 1}}', id="a map"),
        pytest.param(b'\xef\xbb\xbf[{"id": 1}]', id="a byte order mark"),
        pytest.param(b'[{"id": 1, "name": "\\ud800"}]', id="a lone surrogate"),
    ],
)
def test_an_error_of_the_callers_row_type_is_a_decode_error(body: bytes) -> None:
    """An exception of the caller's own row type is chained into a DecodeError, without tokens."""
    request = Request("GET", "/articles", list[Refusing])
    with pytest.raises(DecodeError, match="the row type raised LookupError: no such id") as raised:
        parse_response(request, RawResponse(200, {}, body), CONFIG)
    assert isinstance(raised.value.__cause__, LookupError)
    assert TOKEN not in f"{raised.value} {raised.value.__cause__}"


class Interrupted(msgspec.Struct):
    """A row type during whose construction Ctrl-C is pressed."""

    id: int

    def __post_init__(self) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_while_rows_are_decoded_is_raised() -> None:
    """Ctrl-C during the decoding of a response is not turned into an error of the response."""
    request = Request("GET", "/articles", list[Interrupted])
    with pytest.raises(KeyboardInterrupt):
        parse_response(request, _make_response(200, b'[{"id": 1}]'), CONFIG)


@pytest.mark.parametrize("body", [b"<p>", b'[{"id": 1}]'])
def test_the_error_that_a_caller_handles_stays_as_it_is(body: bytes) -> None:
    """An exception of the caller's, during which a response is decoded, keeps its traceback."""
    outer = LookupError(f"the caller's own {TOKEN}")
    with pytest.raises(DecodeError):
        try:
            raise outer
        except LookupError:
            parse_response(Request("GET", "/a", list[Refusing]), _make_response(200, body), CONFIG)
    assert outer.__traceback__ is not None
    assert TOKEN in str(outer)


class CountingConfig(ConnectConfig):
    """A configuration that counts the characters in which it looks for tokens."""

    searched = 0

    def redact(self, text: str) -> str:
        """Count, and redact."""
        self.searched += len(text)
        return super().redact(text)


SECRETS = f'"{TOKEN}"'
LARGE_BODIES = {
    "numbers": b'{"title": "Oops", "trace": [' + b"1," * 1_300_000 + b"1]}",
    "lists": b"[" + b"1," * 1_300_000 + b"1]",
    "names": json.dumps({f"name{i}": None for i in range(200_000)}).encode(),
    "text": b"Oops " * 500_000,
    "tokens": f"[{','.join([SECRETS] * 200_000)}]".encode(),
    "a token at the limit": b"." * 65_530 + TOKEN.encode() + b"." * 100_000,
}


@pytest.mark.parametrize("body", LARGE_BODIES.values(), ids=LARGE_BODIES.keys())
@pytest.mark.parametrize("status", [200, 500])
def test_the_redaction_of_a_large_body_is_bounded(status: int, body: bytes) -> None:
    """A body of megabytes is not searched as a whole, and what is kept shows no token."""
    config = CountingConfig(TOKEN)
    with pytest.raises(ConnectError) as raised:
        if status == 500:
            raise error_from_response("GET", URL, _make_response(status, body), config)
        parse_response(
            Request("GET", "/articles", list[Article]), _make_response(200, body), config
        )
    assert config.searched < 200_000
    assert len(str(raised.value)) < 1_000
    assert len(repr(raised.value.body)) < 200_000
    assert TOKEN[:8] not in f"{raised.value} {raised.value.body}"


def test_a_large_error_keeps_its_small_fields() -> None:
    """The title and the detail of an error are kept if it has a trace of 100 kB."""
    body = json.dumps({"title": "Oops", "trace": "x" * 100_000, "detail": f"see {TOKEN}"}).encode()
    error = _make_error(body, 422)
    assert error.body == {
        "title": "Oops",
        "trace": "(100002 bytes are left out)",
        "detail": "see ***",
    }
    assert error.detail == "see ***"
    assert str(error) == "422 GET /v1/articles: Oops: see ***"


def test_the_fields_of_a_large_error_are_kept_up_to_64_kib() -> None:
    """Names and values of 64 KiB in all are kept, and of later fields their sizes."""
    value = "x" * (65_536 - len('name""'))
    assert _make_error(json.dumps({"name": value, "b": 1}).encode()).body == {
        "name": value,
        "b": "(1 bytes are left out)",
    }
    assert _make_error(json.dumps({"name": f"{value}x", "b": 1}).encode()).body == {
        "name": "(65533 bytes are left out)",
        "b": 1,
    }


@pytest.mark.parametrize(("size", "is_whole"), [(65_536, True), (65_537, False)])
def test_an_error_of_64_kib_is_kept_as_json(size: int, is_whole: bool) -> None:
    """A list, of which no part can be left out, is kept up to that size; then its start is."""
    body = json.dumps(["x" * (size - len('[""]'))])
    assert _make_error(body.encode()).body == (json.loads(body) if is_whole else body[:500])


@pytest.mark.parametrize(("count", "expected"), [(2, "******"), (3, "***")])
def test_a_token_across_the_end_of_the_searched_text_is_left_out(count: int, expected: str) -> None:
    """Of a text beyond 64 KiB, nothing after the last whole token is kept if most of it is one."""
    token = "t0ken" * 6_553 + "end"
    assert 2 * len(token) == 65_536
    response = _make_response(404, token.encode() * count)
    assert error_from_response("GET", URL, response, ConnectConfig(token)).body == expected


def test_a_long_title_is_shortened() -> None:
    """The message has at most 300 characters of the vendor's title; the body has all of them."""
    error = _make_error(json.dumps({"title": "x" * 400}).encode())
    assert str(error) == f"404 GET /v1/articles: {'x' * 300}"
    assert error.body == {"title": "x" * 400}


FORGED = "No\r\n2026-11-29 INFO paid\x1b[2J\u2028"


def test_a_title_cannot_forge_a_line_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """Line ends and terminal codes of a server's text are escaped in the message and in logs."""
    error = _make_error(json.dumps({"title": FORGED}).encode(), 503)
    log_retry(logging.getLogger("test"), Retry("GET", "/articles", 1, 3, 0.5, error))
    logging.getLogger("test").error("failed", exc_info=error)
    assert str(error).endswith(r": No\r\n2026-11-29 INFO paid\x1b[2J")
    assert error.body == {"title": FORGED}
    for record in caplog.records:
        assert len(record.getMessage().splitlines()) == 1
    assert "\nINFO" not in caplog.text


def test_a_value_cannot_forge_a_line_in_a_decode_error() -> None:
    """A value that msgspec repeats is escaped in the error and in its cause."""
    request: Request[Any] = Request("GET", "/x", cast("Any", Literal["a"]))
    with pytest.raises(DecodeError, match="Invalid enum value") as raised:
        parse_response(request, _make_response(200, json.dumps(FORGED).encode()), CONFIG)
    for error in (raised.value, raised.value.__cause__):
        assert str(error).isprintable()
        assert r"No\r\n2026-11-29 INFO paid" in str(error)
