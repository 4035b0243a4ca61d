"""The sandbox: a complete Connect store on a local port."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myonlinestore.sandbox.app import build_app
from myonlinestore.sandbox.faults import Fault, to_fault
from myonlinestore.sandbox.http.rate_limit import Rate
from myonlinestore.sandbox.http.server import HOST, ServerThread
from myonlinestore.sandbox.state import SandboxOptions, SandboxState

if TYPE_CHECKING:
    from types import TracebackType

    import httpx
    from starlette.applications import Starlette

    from myonlinestore import ConnectClient
    from myonlinestore.sandbox.faults import Faults
    from myonlinestore.sandbox.journal import Journal
    from myonlinestore.sandbox.store.store import Clock, Store

STORE_TOKEN = "sandbox-store-token"  # noqa: S105 - it is valid for the sandbox only
PARTNER_TOKEN = "sandbox-partner-token"  # noqa: S105


class Sandbox:
    """A seeded store, served over real HTTP within a `with` block.

    Args:
        articles: the number of articles; orders, customers and subscribers scale with it.
        seed: the same seed and number of articles give the same store, and the same faults.
        store_token: the `token` that requests must carry.
        partner_token: the `partner_token` that requests must carry if they carry one.
        port: the port on 127.0.0.1; 0 selects a free one.
        faults: fault rules such as ``"getArticles nth=3 status=503"``.
        rate_limit: requests per time, such as ``"10/1s"``; requests above it get a 429.
        quirks: return the malformed shapes seen in live responses.
        data: a file for the store, written before each response; None keeps the store in memory.
            `articles` and `seed` have no effect if the file exists.

    Attributes:
        app: the ASGI application, for use without a server.

    Raises ValueError for an invalid argument, SandboxDataError for a file that is not a sandbox
    store, cannot be written, or is in use by another sandbox.
    """

    def __init__(
        self,
        articles: int = 500,
        seed: int = 7,
        *,
        store_token: str = STORE_TOKEN,
        partner_token: str = PARTNER_TOKEN,
        port: int = 0,
        faults: Iterable[Fault | str] = (),
        rate_limit: str | None = None,
        quirks: bool = False,
        data: str | Path | None = None,
    ) -> None:
        self.store_token = store_token
        self.partner_token = partner_token
        rules = tuple(to_fault(rule) for rule in faults)
        rate = Rate.parse(rate_limit) if rate_limit else None
        options = SandboxOptions(articles, seed, rules, rate, quirks, data)
        self._state = SandboxState(options, (store_token, partner_token))
        self.app: Starlette = build_app(self._state, store_token, partner_token)
        self._wanted_port = port
        self._server: ServerThread | None = None

    @property
    def store(self) -> Store:
        """The data, for inspection and arrangement."""
        return self._state.store

    @property
    def clock(self) -> Clock:
        """The clock that provides the timestamps of rows."""
        return self._state.clock

    @property
    def faults(self) -> Faults:
        """The fault rules: add, count and remove them."""
        return self._state.faults

    @property
    def journal(self) -> Journal:
        """The requests, with tokens redacted."""
        return self._state.journal

    def reset(self) -> None:
        """Restore the initial state: data, keys, clock, journal and faults."""
        self._state.reset()

    def seed(self, articles: int | None = None, seed: int | None = None) -> None:
        """Replace the store by a new one; otherwise as `reset`.

        Omitted values keep their setting. Raises ValueError for a negative number of articles.
        """
        self._state.reseed(articles, seed)

    @property
    def port(self) -> int:
        """The listening port. Raises RuntimeError if the sandbox is not started."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started: use `with Sandbox() as sandbox:`")
        return self._server.port

    @property
    def url(self) -> str:
        """The base URL, without a version."""
        return f"http://{HOST}:{self.port}"

    def client(
        self,
        *,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
        **values: Any,
    ) -> ConnectClient:
        """Return a client of this store. `values` are passed to ConnectConfig."""
        # The server does not need the client.
        from myonlinestore import ConnectClient, ConnectConfig  # noqa: PLC0415

        tokens = {"store_token": self.store_token, "partner_token": self.partner_token}
        settings: dict[str, Any] = {**tokens, **values}
        if "base_url" not in settings:
            settings["base_url"] = self.url
        config = ConnectConfig(**settings)
        return ConnectClient(config=config, transport=transport, async_transport=async_transport)

    def start(self) -> None:
        """Start the server, and return once it accepts connections.

        Raises OSError if the port is in use.
        """
        if self._server is not None:
            raise RuntimeError("the sandbox is already started")
        self._state.open()
        try:
            self._server = ServerThread(self.app, self._wanted_port)
        except BaseException:
            self._state.close()
            raise

    def stop(self) -> None:
        """Stop the server, close its connections, and close the file.

        The store keeps its data.
        """
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        self._state.close()

    def __enter__(self) -> Sandbox:  # noqa: PYI034 - Self is not in 3.10
        self.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
