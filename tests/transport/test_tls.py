"""TLS: trusted authorities, and when their certificates are loaded."""

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

from myonlinestore import ConnectConfig, ConnectError, TransportError
from myonlinestore._transport import environment
from myonlinestore.http import HttpTransport
from tests.support.calls import TOKEN, Call, Serve, connect
from tests.support.http_server import make_redirect, make_response


class _JsonHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "8")
        self.end_headers()
        self.wfile.write(b'{"a": 1}')

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class _TlsServer(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Ignore clients that reject the certificate."""


@pytest.fixture(autouse=True)
def _without_cached_context() -> Iterator[None]:
    environment.load_ssl_context.cache_clear()
    yield
    environment.load_ssl_context.cache_clear()


@pytest.fixture
def authority() -> trustme.CA:
    """Return the authority that issues the server's certificate."""
    return trustme.CA()


@pytest.fixture
def tls_url(authority: trustme.CA) -> Iterator[str]:
    """Return the URL of a TLS server with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with _TlsServer(("127.0.0.1", 0), _JsonHandler) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def trusted_authority(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Trust that authority through the environment."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture(params=["httpx", "fast"])
def engine(request: pytest.FixtureRequest) -> str:
    """Return each engine."""
    name: str = request.param
    return name


@pytest.fixture(params=["sync", "asyncio", "trio"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return each kind of httpx client."""
    name: str = request.param
    return name


def _get(kind: str, base_url: str, engine: str) -> httpx.Response:
    """Return the response to the client's own httpx client, which follows redirects."""
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


def _is_rejected(kind: str, base_url: str, engine: str) -> bool:
    """Return True if the client's own httpx client rejects the certificate."""
    with pytest.raises(httpx.ConnectError) as rejected:
        _get(kind, base_url, engine)
    return _is_certificate_error(rejected.value)


def _is_certificate_error(error: BaseException | None) -> bool:
    """Return True if an error is about a certificate; trio's own has no text about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return True
    return error is not None and _is_certificate_error(error.__cause__ or error.__context__)


def test_calls_over_http_load_no_certificates(
    call: Call, serve: Serve, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """With an http:// API no certificates are loaded."""
    monkeypatch.setattr(ssl, "create_default_context", lambda **_: pytest.fail("loaded"))
    assert call(connect(serve(make_response({"a": 1})), engine=engine), "request", "GET", "/x") == {
        "a": 1
    }


@pytest.mark.usefixtures("trusted_authority")
def test_a_redirect_from_http_to_https_is_verified(
    serve: Serve, kind: str, engine: str, tls_url: str
) -> None:
    """An httpx client that is redirected to https:// verifies the certificate."""
    server = serve(make_redirect(f"{tls_url}/x"))
    assert _get(kind, server.url, engine).json() == {"a": 1}


def test_a_redirect_from_http_to_an_untrusted_server_is_rejected(
    serve: Serve, kind: str, engine: str, tls_url: str
) -> None:
    """An httpx client that is redirected to https:// trusts no other authority."""
    server = serve(make_redirect(f"{tls_url}/x"))
    assert _is_rejected(kind, server.url, engine)


@pytest.mark.usefixtures("trusted_authority")
def test_the_host_name_is_checked_after_a_redirect(
    serve: Serve, kind: str, engine: str, tls_url: str
) -> None:
    """A certificate for another host is rejected."""
    server = serve(make_redirect(f"{tls_url.replace('localhost', '127.0.0.1')}/x"))
    assert _is_rejected(kind, server.url, engine)


@pytest.mark.usefixtures("trusted_authority")
def test_threads_are_redirected_at_once(serve: Serve, engine: str, tls_url: str) -> None:
    """Several threads that need the certificates at the same time all get them."""
    server = serve(make_redirect(f"{tls_url}/x"))
    transport = HttpTransport(ConnectConfig(TOKEN, base_url=server.url, engine=engine))
    together, responses = threading.Barrier(4), list[Any]()

    def get() -> None:
        client = transport.sync_client
        together.wait()
        responses.append(client.get(f"{server.url}/x").json())

    threads = [threading.Thread(target=get) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    transport.close()
    assert responses == [{"a": 1}] * 4


def test_the_trusted_authorities_are_those_of_httpx(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The environment may name a file or a directory; otherwise certifi's bundle is trusted."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for variable, path in (
        ("SSL_CERT_DIR", tmp_path),
        ("SSL_CERT_FILE", tmp_path / "ca.pem"),
        ("SSL_CERT_FILE", ""),
    ):
        monkeypatch.setenv(variable, str(path))
        environment.load_ssl_context.cache_clear()
        own_context, httpx_context = environment.load_ssl_context(), httpx.create_ssl_context()
        assert own_context.get_ca_certs() == httpx_context.get_ca_certs()
        assert (own_context.check_hostname, own_context.verify_mode) == (True, ssl.CERT_REQUIRED)
        assert (own_context.options, own_context.minimum_version) == (
            httpx_context.options,
            httpx_context.minimum_version,
        )
    monkeypatch.delenv("SSL_CERT_DIR")
    environment.load_ssl_context.cache_clear()
    own_context = environment.load_ssl_context()
    assert len(own_context.get_ca_certs()) > 50
    assert own_context.get_ca_certs() == httpx.create_ssl_context().get_ca_certs()


@pytest.mark.parametrize(
    ("variable", "name"),
    [("SSL_CERT_FILE", "nowhere"), ("SSL_CERT_FILE", "empty.pem"), ("SSL_CERT_DIR", "nowhere")],
)
def test_certificates_that_cannot_be_read_are_named(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    engine: str,
    tls_url: str,
    variable: str,
    name: str,
) -> None:
    """A missing or an empty file in the environment is named, and the request not repeated."""
    (tmp_path / "empty.pem").touch()
    environment.load_ssl_context.cache_clear()
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / name))
    with pytest.raises(ConnectError) as raised:
        call(connect(tls_url, engine=engine, max_retries=3), "request", "GET", "/x")
    assert f"{variable}={tmp_path / name} cannot be read" in str(raised.value)
    assert not isinstance(raised.value, TransportError)
    assert raised.value.attempts == 1
