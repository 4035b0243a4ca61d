"""Tokens that a server repeats are in no report about a failed call, local variables included."""

from __future__ import annotations

import ast
import inspect
import io
import json
import logging
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any, cast
from urllib.parse import quote, quote_plus

import anyio
import msgspec
import pytest
from rich.console import Console
from rich.traceback import Traceback

from myonlinestore import ConnectClient, ConnectConfig, ConnectError, DecodeError
from myonlinestore._redaction import escape_control_characters, scrub_exception
from myonlinestore._request import Request
from myonlinestore._response import RawResponse, parse_response
from tests.support.raw_server import Peer, RawServer, encode_response

TOKEN = "Str3ng/geh=im:Wachtwoord"
PARTNER = "p4rtner=geh=im/Wachtwoord"
# The start of each token, which a renderer that cuts long values may leave.
PLANTED = tuple(
    encoded[:12]
    for token in (TOKEN, PARTNER)
    for encoded in (token, quote(token, safe=""), quote_plus(token, safe="/="))
)
ECHO = (
    f"token={quote(TOKEN, safe='')}&x={TOKEN}&partner_token={quote(PARTNER, safe='')}&y={PARTNER}"
)
HEADERS = (f"X-Url: /v1/articles?{ECHO}", f"Set-Cookie: {ECHO}")


def _make_response(body: object, status: str = "200 OK", *headers: str) -> bytes:
    return encode_response(body, *HEADERS, *headers, status=status)


REPLIES: dict[str, bytes] = {
    "problem": _make_response({"title": ECHO, ECHO: [ECHO]}, "404 Not Found"),
    "unprocessable": _make_response({"title": "no", "detail": ECHO}, "422 Unprocessable"),
    "reason": _make_response({}, f"400 {ECHO}"),
    "too many requests": _make_response({"error": ECHO}, "429 Too Many Requests", "Retry-After: 0"),
    "server error": _make_response(ECHO.encode(), "503 Unavailable"),
    "redirect": _make_response({}, "302 Found", f"Location: https://elsewhere.example/?{ECHO}"),
    "redirect here": _make_response({}, "307 Found", f"Location: /v1/other?{ECHO}"),
    "error payload": _make_response({"error": ECHO}),
    "error payloads": _make_response([{"error": ECHO}]),
    "HTML": _make_response(f"<p>{ECHO}".encode()),
    "wrong type": _make_response([{"id": 1, "name": ECHO}, {"id": {ECHO: ECHO}}]),
    "no JSON": _make_response(f'[{{"id": "{ECHO}", '.encode()),
    "bad UTF-8 in a value": _make_response(b'[{"name": "' + ECHO.encode() + b'\xff"}]'),
    "bad UTF-8 in an error": _make_response(
        b'{"title": "' + ECHO.encode() + b'\xff"}', "500 Error"
    ),
    "status line": f"HTTP/1.1 99 {ECHO}\r\n\r\n".encode(),
    "header": f"HTTP/1.1 200 OK\r\n{ECHO}\r\n\r\n".encode(),
    "length": f"HTTP/1.1 200 OK\r\nContent-Length: {ECHO}\r\n\r\n[]".encode(),
    "chunk": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{ECHO}\r\n".encode(),
    "gzip": _make_response(ECHO.encode(), "200 OK", "Content-Encoding: gzip"),
}


def _fail(url: str, engine: str, mode: str) -> ConnectError:
    """Return the error of a call that is sync, or on asyncio or trio."""
    config = ConnectConfig(
        TOKEN,
        PARTNER,
        base_url=url,
        engine=engine,
        timeout=5,
        max_retries=1,
        max_retry_delay=0,
    )
    client = ConnectClient(config=config)

    async def main() -> None:
        async with client:
            await client.articles.alist(limit=3)

    try:
        if mode == "sync":
            with client:
                client.articles.list(limit=3)
        else:
            anyio.run(main, backend=mode)
    except ConnectError as error:
        return error
    raise AssertionError("the call did not fail")


def _render_with_rich(error: BaseException) -> str:
    console = Console(file=io.StringIO(), width=400, record=True)
    trace = error.__traceback__
    console.print(
        Traceback.from_exception(
            type(error),
            error,
            trace,
            show_locals=True,
            locals_max_length=1_000,
            locals_max_string=100_000,
            locals_hide_dunder=False,
        )
    )
    return console.export_text()


def _render_with_traceback(error: BaseException) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def _render_with_logging(error: BaseException) -> str:
    stream = io.StringIO()
    logger, handler = logging.getLogger("test"), logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.error("failed: %s %r", error, error, exc_info=error)
    logger.removeHandler(handler)
    return stream.getvalue()


def _render_with_cgitb(error: BaseException) -> str:
    """Render with the names in each line of the source, and the attributes they name."""
    if sys.version_info >= (3, 13):
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cgitb

        trace = cast("TracebackType", error.__traceback__)
        return cgitb.text((type(error), error, trace), context=9)


def _collect_errors(
    error: BaseException | None, seen: dict[int, BaseException]
) -> list[BaseException]:
    if error is not None and id(error) not in seen:
        seen[id(error)] = error
        for other in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
            _collect_errors(other, seen)
    return list(seen.values())


def assert_no_report_shows_a_token(error: BaseException) -> None:
    """Render an error in each way, and search the texts."""
    for name, render in RENDERERS.items():
        text = render(error)
        found = [text[max(0, text.index(p) - 60) :][:120] for p in PLANTED if p in text]
        assert found == [], name


def _render_values(value: object, depth: int = 6) -> Iterator[str]:
    """Yield the repr of a value and of everything in it that a collector of errors serializes."""
    yield repr(value)
    yield str(value)
    if depth == 0 or isinstance(value, (str, bytes)):
        return
    parts: list[Any] = []
    if isinstance(value, dict):
        parts += [*value, *value.values()]
    elif isinstance(value, (list, tuple, set)):
        parts += value
    for part in parts:
        yield from _render_values(part, depth - 1)


def _render_frames(error: BaseException) -> str:
    """Render every local variable of every frame, and the attributes of every error."""
    texts: list[str] = []
    for each in _collect_errors(error, {}):
        texts += [*_render_values(each.args), *_render_values(vars(each)), repr(each), str(each)]
        texts += _render_values(getattr(each, "object", None))
        texts += _render_values(getattr(each, "__notes__", None))
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if frame.f_globals["__name__"] != __name__:
                texts += [text for v in frame.f_locals.values() for text in _render_values(v)]
    return "\n".join(texts)


def _render_with_pytest(error: BaseException) -> str:
    info = pytest.ExceptionInfo.from_exception(error)
    return str(info.getrepr(showlocals=True, style="long", truncate_locals=False))


def _render_expressions(error: BaseException) -> str:
    """Render each attribute that the functions of a traceback name, as some collectors do."""
    texts: list[str] = []
    for each in _collect_errors(error, {}):
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if frame.f_globals["__name__"] == __name__:
                continue
            source = textwrap.dedent(inspect.getsource(frame.f_code))
            for node in ast.walk(ast.parse(source)):
                texts += [_evaluate(node, frame)] if isinstance(node, ast.Attribute) else []
    return "\n".join(texts)


def _evaluate(node: ast.Attribute, frame: FrameType) -> str:
    expression = ast.unparse(node)
    try:
        owner = eval(ast.unparse(node.value), frame.f_globals, frame.f_locals)
        if isinstance(getattr(type(owner), node.attr, None), property):
            return ""
        return f"{expression} = {getattr(owner, node.attr)!r}"
    except Exception as error:  # a name that has no value yet, or is a call
        return f"{expression}: {type(error).__name__}"


RENDERERS: dict[str, Callable[[BaseException], str]] = {
    "rich": _render_with_rich,
    "traceback": _render_with_traceback,
    "logging": _render_with_logging,
    "cgitb": _render_with_cgitb,
    "pytest": _render_with_pytest,
    "expressions": _render_expressions,
    "frames": _render_frames,
}


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("engine", ["httpx", "fast"])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
def test_no_report_of_a_failed_call_shows_a_token(mode: str, engine: str, reply: bytes) -> None:
    """No renderer of tracebacks finds a token, in local variables or in causes."""

    def handle(peer: Peer) -> None:
        peer.send(reply)
        peer.close()

    server = RawServer(handle)
    error = _fail(server.url, engine, mode)
    server.stop()
    assert_no_report_shows_a_token(error)


class OpaqueError(Exception):
    """An error whose text is out of reach, as that of an extension module is."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        super().__init__()

    def __str__(self) -> str:
        return self._text


def _raise_with_attributes(text: str) -> None:
    error = LookupError(("no", [text, {text: text.encode()}]))
    error.row = {"name": bytearray(text.encode())}  # type: ignore[attr-defined]
    error.add_note(text) if hasattr(error, "add_note") else None
    raise error


def _raise_json_error(text: str) -> None:
    json.loads(f'{{"{text}')


def _raise_unicode_error(text: str) -> None:
    f"{text}\udfff".encode()


def _raise_opaque(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise OpaqueError(text) from error


def _raise_during_an_opaque(text: str) -> None:
    try:
        raise OpaqueError(text)
    except OpaqueError:
        raise ValueError(text)  # noqa: B904


def _raise_keyboard_interrupt(text: str) -> None:
    raise KeyboardInterrupt(text)


RAISING = (
    _raise_with_attributes,
    _raise_json_error,
    _raise_unicode_error,
    _raise_opaque,
    _raise_during_an_opaque,
    _raise_keyboard_interrupt,
)


@pytest.mark.parametrize("raise_error", RAISING)
def test_errors_of_the_callers_row_type_show_no_token(raise_error: Callable[[str], None]) -> None:
    """Arguments, attributes, notes and causes of an error of the row type are redacted."""

    class RaisingRow(msgspec.Struct):
        name: str

        def __post_init__(self) -> None:
            raise_error(self.name)

    body = json.dumps([{"name": ECHO}]).encode()
    request = Request("GET", "/articles", list[RaisingRow])
    with pytest.raises((DecodeError, KeyboardInterrupt)) as raised:
        parse_response(request, RawResponse(200, {}, body), ConnectConfig(TOKEN, PARTNER))
    trace = cast("TracebackType", raised.value.__traceback__)
    assert_no_report_shows_a_token(raised.value.with_traceback(trace.tb_next))
    if isinstance(raised.value, DecodeError):
        assert raised.value.__cause__ is not None


def test_an_error_that_cannot_be_redacted_is_replaced() -> None:
    """The stand-in has the redacted text, the name of the type, and the cause of the original."""
    error, cause = ValueError("own"), KeyError("first")
    error.__cause__ = OpaqueError(f"{TOKEN}\nsecond")
    error.__cause__.__cause__ = cause
    scrub_exception(error, None, ConnectConfig(TOKEN).redact)
    assert repr(error.__cause__) == r"RedactedError('OpaqueError: ***\\nsecond')"
    assert error.__cause__.__cause__ is cause


def test_a_cause_without_a_token_stays() -> None:
    """An error that shows no token keeps its type, its arguments and its attributes."""
    error, cause, outer = ValueError("own"), OpaqueError("no secret"), OpaqueError(TOKEN)
    error.__cause__, error.__context__ = cause, outer
    error.row = (1, None)  # type: ignore[attr-defined]
    scrub_exception(error, outer, ConnectConfig(TOKEN).redact)
    assert (error.__cause__, error.__context__) == (cause, outer)
    assert (error.args, vars(error)) == (("own",), {"row": (1, None)})


ESCAPED = {
    "text": "text",
    "café 😀": "café 😀",
    "a\nINFO b": r"a\nINFO b",
    "a\r\nb\tc": r"a\r\nb\tc",
    "\x1b[2J\x07\x9b": r"\x1b[2J\x07\x9b",
    "a\u2028b\u202ec\x85": r"a\u2028b\u202ec\x85",
    "\ud800": r"\ud800",
}


@pytest.mark.parametrize(("text", "escaped"), ESCAPED.items())
def test_control_characters_are_escaped(text: str, escaped: str) -> None:
    """Line ends, terminal codes and characters that reorder text are written as escapes."""
    assert escape_control_characters(text) == escaped
    assert escape_control_characters(escaped) == escaped
