"""Starting, stopping and reaching the sandbox."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, cast

import httpx
import pytest

import myonlinestore.sandbox
from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.http.server import ServerThread

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def is_served(port: int) -> bool:
    """Return True if the thread of a sandbox is alive."""
    return f"connect-sandbox-{port}" in {thread.name for thread in threading.enumerate()}


def test_it_serves_once_entered() -> None:
    """The first request after entering gets a response, without waiting or retrying."""
    with Sandbox(articles=1) as sandbox:
        response = httpx.get(f"{sandbox.url}/v1/store", params={"token": sandbox.store_token})
        assert response.json()["id"] == sandbox.store.settings["id"]


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
    monkeypatch.setattr("myonlinestore.sandbox.http.server.GRACE_SECONDS", 0.05)
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
        response = await client.get("/v1/articles/count", params={"token": sandbox.store_token})
    assert response.json() == {"count": 2}


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


def test_a_missing_library_of_another_extra_is_not_explained() -> None:
    """Only a missing library of the extra is explained; another import error is unchanged."""
    code = "import sys; sys.modules['h11'] = None; from myonlinestore.sandbox import Sandbox"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in done.stderr.splitlines()[-1]
    assert "h11" in done.stderr.splitlines()[-1]
    assert "pip install" not in done.stderr


def test_dir_lists_the_public_names() -> None:
    """`dir` lists the names that are imported on access."""
    assert dir(myonlinestore.sandbox) == ["Fault", "Sandbox", "SandboxDataError", "SandboxStore"]


def test_it_cannot_be_started_twice() -> None:
    """A second start is a RuntimeError, and the first server continues."""
    with Sandbox(articles=0) as sandbox:
        with pytest.raises(RuntimeError, match="already started"):
            sandbox.start()
        assert is_served(sandbox.port)


def test_stopping_without_a_start_does_nothing() -> None:
    """A sandbox that was not started, or is already stopped, can be stopped."""
    sandbox = Sandbox(articles=0)
    sandbox.stop()
    with sandbox:
        port = sandbox.port
    sandbox.stop()
    assert not is_served(port)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_cannot_start_raises() -> None:
    """If uvicorn cannot load the application, the start raises instead of waiting."""
    with pytest.raises(RuntimeError, match="the sandbox's server did not start"):
        ServerThread(cast("ASGIApp", "no_such_module:app"), 0)


@pytest.mark.anyio
async def test_without_a_server_a_dropped_connection_is_an_error() -> None:
    """Without a connection to close, an application in process raises ConnectionResetError."""
    sandbox = Sandbox(articles=0, faults=["getStore drop=before"])
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        with pytest.raises(ConnectionResetError, match="the sandbox dropped the connection"):
            await client.get("/v1/store", params={"token": sandbox.store_token})
