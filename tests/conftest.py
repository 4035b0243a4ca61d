"""Fixtures for all tests."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import settings

from myonlinestore._transport import pools
from myonlinestore.config import ConnectConfig
from tests.support.calls import Serve
from tests.support.http_server import Script, Server

# A loaded machine may take longer than 200 ms for an example.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run each async test on asyncio and on trio."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _no_tokens_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the developer's own tokens and proxies from the environment."""
    for name in ("MYONLINESTORE_TOKEN", "MYONLINESTORE_PARTNER_TOKEN", "MYONLINESTORE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the engine in MYONLINESTORE_TEST_ENGINE for clients that do not name one."""
    name = os.environ.get("MYONLINESTORE_TEST_ENGINE")
    if name:
        resolve_engine = pools.resolve_engine

        def resolve(config: ConnectConfig) -> str:
            is_chosen = config.engine != "auto"
            return resolve_engine(config if is_chosen else replace(config, engine=name))

        monkeypatch.setattr(pools, "resolve_engine", resolve)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers; they are stopped after the test."""
    servers: list[Server] = []

    def start(*script: Script) -> Server:
        servers.append(Server(*script).listen())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
