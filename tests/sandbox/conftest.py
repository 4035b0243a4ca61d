"""A sandbox to read from, one to write to, and plain HTTP clients of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from myonlinestore import ConnectClient
from myonlinestore.sandbox import Sandbox
from tests.sandbox.http_client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def readonly_sandbox() -> Iterator[Sandbox]:
    """Yield a store that no test changes."""
    with Sandbox(articles=360) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def readonly_api(readonly_sandbox: Sandbox) -> Iterator[httpx.Client]:
    """Yield a client of the store that no test changes."""
    with connect(readonly_sandbox) as client:
        yield client


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Yield a store that the tests of one module change."""
    with Sandbox(articles=60) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """Yield a client of the store that the tests of one module change."""
    with connect(sandbox) as client:
        yield client


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    """Yield a small sandbox, for `clean_sandbox`."""
    with Sandbox(articles=12) as sandbox:
        yield sandbox


@pytest.fixture
def clean_sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """Return a small sandbox in its initial state."""
    shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture
def client(clean_sandbox: Sandbox) -> Iterator[ConnectClient]:
    """Yield a client of the small sandbox that retries without a delay."""
    with clean_sandbox.client(max_retry_delay=0.01) as client:
        yield client
