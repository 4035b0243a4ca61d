"""No token is in any log record, repr, error, cause, traceback or pickle."""

from __future__ import annotations

import gc
import html
import json
import logging
import pickle
import threading
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any
from urllib.parse import quote, quote_plus

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myonlinestore import ConnectClient, ConnectConfig, ConnectError, Retry
from myonlinestore._transport import log_filter as log_masks
from myonlinestore._transport.http1.errors import ReadTimedOutError
from tests.support.calls import USES_HTTPX, Call, Serve, connect
from tests.support.http_server import Script, ScriptedResponse, make_redirect, make_response
from tests.support.waiting import await_until

TOKEN = "Str3ng/geh+im=&?#%\"' \\<é😀>"
PARTNER = "pärtner:t0ken;ßecret"


def _swap_case(text: str) -> str:
    return quote(text, safe="").swapcase()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "percent-encoded": lambda t: quote(t, safe=""),
    "percent-encoded but for slashes": quote,
    "form-encoded": quote_plus,
    "in lower-case hex": lambda t: "".join(
        f"%{b:02x}" if b > 127 else quote(chr(b), safe="") for b in t.encode()
    ),
    "in the other case": _swap_case,
    "percent-encoded twice": lambda t: quote(quote(t, safe=""), safe=""),
    "as JSON": lambda t: json.dumps(t)[1:-1],
    "as JSON of UTF-8": lambda t: json.dumps(t, ensure_ascii=False)[1:-1],
    "as PHP's JSON": lambda t: json.dumps(t)[1:-1].replace("/", "\\/"),
    "as JSON for HTML": lambda t: (
        json.dumps(t)[1:-1].replace("<", "\\u003C").replace("&", "\\u0026").replace("+", "\\u002B")
    ),
    "as JSON in JSON": lambda t: json.dumps(json.dumps(t)[1:-1])[1:-1],
    "as HTML": html.escape,
    "as numbered HTML": lambda t: "".join(
        c if c.isalnum() and c.isascii() else f"&#{ord(c)};" for c in t
    ),
    "as hex HTML": lambda t: "".join(
        c if c.isalnum() and c.isascii() else f"&#x{ord(c):X};" for c in t
    ),
    "as Python's bytes": lambda t: repr(t.encode())[2:-1],
}


def _find_leaks(text: str) -> list[str]:
    """Return the spellings in which a text contains a token."""
    return [name for name, spell in SPELLINGS.items() for t in (TOKEN, PARTNER) if spell(t) in text]


def _iterate_chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    for other in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        yield from _iterate_chain(other, seen)


def _is_own_frame(frame: FrameType) -> bool:
    return "tests" not in frame.f_code.co_filename


def _collect_text(error: BaseException, *, with_locals: bool = True) -> str:
    """Return all text about an error that a traceback with locals, a log or a pickle shows."""
    texts = [traceback.format_exc()]
    for each in _iterate_chain(error, set()):
        texts += [str(each), repr(each), repr(vars(each))]
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if with_locals and _is_own_frame(frame):
                texts += [repr(value) for value in frame.f_locals.values()]
    if isinstance(error, ConnectError):
        texts.append(pickle.dumps(error, protocol=0).decode("unicode_escape"))
        texts.append(repr(vars(pickle.loads(pickle.dumps(error)))))
    return "\n".join(texts)


class _RecordCollector(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def log_records(caplog: pytest.LogCaptureFixture) -> Iterator[list[logging.LogRecord]]:
    """Return every record of every logger; assert after the test that none contains a token."""
    collector = _RecordCollector()
    logging.getLogger().addHandler(collector)
    with caplog.at_level(logging.DEBUG):
        yield collector.records
    logging.getLogger().removeHandler(collector)
    text = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in collector.records)
    assert _find_leaks(text) == []


def _connect_with_tokens(server: Any, **values: Any) -> Any:
    return connect(server, store_token=TOKEN, partner_token=PARTNER, **values)


ECHO = "a=1&token={0}&b={0}"


def _make_echoes(spell: Callable[[str], str]) -> dict[str, Script]:
    echo = f"x {spell(TOKEN)} y {spell(PARTNER)} z"
    body = json.dumps({"title": echo, echo: [echo, {"detail": echo}], "detail": echo}).encode()
    padded = f"{'.' * (500 - len(spell(TOKEN)) // 2)}{spell(TOKEN)}".encode()
    return {
        "JSON": make_response(body, 422),
        "JSON as it is": make_response(f'{{"title": "{echo}", "detail": "x"}}'.encode(), 429),
        "text": make_response(echo.encode(), 500),
        "text at the excerpt's end": make_response(padded, 404),
        "error payload": make_response({"error": echo}),
        "HTML": make_response(f"<p>{echo}".encode()),
        "wrong shape": make_response(json.dumps(echo).encode()),
        "bad item": make_response([{"id": 1}, {"id": {echo: echo}}]),
        "malformed": make_response(f"[{echo}".encode()),
        "odd status line": ScriptedResponse(
            b"HTTP/1.1 99 " + echo.encode() + b"\r\n\r\n", then="close"
        ),
        "odd header": ScriptedResponse(
            b"HTTP/1.1 200 OK\r\n" + echo.encode() + b"\r\n\r\n", then="close"
        ),
    }


ECHOES = {
    f"{kind}, {name}": response
    for name, spell in SPELLINGS.items()
    for kind, response in _make_echoes(spell).items()
}


@pytest.mark.parametrize("response", ECHOES.values(), ids=ECHOES.keys())
def test_an_echoed_token_is_redacted(
    serve: Serve, log_records: list[logging.LogRecord], response: Script
) -> None:
    """A token in a response body, in any spelling, is in no error and in no log."""
    client = _connect_with_tokens(serve(response), max_retries=1, max_retry_delay=0)
    with client, pytest.raises(ConnectError) as raised:
        client.articles.list()
    assert _find_leaks(_collect_text(raised.value)) == []


def _keep_printable(text: str) -> str:
    return "".join(c for c in text if " " < c < "\x7f")


LOCATIONS = {
    "the signed URL": lambda request: request.target,
    "another origin": lambda request: f"https://elsewhere.example{request.target}",
    "nested": lambda request: f"https://elsewhere.example/?next={quote(request.target, safe='')}",
    "no URL": lambda request: f"http://[{request.target}",
    "raw": lambda request: f"https://elsewhere.example/{_keep_printable(TOKEN)}",
}


@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS.keys())
@pytest.mark.parametrize("status", [302, 307, 399])
def test_a_token_in_a_redirect_is_redacted(
    call: Call, serve: Serve, log_records: list[logging.LogRecord], location: Any, status: int
) -> None:
    """A token in a Location header is in no error and in no log, not even in httpcore's."""
    server = serve(lambda request: make_redirect(location(request), status))
    with pytest.raises(ConnectError) as raised:
        call(_connect_with_tokens(server), "articles.list")
    assert _find_leaks(_collect_text(raised.value)) == []
    # The fast engine logs nothing.
    assert any(record.name == "httpcore.http11" for record in log_records) == USES_HTTPX


FAILURES: dict[str, Script] = {
    "drop": ScriptedResponse(then="close"),
    "reset": ScriptedResponse(then="reset"),
    "drop in the body": ScriptedResponse(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", then="close"
    ),
    "no gzip": make_response(b"nonsense", headers={"Content-Encoding": "gzip"}),
    "404": make_response({}, 404),
    "empty": make_response(b""),
    "fine": make_response([]),
}


@pytest.mark.parametrize("response", FAILURES.values(), ids=FAILURES.keys())
def test_no_failure_shows_a_token(
    call: Call, serve: Serve, log_records: list[logging.LogRecord], response: Script
) -> None:
    """No failure raises or logs a token."""
    client = _connect_with_tokens(serve(response), max_retries=1, max_retry_delay=0)
    visible = ""
    try:
        call(client, "articles.list")
    except ConnectError as error:
        visible = _collect_text(error)
    assert _find_leaks(visible) == []
    assert any(record.name == "myonlinestore" for record in log_records)


def test_a_timeout_shows_no_token(
    call: Call, serve: Serve, log_records: list[logging.LogRecord]
) -> None:
    """A timeout has the errors of httpx and httpcore as causes, without the signed request."""
    never = threading.Event()
    with pytest.raises(ConnectError) as raised:
        call(
            _connect_with_tokens(serve(make_response(wait_for=never)), read_timeout=0.1),
            "articles.list",
        )
    never.set()
    assert _find_leaks(_collect_text(raised.value)) == []
    cause = raised.value.__cause__
    if USES_HTTPX:
        assert isinstance(cause, httpx.ReadTimeout)
        assert "token" not in str(cause.request.url)
    else:
        assert isinstance(cause, ReadTimedOutError)


def test_a_refused_connection_shows_no_token(
    call: Call, log_records: list[logging.LogRecord]
) -> None:
    """The causes of a connection error have no signed request."""
    with pytest.raises(ConnectError) as raised:
        call(_connect_with_tokens("http://127.0.0.1:1"), "articles.list")
    assert _find_leaks(_collect_text(raised.value)) == []


@pytest.mark.parametrize("kind", ["sync", "asyncio", "trio"])
def test_a_raw_clients_failure_shows_no_token(
    serve: Serve, log_records: list[logging.LogRecord], kind: str
) -> None:
    """A body that ends early raises httpx's error, without frames that hold the tokens."""
    half = ScriptedResponse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", then="close")
    server = serve(half)
    client = _connect_with_tokens(server)

    async def get() -> None:
        async with client._transport.async_client as raw:
            await raw.get(server.url)

    with pytest.raises(httpx.RemoteProtocolError) as raised:
        if kind == "sync":
            client._transport.sync_client.get(server.url)
        else:
            anyio.run(get, backend=kind)
    assert "token=" in server.received[0].target
    assert _find_leaks(_collect_text(raised.value)) == []
    assert client._transport._pools.semaphore.in_flight == 0


@pytest.mark.parametrize("kind", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_other_exceptions_show_no_token(
    kind: type[BaseException], log_records: list[logging.LogRecord]
) -> None:
    """Another exception, such as Ctrl-C, has no frame with the signed request."""

    def handle(request: httpx.Request) -> httpx.Response:
        raise kind(str(request.url))

    with pytest.raises(kind) as raised:
        _connect_with_tokens("http://x", transport=httpx.MockTransport(handle)).articles.list()
    assert _find_leaks(_collect_text(raised.value)) == []


@pytest.mark.anyio
async def test_cancellation_shows_no_token(serve: Serve) -> None:
    """A cancelled call has no frame with the signed request."""
    never, raised = threading.Event(), list[BaseException]()
    server = serve(make_response(wait_for=never))

    async def list_articles() -> None:
        try:
            await client.articles.alist()
        except BaseException as error:
            raised.append(error)
            assert _find_leaks(_collect_text(error)) == []
            raise

    async with _connect_with_tokens(server) as client, anyio.create_task_group() as group:
        group.start_soon(list_articles)
        await await_until(lambda: server.received)
        group.cancel_scope.cancel()
    never.set()
    assert len(raised) == 1


def test_the_callers_own_error_keeps_its_traceback(serve: Serve) -> None:
    """An exception that the caller is handling is chained with its own traceback."""
    client = _connect_with_tokens(serve(make_response(b"<html>")))
    with client:
        _check_handled_exception(client)
    _check_handled_exception(_connect_with_tokens("http://127.0.0.1:1"))


def _check_handled_exception(client: ConnectClient) -> None:
    try:
        try:
            raise LookupError("the caller's own")
        except LookupError as own:
            frames = own.__traceback__
            client.articles.list()
    except ConnectError as error:
        own_errors = [
            each for each in _iterate_chain(error, set()) if isinstance(each, LookupError)
        ]
        assert [each.__traceback__ for each in own_errors] == [frames]
        assert frames is not None


def test_the_token_arrives_unchanged(call: Call, serve: Serve) -> None:
    """A token of any characters is sent unchanged, and once."""
    server = serve(make_response())
    call(_connect_with_tokens(server), "articles.list")
    query = server.received[0].query
    assert [value for name, value in query if name == "token"] == [TOKEN]
    assert [value for name, value in query if name == "partner_token"] == [PARTNER]


def test_no_partner_token_is_sent_without_one(call: Call, serve: Serve) -> None:
    """Without a partner token the parameter is absent."""
    server = serve(make_response())
    call(connect(server), "articles.list")
    assert "partner_token" not in dict(server.received[0].query)


def test_a_token_among_the_parameters_is_redacted_and_replaced(
    call: Call, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """A token among the caller's parameters is not logged, and the configured one is sent."""
    server = serve(make_response({}))
    params = {"token": "given-t0ken", "partner_token": "given-p4rtner"}
    with caplog.at_level("DEBUG"):
        call(connect(server, partner_token=PARTNER), "request", "GET", "/x", params=params)
    assert "given" not in caplog.text
    assert "given" not in server.received[0].target


def test_a_token_in_the_path_is_redacted_in_the_error(call: Call) -> None:
    """A message with the path has the token redacted."""
    with pytest.raises(ConnectError, match=r"/v1/x/\*\*\*: could not connect"):
        call(
            connect("http://127.0.0.1:1", store_token="plain-t0ken"),
            "request",
            "GET",
            "/x/plain-t0ken",
        )


PLACES: dict[str, dict[str, Any]] = {
    "parameter": {"path": "/x", "params": {"key": TOKEN}},
    "name of a parameter": {"path": "/x", "params": {f"key[{PARTNER}]": 1}},
    "list": {"path": "/x", "params": {"keys": ["a", {"b": TOKEN}]}},
    "path": {"path": f"/x/{quote(TOKEN, safe='')}/y"},
}
MISUSED: dict[str, Script] = {
    "200": make_response({}),
    "404": make_response({}, 404),
    "503": make_response({}, 503),
    "HTML": make_response(b"<p>"),
    "malformed": make_response(b"["),
    "drop": ScriptedResponse(then="close"),
    "redirect": make_redirect("https://elsewhere.example/"),
}


@pytest.mark.parametrize("response", MISUSED.values(), ids=MISUSED.keys())
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_token_elsewhere_in_the_request_is_redacted(
    call: Call,
    serve: Serve,
    log_records: list[logging.LogRecord],
    place: dict[str, Any],
    response: Script,
) -> None:
    """A token that the caller passes under another name is in no error, log or `Retry`.

    It is only in the variables of the call, as in those of the caller.
    """
    client = _connect_with_tokens(serve(response), max_retries=1, max_retry_delay=0)
    visible, retries = "", list[Retry]()
    try:
        call(client.with_options(on_retry=retries.append), "request", "GET", **place)
    except ConnectError as error:
        visible = _collect_text(error, with_locals=False)
    assert _find_leaks(visible + repr(retries)) == []
    assert any(record.name == "myonlinestore" for record in log_records)


@pytest.mark.parametrize("response", MISUSED.values(), ids=MISUSED.keys())
@pytest.mark.parametrize("location", ["/v1/moved?key={0}", "/v1/{0}/moved", "moved?token={0}#{0}"])
def test_a_token_elsewhere_in_a_redirect_is_redacted(
    call: Call, serve: Serve, log_records: list[logging.LogRecord], location: str, response: Script
) -> None:
    """A redirect that repeats a token under another name is followed without it."""
    server = serve(make_redirect(location.format(quote(TOKEN, safe=""))), response)
    visible = ""
    try:
        call(_connect_with_tokens(server), "request", "GET", "/x")
    except ConnectError as error:
        visible = _collect_text(error)
    assert _find_leaks(visible) == []
    sent = server.received[1]
    assert [name for name, value in sent.query if value == TOKEN] == ["token"]
    assert "moved" in sent.path


def test_tokens_of_deleted_clients_are_forgotten() -> None:
    """The list of tokens to redact in logs does not grow with deleted clients."""
    gc.collect()
    connect("http://127.0.0.1:1")
    before = len(log_masks._owners)  # Clients of other tests may still be there.
    for _ in range(20):
        connect("http://127.0.0.1:1")
    gc.collect()
    connect("http://127.0.0.1:1")
    assert len(log_masks._owners) <= before + 1


def test_reprs_show_no_token(serve: Serve) -> None:
    """The reprs of the client, its configuration and its parts show no token."""
    client = _connect_with_tokens(serve())
    parts = [client, client.config, client._transport, client._transport._pools, client.articles]
    assert _find_leaks("\n".join(f"{part!r} {part}" for part in parts)) == []


def test_parts_with_tokens_are_not_pickled(serve: Serve) -> None:
    """Parts that contain a token cannot be pickled."""
    client = _connect_with_tokens(serve())
    for part in (client, client.config, client._transport, client.articles):
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(part)


# A configuration refuses control characters, and removes white space at the ends.
_texts = st.text(st.characters(exclude_categories=["Cc", "Cs"])).map(str.strip).filter(bool)
_tokens = _texts.filter(lambda text: 8 <= len(text) <= 40 and text.strip("*"))
_short = st.text(st.sampled_from("abcXYZ019-_.~/+=%é"), min_size=1, max_size=7)


@given(token=_tokens, spell=st.sampled_from(list(SPELLINGS.values())), around=st.text(max_size=5))
def test_redaction_covers_every_spelling(
    token: str, spell: Callable[[str], str], around: str
) -> None:
    """A token of 8 or more characters is redacted anywhere, in every spelling."""
    text = f"{around}{spell(token)}{around}"
    redacted = ConnectConfig(token).redact(text)
    assert "***" in redacted
    assert spell(token) not in redacted or spell(token) in around
    assert len(redacted) <= len(text) + 9


@given(token=_short, spell=st.sampled_from([s for s in SPELLINGS.values() if s != _swap_case]))
def test_redaction_covers_short_tokens_as_words(token: str, spell: Callable[[str], str]) -> None:
    """A shorter token is redacted where it is a separate word."""
    for before, after in (
        ("token=", "&"),
        ("%3Ftoken%3D", "%26"),
        ('"', '"'),
        ("token\\u003d", " "),
    ):
        redacted = ConnectConfig(token).redact(f"{before}{spell(token)}{after}")
        assert "***" in redacted
        assert (
            spell(token) not in redacted.replace(before.strip('"'), "", 1) or spell(token) in after
        )


def test_a_short_token_leaves_words_alone() -> None:
    """A short token inside a word is not redacted."""
    assert ConnectConfig("art").redact("articles art, smart art.") == "articles ***, smart ***."


@given(token=_texts, text=st.text())
def test_redaction_never_crashes(token: str, text: str) -> None:
    """Redaction accepts any token and any text."""
    assert isinstance(ConnectConfig(token).redact(text), str)
