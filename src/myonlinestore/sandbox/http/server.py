"""The web server: uvicorn in a thread, control of its connections, truncated responses."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
import uvicorn
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

TRANSPORT = "sandbox.transport"
SHUTTING_DOWN = "sandbox.leaving"
# A socket closed with this option sends a reset instead of an end (RFC 9293, 3.10.4).
_RESET_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class TruncatedResponse(Response):
    """A response of which a part is sent before its connection is closed.

    Args:
        response: the whole response.
        sent_bytes: the number of body bytes to send; None to send nothing at all.
        missing_bytes: the number of bytes that Content-Length claims in addition.
        reset: reset the connection instead of closing it.
    """

    def __init__(
        self,
        response: Response,
        sent_bytes: int | None,
        *,
        missing_bytes: int = 0,
        reset: bool = False,
    ) -> None:
        super().__init__(response.body, response.status_code)
        self.raw_headers: list[tuple[bytes, bytes]] = list(response.raw_headers)
        self._sent_bytes = sent_bytes
        self._missing_bytes = missing_bytes
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the partial response, then close the connection."""
        if self._sent_bytes is not None:
            await self._send(self._sent_bytes, send)
        transport = scope.get("state", {}).get(TRANSPORT)
        if transport is None:
            raise ConnectionResetError("the sandbox dropped the connection")
        _close(transport, reset=self._reset, immediately=self._sent_bytes is None)
        # Uvicorn reports a response that ends early as an error, unless the connection is closed.
        # The request's body was read, so the next message is `http.disconnect`.
        await receive()

    async def _send(self, sent_bytes: int, send: Send) -> None:
        content_length = str(len(self.body) + self._missing_bytes)
        self.headers["content-length"] = content_length
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        is_complete = sent_bytes >= len(self.body) and not self._missing_bytes
        chunk = bytes(self.body[:sent_bytes])
        await send({"type": "http.response.body", "body": chunk, "more_body": not is_complete})


def _close(transport: asyncio.Transport, *, reset: bool, immediately: bool) -> None:
    if reset:
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
        )
    if reset or immediately:
        transport.abort()
    else:
        transport.close()


async def pause(scope: Scope, seconds: float) -> None:
    """Sleep before a response; stopping the sandbox ends the sleep."""
    shutting_down = scope.get("state", {}).get(SHUTTING_DOWN)
    if shutting_down is None:
        await anyio.sleep(seconds)
        return
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(shutting_down.wait(), seconds)


HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 10
GRACE_SECONDS = 1
"""The time that responses in progress have after a stop request."""


class ServerThread:
    """A server in its own thread, on a socket that is bound before the thread starts."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        listener = _bind(port)
        self.port: int = listener.getsockname()[1]
        self._server = _Server(app)
        self._thread = threading.Thread(
            target=self._serve, args=[listener], name=f"connect-sandbox-{self.port}", daemon=True
        )
        self._thread.start()
        self._server.ready.wait(START_TIMEOUT_SECONDS)
        if not self._server.started:
            self._thread.join(STOP_TIMEOUT_SECONDS)
            raise RuntimeError("the sandbox's server did not start")

    def _serve(self, listener: socket.socket) -> None:
        try:
            self._server.run([listener])
        finally:
            listener.close()
            self._server.ready.set()

    def stop(self) -> None:
        """Stop the server, and return once the thread has ended."""
        self._server.request_stop()
        self._thread.join(STOP_TIMEOUT_SECONDS)


def _bind(port: int) -> socket.socket:
    """Return a bound TCP socket; the explicit protocol makes asyncio disable Nagle's algorithm."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # On Windows this option would let a second sandbox take the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(os.name == "posix"))
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


class _Protocol(H11Protocol):
    """An HTTP protocol that exposes the connection, so that a fault can drop it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


class _Server(uvicorn.Server):
    """A silent uvicorn server that signals when it is ready and stops on request."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
            )
        )
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop_requested = asyncio.Event()
        self.lifespan.state[SHUTTING_DOWN] = self._stop_requested
        await super().startup(sockets)
        self.ready.set()

    def request_stop(self) -> None:
        """Request the stop, from any thread."""
        self.should_exit = True
        with suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._stop_requested.set)

    async def main_loop(self) -> None:
        """Wait for the stop request instead of polling ten times per second."""
        while not await self.on_tick(0):
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop_requested.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        """Close idle connections, let responses finish, and abort the rest after a timeout."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if not await self._wait_until_drained():
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            await self._wait_until_drained()

    async def _wait_until_drained(self) -> bool:
        """Return True if all connections and responses ended within the grace period."""
        deadline = time.monotonic() + GRACE_SECONDS
        while self.server_state.connections or self.server_state.tasks:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.0005)
        return True
