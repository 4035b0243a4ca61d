"""Starting, stopping and reaching the sandbox."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from myonlinestore.sandbox import Sandbox


def is_served(port: int) -> bool:
    """Return True if the thread of a sandbox is alive."""
    return f"connect-sandbox-{port}" in {thread.name for thread in threading.enumerate()}


def test_it_serves_once_entered() -> None:
    """The first request after entering gets a response, without waiting or retrying."""
    with Sandbox(articles=1) as sandbox:
        answer = httpx.get(f"{sandbox.url}/v1/store", params={"token": sandbox.store_token})
        assert answer.json()["id"] == sandbox.store.settings["id"]


def test_leaving_frees_the_port_and_the_thread() -> None:
    """After leaving, the port is free and no thread of the sandbox remains."""
    with Sandbox(articles=1) as sandbox:
        port = sandbox.port
        assert is_served(port)
    assert not is_served(port)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_it_closes_connections_that_are_kept_alive() -> None:
    """An idle connection does not hold up the end of the sandbox."""
    with httpx.Client() as client:
        with Sandbox(articles=1) as sandbox:
            port = sandbox.port
            client.get(f"{sandbox.url}/v1/store", params={"token": sandbox.store_token})
        assert not is_served(port)


def test_half_a_request_does_not_hold_it_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A body that never comes is waited for no longer than the time of grace."""
    monkeypatch.setattr("myonlinestore.sandbox.uvicorn_thread.GRACE_SECONDS", 0.05)
    with socket.socket() as line:
        with Sandbox(articles=1) as sandbox:
            port = sandbox.port
            line.connect(("127.0.0.1", port))
            line.sendall(b"POST /v1/articles HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
            httpx.get(f"{sandbox.url}/v1/store")
        assert not is_served(port)
        assert line.recv(1) == b""
    assert [record.message for record in caplog.records if "uvicorn" in record.name] == []


def test_it_takes_the_port_it_is_given() -> None:
    """A port that is asked for is the port of the URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    with Sandbox(articles=1, port=free) as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{free}"


def test_a_port_in_use_is_refused_at_once() -> None:
    """A second sandbox on the same port raises OSError where it is started."""
    with Sandbox(articles=1) as first, pytest.raises(OSError), Sandbox(articles=1, port=first.port):
        pass


def test_it_can_be_entered_again_and_keeps_its_data() -> None:
    """The second `with` has the data written in the first one."""
    sandbox = Sandbox(articles=0)
    token = {"token": sandbox.store_token}
    with sandbox:
        httpx.post(f"{sandbox.url}/v1/articles", params=token, json={"name": "Kept"})
    with sandbox:
        assert httpx.get(f"{sandbox.url}/v1/articles", params=token).json()[0]["name"] == "Kept"


def test_without_a_start_there_is_no_url() -> None:
    """The URL of a sandbox that is not started raises a sentence that says what to do."""
    with pytest.raises(RuntimeError, match="with Sandbox"):
        _ = Sandbox(articles=0).url


def test_it_logs_nothing_about_itself(caplog: pytest.LogCaptureFixture) -> None:
    """Starting, serving and stopping log nothing."""
    with caplog.at_level(logging.INFO), Sandbox(articles=1) as sandbox:
        httpx.get(f"{sandbox.url}/v1/nothing")
    assert [record.name for record in caplog.records if record.name.startswith("uvicorn")] == []


@pytest.mark.anyio
async def test_the_app_serves_in_process() -> None:
    """The ASGI application responds without a server."""
    sandbox = Sandbox(articles=2)
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        answer = await client.get("/v1/articles/count", params={"token": sandbox.store_token})
    assert answer.json() == {"count": 2}


def test_its_client_speaks_to_it(readonly_sandbox: Sandbox) -> None:
    """`client()` has the tokens and the URL of the sandbox; its options can be set."""
    with readonly_sandbox.client(timeout=5) as client:
        assert client.store.get().id == readonly_sandbox.store.settings["id"]


def test_a_store_has_no_fewer_than_no_articles() -> None:
    """A negative number of articles is a ValueError."""
    with pytest.raises(ValueError, match="articles=-1"):
        Sandbox(articles=-1)


@pytest.mark.parametrize("module", ["starlette", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(module: str) -> None:
    """Importing it where its libraries are missing names the extra."""
    code = f"import sys; sys.modules[{module!r}] = None; from myonlinestore.sandbox import Sandbox"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"needs {module}: pip install 'myonlinestore-connect[sandbox]'" in done.stderr
