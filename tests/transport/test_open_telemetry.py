"""OpenTelemetry's instrumentor for httpx, which records requests, records no token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from myonlinestore import ConnectClient, ConnectError
from tests.support.calls import PARTNER_TOKEN, TOKEN, Call, Serve, connect
from tests.support.http_server import ReceivedRequest, ScriptedResponse, make_redirect

CAPTURED = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_RESPONSE"


class Spans:
    """The spans that are recorded, as text."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def get_texts(self) -> list[str]:
        """Return the finished spans."""
        return [str(span.to_json()) for span in self._exporter.get_finished_spans()]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Spans]:
    """Instrument httpx, and return the spans."""
    if getattr(request, "param", True):
        monkeypatch.setenv(CAPTURED, ".*")
    recorded, instrumentor = Spans(), HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=recorded.provider)
    yield recorded
    instrumentor.uninstrument()


def _redirect_and_fail(request: ReceivedRequest) -> ScriptedResponse:
    """Redirect to a location with the tokens; there, close the connection or repeat the target."""
    if request.path.endswith("/articles"):
        return make_redirect(f"{request.target}&again=1".replace("/articles", "/elsewhere"))
    if request.path.endswith("/elsewhere"):
        return make_redirect(f"http://localhost/{request.target}")
    return ScriptedResponse(then="close")


def _call_all(call: Call, make: Callable[[], ConnectClient]) -> None:
    with pytest.raises(ConnectError, match="is not followed"):
        call(make(), "articles.list")
    with pytest.raises(ConnectError, match="lost the connection"):
        call(make(), "request", "GET", "/closes")
    with pytest.raises(ConnectError, match="could not connect"):
        call(connect("http://127.0.0.1:1", engine=make().config.engine), "articles.list")


def _check(texts: list[str]) -> None:
    assert [text for text in texts if TOKEN in text or PARTNER_TOKEN in text] == []


@pytest.mark.parametrize("engine", ["auto", "httpx"])
def test_the_engines_record_nothing(call: Call, serve: Serve, spans: Spans, engine: str) -> None:
    """Redirects, failures and headers of both engines are not seen by the instrumentor."""
    server = serve(_redirect_and_fail)
    _call_all(call, lambda: connect(server, engine=engine, partner_token=PARTNER_TOKEN))
    assert all(f"token={TOKEN}" in request.target for request in server.received)
    assert spans.get_texts() == []


# The instrumentor also sees the headers of the responses, in which a server may repeat the tokens.
@pytest.mark.parametrize("spans", [False], indirect=True)
def test_httpxs_own_transports_record_no_token(call: Call, serve: Serve, spans: Spans) -> None:
    """The URL of a request on a transport of httpx, given by the caller, has no tokens."""

    class CountingTransport(httpx.HTTPTransport):
        """A transport that is derived from httpx's."""

    server = serve(_redirect_and_fail)
    _call_all(
        call,
        lambda: connect(
            server,
            transport=CountingTransport(),
            async_transport=httpx.AsyncHTTPTransport(),
            partner_token=PARTNER_TOKEN,
        ),
    )
    assert all(f"token={TOKEN}" in request.target for request in server.received)
    texts = spans.get_texts()
    assert [text for text in texts if "/v1/elsewhere" in text]
    _check(texts)


@pytest.mark.parametrize("kind", ["sync", "asyncio", "trio"])
def test_raw_clients_record_no_token(serve: Serve, spans: Spans, kind: str) -> None:
    """A raw client that is instrumented itself records redirects and failures without tokens."""
    server = serve(_redirect_and_fail)
    client = connect(server, partner_token=PARTNER_TOKEN)

    def call_sync(url: str) -> Any:
        with client._transport.sync_client as raw:
            HTTPXClientInstrumentor.instrument_client(raw, tracer_provider=spans.provider)
            raw.follow_redirects = "closes" in url
            return raw.get(url)

    async def call_on_loop(url: str) -> Any:
        async with client._transport.async_client as raw:
            HTTPXClientInstrumentor.instrument_client(raw, tracer_provider=spans.provider)
            raw.follow_redirects = "closes" in url
            return await raw.get(url)

    def get(url: str) -> Any:
        return call_sync(url) if kind == "sync" else anyio.run(call_on_loop, url, backend=kind)

    with pytest.raises(httpx.RemoteProtocolError):
        get(f"{server.url}/v1/closes")
    assert get(f"{server.url}/v1/articles").status_code == 302
    client.close()
    assert all(f"token={TOKEN}" in request.target for request in server.received)
    texts = spans.get_texts()
    assert [text for text in texts if "/v1/closes" in text and "RemoteProtocolError" in text]
    assert [text for text in texts if "/v1/articles" in text and "elsewhere" in text]
    _check(texts)
