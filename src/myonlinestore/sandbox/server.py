"""The sandbox as a server: a whole Connect store on a port of this machine."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn

from myonlinestore.sandbox.app import build_app
from myonlinestore.sandbox.seed import build_store

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.applications import Starlette

    from myonlinestore import ConnectClient
    from myonlinestore.sandbox.store import Store

HOST = "127.0.0.1"
STORE_TOKEN = "sandbox-store-token"  # noqa: S105 - it opens nothing but the sandbox
PARTNER_TOKEN = "sandbox-partner-token"  # noqa: S105
START_SECONDS = 30
STOP_SECONDS = 10


class Sandbox:
    """A seeded store, served over real HTTP while its `with` block lasts.

    Args:
        articles: how many articles the store has; its orders, customers and subscribers follow.
        seed: the same seed and number of articles give the same store.
        store_token: the `token` that requests must carry.
        partner_token: the `partner_token` that requests must carry if they carry one.
        port: the port on 127.0.0.1; 0 takes a free one.

    Attributes:
        store: the data itself, to look into and to arrange.
        app: the ASGI application, to use without a server.
    """

    def __init__(
        self,
        articles: int = 500,
        seed: int = 7,
        *,
        store_token: str = STORE_TOKEN,
        partner_token: str = PARTNER_TOKEN,
        port: int = 0,
    ) -> None:
        self.store_token = store_token
        self.partner_token = partner_token
        self.store: Store = build_store(articles, seed)
        self.app: Starlette = build_app(self.store, store_token, partner_token)
        self._wanted_port = port
        self._running: _Running | None = None

    @property
    def port(self) -> int:
        """The port that it listens on. Raises RuntimeError when it is not started."""
        if self._running is None:
            raise RuntimeError("the sandbox is not started: use `with Sandbox() as sandbox:`")
        return self._running.port

    @property
    def url(self) -> str:
        """The base URL, without a version."""
        return f"http://{HOST}:{self.port}"

    def client(self, **options: Any) -> ConnectClient:
        """A client of this store; the options are those of ConnectClient."""
        from myonlinestore import ConnectClient  # noqa: PLC0415 - a server has no need of it

        defaults: dict[str, Any] = {"partner_token": self.partner_token, "base_url": self.url}
        return ConnectClient(self.store_token, **{**defaults, **options})

    def start(self) -> None:
        """Start serving; returns once connections are accepted.

        Raises OSError when the port is taken.
        """
        if self._running is not None:
            raise RuntimeError("the sandbox is started already")
        self._running = _Running(self.app, self._wanted_port)

    def stop(self) -> None:
        """Stop serving and close the connections that are open. The store keeps its data."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def __enter__(self) -> Sandbox:  # noqa: PYI034 - Self is not in 3.10
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Running:
    """A server in a thread of its own, on a socket that was bound before the thread began."""

    def __init__(self, app: Starlette, port: int) -> None:
        listener = _listener(port)
        self.port: int = listener.getsockname()[1]
        self._server = _Server(app)
        self._thread = threading.Thread(
            target=self._serve, args=[listener], name=f"connect-sandbox-{self.port}", daemon=True
        )
        self._thread.start()
        self._server.ready.wait(START_SECONDS)
        if not self._server.started:
            raise RuntimeError("the sandbox's server did not start")

    def _serve(self, listener: socket.socket) -> None:
        try:
            self._server.run([listener])
        finally:
            listener.close()
            self._server.ready.set()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)


def _listener(port: int) -> socket.socket:
    """A bound socket that says it is TCP: only then does asyncio turn Nagle's delays off."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """Uvicorn, saying when it is ready, and saying nothing else."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()
