"""Answers, read by pure functions: a value, an error, another place."""

from __future__ import annotations

from typing import Any, Literal, cast

import pytest

from myonlinestore import ConnectConfig, ConnectError, DecodeError, NotFoundError
from myonlinestore._request import Request
from myonlinestore._response import (
    RawResponse,
    error_from_response,
    parse_response,
    redirect_target,
)
from myonlinestore.models import Article
from tests.support.calls import TOKEN

CONFIG = ConnectConfig(TOKEN)
URL = "https://api.myonlinestore.com/v1/articles?limit=3"


def _answer(status: int = 200, body: bytes = b"", **headers: str) -> RawResponse:
    return RawResponse(status, headers, body)


def _error(body: bytes, status: int = 404) -> Any:
    return error_from_response("GET", URL, _answer(status, body), CONFIG)


def test_the_repr_keeps_body_and_headers_to_itself() -> None:
    """A traceback with locals shows an answer, and the server may have written a token into it."""
    answer = _answer(200, TOKEN.encode(), location=TOKEN)
    assert repr(answer) == "RawResponse(status=200)"


@pytest.mark.parametrize(
    ("status", "failed"), [(200, False), (299, False), (300, True), (500, True)]
)
def test_failure_begins_at_300(status: int, failed: bool) -> None:
    """Every status of 300 or more is a failure."""
    assert _answer(status).is_error is failed


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
    """Scheme, host and port must be the same; a default port may be written out."""
    found = redirect_target("GET", URL, _answer(302, location=location))
    assert found is None if target is None else str(found).lower() == target.lower()


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE", "OPTIONS"])
def test_only_reads_are_redirected(method: str) -> None:
    """A write stays where it was sent."""
    assert redirect_target(method, URL, _answer(307, location="/b")) is None


def test_head_is_a_read() -> None:
    """HEAD is redirected as GET is."""
    assert redirect_target("HEAD", URL, _answer(308, location="/b"))


@pytest.mark.parametrize("status", [200, 300, 304, 305, 306, 399, 404])
def test_only_redirects_redirect(status: int) -> None:
    """A Location in another answer is none."""
    assert redirect_target("GET", URL, _answer(status, location="/b")) is None


def test_tokens_are_masked_wherever_json_holds_them() -> None:
    """Names, texts, lists and numbers of an error's body are masked."""
    body = f'{{"{TOKEN}": ["a {TOKEN}", {{"x": "{TOKEN}"}}, 1, 2.5, true, null]}}'
    assert _error(body.encode()).body == {"***": ["a ***", {"x": "***"}, 1, 2.5, True, None]}


def test_a_token_of_digits_is_masked_as_a_number() -> None:
    """A numeric token that comes back as a number is masked, and other numbers stay."""
    error = error_from_response(
        "GET", URL, _answer(404, b'{"a": 1234567890, "b": 12}'), ConnectConfig("1234567890")
    )
    assert error.body == {"a": "***", "b": 12}


def test_the_title_may_be_missing() -> None:
    """Without a title the message tells status, method and path, without the query."""
    error = _error(b"[]")
    assert isinstance(error, NotFoundError)
    assert str(error) == "HTTP 404 for GET /v1/articles"
    assert error.body == []


@pytest.mark.parametrize("body", [b"false", b"0", b'""', b"null"])
def test_json_of_little_content_is_kept(body: bytes) -> None:
    """A body that is falsy JSON stays what it is."""
    assert _error(body).body == {b"false": False, b"0": 0, b'""': "", b"null": None}[body]


def test_an_excerpt_is_masked_before_it_is_cut() -> None:
    """A token that begins before the excerpt's end leaves no half behind."""
    request = Request("GET", "/articles", list[Article])
    for status, before in ((200, 495), (500, 495)):
        body = b"<" + b"." * (before - 1) + TOKEN.encode()
        with pytest.raises(ConnectError) as raised:
            _raise(status, body, request)
        assert raised.value.body == "<" + "." * (before - 1) + "***"


def _raise(status: int, body: bytes, request: Request[Any]) -> None:
    answer = _answer(status, body)
    if answer.is_error:
        raise error_from_response("GET", URL, answer, CONFIG)
    parse_response(request, answer, CONFIG)


def test_a_place_that_is_not_gone_to_is_masked() -> None:
    """A token in an address that is shown in an error is masked."""
    error = error_from_response("GET", URL, _answer(302, location=f"/x?token={TOKEN}"), CONFIG)
    assert "'/x?token=***' is not followed" in str(error)


def test_the_reason_of_a_decode_error_names_no_token() -> None:
    """What the JSON library says of a value may repeat it."""
    request: Request[Any] = Request("GET", "/x", cast("Any", Literal["a"]))
    with pytest.raises(DecodeError, match=r"Invalid enum value '\*\*\*'"):
        parse_response(request, _answer(200, f'"{TOKEN}"'.encode()), CONFIG)


def test_the_reason_of_a_decode_error_is_masked() -> None:
    """Neither the error nor what it chains shows a token, and its frames are gone."""
    request = Request("GET", "/articles", list[Article])
    with pytest.raises(DecodeError) as raised:
        parse_response(request, _answer(200, f'[{{"id": {{"{TOKEN}": 1}}}}]'.encode()), CONFIG)
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
