"""The web server: uvicorn in a thread, which starts and stops in milliseconds."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from myonlinestore.sandbox.http.connection import SHUTTING_DOWN, TRANSPORT

if TYPE_CHECKING:
    from starlette.types import ASGIApp

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
