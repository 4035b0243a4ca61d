"""TLS: who is trusted, and when the authorities' certificates are loaded."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import trustme

from myonlinestore import ConnectConfig, TransportError
from myonlinestore._transport import engines
from myonlinestore.http import HttpTransport
from tests.support.calls import TOKEN, Call, Serve, connect
from tests.support.http_server import answer, redirect


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "8")
        self.end_headers()
        self.wfile.write(b'{"a": 1}')

    def log_message(self, *_: object) -> None:
        """Nothing."""


class _Secure(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that does not trust it ends the connection."""


@pytest.fixture(autouse=True)
def _loaded_anew() -> Iterator[None]:
    engines._ssl_context.cache_clear()
    yield
    engines._ssl_context.cache_clear()


@pytest.fixture
def authority() -> trustme.CA:
    """Whoever issues the server's certificate."""
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[str]:
    """The address of a server on TLS, whose certificate is from that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with _Secure(("127.0.0.1", 0), _Answers) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That authority is the one that the environment names."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture(params=["httpx", "fast"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine."""
    name: str = request.param
    return name


@pytest.fixture(params=["sync", "asyncio", "trio"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of httpx client."""
    name: str = request.param
    return name


def _got(kind: str, base_url: str, engine: str) -> httpx.Response:
    """What the client's own httpx client is answered, redirects followed."""
    transport = HttpTransport(ConnectConfig(TOKEN, base_url=base_url, engine=engine))

    async def get() -> httpx.Response:
        try:
            return await transport.async_client.get(f"{base_url}/x")
        finally:
            await transport.aclose()

    if kind != "sync":
        return anyio.run(get, backend=kind)
    try:
        return transport.sync_client.get(f"{base_url}/x")
    finally:
        transport.close()


def _refused(kind: str, base_url: str, engine: str) -> bool:
    """Whether it is the certificate that the client's own httpx client stops at."""
    with pytest.raises(httpx.ConnectError) as refused:
        _got(kind, base_url, engine)
    return _is_of_the_certificate(refused.value)


def _is_of_the_certificate(error: BaseException | None) -> bool:
    """Whether a certificate is what an error is about; trio's own has no text of it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return True
    return error is not None and _is_of_the_certificate(error.__cause__ or error.__context__)


def test_calls_over_http_load_no_certificates(
    call: Call, serve: Serve, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """Where the API is on http:// no call needs an authority, and none is loaded."""
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: pytest.fail("loaded"))
    assert call(connect(serve(answer({"a": 1})), engine=engine), "request", "GET", "/x") == {"a": 1}


@pytest.mark.usefixtures("trusted")
def test_a_redirect_from_http_to_https_is_verified(
    serve: Serve, kind: str, engine: str, secure: str
) -> None:
    """An httpx client that is sent on to https:// trusts who is to be trusted."""
    server = serve(redirect(f"{secure}/x"))
    assert _got(kind, server.url, engine).json() == {"a": 1}


def test_a_redirect_from_http_to_a_stranger_is_refused(
    serve: Serve, kind: str, engine: str, secure: str
) -> None:
    """An httpx client that is sent on to https:// trusts nobody else."""
    server = serve(redirect(f"{secure}/x"))
    assert _refused(kind, server.url, engine)


@pytest.mark.usefixtures("trusted")
def test_the_name_is_checked_after_a_redirect(
    serve: Serve, kind: str, engine: str, secure: str
) -> None:
    """A certificate for another host is refused."""
    server = serve(redirect(f"{secure.replace('localhost', '127.0.0.1')}/x"))
    assert _refused(kind, server.url, engine)


@pytest.mark.usefixtures("trusted")
def test_threads_that_are_redirected_at_once(serve: Serve, engine: str, secure: str) -> None:
    """Several threads that are the first to need the certificates all have them."""
    server = serve(redirect(f"{secure}/x"))
    transport = HttpTransport(ConnectConfig(TOKEN, base_url=server.url, engine=engine))
    together, got = threading.Barrier(4), list[Any]()

    def get() -> None:
        client = transport.sync_client
        together.wait()
        got.append(client.get(f"{server.url}/x").json())

    threads = [threading.Thread(target=get) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    transport.close()
    assert got == [{"a": 1}] * 4


def test_certificates_that_cannot_be_loaded_are_a_transport_error(
    call: Call, monkeypatch: pytest.MonkeyPatch, engine: str, secure: str
) -> None:
    """Where the environment names a file that is not there, nobody is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(TransportError, match="No such file"):
        call(connect(secure, engine=engine), "request", "GET", "/x")
