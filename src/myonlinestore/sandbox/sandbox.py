"""The sandbox: a complete Connect store on a local port."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from myonlinestore.sandbox.app import build_app
from myonlinestore.sandbox.faults import Fault, to_fault
from myonlinestore.sandbox.http.rate_limit import Rate
from myonlinestore.sandbox.http.server import HOST, ServerThread
from myonlinestore.sandbox.state import SandboxOptions
from myonlinestore.sandbox.stores import SandboxStore, Stores

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
    """Seeded stores, served over real HTTP within a `with` block.

    There is one store, unless `stores` or `add_store` adds others. The attributes `store`,
    `clock`, `faults` and `journal`, and the methods `reset` and `seed`, are those of the first.

    Args:
        articles: the number of articles; orders, customers and subscribers scale with it.
        seed: the same seed and number of articles give the same store, and the same faults.
        stores: the number of stores; the Nth has the token ``{store_token}-N`` and the seed
            ``seed + N - 1``.
        store_token: the `token` that requests to the first store must carry.
        partner_token: the `partner_token` that requests must carry if they carry one.
        port: the port on 127.0.0.1; 0 selects a free one.
        faults: fault rules such as ``"getArticles nth=3 status=503"``.
        rate_limit: requests per time to a store, such as ``"10/1s"``; requests above it get a 429.
        partner_rate_limit: requests per time with the partner token, to all stores together.
        quirks: return the malformed shapes seen in live responses.
        data: a file for the first store, written before each response; None keeps it in memory.
            `articles` and `seed` have no effect on a file that exists.
        allow_origins: the origins, such as ``"http://shop.example"``, of web pages that may write;
            ``"*"`` allows all. Pages of this machine always may.

    Attributes:
        stores: the stores, first added first.
        app: the ASGI application, for use without a server.

    Raises ValueError for an invalid argument, SandboxDataError for a file that is not a sandbox
    store, cannot be written, or is in use by another sandbox.
    """

    def __init__(
        self,
        articles: int = 500,
        seed: int = 7,
        *,
        stores: int = 1,
        store_token: str = STORE_TOKEN,
        partner_token: str = PARTNER_TOKEN,
        port: int = 0,
        faults: Iterable[Fault | str] = (),
        rate_limit: str | None = None,
        partner_rate_limit: str | None = None,
        quirks: bool = False,
        data: str | Path | None = None,
        allow_origins: Iterable[str] = (),
    ) -> None:
        if stores < 1:
            raise ValueError(f"stores={stores}: must be 1 or more")
        self.store_token = store_token
        self.partner_token = partner_token
        rules = tuple(to_fault(rule) for rule in faults)
        options = SandboxOptions(articles, seed, rules, _parse_rate(rate_limit), quirks)
        tokens = (store_token, partner_token)
        self.stores: Stores = Stores(options, tokens, _parse_rate(partner_rate_limit))
        self.stores.add(data=data)
        for _ in range(stores - 1):
            self.stores.add()
        _ = self.stores[0].state  # an invalid size raises now
        self.app: Starlette = build_app(self.stores, map(_check_origin, allow_origins))
        self._wanted_port = port
        self._server: ServerThread | None = None

    def add_store(
        self,
        token: str | None = None,
        *,
        articles: int | None = None,
        seed: int | None = None,
        faults: Iterable[Fault | str] | None = None,
        rate_limit: str | None = None,
        quirks: bool | None = None,
        data: str | Path | None = None,
    ) -> SandboxStore:
        """Add a store, also while the sandbox is running. It is seeded at its first use.

        Args:
            token: the `token` that requests to it must carry; ``{store_token}-N`` if omitted.
            articles: the number of articles; that of the sandbox if omitted, as are the rest.
            seed: the seed of the store; that of the sandbox plus the number of stores before it.
            faults: fault rules.
            rate_limit: requests per time.
            quirks: return malformed shapes.
            data: a file for the store; in memory if omitted.

        Raises ValueError for an invalid argument or the token of another store, SandboxDataError
        for an unusable file.
        """
        if articles is not None and articles < 0:
            raise ValueError(f"articles={articles}: must be 0 or more")
        values: dict[str, Any] = {
            "articles": articles,
            "seed": seed,
            "faults": None if faults is None else tuple(map(to_fault, faults)),
            "rate_limit": _parse_rate(rate_limit),
            "quirks": quirks,
            "data": data,
        }
        changes = {name: value for name, value in values.items() if value is not None}
        return self.stores.add(token, **changes)

    @property
    def store(self) -> Store:
        """The data, for inspection and arrangement."""
        return self.stores[0].store

    @property
    def clock(self) -> Clock:
        """The clock that provides the timestamps of rows, and the Date of responses."""
        return self.stores[0].clock

    @property
    def faults(self) -> Faults:
        """The fault rules: add, count and remove them."""
        return self.stores[0].faults

    @property
    def journal(self) -> Journal:
        """The requests, with tokens redacted."""
        return self.stores[0].journal

    def reset(self) -> None:
        """Restore the initial state: data, keys, clock, journal, faults and rate limits."""
        self.stores[0].reset()
        self.stores.reset_partner_limit()

    def seed(self, articles: int | None = None, seed: int | None = None) -> None:
        """Replace the store by a new one; otherwise as `reset`.

        Omitted values keep their setting. Raises ValueError for a negative number of articles.
        """
        self.stores[0].seed(articles, seed)
        self.stores.reset_partner_limit()

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
        """Return a client of the first store; `values` are passed to ConnectConfig.

        ``store_token=store.token`` makes it a client of another store.
        """
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
        self.stores.open()
        try:
            self._server = ServerThread(self.app, self._wanted_port)
        except BaseException:
            self.stores.close()
            raise

    def stop(self) -> None:
        """Stop the server, close its connections, and close the file.

        The store keeps its data.
        """
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        self.stores.close()

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


def _parse_rate(text: str | None) -> Rate | None:
    return Rate.parse(text) if text else None


def _check_origin(origin: str) -> str:
    """Return an origin as browsers send it. Raise ValueError if it is not one."""
    parts = urlsplit(origin)
    if origin != "*" and (not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}"):
        raise ValueError(f"origin {origin!r}: expected one such as https://shop.example, or *")
    return origin
